// The page at the click: static, redacted, self-contained, at most 300 kB.
import { collectStyles, styleText } from './css.ts';
import { attributes, clean, escapeAttribute, escapeText, type Pen, Writer } from './dom.ts';
import { encodeByCanvas, type Encoder } from './image.ts';

export const LIMIT = 300_000;
const STYLE_BUDGET = 110_000;
const MARKUP_BUDGET = 110_000;
const PICTURES = 30;

const BOX_STYLE =
  '.wl-box{display:inline-flex;box-sizing:border-box;max-width:100%;overflow:hidden;align-items:center;justify-content:center;' +
  'background:repeating-linear-gradient(135deg,#8883 0 6px,#8881 6px 12px);color:inherit;font:12px system-ui,sans-serif;border-radius:4px;' +
  'padding:2px;text-align:center}';

export interface Settings {
  skip?: (element: Element) => boolean;
  encode?: Encoder;
}

/** Never throws: where the page cannot be taken there is no snapshot, and the call goes on. */
export function takeSnapshot(doc: Document, settings: Settings = {}): string | undefined {
  try {
    const full = write(doc, settings, true);
    const text = bytes(full) <= LIMIT ? full : write(doc, settings, false);
    return bytes(text) <= LIMIT ? text : undefined;
  } catch {
    return undefined;
  }
}

function bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}

function write(doc: Document, settings: Settings, pictures: boolean): string {
  const styles = styleText(clean(collectStyles(doc, STYLE_BUDGET)));
  const writer = new Writer(pen(doc, settings, pictures, LIMIT - 4_000 - bytes(styles)));
  writer.children(doc.body);
  const view = doc.defaultView;
  const width = Math.round(view?.innerWidth ?? 1280);
  const anchor = topmost(doc);
  const scheme = colourScheme(doc);
  return (
    `<!doctype html><html${attributes(doc.documentElement)} data-wl-width="${width}"` +
    `${anchor ? ` data-wl-at="${escapeAttribute(anchor)}"` : ''}><head><meta charset="utf-8">` +
    `<title>${escapeText(doc.title.slice(0, 300))}</title>` +
    `<style>${styles}${BOX_STYLE}html{color-scheme:${scheme}!important;scroll-behavior:auto!important}</style></head>` +
    `<body${attributes(doc.body)}>${writer.text}</body></html>`
  );
}

function pen(doc: Document, settings: Settings, pictures: boolean, room: number): Pen {
  const encode = settings.encode ?? encodeByCanvas;
  // What the markup may need is not given to pictures.
  let left = Math.max(0, room - MARKUP_BUDGET);
  let count = 0;
  const height = doc.defaultView?.innerHeight ?? 800;
  return {
    size: (element) => element.getBoundingClientRect(),
    skip: settings.skip ?? (() => false),
    budget: MARKUP_BUDGET,
    picture: (image, width, imageHeight) => {
      if (!pictures || count >= PICTURES) return null;
      const near = Math.abs(image.getBoundingClientRect().top) < height * 2;
      const data = encode(image, width, imageHeight, Math.min(left, near ? 40_000 : 12_000));
      if (data === null || data.length > left) return null;
      left -= data.length;
      count += 1;
      return data;
    },
  };
}

/** The id nearest to the top of what is on screen, so that the view opens where the visitor is. */
function topmost(doc: Document): string | undefined {
  const view = doc.defaultView;
  if (!view || view.scrollY < 40) return undefined;
  let best: { id: string; top: number } | undefined;
  for (const element of Array.from(doc.querySelectorAll('body [id]')).slice(0, 500)) {
    const { top, height } = element.getBoundingClientRect();
    if (height > 0 && top > -80 && top < view.innerHeight / 2 && (!best || top < best.top)) best = { id: element.id, top };
  }
  return best && /^[\w.:-]{1,80}$/.test(best.id) ? best.id : undefined;
}

/** The colours the visitor sees, not those of the agent's system. */
function colourScheme(doc: Document): 'light' | 'dark' {
  const view = doc.defaultView;
  const declared = view?.getComputedStyle(doc.documentElement).colorScheme ?? '';
  if (!declared.includes('dark')) return 'light';
  if (!declared.includes('light')) return 'dark';
  return view?.matchMedia?.('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}
