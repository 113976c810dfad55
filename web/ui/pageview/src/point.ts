// The agent's pointer over a visitor's page, as a place on one of its elements. Nothing of the page is clicked: a click is a mark.
import type { PointMessage } from '@warmline/shared/contract';
import { Pace, type Place } from './pace.ts';

/** How long the ring of a mark is there, in milliseconds. */
const RING = 700;

/** The innermost element there that the recording knows, in shadow roots too; `number`: of an element, below 1 where it has none. */
export function placeAt(page: Document, x: number, y: number, number: (element: Element) => number): Place | null {
  let element = page.elementFromPoint(x, y);
  for (let inner = element; inner; ) {
    element = inner;
    inner = element.shadowRoot?.elementFromPoint(x, y) ?? null;
    if (inner === element) break;
  }
  while (element && number(element) < 1) element = element.parentElement ?? (element.getRootNode() as Partial<ShadowRoot>).host ?? null;
  if (!element) return null;
  const { left, top, width, height } = element.getBoundingClientRect();
  return { node: number(element), x: part(x - left, width), y: part(y - top, height) };
}

/** A fraction; the middle of what has no width. */
function part(at: number, side: number): number {
  return side > 0 ? Math.round(Math.max(0, Math.min(1, at / side)) * 10_000) / 10_000 : 0.5;
}

export class Pointing {
  readonly #pace: Pace;
  #on = false;

  /** `at`: the place under a point of our window; `ended`: the agent has ended it here. */
  constructor(
    private readonly stage: HTMLElement,
    private readonly at: (x: number, y: number) => Place | null,
    send: (message: PointMessage) => void,
    private readonly ended: () => void,
  ) {
    this.#pace = new Pace(send);
    stage.addEventListener('pointermove', (event) => this.#moved(event));
    stage.addEventListener('pointerleave', () => this.#pace.leave());
    stage.addEventListener('click', (event) => this.#clicked(event));
    // The desktop keeps the focus, and with it its keys.
    stage.addEventListener('mousedown', (event) => this.#on && event.preventDefault());
    document.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || !this.#on) return;
      this.set(false);
      this.ended();
    });
  }

  set(on: boolean): void {
    this.#on = on;
    this.stage.classList.toggle('pointing', on);
    if (!on) this.#pace.leave();
  }

  #moved({ clientX, clientY, isPrimary }: PointerEvent): void {
    if (!this.#on || !isPrimary) return;
    const place = this.at(clientX, clientY);
    if (place) this.#pace.move(place);
    else this.#pace.leave();
  }

  #clicked({ clientX, clientY }: MouseEvent): void {
    const place = this.#on ? this.at(clientX, clientY) : null;
    if (!place) return;
    this.#pace.mark(place);
    const ring = document.createElement('i');
    ring.className = 'ring';
    ring.style.left = `${clientX}px`;
    ring.style.top = `${clientY}px`;
    this.stage.append(ring);
    setTimeout(() => ring.remove(), RING);
  }
}
