// The JSON of "watch, decide, invite": what a page tells of its visit, what it is answered, and what desktops see of it (docs/api.md, Watching).
import type { Mode, Page } from './contract.ts';

/** `unknown`: nobody has asked yet, or nothing was said. */
export type Consent = 'granted' | 'refused' | 'unknown';

/** What happened on a page; `ago`: milliseconds before it is told. */
export type ActivityEvent = { ago?: number } & (
  | { kind: 'view'; url: string; title: string }
  /** Seconds looked at this page so far. */
  | { kind: 'dwell'; secs: number }
  | { kind: 'scroll'; percent: 25 | 50 | 75 | 100 }
  | { kind: 'idle'; secs: number }
  | { kind: 'active' }
  /** The name of a form's field that was found invalid; never what is in it. */
  | { kind: 'error'; field: string }
  | { kind: 'cart'; value: number; items: number }
  | { kind: 'purchase'; value: number }
  | { kind: 'custom'; name: string; value?: number | string }
  | { kind: 'leave' }
);

/** `POST /v1/web/activity`. */
export interface ActivityRequest {
  site: string;
  consent: Consent;
  /** The browser keeps something for us. */
  storage: boolean;
  /** Sealed texts of former answers: for good, and for this browser's session. */
  identity?: string;
  visit?: string;
  /** The page's own random text, as long as there is no identity: 16 to 64 letters and digits. */
  nonce?: string;
  page: { url: string; title: string; referrer?: string };
  language?: string;
  events: ActivityEvent[];
}

export interface ActivityReply {
  identity?: string;
  visit?: string;
  /** As of sessions. */
  visitor?: string;
  /** False: nothing more is sent. */
  watch: boolean;
  /** So long a page that is looked at says nothing of it, in seconds. */
  next_secs: number;
  /** Where invitations come from, with its token. */
  stream?: string;
  invitation: Invitation | null;
}

/** How the invited may answer: the ways to talk, and a conference elsewhere. */
export type InviteOption = Mode | 'conference';

export interface Invitation {
  id: string;
  key: string;
  /** A person's words, never markup. */
  text: string;
  title: string;
  /** Who is claimed for it. */
  agent: { display_name: string; picture: string | null } | null;
  picture: { url: string; alt: string } | null;
  audio: string | null;
  video: string | null;
  options: InviteOption[];
  /** He can be called at another time. */
  later: boolean;
  /** Masked: at which he can be called. */
  number: string | null;
  conference: string | null;
  /** `closed`, `busy`: nobody can talk now (N Fig. 6f). */
  kind: 'invitation' | 'closed' | 'busy';
  expires_at: string;
  /** BCP 47. */
  language: string;
}

/** What the stream of a visit brings; null: what was shown is gone. */
export type VisitNotice = { type: 'invitation'; invitation: Invitation | null };

/** `POST /v1/web/invitations/{id}`. */
export interface InvitationAnswer {
  answer: 'shown' | 'declined' | 'accepted';
  option?: InviteOption;
}

// ---- desktops

/** Somebody who is on a site now. */
export interface VisitorRow {
  id: string;
  site: string;
  client: string | null;
  page: Page;
  /** On the site since, and on this page. */
  arrived: string;
  since: string;
  pages: number;
  visits: number;
  purchases: number;
  /** In the site's currency, and how many things. */
  cart: number | null;
  items: number | null;
  priority: number;
  language: string | null;
  consent: 'granted' | 'none';
  address: string | null;
  name: string | null;
  contact: string | null;
  /** Rules that he has met. */
  rules: string[];
  invited: boolean;
}

export interface VisitorsView {
  total: number;
  /** At most 100. */
  list: VisitorRow[];
}

export type AlertState = 'waiting' | 'claimed' | 'invited' | 'shown' | 'accepted' | 'declined';

/** A rule has found somebody worth a word. */
export interface AlertRow {
  id: string;
  visitor: string;
  site: string;
  client: string | null;
  /** Null: an agent has picked him. */
  rule: string | null;
  /** Why, in words. */
  text: string;
  page: Page;
  priority: number;
  since: string;
  name: string | null;
  contact: string | null;
  visits: number;
  purchases: number;
  cart: number | null;
  language: string | null;
  address: string | null;
  /** It is to be told over whatever is done. */
  pop: boolean;
  state: AlertState;
  agent: { id: string; display_name: string } | null;
  mine: boolean;
  /** Of the library, the most fitting first. */
  suggestions: string[];
  /** His page is there. */
  online: boolean;
  /** What he has accepted. */
  way: InviteOption | null;
  /** Where he waits: the address of the firm's own conference. */
  conference: string | null;
}

/** A text of the library. */
export interface MessageRow {
  id: string;
  name: string;
  /** By language. */
  texts: Record<string, string>;
  options: InviteOption[];
}
