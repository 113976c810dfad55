// A list of the switch as it is drawn: it keeps its order while the pointer is in it, or the focus.
import { steady, type Held } from './steady.ts';

export class HeldList<T extends { id: string }> {
  rows: Held<T>[] = $state.raw([]);
  #pointed = $state(false);
  #focused = $state(false);

  /** `now`: what the switch says; read again whenever it changes. */
  constructor(now: () => readonly T[]) {
    $effect.pre(() => {
      this.#before = steady(this.#before, now(), this.still);
      this.rows = this.#before;
    });
  }

  /** The same, for the next time: what an effect writes it must not read. */
  #before: Held<T>[] = [];

  get still(): boolean {
    return this.#pointed || this.#focused;
  }

  /** For the list's element. A finger points only as long as it is down, and does not hover. */
  readonly watch = {
    onpointerenter: (event: PointerEvent) => (this.#pointed = event.pointerType !== 'touch'),
    onpointerleave: () => (this.#pointed = false),
    // Who works with a pointer leaves the focus behind where he has clicked.
    onfocusin: () => (this.#focused = document.documentElement.dataset.pointer === undefined),
    onfocusout: (event: FocusEvent) => (this.#focused = event.relatedTarget instanceof Node && (event.currentTarget as Node).contains(event.relatedTarget)),
  };
}
