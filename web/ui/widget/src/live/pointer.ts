// The agent's pointer on the visitor's page: drawn over it, never part of it. It follows its element wherever that goes, shows the way
// where it is out of sight, and moves nothing. Only a mark is spoken.
import { h, svg } from '../dom.ts';
import { spotOf, textOf, type Box, type Place } from './spot.ts';
import { pointWords, type PointWords } from './words.ts';

/** Milliseconds without a word until it fades, that it takes to fade, to come to a new place, and that a ring is there. */
const LASTS = 2_000;
const FADES = 200;
const GLIDES = 120;
const RING = 1_200;
/** Pixels between the edge and an arrow at it, and what a name takes beside its arrow. */
const EDGE = 22;

const STYLES = `
:host{all:initial;position:fixed;inset:0;width:auto;height:auto;margin:0;border:0;padding:0;overflow:hidden;background:none;pointer-events:none;z-index:2147483647;
font:600 13px/1 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;opacity:1;transition:opacity ${FADES}ms ease-out;
--c:var(--warmline-accent,#0f766e);--on:var(--warmline-on-accent,#fff)}
:host(:not([data-on])){opacity:0}
:host([hidden]){display:none}
.tip,.ring{position:absolute;left:0;top:0;will-change:transform}
.tip svg{position:absolute;filter:drop-shadow(0 1px 2px rgba(15,23,30,.35))}
.near{left:-4px;top:-4px}
.far{left:-16px;top:-16px;display:none}
.name{position:absolute;left:18px;top:22px;max-width:160px;box-sizing:border-box;padding:6px 10px;border-radius:12px;background:var(--c);color:var(--on);
box-shadow:0 0 0 1.5px #fff,0 2px 8px rgba(15,23,30,.3);white-space:nowrap;overflow:hidden;text-overflow:ellipsis;line-height:1.2}
.west .name{left:auto;right:10px}
.north .name{top:auto;bottom:8px}
.out .near{display:none}
.out .far{display:block}
.out .name{left:24px;top:-14px}
.out.west .name{left:auto;right:24px}
.ring{width:48px;height:48px;margin:-24px;box-sizing:border-box;border:3px solid var(--c);border-radius:50%;box-shadow:0 0 0 1.5px #fff,inset 0 0 0 1.5px #fff}
.ring::after{content:"";position:absolute;inset:-3px;border-radius:50%;border:3px solid var(--c);animation:ring ${RING / 2}ms ease-out 2 both}
@keyframes ring{from{transform:scale(.3);opacity:1}to{transform:scale(1.6);opacity:0}}
@media(prefers-reduced-motion:reduce){:host{transition:none}.ring::after{animation:none}}
`;

/** An arrow whose tip is its origin, and one in a disc that is turned towards what lies outside. */
const NEAR = 'M3 3l15 6.2-6.3 2.1L9.300 18z';
const FAR = 'M12 9.500l6.500 6.500-6.500 6.500';

export class Pointer {
  readonly #layer = h('div', { testid: 'wl-point', attrs: { 'aria-hidden': 'true', hidden: '' } });
  readonly #tip: HTMLElement;
  readonly #turned: SVGElement;
  readonly #ring = h('i', { class: 'ring', testid: 'wl-point-ring', attrs: { hidden: '' } });
  readonly #spoken = h('div', { class: 'sr', testid: 'wl-point-spoken', attrs: { role: 'status', 'aria-live': 'polite' } });
  readonly #words: PointWords;
  #place: Place | null = null;
  #mark: Place | null = null;
  /** Where it was drawn last, and from where it comes to its place. */
  #drawn: { x: number; y: number } | null = null;
  #from = { x: 0, y: 0, at: -Infinity };
  #frame = 0;
  #fade: ReturnType<typeof setTimeout> | undefined;
  #gone: ReturnType<typeof setTimeout> | undefined;
  #unmark: ReturnType<typeof setTimeout> | undefined;

  /** `host`: the widget's element, in whose shadow it is drawn; `name`: the agent's, as the visitor knows it. */
  constructor(host: Element, private readonly name: string, language: string) {
    this.#words = pointWords(language);
    this.#turned = svg('path', { d: FAR, fill: 'none', stroke: 'var(--on)', 'stroke-width': '2.5', 'stroke-linecap': 'round', 'stroke-linejoin': 'round' });
    const near = svg('svg', { class: 'near', width: '32', height: '32', viewBox: '0 0 24 24' }, svg('path', { d: NEAR, fill: 'var(--c)', stroke: '#fff', 'stroke-width': '1.5', 'stroke-linejoin': 'round' }));
    const far = svg('svg', { class: 'far', width: '32', height: '32', viewBox: '0 0 32 32' }, svg('circle', { cx: '16', cy: '16', r: '14', fill: 'var(--c)', stroke: '#fff', 'stroke-width': '1.5' }), this.#turned);
    this.#tip = h('div', { class: 'tip', testid: 'wl-point-tip' }, near, far, h('span', { class: 'name', text: name, attrs: { dir: 'auto' } }));
    const inside = this.#layer.attachShadow({ mode: 'open' });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLES);
    inside.adoptedStyleSheets = [sheet];
    inside.append(this.#ring, this.#tip);
    // Above what a page has opened above everything, where browsers can.
    if ('showPopover' in this.#layer) this.#layer.setAttribute('popover', 'manual');
    host.shadowRoot?.append(this.#layer, this.#spoken);
  }

  /** The agent points there now; `mark`: he means it. */
  point(place: Place, mark: boolean): void {
    // The page may have taken the widget out.
    if (!this.#layer.isConnected) return;
    this.#glide(place);
    this.#place = place;
    clearTimeout(this.#fade);
    this.#fade = setTimeout(() => this.end(), LASTS);
    if (mark) this.#marks(place);
    this.#show();
  }

  /** He points no longer. */
  end(): void {
    clearTimeout(this.#fade);
    if (!this.#layer.hasAttribute('data-on')) return;
    this.#layer.removeAttribute('data-on');
    this.#gone = setTimeout(() => this.#hide(), still() ? 0 : FADES);
  }

  /** Nothing of it is left. */
  remove(): void {
    clearTimeout(this.#fade);
    this.#hide();
    this.#layer.remove();
    this.#spoken.remove();
  }

  #show(): void {
    clearTimeout(this.#gone);
    if (this.#layer.hidden) {
      this.#layer.hidden = false;
      this.#layer.showPopover?.();
    }
    this.#layer.setAttribute('data-on', '');
    cancelAnimationFrame(this.#frame);
    this.#draw();
  }

  #hide(): void {
    clearTimeout(this.#gone);
    clearTimeout(this.#unmark);
    cancelAnimationFrame(this.#frame);
    [this.#place, this.#mark, this.#drawn] = [null, null, null];
    this.#spoken.textContent = '';
    if (this.#layer.hidden) return;
    this.#layer.removeAttribute('data-on');
    this.#layer.hidePopover?.();
    this.#layer.hidden = true;
  }

  #marks(place: Place): void {
    this.#mark = place;
    // Begun anew, also where one is there.
    this.#ring.parentNode?.prepend(this.#ring);
    clearTimeout(this.#unmark);
    this.#unmark = setTimeout(() => (this.#mark = null), RING);
    const what = textOf(place.element);
    const words = what ? this.#words.at(this.name, what) : this.#words.somewhere(this.name);
    if (this.#spoken.textContent !== words) this.#spoken.textContent = words;
  }

  /** From where it is now to a new place; on the same element the page may move under it. */
  #glide(place: Place): void {
    const spot = this.#drawn && !still() ? spotOf(place, this.#view()) : null;
    if (!spot || !this.#drawn) this.#from = { x: 0, y: 0, at: -Infinity };
    else this.#from = { x: this.#drawn.x - spot.x, y: this.#drawn.y - spot.y, at: performance.now() };
  }

  /** The part of the window that is the page's. */
  #view(): Box {
    return this.#layer.getBoundingClientRect();
  }

  #draw(): void {
    const view = this.#view();
    this.#tip.hidden = !this.#drawTip(view);
    const ring = this.#mark && spotOf(this.#mark, view);
    this.#ring.hidden = !ring?.seen;
    if (ring) this.#ring.style.transform = `translate(${ring.x - view.left}px,${ring.y - view.top}px)`;
    this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #drawTip(view: Box): boolean {
    const spot = this.#place && spotOf(this.#place, view);
    this.#drawn = null;
    if (!spot) return false;
    const { within, seen } = spot;
    let { x, y } = spot;
    if (seen) {
      const left = Math.max(0, 1 - (performance.now() - this.#from.at) / GLIDES);
      x += this.#from.x * left;
      y += this.#from.y * left;
      this.#drawn = { x, y };
    } else {
      x = between(spot.x, within.left + EDGE, within.right - EDGE);
      y = between(spot.y, within.top + EDGE, within.bottom - EDGE);
      this.#turned.setAttribute('transform', `rotate(${Math.round((Math.atan2(spot.y - y, spot.x - x) * 180) / Math.PI)} 16 16) translate(1 0)`);
    }
    const { classList, style } = this.#tip;
    classList.toggle('out', !seen);
    classList.toggle('west', x > view.right - 190);
    classList.toggle('north', y > view.bottom - 56);
    style.transform = `translate(${x - view.left}px,${y - view.top}px)`;
    return true;
  }
}

/** The middle where there is no room. */
function between(value: number, least: number, most: number): number {
  return least > most ? (least + most) / 2 : Math.max(least, Math.min(most, value));
}

function still(): boolean {
  return matchMedia('(prefers-reduced-motion:reduce)').matches;
}
