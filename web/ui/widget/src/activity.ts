// How much somebody has done on the page since the widget is there: how often, never what or where.

const KINDS = ['pointerdown', 'keydown', 'scroll', 'touchstart'] as const;
/** More says nothing more. */
const MOST = 99;

export class Activity {
  count = 0;

  constructor(target: EventTarget) {
    for (const kind of KINDS) target.addEventListener(kind, this.#seen, { capture: true, passive: true });
  }

  readonly #seen = (event: Event): void => {
    if (event.isTrusted && this.count < MOST) this.count += 1;
  };
}
