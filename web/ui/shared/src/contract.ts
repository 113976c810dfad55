// The JSON of the web interface, as docs/api.md fixes it.

export type Mode = 'dial' | 'callme' | 'browser';
export type ShownMode = Mode | 'queued' | 'ticket';
export type VisitorState = 'held' | 'waiting' | 'dialing' | 'ringing' | 'talking' | 'ended';
export type EndReason =
  | 'normal'
  | 'busy'
  | 'no_answer'
  | 'declined'
  | 'not_found'
  | 'unreachable'
  | 'expired'
  | 'canceled'
  | 'overload';

export interface Page {
  url: string;
  title: string;
}

export interface ReservationView {
  id: string;
  mode: ShownMode;
  state: VisitorState;
  since: string;
  number: string | null;
  number_display: string | null;
  pin: string | null;
  expires_at: string | null;
  agent: { display_name: string } | null;
  /** How long it may take; null where nothing is known. */
  wait: { p50_secs: number; p90_secs: number } | null;
  position: number | null;
  trace_id: string;
  reason: EndReason | null;
}

/** The answer to `POST /v1/web/reservations`. */
export interface ReservationReply extends ReservationView {
  stream: string;
  key: string;
  token?: string | null;
}

/** The answer to `POST /v1/web/sessions`. */
export interface SessionReply {
  visitor: string;
  consent_version: string;
  countries: string[];
  modes: Mode[];
  brand?: string | { name?: string | null; accent?: string | null } | null;
  /** Who he is by his site's signature; null: nobody signed for him. */
  identity?: { name: string | null } | null;
  /** The end of the number at which he can be called without typing one: `•••1234`. */
  on_file?: string | null;
}

export interface ReservationRequest {
  site: string;
  mode: Mode;
  visitor: string;
  page: Page;
  snapshot?: string;
  consent?: { version: string; call: boolean };
  number?: string;
  name?: string;
  /** A token of the site's server. */
  identity?: string;
  /** To be called at the number on file, instead of `number`. */
  on_file?: boolean;
}

/** `application/problem+json`. */
export interface ProblemBody {
  status: number;
  code: string;
  title?: string;
  detail?: string;
}

export type AgentState =
  | 'not_ready'
  | 'ready'
  | 'claimed'
  | 'ringing'
  | 'talking'
  | 'wrapup'
  | 'unreachable';

export type Channel = 'phone' | 'callme' | 'browser';

export interface MeView {
  firm: string;
  agent: string;
  display_name: string;
  state: AgentState;
  since: string;
  pending_not_ready: boolean;
  phone: boolean;
  station: 'browser' | 'account' | 'number';
  sip_user: string;
  sip_password: string;
  sip_ws: string;
  wrapup_ends: string | null;
  /** Why he is not ready, where he said so. */
  reason: string | null;
  reasons: string[];
  wrapup_codes: string[];
  queues: string[];
  notice: string | null;
}

/** Whom an agent wants in his call. */
export type Target = { agent: string } | { queue: string } | { number: string };

export interface ColleagueView {
  agent: string;
  display_name: string;
  state: AgentState;
  since: string;
  reason: string | null;
}

export type ConsultState = 'ringing' | 'talking' | 'held' | 'conference';

export interface ConsultView {
  name: string;
  state: ConsultState;
}

export interface HistoryView {
  time: string;
  channel: string;
  page: string;
  outcome: string;
  talk_secs: number;
  agent: string | null;
  /** What it was about. */
  code: string | null;
}

export interface ContactView {
  id: string | null;
  name: string;
  numbers: string[];
  notes: string;
  priority: number;
  history: HistoryView[];
}

export interface IdentityView {
  customer: string;
  name: string | null;
  email: string | null;
  language: string | null;
  attributes: Record<string, string>;
}

export interface CrmView {
  state: 'asking' | 'found' | 'unknown' | 'failed';
  record: {
    name: string | null;
    customer_id: string | null;
    notes: string | null;
    priority: number | null;
    language: string | null;
    url: string | null;
    fields: { name: string; value: string }[];
  } | null;
}

export interface CurrentView {
  reservation: string | null;
  call: string | null;
  state: AgentState;
  since: string;
  asked_at: string;
  claim_ends: string | null;
  channel: Channel;
  confidence: 'exact' | 'recent' | 'none';
  page: Page | null;
  snapshot: string | null;
  snapshot_url?: string | null;
  contact: ContactView;
  muted: boolean;
  /** The customer waits with music. */
  held: boolean;
  /** Whom the agent asks. */
  consult: ConsultView | null;
  /** Who handed it on, or asks. */
  from: string | null;
  /** This agent is asked; the call is another's. */
  guest: boolean;
  /** The wrap-up code chosen. */
  code: string | null;
  /** Who he is by his site's signature; null: only his own word says so. */
  identity?: IdentityView | null;
  /** What the firm's CRM says of him. */
  crm?: CrmView | null;
  auto_answer: boolean;
}

export interface WaitingView {
  id: string;
  name: string;
  channel: Channel;
  priority: number;
  since: string;
  page: Page | null;
}

export interface StatsView {
  waiting: number;
  longest_secs: number;
  agents_ready: number;
  agents_in: number;
  trunk_up: boolean;
}

export interface AgentViews {
  me: MeView;
  current: CurrentView | null;
  waiting: WaitingView[];
  stats: StatsView;
  colleagues: ColleagueView[];
}

/** What the agents' stream brings. */
export type AgentNotice =
  | { type: 'view'; view: 'me'; data: MeView }
  | { type: 'view'; view: 'current'; data: CurrentView | null }
  | { type: 'view'; view: 'waiting'; data: WaitingView[] }
  | { type: 'view'; view: 'stats'; data: StatsView }
  | { type: 'view'; view: 'colleagues'; data: ColleagueView[] }
  | { type: 'probe'; id: string; reservation: string | null; snapshot: string | null }
  | { type: 'replaced' }
  | { type: 'event'; event: string; time: string; seq: number }
  | { type: 'pong' };

/** What the desktop says. */
export type DesktopMessage =
  | { type: 'rendered'; reservation: string; snapshot: string | null }
  | {
      type: 'probe_answer';
      probe: string;
      drawn: string | null;
      hidden: boolean;
      microphone: boolean;
    }
  | { type: 'ping' };
