// The page as it is now, masked before anything leaves it: rrweb tells what changes, the cleaner what may be told of it.
import { record } from '@rrweb/record';
import { DOTS } from '../snapshot/dom.ts';
import { encodeByCanvas } from '../snapshot/image.ts';
import { Cleaner, type Event, type Source } from './clean.ts';
import { BOXES, SECRET } from './spot.ts';

const DARK = '(prefers-color-scheme: dark)';
/** Characters of pictures with one whole picture of the page, and how many. */
const PICTURES = 400_000;
const COUNT = 60;

/** As rrweb numbers them. */
const FULL = 2;
const META = 4;

export interface Recording {
  /** A whole picture, now. */
  full(): void;
  /** What it calls by a number; null where that is no element, or nothing any more. */
  element(id: number): Element | null;
  stop(): void;
}

/** Tells `whole` what begins anew and `more` what has changed since. `own` is the widget itself, which is left out. */
export function recordPage(own: string, whole: (events: Event[]) => void, more: (event: Event) => void): Recording {
  const pictures = new Pictures();
  const cleaner = new Cleaner(pictures);
  let meta: Event | null = null;
  let owed: ReturnType<typeof setTimeout> | undefined;
  const take = (raw: unknown): void => {
    const kind = (raw as Event).type;
    if (kind === FULL) pictures.begin();
    const event = cleaner.event(raw);
    if (!event) return;
    if (kind === META) meta = event;
    else if (kind === FULL) {
      clearTimeout(owed);
      owed = undefined;
      whole(meta ? [meta, event] : [event]);
    } else if (!cleaner.full) more(event);
    else owed ??= setTimeout(() => record.takeFullSnapshot(true), 1_000);
  };
  const end = record({
    emit: take,
    blockSelector: `${own},${BOXES}`,
    maskTextSelector: SECRET,
    maskTextFn: (text) => (text.trim() ? DOTS : text),
    maskAllInputs: true,
    maskInputFn: (text) => (text ? DOTS : ''),
    inlineStylesheet: true,
    slimDOMOptions: 'all',
    recordCanvas: false,
    collectFonts: false,
    inlineImages: false,
    recordCrossOriginIframes: false,
    sampling: { mousemove: 50, mousemoveCallback: 200, scroll: 100, media: 1_000, input: 'last' },
    errorHandler: () => true,
  });
  // A picture of the page that has come late is shown late.
  const loaded = ({ target }: globalThis.Event): void => {
    if (!(target instanceof HTMLImageElement)) return;
    const id = record.mirror.getId(target);
    if (id > 0) take({ type: 3, timestamp: Date.now(), data: { source: 0, texts: [], removes: [], adds: [], attributes: [{ id, attributes: { src: 'loaded' } }] } });
  };
  document.addEventListener('load', loaded, true);
  // Other colours are another picture.
  const colours = matchMedia(DARK);
  const turned = (): void => record.takeFullSnapshot(true);
  colours.addEventListener('change', turned);
  return {
    full: () => record.takeFullSnapshot(true),
    element: (id) => {
      const node = record.mirror.getNode(id);
      return node instanceof Element ? node : null;
    },
    stop: () => {
      clearTimeout(owed);
      document.removeEventListener('load', loaded, true);
      colours.removeEventListener('change', turned);
      end?.();
    },
  };
}

/** What the cleaner asks of the page. */
class Pictures implements Source {
  #left = PICTURES;
  #count = COUNT;
  readonly #drawn = new WeakMap<HTMLImageElement, { address: string; data: string | null }>();

  begin(): void {
    this.#left = PICTURES;
    this.#count = COUNT;
  }

  secret(id: number): boolean {
    const node = record.mirror.getNode(id);
    const element = node instanceof Element ? node : node?.parentElement;
    return element?.closest(SECRET) != null;
  }

  size(id: number): { width: number; height: number } | null {
    const node = record.mirror.getNode(id);
    return node instanceof Element ? node.getBoundingClientRect() : null;
  }

  dark(): boolean {
    return matchMedia(DARK).matches;
  }

  picture(id: number): string | null {
    const image = record.mirror.getNode(id);
    if (!(image instanceof HTMLImageElement) || this.#count <= 0) return null;
    const address = image.currentSrc;
    let drawn = this.#drawn.get(image);
    if (!drawn || drawn.address !== address || drawn.data === null) {
      const { width, height } = image.getBoundingClientRect();
      drawn = { address, data: encodeByCanvas(image, width, height, 40_000) };
      this.#drawn.set(image, drawn);
    }
    const data = drawn.data;
    if (data === null || data.length > this.#left) return null;
    this.#left -= data.length;
    this.#count -= 1;
    return data;
  }
}
