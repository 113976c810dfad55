// What is kept in the shop's own storage: the visitor's id for good, a live request as long as the tab.
import type { Mode, ReservationView } from '@warmline/shared/contract';

/** Enough to find a request again on the shop's next page. */
export interface Live {
  id: string;
  key: string;
  stream: string;
  mode: Mode;
  skew: number;
  view: ReservationView;
  /** He has stopped showing his page, and the switch has not said that it knows. */
  stopped?: boolean;
}

export class Memory {
  /** Who he is on this page, without anything being kept. */
  guest: string | null = null;

  constructor(private readonly site: string) {}

  get visitor(): string | null {
    return attempt(() => localStorage.getItem(`warmline.visitor.${this.site}`)) ?? this.guest;
  }

  set visitor(id: string | null) {
    this.guest = id;
    const name = `warmline.visitor.${this.site}`;
    attempt(() => (id ? localStorage.setItem(name, id) : localStorage.removeItem(name)));
  }

  get live(): Live | null {
    return this.#recall('live');
  }

  set live(live: Live | null) {
    this.#keep('live', live);
  }

  /** The chat goes on beside a call. */
  get chat(): Live | null {
    return this.#recall('chat');
  }

  set chat(live: Live | null) {
    this.#keep('chat', live);
  }

  #recall(what: string): Live | null {
    const text = attempt(() => sessionStorage.getItem(`warmline.${what}.${this.site}`));
    const live = text ? attempt(() => JSON.parse(text) as Live) : null;
    return live && typeof live.id === 'string' && typeof live.stream === 'string' && live.view ? live : null;
  }

  #keep(what: string, live: Live | null): void {
    const name = `warmline.${what}.${this.site}`;
    attempt(() => (live ? sessionStorage.setItem(name, JSON.stringify(live)) : sessionStorage.removeItem(name)));
  }
}

/** Storage may be forbidden: then nothing is remembered. */
function attempt<T>(work: () => T): T | null {
  try {
    return work();
  } catch {
    return null;
  }
}

/** 128 random bits; also where the page is not a secure context. */
export function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
