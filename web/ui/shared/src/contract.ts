// The JSON of the web interface, as docs/api.md fixes it.

export type Mode = 'dial' | 'callme' | 'browser' | 'chat';
/** The ways that end in a voice. */
export type VoiceMode = Exclude<Mode, 'chat'>;
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
/** Why a chat may be over besides. */
export type ChatEnd = 'away' | 'idle';

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
  reason: EndReason | ChatEnd | null;
  /** Of chats: how far they are. */
  chat?: { last: number; read: number } | null;
}

/** One line of a chat; its text is a person's, never markup. */
export interface ChatMessage {
  seq: number;
  time: string;
  from: 'visitor' | 'agent';
  name: string | null;
  kind: 'text' | 'joined' | 'handed_on' | 'call_proposed';
  text: string;
  client_id: string | null;
}

export interface ChatCard {
  id: string;
  state: 'offered' | 'open' | 'wrapup';
  since: string;
  asked_at: string;
  ends: string | null;
  page: Page;
  snapshot: string | null;
  snapshot_url?: string | null;
  contact: ContactView;
  last: number;
  unread: number;
  preview: string;
  /** How far the visitor's page has it, and how far he has seen it. */
  delivered: number;
  read: number;
  away_since: string | null;
  from: string | null;
  code: string | null;
  reason: 'visitor' | 'agent' | 'away' | 'idle' | null;
  /** The visitor's call beside it. */
  call: string | null;
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

export type Channel = 'phone' | 'callme' | 'browser' | 'chat';

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
  /** The chat whose transcript can be read. */
  chat?: string | null;
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
  chats: ChatCard[];
}

/** What the agents' stream brings. */
export type AgentNotice =
  | { type: 'view'; view: 'me'; data: MeView }
  | { type: 'view'; view: 'current'; data: CurrentView | null }
  | { type: 'view'; view: 'waiting'; data: WaitingView[] }
  | { type: 'view'; view: 'stats'; data: StatsView }
  | { type: 'view'; view: 'colleagues'; data: ColleagueView[] }
  | { type: 'view'; view: 'chats'; data: ChatCard[] }
  | { type: 'message'; chat: string; message: ChatMessage }
  | { type: 'typing'; chat: string; on: boolean }
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
