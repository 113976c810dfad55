// Sends what happened on the page: in parcels, at most one a second, slower where the switch says so, and not at all once it has refused.
import type { ActivityEvent, ActivityReply, ActivityRequest } from '@warmline/shared/contract_watch';

/** Most events of a parcel, and bytes of its body, as the switch takes them; and so many wait. */
const PARCEL = 32;
const BYTES = 16_000;
const WAITING = 64;
/** Between two parcels, and for what is in no hurry, in milliseconds. */
const APART = 1_000;
const SOON = 3_000;
/** After a failure: doubled each time, up to the last. */
const FIRST_WAIT = 5_000;
const LONGEST_WAIT = 300_000;

/** Where something happened: a parcel tells of one page only. */
export interface At {
  url: string;
  title: string;
  referrer?: string;
}

interface Noted {
  event: ActivityEvent;
  page: At;
  time: number;
}

export interface Hooks {
  url: string;
  /** What goes with the events of a page. */
  frame: (page: At) => Omit<ActivityRequest, 'events'>;
  answered: (reply: ActivityReply) => void;
  /** It will never take it: from this page nothing more is sent. */
  refused: () => void;
}

export class Sender {
  #noted: Noted[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #due = Infinity;
  #last = -APART;
  /** Not before, after a failure. */
  #until = 0;
  #failures = 0;
  #busy = false;
  /** Rises when it is stopped: an answer to what was sent before is not looked at. */
  #turn = 0;

  constructor(private readonly hooks: Hooks) {}

  add(event: ActivityEvent, page: At, hurry = false): void {
    // Of the seconds on a page only the last count.
    if (event.kind === 'dwell') this.#noted = this.#noted.filter((one) => one.event.kind !== 'dwell' || one.page !== page);
    this.#noted.push({ event, page, time: performance.now() });
    this.#trim();
    this.#plan(hurry ? 0 : SOON);
  }

  /** Nothing that waits is sent any more. */
  stop(): void {
    clearTimeout(this.#timer);
    [this.#noted, this.#due, this.#busy] = [[], Infinity, false];
    this.#turn += 1;
  }

  /** The page may be gone in a moment: all at once, without waiting for an answer. */
  leave(): void {
    // Where the switch wants to be left alone, this holds for farewells too.
    if (performance.now() < this.#until) return;
    for (let parcel = this.#take(); parcel; parcel = this.#take()) {
      const sent = ((): boolean => {
        try {
          return navigator.sendBeacon(this.hooks.url, parcel);
        } catch {
          return false;
        }
      })();
      if (!sent) void this.#post(parcel).catch(() => undefined);
    }
    clearTimeout(this.#timer);
    this.#due = Infinity;
    this.#last = performance.now();
  }

  #trim(): void {
    while (this.#noted.length > WAITING) {
      // A page that was entered says more than what was done on it.
      const least = this.#noted.findIndex(({ event }) => event.kind !== 'view');
      this.#noted.splice(Math.max(0, least), 1);
    }
  }

  #plan(within: number): void {
    if (this.#busy) return;
    const due = Math.max(performance.now() + within, this.#last + APART, this.#until);
    if (due >= this.#due) return;
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => void this.#send(), due - performance.now());
  }

  /** The body for the first events that are of one page; null where nothing waits. */
  #take(): string | null {
    const [first] = this.#noted;
    if (!first) return null;
    const other = this.#noted.findIndex(({ page }) => page !== first.page);
    let count = Math.min(PARCEL, other < 0 ? this.#noted.length : other);
    let body = this.#body(count);
    while (count > 1 && new TextEncoder().encode(body).length > BYTES) body = this.#body((count = Math.ceil(count / 2)));
    this.#taken = this.#noted.splice(0, count);
    return body;
  }

  #taken: Noted[] = [];

  #body(count: number): string {
    const now = performance.now();
    const events = this.#noted.slice(0, count).map(({ event, time }) => ({ ...event, ago: Math.max(0, Math.round(now - time)) }));
    return JSON.stringify({ ...this.hooks.frame(this.#noted[0]!.page), events } satisfies ActivityRequest);
  }

  async #send(): Promise<void> {
    this.#due = Infinity;
    const parcel = this.#take();
    if (!parcel || this.#busy) return;
    const [taken, turn] = [this.#taken, this.#turn];
    this.#busy = true;
    this.#last = performance.now();
    try {
      const response = await this.#post(parcel);
      if (turn !== this.#turn) return;
      if (response.ok) {
        this.#failures = 0;
        const reply = (await response.json()) as ActivityReply;
        if (turn === this.#turn) this.hooks.answered(reply);
      } else if (response.status === 429 || response.status >= 500) this.#later(taken, Number(response.headers.get('Retry-After')) * 1000);
      else this.hooks.refused();
    } catch {
      if (turn === this.#turn) this.#later(taken, 0);
    } finally {
      if (turn === this.#turn) {
        this.#busy = false;
        if (this.#noted.length > 0) this.#plan(0);
      }
    }
  }

  /** Tried again: not before the switch likes it, nor sooner than after the failures until now. */
  #later(taken: Noted[], asked: number): void {
    this.#failures += 1;
    const own = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(this.#failures - 1, 10));
    this.#until = performance.now() + Math.max(own, asked > 0 ? Math.min(asked, 3_600_000) : 0);
    this.#noted = [...taken, ...this.#noted];
    this.#trim();
  }

  /** `text/plain`, so that no browser asks beforehand whether it may. */
  #post(body: string): Promise<Response> {
    return fetch(this.hooks.url, { method: 'POST', mode: 'cors', credentials: 'omit', cache: 'no-store', referrerPolicy: 'no-referrer', keepalive: true, headers: { 'Content-Type': 'text/plain' }, body });
  }
}
