// The agents' REST calls: same origin, session cookie.
import type { AgentViews, ChatMessage, ContactCard, ContactChange, ContactRow, HistoryView, StatisticsView, Target } from '@warmline/shared/contract';
import type { ImportReport } from '@warmline/shared/contract_outbound';
import type { InvitationReport, PageReport } from '@warmline/shared/contract_reports';
import type { Words } from './words.ts';

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly retryAfter: number | null,
    /** Since when it is so, where that matters. */
    readonly since: string | null = null,
  ) {
    super(code);
  }
}

/** By password, at the firm's own provider, or both. */
export interface Ways {
  password: boolean;
  oidc: { firm: string; label: string } | null;
}

export interface Answer<T> {
  value: T;
  /** The server's time, from its Date header. */
  date: string | null;
}

/** A body that is no text already goes as JSON. */
export async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(`/v1/agent/${path}`, {
      method,
      credentials: 'same-origin',
      cache: 'no-store',
      ...(body === undefined ? {} : { headers: { 'Content-Type': 'application/json', ...headers }, body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  } catch {
    throw new Problem(0, 'offline', '', null);
  }
  if (response.ok) return response;
  const problem = (await response.json().catch(() => ({}))) as { code?: string; detail?: string; since?: string };
  const retry = Number(response.headers.get('Retry-After'));
  throw new Problem(response.status, problem.code ?? `http_${response.status}`, problem.detail ?? '', retry > 0 ? retry : null, problem.since ?? null);
}

async function views(method: string, path: string, body?: unknown): Promise<Answer<AgentViews>> {
  const response = await call(method, path, body);
  return { value: (await response.json()) as AgentViews, date: response.headers.get('Date') };
}

/** Refusals about alerts have words of their own: the same codes mean other things elsewhere. */
const OF_ALERTS = new Set(['taken', 'gone', 'not_yours', 'not_now', 'never', 'text_missing', 'too_long']);

async function alerting(path: string, body: unknown): Promise<Response> {
  try {
    return await call('POST', path, body);
  } catch (error) {
    if (error instanceof Problem && OF_ALERTS.has(error.code)) throw new Problem(error.status, `alert_${error.code}`, '', error.retryAfter);
    throw error;
  }
}

export const api = {
  /** `takeOver`: also where the agent is logged in on another device. */
  login: (agent: string, password: string, firm?: string, takeOver = false) => views('POST', 'login', { agent, password, ...(firm ? { firm } : {}), ...(takeOver ? { take_over: true } : {}) }),
  session: () => views('GET', 'session'),
  /** How agents of a firm log in. */
  ways: async (firm?: string) => (await (await call('GET', `ways${firm ? `?firm=${encodeURIComponent(firm)}` : ''}`)).json()) as Ways,
  /** Where the browser goes to log in at the firm's own provider. */
  oidcStart: async (firm: string, takeOver: boolean) => ((await (await call('POST', 'oidc/start', { firm, ...(takeOver ? { take_over: true } : {}) })).json()) as { url: string }).url,
  logout: () => call('POST', 'logout'),
  presence: (state: 'ready' | 'not_ready', reason?: string) => call('PUT', 'state', { state, ...(reason ? { reason } : {}) }),
  mute: (on: boolean) => call('POST', 'mute', { on }),
  hold: (on: boolean) => call('POST', 'hold', { on }),
  digits: (digits: string) => call('POST', 'digits', { digits }),
  consult: (target: Target) => call('POST', 'consult', { target }),
  swap: () => call('POST', 'swap'),
  conference: () => call('POST', 'conference'),
  consultEnd: () => call('POST', 'consult-end'),
  /** Without a target: to the one consulted. */
  transfer: (target?: Target) => call('POST', 'transfer', target ? { target } : {}),
  take: (waiting: string) => call('POST', 'take', { waiting }),
  rate: (waiting: string, priority: number) => call('POST', 'priority', { waiting, priority }),
  /** `call`: in or after which it was said. */
  outcome: (outcome: { call?: string; code?: string; notes?: string; notes_read?: string; priority?: number }) => call('POST', 'outcome', outcome),
  /** The customer of this call, or of the one in hand, is never called again. */
  neverCall: (of: { call?: string }) => call('POST', 'never-call', of),
  call: (number: string, callerId?: string) => call('POST', 'call', { number, ...(callerId ? { caller_id: callerId } : {}) }),
  startJob: () => call('POST', 'job/start'),
  skipJob: () => call('POST', 'job/skip'),
  park: () => call('POST', 'park'),
  unpark: (slot: number) => call('POST', 'unpark', { slot }),
  warmLine: (number: string) => call('POST', 'warm-line', { number }),
  hangup: () => call('POST', 'hangup'),
  wrapupDone: () => call('POST', 'wrapup-done'),
  statistics: async () => (await (await call('GET', 'statistics')).json()) as StatisticsView,
  /** Of these days, both of them in it, such as 2026-11-30. */
  pageReport: async (from: string, to: string) => (await (await call('GET', `reports/pages?from=${from}&to=${to}`)).json()) as PageReport,
  invitationReport: async (from: string, to: string) => (await (await call('GET', `reports/invitations?from=${from}&to=${to}`)).json()) as InvitationReport,
  orderState: (agent: string, state: 'ready' | 'not_ready', reason?: string) => call('POST', `floor/${encodeURIComponent(agent)}/state`, { state, ...(reason ? { reason } : {}) }),
  orderOff: (agent: string, now: boolean) => call('POST', `floor/${encodeURIComponent(agent)}/log-off`, { now }),
  live: (on: boolean) => call('POST', 'live', { on }),
  push: (url: string, title: string) => call('POST', 'push', { url, title }),
  chatDoes: (id: string, verb: 'accept' | 'decline' | 'propose-call' | 'end' | 'close') => call('POST', `chats/${encodeURIComponent(id)}/${verb}`, {}),
  chatPost: async (id: string, text: string, client_id: string) => (await call('POST', `chats/${encodeURIComponent(id)}/messages`, { text, client_id })).json() as Promise<ChatMessage>,
  chatMessages: async (id: string, after: number) => (await call('GET', `chats/${encodeURIComponent(id)}/messages?after=${after}`)).json() as Promise<{ messages: ChatMessage[]; more: boolean }>,
  chatTyping: (id: string, on: boolean) => call('POST', `chats/${encodeURIComponent(id)}/typing`, { on }),
  chatRead: (id: string, seq: number) => call('POST', `chats/${encodeURIComponent(id)}/read`, { seq }),
  chatTransfer: (id: string, target: Target) => call('POST', `chats/${encodeURIComponent(id)}/transfer`, { target }),
  findContacts: async (query: string, after: string | null) =>
    (await (await call('GET', `contacts?q=${encodeURIComponent(query)}${after ? `&after=${encodeURIComponent(after)}` : ''}`)).json()) as { contacts: ContactRow[]; next: string | null },
  contact: async (id: string) => (await (await call('GET', `contacts/${encodeURIComponent(id)}`)).json()) as ContactCard,
  contactHistory: async (id: string, before: string) =>
    (await (await call('GET', `contacts/${encodeURIComponent(id)}/history?before=${encodeURIComponent(before)}`)).json()) as { history: HistoryView[]; next: string | null },
  /** `once`: the same again under it is not done again. */
  changeContact: async (id: string, version: number, change: ContactChange, once: string) =>
    (await (await call('PATCH', `contacts/${encodeURIComponent(id)}`, { version, ...change }, { 'Idempotency-Key': once })).json()) as ContactCard,
  importContacts: async (csv: string) => (await (await call('POST', 'contacts/import', csv, { 'Content-Type': 'text/csv' })).json()) as ImportReport,
  alertDoes: (verb: 'take' | 'release' | 'dismiss', alert: string) => alerting(`alert/${verb}`, { alert }),
  invite: (alert: string, what: { message?: string; text?: string; language?: string }) => alerting('alert/invite', { alert, ...what }),
  greet: async (visitor: string) => ((await (await alerting('visitor/greet', { visitor })).json()) as { alert: string }).alert,
  rateVisitor: (visitor: string, priority: number) => alerting('visitor/priority', { visitor, priority }),
  chatOutcome: (id: string, outcome: { code?: string; notes?: string; notes_read?: string; priority?: number }) => call('POST', `chats/${encodeURIComponent(id)}/outcome`, outcome),
};

/** Whether the session is over, here (log in again) or because another tab took it. */
export function sessionLost(error: unknown): 'login' | 'replaced' | null {
  if (!(error instanceof Problem)) return null;
  if (error.status === 401 || error.code === 'not_logged_in') return 'login';
  return error.code === 'replaced' ? 'replaced' : null;
}

/** Said in our words whatever the server says: its words are for others than the reader of this page. */
const OURS = new Set(['offline', 'wrong_password', 'too_many', 'dialing', 'outbound_over', 'due_invalid', 'closed_then', 'outbound_empty', 'own_word', 'csv_invalid', 'body_too_large', 'outbound_too_many', 'unknown_reservation']);

/** A refusal as a sentence. The server's own words are English: other languages know refusals by their code. */
export function problemText(error: unknown, w: Words): string {
  if (!(error instanceof Problem)) return `${w.problem} ${w.tryAgain}`;
  const again = error.retryAfter ? w.tryIn(error.retryAfter) : '';
  const many = error.status === 429 || error.code === 'too_many';
  if (many) return `${w.problems.too_many} ${again || w.waitMinute}`;
  const known = w.problems[error.code];
  const ours = known && (w.tag !== 'en' || OURS.has(error.code) || !error.detail);
  const text = ours ? known : w.tag === 'en' && error.detail ? error.detail : error.status === 409 ? w.notNow : '';
  if (text) return again ? `${text} ${again}` : text;
  return `${w.problem} ${again || w.tryAgain}`;
}
