// How a page is looked at: seconds while it is visible, how far down, whether anybody is there, which fields were found invalid. Never what is in them.
import type { ActivityEvent } from '@warmline/shared/contract_watch';
import { clean } from '../snapshot/dom.ts';

/** A second in which the machine slept is not looked at, in milliseconds. */
const GAP = 5_000;
const IDLE = 60_000;
const ERRORS = 10;
const DEPTHS = [25, 50, 75, 100] as const;
const INPUT = ['pointerdown', 'pointermove', 'keydown', 'scroll', 'touchstart'] as const;

export class Look {
  /** So long nothing is said of a page that is only looked at, in seconds. */
  every = 15;
  #looked = 0;
  #said = 0;
  #deepest = 0;
  #errors = 0;
  #scrolled = false;
  #tick = performance.now();
  #input = performance.now();
  #idle = false;

  constructor(
    private readonly tell: (event: ActivityEvent) => void,
    signal: AbortSignal,
  ) {
    for (const kind of INPUT) document.addEventListener(kind, this.#seen, { capture: true, passive: true, signal });
    document.addEventListener('invalid', this.#invalid, { capture: true, signal });
    // Whoever comes back to the tab is there.
    document.addEventListener('visibilitychange', (event) => {
      this.#tick = performance.now();
      if (document.visibilityState === 'visible') this.#seen(event);
    }, { signal });
    const timer = setInterval(() => this.#second(), 1_000);
    signal.addEventListener('abort', () => clearInterval(timer));
  }

  /** Another page: all is counted anew. */
  page(): void {
    [this.#looked, this.#said, this.#deepest, this.#errors, this.#scrolled] = [0, 0, 0, 0, false];
  }

  /** What was looked at and not said yet. */
  dwell(): void {
    const secs = Math.floor(this.#looked / 1000);
    if (secs <= this.#said) return;
    this.#said = secs;
    this.tell({ kind: 'dwell', secs });
  }

  #second(): void {
    const now = performance.now();
    const gone = now - this.#tick;
    this.#tick = now;
    if (document.visibilityState !== 'visible') return;
    this.#looked += Math.min(gone, GAP);
    if (Math.floor(this.#looked / 1000) - this.#said >= this.every) this.dwell();
    if (this.#scrolled) this.#depth();
    if (this.#idle || now - this.#input < IDLE) return;
    this.#idle = true;
    this.tell({ kind: 'idle', secs: Math.round((now - this.#input) / 1000) });
  }

  readonly #seen = (event: Event): void => {
    this.#input = performance.now();
    if (event.type === 'scroll') this.#scrolled = true;
    if (!this.#idle) return;
    this.#idle = false;
    this.tell({ kind: 'active' });
  };

  #depth(): void {
    this.#scrolled = false;
    const { scrollHeight } = document.documentElement;
    // A last line is often not reached to the pixel.
    const percent = ((scrollY + innerHeight + 2) / Math.max(1, scrollHeight)) * 100;
    for (const depth of DEPTHS) {
      if (percent < depth || depth <= this.#deepest) continue;
      this.#deepest = depth;
      this.tell({ kind: 'scroll', percent: depth });
    }
  }

  readonly #invalid = (event: Event): void => {
    const field = event.target instanceof Element ? clean(event.target.getAttribute('name') ?? event.target.id).slice(0, 40) : '';
    if (!field || this.#errors >= ERRORS) return;
    this.#errors += 1;
    this.tell({ kind: 'error', field });
  };
}
