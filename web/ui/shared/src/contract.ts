// The JSON of the web interface, as docs/api.md fixes it.
import type { AlertRow, MessageRow, VisitorsView } from './contract_watch.ts';

export type Mode = 'dial' | 'callme' | 'browser' | 'chat' | 'mail';
/** The ways that end in a voice. */
export type VoiceMode = Exclude<Mode, 'chat' | 'mail'>;
export type ShownMode = Mode | 'ticket';
export type VisitorState = 'held' | 'waiting' | 'dialing' | 'ringing' | 'talking' | 'ended';
export type EndReason =
  | 'normal'
  | 'busy'
  | 'called'
  | 'no_answer'
  | 'declined'
  | 'not_found'
  | 'unreachable'
  | 'callback'
  | 'expired'
  | 'canceled'
  | 'overload';
/** Why a chat may be over besides. */
export type ChatEnd = 'away' | 'idle';

export interface Page {
  url: string;
  title: string;
  /** What the page says of itself: nobody vouches for it. */
  attributes?: Record<string, string>;
}

/** Why a wait is longer than was told before. */
export type WaitCause = 'agents_left' | 'priority' | 'busier';

export interface ReservationView {
  id: string;
  mode: ShownMode;
  state: VisitorState;
  since: string;
  number: string | null;
  number_display: string | null;
  pin: string | null;
  /** The number is not his alone: the PIN is asked for. */
  shared?: boolean;
  expires_at: string | null;
  agent: { display_name: string } | null;
  /** How long it may take; null where nothing is known. */
  wait: { p50_secs: number; p90_secs: number; cause?: WaitCause | null } | null;
  /** It is longer than the firm would have him wait, and he can be called instead, or at another time. */
  too_long?: boolean;
  position: number | null;
  trace_id: string;
  reason: EndReason | ChatEnd | 'met' | 'unmatched' | 'never_again' | 'not_allowed' | null;
  /** What he speaks on, in a call. */
  channel?: 'phone' | 'browser' | null;
  /** In a call: he hears music; a third one is there. */
  held?: boolean;
  joined?: boolean;
  /** What he changes that to, as a request of its own, or how it ended. */
  change?: ReservationView | null;
  /** What the agent asks of the page, or sees. */
  share?: VisitorShare | null;
  /** Of chats: how far they are. */
  chat?: { last: number; read: number } | null;
  /** Of a wish to be called that waits: not before this moment; with `attempts`, it is the next one. */
  due?: string | null;
  attempts?: number;
  /** Two digits that whoever is called keys in. */
  match_digits?: string | null;
  /** Of `ticket`: what is drawn; with `turn` the page asks once more. */
  ticket?: { number: number; turn: boolean } | null;
}

export interface VisitorShare {
  agent: string;
  live: 'no' | 'asked' | 'on';
  push: PushOffer | null;
}

/** Where an agent points on the page that he is shown: rrweb's number of an element, fractions of its box; `mark`: he clicked there. */
export type PointMessage = { type: 'point'; node: number; x: number; y: number; mark?: true } | { type: 'point_end' };

export interface PushOffer {
  id: number;
  url: string;
  title: string;
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
  /** In whose name it is answered, where the firm has several clients. */
  client?: string | null;
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
  /** The way round a network that lets no UDP out; with `token` only. */
  ice_servers?: RTCIceServer[];
}

/** Another channel for a live call. */
export interface ChannelChange {
  mode: VoiceMode;
  number?: string;
  consent?: { version: string; call: boolean; text?: string | undefined };
  on_file?: boolean;
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
  /** Masked: the number at which he can be called without typing one, by his site's word or from this browser's last time: `+49 151 ••••• 34`. */
  on_file?: string | null;
  /** What a request may be about, languages to choose from, and questions with choices. */
  topics?: string[];
  languages?: string[];
  questions?: Question[];
  /** The queue is closed; it is open and no agent is free; `callme` is for later only. */
  out_of_hours?: boolean;
  all_busy?: boolean;
  callme_later_only?: boolean;
  /** Who wants to be called now may be refused for the hour at his number. */
  now_keeps_hours?: boolean;
  /** Confirmations can be sent by e-mail. */
  mail?: boolean;
}

/** A question of a site. */
export interface Question {
  ask: string;
  choices: string[];
}

/** `POST /v1/web/messages`. */
export interface MessageRequest {
  site: string;
  visitor: string;
  page: Page;
  snapshot?: string;
  identity?: string;
  name?: string;
  email: string;
  text: string;
  topic?: string;
  invitation?: InvitationKey;
}

/** The invitation that he follows. */
export interface InvitationKey {
  id: string;
  key: string;
}

export interface ReservationRequest {
  site: string;
  mode: Mode;
  visitor: string;
  page: Page;
  snapshot?: string;
  consent?: { version: string; call: boolean; text?: string | undefined };
  number?: string;
  name?: string;
  /** A token of the site's server. */
  identity?: string;
  /** To be called at the number on file, instead of `number`. */
  on_file?: boolean;
  /** RFC 3339: when he wants to be called. */
  due?: string;
  topic?: string;
  /** BCP 47. */
  language?: string;
  /** For each question of the site the place of the choice. */
  answers?: (number | null)[];
  /** Where a confirmation goes. */
  email?: string;
  /** To be called: the browser's time zone, how much was done on the page, and the proof that was asked for. */
  zone?: string;
  events?: number;
  proof?: string;
  invitation?: InvitationKey;
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

/** What the network says of the caller's number; `failed`: it is not his. */
export type Verified = 'passed' | 'failed' | 'unknown';

export type Channel = 'phone' | 'callme' | 'browser' | 'outbound' | 'chat';

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
  ice_servers: RTCIceServer[];
  /** The page view that waits for a page. */
  pageview_url: string;
  wrapup_ends: string | null;
  /** Why he is not ready, where he said so. */
  reason: string | null;
  reasons: string[];
  wrapup_codes: string[];
  queues: string[];
  /** Whether he may call customers, and what he may show to them: the first unless he chooses. */
  outbound: boolean;
  /** May change customers' priority. */
  may_rate: boolean;
  /** May change customers' records. */
  may_edit: boolean;
  caller_ids: { number: string; display: string }[];
  notice: MeNotice | null;
  /** May look at the floor and order other agents about. */
  supervisor: boolean;
  /** Supervises the whole firm: sees and steers outbound work. */
  whole_firm?: boolean;
  /** Pools of his queues, or of those he supervises, that run out of numbers. */
  pools: PoolNotice[];
  /** His phone is on the warm line: whom it may call. Empty: it is not, or there is nothing to choose. */
  warm_line: { number: string; display: string }[];
}

/** A pool of which few numbers are left, or none. */
export interface PoolNotice {
  pool: string;
  state: 'low' | 'dry';
}

/** What an agent is told about himself: a stable code and the shown name of who it is about or who did it. */
export interface MeNotice {
  code: string;
  name?: string;
  by?: string;
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
  /** The request of which there is evidence. */
  reservation?: string | null;
  /** What it was about. */
  code: string | null;
}

export interface ContactView {
  id: string | null;
  name: string;
  numbers: string[];
  /** The same in E.164. */
  e164: string[];
  notes: string;
  priority: number;
  /** Who changed it, the latest first. */
  ratings?: RatingView[];
  history: HistoryView[];
  /** Where older ones go on (`GET …/history?before=`); null: there are none. */
  older?: string | null;
}

/** One of the contacts that were found. */
export interface ContactRow {
  id: string;
  name: string;
  company: string;
  /** The one that was looked for, else the first. */
  number: string | null;
  e164: string | null;
  priority: number;
  /** When he was last heard of. */
  seen: string | null;
  last_agent: string | null;
}

export type ContactPart = 'name' | 'company' | 'numbers' | 'email' | 'language' | 'attributes' | 'notes' | 'priority';

/** All that is kept of a contact. */
export interface ContactCard extends ContactView {
  id: string;
  /** What a change says that it has read. */
  version: number;
  company: string;
  customer: string | null;
  email: string | null;
  language: string | null;
  attributes: Record<string, string>;
  seen: string | null;
  last_agent: string | null;
  last_talk: string | null;
  /** Who changed what, the latest first. */
  edits: { time: string; of: RatingView['of']; by: string | null; parts: ContactPart[] }[];
}

/** What is left out stays as it is; null takes away. */
export interface ContactChange {
  name?: string;
  company?: string;
  email?: string;
  language?: string;
  notes?: string;
  priority?: number;
  attributes?: Record<string, string | null>;
  numbers?: { add: string[]; remove: string[] };
}

export interface RatingView {
  time: string;
  of: 'agent' | 'program' | 'site' | 'crm';
  /** An agent's shown name, a key's or a site's. */
  by: string | null;
  from: number;
  to: number;
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
  /** In whose name it is answered, where the firm has several clients. */
  client?: string | null;
  confidence: 'exact' | 'recent' | 'none';
  verified?: Verified;
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
  /** His number is never called, by his word or the firm's; null: none is known from the call. */
  never_call?: boolean | null;
  /** Who he is by his site's signature; null: only his own word says so. */
  identity?: IdentityView | null;
  /** What the firm's CRM says of him. */
  crm?: CrmView | null;
  auto_answer: boolean;
  /** Since when the customer is on hold. */
  held_since: string | null;
  /** The agent's phone is lost in this call: it is awaited, or his other one rings. */
  phone: 'resuming' | 'backup' | null;
  /** The token of the call that brings it back. */
  resume: string | null;
  /** The customer changes the channel of the call; `lost`: he has left the one he had. */
  change?: { to: 'phone' | 'browser'; lost: boolean } | null;
  /** The call-me request that he is claimed for, until it is dialled. */
  job?: JobCard | null;
  /** What he has chosen of what his site asks, when he wanted to be called, and how often he was. */
  asked?: AskedView | null;
  /** The agent's own call until the customer answers: his own phone is rung, the customer is dialled, his phone rings. */
  dialing: Dialing | null;
  /** The number that the agent has called. */
  dialed: string | null;
  /** What can be shared of the customer's page; null where nothing can. */
  share?: AgentShare | null;
}

export interface JobCard {
  number: string;
  attempts: number;
  /** How the last attempt ended. */
  last: string | null;
  wanted: string | null;
  /** The agent starts the call or leaves it, until then. */
  preview_until: string | null;
}

export type Dialing = 'phone' | 'dialing' | 'ringing';

/** A parked call. */
export interface ParkedView {
  slot: number;
  name: string;
  channel: Channel;
  by: string;
  since: string;
  until: string;
}

export type LiveState = 'off' | 'asked' | 'refused' | 'on' | 'stopped';

export interface AgentShare {
  /** The customer can be asked to show his page. */
  may_look: boolean;
  live: LiveState;
  number: number | null;
  live_url?: string;
  /** The pages that may be suggested, as patterns. */
  push_to: string[];
  push: (PushOffer & { state: 'offered' | 'accepted' | 'declined' }) | null;
}

/** Three numbers that order rows one after the other; a row keeps them as long as it waits. */
export type Rank = [number, number, number];

/** What a visitor has chosen of what his site asks, when he wants to be called, and how often he was. */
export interface AskedView {
  topic?: string;
  /** BCP 47. */
  language?: string;
  answers?: { ask: string; choice: string }[];
  /** How urgent his answers make it, 1–7. */
  priority?: number;
  wanted: string | null;
  attempts: number;
}

/** A request to be called whose time has not come. */
export interface ScheduledView {
  id: string;
  name: string;
  /** With attempts, it is the next one. */
  due: string;
  priority: number;
  page: Page;
  asked: AskedView | null;
  client?: string | null;
}

export interface WaitingView {
  rank: Rank;
  id: string;
  name: string;
  channel: Channel;
  priority: number;
  since: string;
  page: Page | null;
  /** In whose name he is answered, where the firm has several clients. */
  client?: string | null;
  verified?: Verified;
  asked?: AskedView | null;
  /** Agents of its queue may take it out of turn. */
  take?: boolean;
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
  /** Who is called later, the next first. */
  scheduled?: ScheduledView[];
  stats: StatsView;
  colleagues: ColleagueView[];
  parked: ParkedView[];
  chats: ChatCard[];
  /** Where the firm watches its sites: who is there, who is worth a word, and what can be said. */
  visitors?: VisitorsView;
  alerts?: AlertRow[];
  messages?: MessageRow[];
}

/** What the agents' stream brings. */
export type AgentNotice =
  | { type: 'view'; view: 'me'; data: MeView }
  | { type: 'view'; view: 'current'; data: CurrentView | null }
  | { type: 'view'; view: 'waiting'; data: WaitingView[] }
  | { type: 'view'; view: 'scheduled'; data: ScheduledView[] }
  | { type: 'view'; view: 'stats'; data: StatsView }
  | { type: 'view'; view: 'colleagues'; data: ColleagueView[] }
  | { type: 'view'; view: 'parked'; data: ParkedView[] }
  | { type: 'change'; view: 'colleagues'; data: ColleaguesChange }
  | { type: 'change'; view: 'waiting'; data: WaitingChange }
  | { type: 'view'; view: 'floor'; data: FloorView }
  | { type: 'change'; view: 'floor'; data: FloorView }
  | { type: 'logged_off'; by: string | null }
  | { type: 'view'; view: 'chats'; data: ChatCard[] }
  | { type: 'view'; view: 'visitors'; data: VisitorsView }
  | { type: 'view'; view: 'alerts'; data: AlertRow[] }
  | { type: 'view'; view: 'messages'; data: MessageRow[] }
  | { type: 'message'; chat: string; message: ChatMessage }
  | { type: 'typing'; chat: string; on: boolean }
  | { type: 'probe'; id: string; reservation: string | null; snapshot: string | null }
  | { type: 'answer'; call: string }
  | { type: 'replaced' }
  | { type: 'event'; event: string; time: string; seq: number; subject?: string }
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
  | { type: 'watch'; view: 'floor'; on: boolean }
  | { type: 'ping' };

/** Whoever is news among the colleagues: rows as they are now, and who has left. */
export interface ColleaguesChange {
  set: ColleagueView[];
  gone: string[];
}

/** What is news of those who wait. */
export interface WaitingChange {
  set: WaitingView[];
  gone: Rank[];
}

/** A queue's day, or a quarter of an hour of it. */
export interface QueueFigures {
  offered: number;
  answered: number;
  answered_in_time: number;
  abandoned: number;
  abandoned_short: number;
  /** From 0 to 1; null where nothing counts yet. */
  service_level: number | null;
  /** Who gave up, but for those within the first seconds; from 0 to 1. */
  abandonment: number | null;
  asa_secs: number | null;
  longest_wait_secs: number;
  talk_secs: number;
  handling_secs: number;
  /** Handling / answered. */
  aht_secs: number | null;
  /** Waits that ended, and those of them that did within the P90 told at their beginning. */
  waits?: number;
  waits_under_p90?: number;
}

/** A queue's chats: the same words as of calls, never mixed with them. */
export interface ChatFigures {
  offered: number;
  answered: number;
  answered_in_time: number;
  abandoned: number;
  abandoned_short: number;
  service_level: number | null;
  abandonment: number | null;
  asa_secs: number | null;
  /** That are over and an agent had. */
  handled: number;
  handling_secs: number;
  aht_secs: number | null;
}

export interface PoolFigures {
  in_use_peak: number;
  in_use_mean: number;
  given: number;
  shared: number;
  dry: number;
  matched_exact: number;
  matched_recent: number;
  ambiguous: number;
  unmatched: number;
  expired_unused: number;
  hold_secs: number | null;
}

export interface TrunkFigures {
  up_secs: number;
  down_secs: number;
  outages: number;
  calls_in: number;
  answered_in: number;
  calls_out: number;
  answered_out: number;
  failed: { busy: number; declined: number; no_answer: number; unreachable: number; full: number; other: number };
  most_at_once: number;
}

export interface AgentFigures {
  ready_secs: number;
  calls: number;
  handling_secs: number;
  /** Handling / calls. */
  aht_secs: number | null;
  occupancy: number | null;
  declined: number;
  unanswered: number;
}

export interface FloorAgent {
  agent: string;
  display_name: string;
  /** Null: not logged in. */
  state: AgentState | null;
  since: string;
  reason: string | null;
  pending: 'not_ready' | 'log_off' | null;
  phone: boolean;
  desktop: boolean;
  queues: string[];
  contact: { channel: Channel; queue: string | null; held: boolean; guest: boolean } | null;
  today: AgentFigures;
}

export interface FloorQueue {
  queue: string;
  waiting: number;
  longest_since: string | null;
  agents_ready: number;
  agents_in: number;
  today: QueueFigures;
  chats_today: ChatFigures;
}

export interface FloorPool {
  pool: string;
  free: number;
  held: number;
  ringing: number;
  cooling: number;
  /** Somebody wanted a number and there was none, and there has been none since. */
  dry: boolean;
  today: PoolFigures;
}

export interface FloorTrunk {
  trunk: string;
  up: boolean;
  /** Parties on it now, for this firm. */
  on: number;
  today: TrunkFigures;
}

/** What a supervisor sees; a change has only the rows that are news. */
export interface FloorView {
  time: string;
  service_level_secs: number;
  short_secs: number;
  occupancy: number | null;
  pool_dry_total: number;
  agents: FloorAgent[];
  queues: FloorQueue[];
  pools: FloorPool[];
  trunks: FloorTrunk[];
  /** Nobody is called for call me; null: it works. */
  breaker: { why: 'hour' | 'day' | 'program'; since: string; until: string } | null;
}

/** `GET /v1/agent/statistics`, as far as the desktop draws it. */
export interface StatisticsView {
  time: string;
  interval_secs: number;
  queues: { queue: string; intervals: ({ from: string } & QueueFigures)[] }[];
}
