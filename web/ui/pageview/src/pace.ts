// How often a page hears where its agent points: ten times a second at most, the last place always, and that it is over after a rest.
import type { PointMessage } from '@warmline/shared/contract';

export interface Place {
  /** rrweb's number of an element. */
  node: number;
  /** Fractions of its box. */
  x: number;
  y: number;
}

/** Milliseconds between two messages, and without a movement until it is over. */
const EVERY = 100;
const REST = 2_000;

export class Pace {
  #sent = -Infinity;
  #mark: PointMessage | null = null;
  #last: PointMessage | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #rest: ReturnType<typeof setTimeout> | undefined;
  /** The page has been told of a place, or is about to be. */
  #on = false;

  constructor(private readonly send: (message: PointMessage) => void) {}

  move(place: Place): void {
    this.#last = { type: 'point', ...place };
    this.#begin();
  }

  /** A place of its own: what was to be told before it is of no use, what comes after takes nothing from it. */
  mark(place: Place): void {
    [this.#mark, this.#last] = [{ type: 'point', ...place, mark: true }, null];
    this.#begin();
  }

  /** Over. */
  leave(): void {
    clearTimeout(this.#rest);
    if (!this.#on) return;
    this.#on = false;
    this.#last = { type: 'point_end' };
    this.#settle();
  }

  #begin(): void {
    this.#on = true;
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.leave(), REST);
    this.#settle();
  }

  /** Tells what waits, now or when it is time. */
  #settle(): void {
    const next = this.#mark ?? this.#last;
    if (!next || this.#timer !== undefined) return;
    const wait = this.#sent + EVERY - Date.now();
    if (wait > 0) {
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        this.#settle();
      }, wait);
      return;
    }
    if (this.#mark) this.#mark = null;
    else this.#last = null;
    this.#sent = Date.now();
    this.send(next);
    this.#settle();
  }
}
