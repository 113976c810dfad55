// The agents' REST calls: same origin, session cookie.
import type { AgentViews } from '@warmline/shared/contract';

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly retryAfter: number | null,
  ) {
    super(code);
  }
}

export interface Answer<T> {
  value: T;
  /** The server's time, from its Date header. */
  date: string | null;
}

async function call(method: string, path: string, body?: unknown): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(`/v1/agent/${path}`, {
      method,
      credentials: 'same-origin',
      cache: 'no-store',
      ...(body === undefined ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
    });
  } catch {
    throw new Problem(0, 'offline', '', null);
  }
  if (response.ok) return response;
  const problem = (await response.json().catch(() => ({}))) as { code?: string; detail?: string };
  const retry = Number(response.headers.get('Retry-After'));
  throw new Problem(response.status, problem.code ?? `http_${response.status}`, problem.detail ?? '', retry > 0 ? retry : null);
}

async function views(method: string, path: string, body?: unknown): Promise<Answer<AgentViews>> {
  const response = await call(method, path, body);
  return { value: (await response.json()) as AgentViews, date: response.headers.get('Date') };
}

export const api = {
  login: (agent: string, password: string, firm?: string) => views('POST', 'login', { agent, password, ...(firm ? { firm } : {}) }),
  session: () => views('GET', 'session'),
  logout: () => call('POST', 'logout'),
  presence: (state: 'ready' | 'not_ready') => call('PUT', 'state', { state }),
  mute: (on: boolean) => call('POST', 'mute', { on }),
  hangup: () => call('POST', 'hangup'),
  wrapupDone: () => call('POST', 'wrapup-done'),
};

/** Whether the session is over, here (log in again) or because another tab took it. */
export function sessionLost(error: unknown): 'login' | 'replaced' | null {
  if (!(error instanceof Problem)) return null;
  if (error.status === 401 || error.code === 'not_logged_in') return 'login';
  return error.code === 'replaced' ? 'replaced' : null;
}

/** A refusal as a sentence. */
export function problemText(error: unknown): string {
  if (!(error instanceof Problem)) return 'That did not work. Please try again.';
  const again = error.retryAfter ? ` Try again in ${error.retryAfter} seconds.` : '';
  switch (error.code) {
    case 'offline':
      return 'The switch cannot be reached. Check your network; nothing was changed.';
    case 'wrong_password':
      return 'Name or password is not right.';
    case 'too_many':
      return `Too many tries.${again || ' Wait a minute.'}`;
    default:
      if (error.status === 429) return `Too many tries.${again || ' Wait a minute.'}`;
      return error.detail ? `${error.detail}${again}` : `That did not work.${again || ' Please try again.'}`;
  }
}
