// The visitor's side of the web interface.
import type { ChannelChange, ChatMessage, ReservationReply, ReservationRequest, ReservationView, SessionReply } from '@warmline/shared/contract';

/** A refusal, or no answer at all (`code` "offline"). */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly retryAfter: number | null,
    /** The work to be done first. */
    readonly work: { challenge: string; bits: number } | null = null,
  ) {
    super(code);
  }
}

export class Api {
  constructor(private readonly origin: string) {}

  session(site: string, visitor: string | null, identity: string | null): Promise<SessionReply> {
    return this.json('POST', '/v1/web/sessions', { site, ...(visitor ? { visitor } : {}), ...(identity ? { identity } : {}) });
  }

  async forget(site: string, visitor: string): Promise<void> {
    await this.#send('POST', '/v1/web/forget', { site, visitor }, {});
  }

  /** Tried once more with the same key where the network failed: the server answers the same reservation. */
  async reserve(request: ReservationRequest, key: string): Promise<ReservationReply> {
    const headers = { 'Idempotency-Key': key };
    try {
      return await this.json('POST', '/v1/web/reservations', request, headers);
    } catch (error) {
      if (error instanceof Refusal && error.code === 'offline') {
        return this.json('POST', '/v1/web/reservations', request, headers);
      }
      throw error;
    }
  }

  offer(reservation: string, token: string, sdp: string): Promise<{ sdp: string }> {
    return this.json('POST', '/v1/web/calls', { reservation, token, sdp });
  }

  async cancel(id: string, key: string): Promise<void> {
    await this.#send('DELETE', `/v1/web/reservations/${encodeURIComponent(id)}`, undefined, bearer(key));
  }

  async dialIntent(id: string, key: string): Promise<void> {
    await this.#send('POST', `/v1/web/reservations/${encodeURIComponent(id)}/dial-intent`, undefined, bearer(key));
  }

  async renew(id: string, key: string): Promise<void> {
    await this.#send('POST', `/v1/web/reservations/${encodeURIComponent(id)}/renew`, undefined, bearer(key));
  }

  change(id: string, key: string, to: ChannelChange): Promise<ReservationView & Pick<ReservationReply, 'token' | 'ice_servers'>> {
    return this.json('POST', `/v1/web/reservations/${encodeURIComponent(id)}/channel`, to, bearer(key));
  }

  async stay(id: string, key: string): Promise<void> {
    await this.#send('DELETE', `/v1/web/reservations/${encodeURIComponent(id)}/channel`, undefined, bearer(key));
  }

  async answerLive(id: string, key: string, allow: boolean): Promise<void> {
    await this.#send('POST', `/v1/web/reservations/${encodeURIComponent(id)}/live`, { allow }, bearer(key));
  }

  async answerPush(id: string, key: string, push: number, accept: boolean): Promise<void> {
    await this.#send('POST', `/v1/web/reservations/${encodeURIComponent(id)}/push`, { push, accept }, bearer(key));
  }

  /** Where a page shows itself: with the token of its stream. */
  liveUrl(stream: string): string {
    const url = new URL(this.streamUrl(stream));
    url.pathname = '/v1/web/live';
    return url.href;
  }

  /** Tried again as often as needed: the same `client_id` is kept once. */
  post(id: string, key: string, text: string, client_id: string): Promise<ChatMessage> {
    return this.json('POST', `/v1/web/reservations/${encodeURIComponent(id)}/messages`, { text, client_id }, bearer(key));
  }

  messages(id: string, key: string, after: number): Promise<{ messages: ChatMessage[]; more: boolean }> {
    return this.json('GET', `/v1/web/reservations/${encodeURIComponent(id)}/messages?after=${after}`, undefined, bearer(key));
  }

  /** The WebSocket address of a `stream` path. */
  streamUrl(path: string): string {
    const url = new URL(path, this.origin);
    url.protocol = url.protocol === 'http:' ? 'ws:' : 'wss:';
    return url.href;
  }

  async json<T>(method: string, path: string, body: unknown, headers: Record<string, string> = {}): Promise<T> {
    const response = await this.#send(method, path, body, headers);
    return (await response.json()) as T;
  }

  async #send(method: string, path: string, body: unknown, headers: Record<string, string>): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(this.origin + path, {
        method,
        mode: 'cors',
        credentials: 'omit',
        cache: 'no-store',
        referrerPolicy: 'no-referrer',
        keepalive: body === undefined,
        headers: body === undefined ? headers : { 'Content-Type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch {
      throw new Refusal(0, 'offline', '', null);
    }
    if (response.ok) return response;
    const problem = (await response.json().catch(() => ({}))) as { code?: string; detail?: string; challenge?: string; bits?: number };
    const retry = Number(response.headers.get('Retry-After'));
    const work = problem.challenge && problem.bits ? { challenge: problem.challenge, bits: problem.bits } : null;
    throw new Refusal(response.status, problem.code ?? `http_${response.status}`, problem.detail ?? '', retry > 0 ? retry : null, work);
  }
}

export function bearer(key: string): Record<string, string> {
  return { Authorization: `Bearer ${key}` };
}
