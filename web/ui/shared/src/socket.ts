// A WebSocket that comes back: bounded exponential backoff with jitter, at once when the network or the tab returns.

export type Link = 'connecting' | 'open' | 'lost' | 'closed';

export interface Wire {
  /** Above 1 it is closing or closed, which is told later. */
  readonly readyState?: number;
  send(data: string): void;
  close(): void;
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
  onerror: ((event: Event) => void) | null;
}

export interface Options {
  url: string;
  message: (data: unknown) => void;
  link: (state: Link, attempts: number) => void;
  /** Sent each `pingEvery` ms; a connection silent for two and a half of them is given up. */
  ping?: unknown;
  pingEvery?: number;
  connect?: (url: string) => Wire;
}

/** Delay before attempt n (from 1): 0.4 s doubling to 10 s, ±25 %. */
export function backoff(attempt: number, random: number): number {
  const base = Math.min(10_000, 400 * 2 ** Math.max(0, Math.min(attempt, 20) - 1));
  return Math.round(base * (0.75 + random * 0.5));
}

/** Opens at construction; `close()` ends it for good. */
export class Stream {
  #wire: Wire | null = null;
  #attempts = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #pulse: ReturnType<typeof setInterval> | undefined;
  #heard = 0;
  #done = false;
  #open = false;
  readonly #wake = (): void => {
    if (this.#done || this.#open || this.#retry === undefined) return;
    if (typeof document === 'undefined' || !document.hidden) this.#connect();
  };

  constructor(private readonly options: Options) {
    globalThis.addEventListener?.('online', this.#wake);
    globalThis.document?.addEventListener('visibilitychange', this.#wake);
    this.#connect();
  }

  /** False where the connection is not open: nothing is kept for later. */
  send(message: unknown): boolean {
    if (!this.#open || !this.#wire || (this.#wire.readyState ?? 1) > 1) return false;
    this.#wire.send(JSON.stringify(message));
    return true;
  }

  close(): void {
    if (this.#done) return;
    this.#done = true;
    clearTimeout(this.#retry);
    this.#drop();
    globalThis.removeEventListener?.('online', this.#wake);
    globalThis.document?.removeEventListener('visibilitychange', this.#wake);
    this.options.link('closed', this.#attempts);
  }

  #connect(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#drop();
    this.options.link('connecting', this.#attempts);
    const wire = (this.options.connect ?? ((url) => new WebSocket(url)))(this.options.url);
    this.#wire = wire;
    wire.onopen = () => {
      this.#open = true;
      this.#attempts = 0;
      this.#heard = Date.now();
      this.#startPulse();
      this.options.link('open', 0);
    };
    wire.onmessage = (event) => {
      this.#heard = Date.now();
      const data = parse(event.data);
      if (data !== undefined) this.options.message(data);
    };
    wire.onclose = () => this.#lost(wire);
    wire.onerror = () => this.#lost(wire);
  }

  #lost(wire: Wire): void {
    if (wire !== this.#wire || this.#done) return;
    this.#drop();
    this.#attempts += 1;
    this.#retry = setTimeout(() => this.#connect(), backoff(this.#attempts, Math.random()));
    this.options.link('lost', this.#attempts);
  }

  #drop(): void {
    clearInterval(this.#pulse);
    this.#open = false;
    const wire = this.#wire;
    this.#wire = null;
    if (!wire) return;
    wire.onopen = wire.onmessage = wire.onclose = wire.onerror = null;
    wire.close();
  }

  #startPulse(): void {
    const { ping, pingEvery = 20_000 } = this.options;
    if (ping === undefined) return;
    this.#pulse = setInterval(() => {
      if (Date.now() - this.#heard > pingEvery * 2.5 && this.#wire) this.#lost(this.#wire);
      else this.send(ping);
    }, pingEvery);
  }
}

function parse(data: unknown): unknown {
  if (typeof data !== 'string') return undefined;
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}
