// The document as static markup: an allow-list of attributes, no script, no address, nothing a visitor typed.
import { cleanDeclarations } from './css.ts';

/** What writing needs from outside. */
export interface Pen {
  /** The size an element has on the screen. */
  size: (element: Element) => { width: number; height: number };
  /** A data address for the picture, or null: a box with its alternative text is drawn. */
  picture: (image: HTMLImageElement, width: number, height: number) => string | null;
  /** Elements that are left out, such as our own. */
  skip: (element: Element) => boolean;
  /** Bytes of markup at most, pictures not counted. */
  budget: number;
}

export const DROPPED = new Set(
  ('script noscript style link meta base title template slot iframe frame frameset noframes object embed applet param portal fencedframe ' +
    'audio track source map area dialog-polyfill xmp plaintext noembed listing marquee bgsound ' +
    'animate animatemotion animatetransform set foreignobject image feimage mpath discard handler').split(' '),
);
const BOXED = new Set(['video', 'canvas']);
const VOID = new Set('area base br col embed hr img input link meta param source track wbr'.split(' '));
export const KEPT = new Set(
  ('class id dir lang alt colspan rowspan span scope start reversed open disabled readonly hidden width height align valign ' +
    'bgcolor border cellpadding cellspacing nowrap rows cols size role placeholder ' +
    'viewbox fill stroke stroke-width stroke-linecap stroke-linejoin stroke-dasharray stroke-dashoffset fill-rule clip-rule fill-opacity ' +
    'stroke-opacity opacity transform d points x y x1 x2 y1 y2 cx cy r rx ry dx dy offset stop-color stop-opacity ' +
    'preserveaspectratio gradientunits gradienttransform text-anchor font-size font-family font-weight dominant-baseline').split(' '),
);
export const STATE = /^(?:data-[a-z0-9-]+|aria-(?:expanded|selected|hidden|current|pressed|checked|disabled))$/;
export const BUTTONS = new Set(['button', 'submit', 'reset']);
export const DOTS = '\u2022\u2022\u2022\u2022\u2022\u2022';

export function escapeText(text: string): string {
  return clean(text).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

export function escapeAttribute(text: string): string {
  return escapeText(text).replace(/"/g, '&quot;').replace(/'/g, '&#39;');
}

/** Without control characters and halves of surrogate pairs: the text must survive JSON and UTF-8 unchanged. */
export function clean(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000b\u000c\u000d\u000e-\u001f\u007f\ufffe\uffff]/g, '')
    .replace(/[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]/g, (pair) => (pair.length === 2 ? pair : '\ufffd'));
}

/** Card numbers never leave the page, wherever they stand. */
export function maskCards(text: string): string {
  return text.replace(/\d(?:[ \u00a0-]?\d){12,18}/g, (digits) => (luhn(digits) ? DOTS : digits));
}

function luhn(text: string): boolean {
  const digits = text.replace(/\D/g, '');
  let sum = 0;
  for (let i = 0; i < digits.length; i += 1) {
    const digit = Number(digits[digits.length - 1 - i]);
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

const ENCODER = new TextEncoder();

/** Writes an element and what is below it. */
export class Writer {
  #parts: string[] = [];
  #used = 0;
  #elements = 0;

  constructor(private readonly pen: Pen) {}

  get text(): string {
    return this.#parts.join('');
  }

  #put(text: string, counted = ENCODER.encode(text).length): void {
    this.#parts.push(text);
    this.#used += counted;
  }

  get #full(): boolean {
    return this.#used > this.pen.budget || this.#elements > 8000;
  }

  /** The children of `parent`, through its open shadow root where it has one. */
  children(parent: Element, depth = 0): void {
    const root = parent.shadowRoot ?? parent;
    for (let child = root.firstChild; child && !this.#full; child = child.nextSibling) this.#node(child, depth);
  }

  #node(node: Node, depth: number): void {
    if (this.#full || depth > 120) return;
    if (node.nodeType === 3) this.#text(node);
    else if (node.nodeType === 1) this.#element(node as Element, depth);
  }

  #text(node: Node): void {
    const text = (node.nodeValue ?? '').slice(0, 8000);
    const masked = text.trim() !== '' && node.parentElement?.closest(MASKED);
    this.#put(masked ? DOTS : escapeText(maskCards(text)));
  }

  #element(element: Element, depth: number): void {
    const name = element.localName.toLowerCase();
    if (name === 'slot') {
      const assigned = (element as HTMLSlotElement).assignedNodes?.({ flatten: true }) ?? [];
      for (const node of assigned) this.#node(node, depth + 1);
      return;
    }
    if (DROPPED.has(name) || !/^[a-z][a-z0-9-]*$/.test(name) || this.pen.skip(element)) return;
    this.#elements += 1;
    if (isPrivate(element)) this.#box(element, '');
    else if (BOXED.has(name)) this.#box(element, element.getAttribute('aria-label') ?? '');
    else if (name === 'img') this.#image(element as HTMLImageElement);
    else if (name === 'input') this.#input(element as HTMLInputElement);
    else if (name === 'textarea') this.#typed(element, 'textarea', (element as HTMLTextAreaElement).value);
    else if (name === 'select') this.#select(element as HTMLSelectElement);
    else if (isEditable(element)) this.#typed(element, name, element.textContent ?? '');
    else if (name === 'use') this.#use(element, depth);
    else this.#plain(element, name, depth);
  }

  #plain(element: Element, name: string, depth: number): void {
    const link = name === 'a' && element.hasAttribute('href') ? ' href="#"' : '';
    this.#put(`<${name}${attributes(element)}${link}>`);
    if (VOID.has(name)) return;
    this.children(element, depth + 1);
    this.#put(`</${name}>`);
  }

  #box(element: Element, label: string, keepClass = false): void {
    const { width, height } = this.pen.size(element);
    const kept = keepClass ? ` ${element.getAttribute('class') ?? ''}` : '';
    const style = `width:${Math.round(width)}px;height:${Math.round(height)}px`;
    this.#put(`<span class="${escapeAttribute(`wl-box${kept}`)}" style="${style}">${escapeText(label.slice(0, 200))}</span>`);
  }

  #image(image: HTMLImageElement): void {
    const { width, height } = this.pen.size(image);
    const data = width > 0 && height > 0 ? this.pen.picture(image, width, height) : null;
    const alt = image.getAttribute('alt') ?? '';
    if (data === null) this.#box(image, alt, true);
    else {
      const sized = image.hasAttribute('width') ? '' : ` width="${Math.round(width)}" height="${Math.round(height)}"`;
      // A picture's data has a budget of its own.
      this.#put(`<img${attributes(image)}${sized} src="${escapeAttribute(data)}">`, 200);
    }
  }

  #input(input: HTMLInputElement): void {
    const type = (input.getAttribute('type') ?? 'text').toLowerCase();
    if (type === 'hidden') return;
    if (type === 'password' || type === 'file' || type === 'image') this.#box(input, '', true);
    else if (BUTTONS.has(type)) this.#put(`<input type="${type}"${attributes(input)} value="${escapeAttribute(input.value)}">`);
    else if (type === 'checkbox' || type === 'radio' || type === 'range' || type === 'color') {
      this.#put(`<input type="${type}"${attributes(input)} disabled>`);
    } else {
      const value = input.value ? ` value="${DOTS}"` : '';
      this.#put(`<input type="text"${attributes(input)}${value}>`);
    }
  }

  #typed(element: Element, name: string, value: string): void {
    this.#put(`<${name}${attributes(element)}>${value.trim() ? DOTS : ''}</${name}>`);
  }

  #select(select: HTMLSelectElement): void {
    this.#put(`<select${attributes(select)}><option>${select.value ? DOTS : ''}</option></select>`);
  }

  /** An icon from a sprite in the same page is drawn in its place; others are left out. */
  #use(element: Element, depth: number): void {
    const target = element.getAttribute('href') ?? element.getAttribute('xlink:href') ?? '';
    if (!/^#[\w-]+$/.test(target)) return;
    const symbol = element.ownerDocument.getElementById(target.slice(1));
    if (!symbol || symbol.contains(element)) return;
    const box = symbol.getAttribute('viewBox');
    this.#put(`<svg${box ? ` viewBox="${escapeAttribute(box)}"` : ''}>`);
    this.children(symbol, depth + 20);
    this.#put('</svg>');
  }
}

/** What a site keeps to itself is a box; what it masks is there without its words. */
export const BLOCKED = '[data-private],[data-warmline-block]';
export const MASKED = '[data-warmline-mask]';

function isPrivate(element: Element): boolean {
  return element.matches(BLOCKED);
}

function isEditable(element: Element): boolean {
  const value = element.getAttribute('contenteditable');
  return value !== null && value.toLowerCase() !== 'false';
}

/** No address but one inside the same document (`url(#gradient)`). */
export function harmless(value: string): boolean {
  return /^url\(#[\w-]+\)$/.test(value) || !/(?:url\s*\(|javascript:|:\/\/)/i.test(value);
}

/** The attributes that only say how something looks. */
export function attributes(element: Element): string {
  let text = '';
  for (const { name, value } of Array.from(element.attributes)) {
    const lower = name.toLowerCase();
    if (lower === 'style') {
      const style = cleanDeclarations(value);
      if (style) text += ` style="${escapeAttribute(style)}"`;
    } else if (KEPT.has(lower) ? harmless(value) : STATE.test(lower) && /^[\w -]{0,40}$/.test(value)) {
      text += ` ${name}="${escapeAttribute(maskCards(value.slice(0, 4000)))}"`;
    }
  }
  return text;
}
