// What may be in a recording of a page: an allow-list of events, elements and attributes, the same as in a snapshot. It is applied
// twice: in the visitor's browser to what leaves it, and before an agent's browser builds anything of it, for a visitor may forge it.
import { answerScheme, cleanDeclarations } from '../snapshot/css.ts';
import { BUTTONS, DOTS, DROPPED, KEPT, STATE, clean, harmless, maskCards } from '../snapshot/dom.ts';

/** As rrweb numbers them. */
const NODE = { document: 0, doctype: 1, element: 2, text: 3, comment: 5 } as const;
const EVENT = { full: 2, more: 3, meta: 4 } as const;
const SOURCE = {
  mutation: 0, mouseMove: 1, mouseInteraction: 2, scroll: 3, resize: 4, input: 5, touchMove: 6, rule: 8, drag: 12, declaration: 13, adopted: 15,
} as const;

/** Nodes that are known at once, and how deep they may lie. */
const NODES = 60_000;
const DEPTH = 200;
/** Characters of text and attributes in one picture; of styles beside them. */
const TEXT = 700_000;
const STYLES = 700_000;
/** Rows of one change: a route of a page in one go has as many nodes as a page. */
const LIST = NODES;

const PICTURE = /^data:image\/(?:webp|jpeg|png);base64,[A-Za-z0-9+/=]+$/;
const GONE = new Set(DROPPED);
GONE.delete('slot');
/** What a drawing whose parent is none is known as, and how the names of a drawing's other elements begin. Icons are used directly in such
 * a drawing only, and it has no name: nothing that is used can then use others, so that little becomes much. */
const [DRAWING, DRAWN] = ['svg.outer', 'svg:'];
/** Icons that are used, times elements that could be in one. */
const COPIES = 400_000;
const BOXED = new Set(['video', 'canvas', 'iframe', 'object', 'embed', 'audio', 'frame']);
const INPUTS = new Set(['checkbox', 'radio', 'range', 'color', ...BUTTONS]);
const TYPED = new Set(['textarea', 'select', 'option']);
/** An input that is a button: what it says is on the page. */
const BUTTON = 'input.button';
/** A rule that stands for one that is left out: those after it keep their place. */
const NO_RULE = 'wl-none{}';

type Json = Record<string, unknown>;

/** What only the visitor's own browser knows. */
export interface Source {
  /** Whether the words of a node are not for others. */
  secret: (id: number) => boolean;
  /** A picture as a data address, or null; and the room it takes. */
  picture: (id: number) => string | null;
  size: (id: number) => { width: number; height: number } | null;
  /** Whether he prefers dark colours: what a page asks about that is answered here. */
  dark: () => boolean;
}

export interface Event {
  type: number;
  data: Json;
  timestamp: number;
}

export class Cleaner {
  /** Known nodes by their number: the name of an element, or whose text it is (`#style`). */
  #known = new Map<number, string>();
  #text = 0;
  #styles = 0;
  #uses = 0;
  #drawn = 0;

  constructor(private readonly source: Source | null = null) {}

  /** Whether a new picture is needed before more can be told. */
  get full(): boolean {
    return this.#known.size >= NODES;
  }

  /** What may pass of an event; null where nothing may. */
  event(raw: unknown): Event | null {
    if (!isJson(raw) || !isJson(raw.data)) return null;
    const data = raw.type === EVENT.meta ? meta(raw.data) : raw.type === EVENT.full ? this.#picture(raw.data) : raw.type === EVENT.more ? this.#more(raw.data) : null;
    return data && { type: raw.type as number, data, timestamp: number(raw.timestamp) };
  }

  #picture(data: Json): Json | null {
    this.#known.clear();
    this.#text = TEXT;
    this.#styles = STYLES;
    [this.#uses, this.#drawn] = [0, 0];
    const node = isJson(data.node) && data.node.type === NODE.document ? this.#node(data.node, '', 0) : null;
    const offset = isJson(data.initialOffset) ? data.initialOffset : {};
    return node && { node, initialOffset: { top: number(offset.top), left: number(offset.left) } };
  }

  #more(data: Json): Json | null {
    switch (data.source) {
      case SOURCE.mutation:
        return data.isAttachIframe ? null : this.#mutation(data);
      case SOURCE.mouseMove:
      case SOURCE.touchMove:
      case SOURCE.drag:
        return { source: data.source, positions: list(data.positions).slice(0, 200).map((at) => ({ x: number(at.x), y: number(at.y), id: number(at.id), timeOffset: Math.max(-1000, Math.min(0, number(at.timeOffset))) })) };
      case SOURCE.mouseInteraction:
        return this.#has(data.id) ? { source: data.source, type: number(data.type), id: data.id, x: number(data.x), y: number(data.y) } : null;
      case SOURCE.scroll:
        return this.#has(data.id) ? { source: data.source, id: data.id, x: number(data.x), y: number(data.y) } : null;
      case SOURCE.resize:
        return { source: data.source, ...size(data) };
      case SOURCE.input:
        return this.#has(data.id) ? { source: data.source, id: data.id, text: data.text ? DOTS : '', isChecked: false } : null;
      case SOURCE.rule:
        return this.#sheet(data) && { source: data.source, ...this.#sheet(data), ...rules(data, this.#scheme) };
      case SOURCE.declaration:
        return this.#declaration(data);
      case SOURCE.adopted:
        return this.#adopted(data);
      default:
        return null;
    }
  }

  // ---- the tree

  #has(id: unknown): id is number {
    return typeof id === 'number' && this.#known.has(id);
  }

  #mutation(data: Json): Json {
    const removes = list(data.removes).filter((row) => this.#has(row.id) && this.#has(row.parentId)).map((row) => ({ parentId: row.parentId, id: row.id, ...(row.isShadow ? { isShadow: true } : {}) }));
    const adds: Json[] = [];
    // Parents and followers may come later in the same list.
    let waiting = list(data.adds);
    for (let round = 0; round < 8 && waiting.length > 0; round += 1) {
      const before = waiting.length;
      waiting = waiting.filter((row) => !this.#added(row, round === 7 || before === 1, adds));
      if (waiting.length === before) for (const row of waiting.splice(0)) this.#added(row, true, adds);
    }
    const texts = list(data.texts).filter((row) => this.#has(row.id)).map((row) => ({ id: row.id, value: this.#words(row.value, this.#known.get(row.id as number) ?? '', row.id as number) }));
    const attributes = list(data.attributes).flatMap((row) => {
      const name = this.#has(row.id) ? this.#known.get(row.id)! : '#';
      return name.startsWith('#') || !isJson(row.attributes) ? [] : [{ id: row.id, attributes: this.#changed(name, row.attributes, row.id as number) }];
    });
    return { source: SOURCE.mutation, texts, attributes, removes, adds };
  }

  /** Whether an added node is done with. `last`: it does not wait for what it is to stand before. */
  #added(row: Json, last: boolean, adds: Json[]): boolean {
    if (!this.#has(row.parentId)) return false;
    const follower = row.nextId === null || row.nextId === undefined || this.#has(row.nextId);
    if (!follower && !last) return false;
    const parent = this.#known.get(row.parentId)!;
    if (parent.startsWith('#') || this.full || !isJson(row.node)) return true;
    this.#text = Math.max(this.#text, 100_000);
    this.#styles = Math.max(this.#styles, 100_000);
    const node = this.#node(row.node, parent, 0);
    if (node) adds.push({ parentId: row.parentId, nextId: follower ? (row.nextId ?? null) : null, node });
    return true;
  }

  #node(raw: Json, parent: string, depth: number): Json | null {
    const id = raw.id;
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 1 || this.full) return null;
    const shadow = raw.isShadow === true ? { isShadow: true } : {};
    if (raw.type === NODE.document) {
      if (depth > 0) return null;
      this.#known.set(id, 'document');
      return { type: NODE.document, id, compatMode: raw.compatMode === 'BackCompat' ? 'BackCompat' : 'CSS1Compat', childNodes: this.#children(raw, 'document', depth) };
    }
    if (raw.type === NODE.doctype) {
      this.#known.set(id, '#doctype');
      return { type: NODE.doctype, id, name: 'html', publicId: '', systemId: '' };
    }
    if (raw.type === NODE.text) {
      const owner = `#${parent}`;
      this.#known.set(id, owner);
      return { type: NODE.text, id, textContent: this.#words(raw.textContent, owner, id), ...shadow };
    }
    const element = raw.type === NODE.element && depth < DEPTH && this.#text > 0 ? this.#element(raw, id, parent, depth) : null;
    if (element) return { ...element, ...shadow };
    // It keeps its place: those beside it are told by it.
    this.#known.set(id, '#gone');
    return { type: NODE.comment, id, textContent: '', ...shadow };
  }

  #children(raw: Json, name: string, depth: number): Json[] {
    return list(raw.childNodes).map((child) => this.#node(child, name, depth + 1)).filter((child) => child !== null);
  }

  #element(raw: Json, id: number, parent: string, depth: number): Json | null {
    const name = String(raw.tagName).toLowerCase();
    const attributes = isJson(raw.attributes) ? raw.attributes : {};
    if (!/^[a-z][a-z0-9-]{0,60}$/.test(name)) return null;
    if ('rr_width' in attributes || BOXED.has(name)) return this.#box(id, attributes);
    const style = name === 'style' || name === 'link';
    if (style ? typeof attributes._cssText !== 'string' && name === 'link' : GONE.has(name)) return null;
    if (raw.isSVG === true && !this.#draws(name, parent)) return null;
    if (name === 'use' && (raw.isSVG !== true || ![attributes.href, attributes['xlink:href']].some(isInside))) return null;
    const type = name === 'input' ? String(attributes.type ?? 'text').toLowerCase() : '';
    if (type === 'hidden') return null;
    if (type === 'password' || type === 'file' || type === 'image') return this.#box(id, {});
    const shown = style ? 'style' : name;
    const inside = parent === DRAWING || parent.startsWith(DRAWN);
    const drawn = name === 'svg' && !inside ? DRAWING : DRAWN + name;
    const known = BUTTONS.has(type) ? BUTTON : raw.isSVG === true && !style ? drawn : shown;
    this.#known.set(id, known);
    const kept = style ? this.#styleAttributes(attributes) : this.#attributes(known, attributes, id);
    return {
      type: NODE.element, id, tagName: shown, attributes: kept, childNodes: this.#children(raw, known, depth),
      ...(raw.isSVG === true ? { isSVG: true } : {}), ...(raw.isShadowHost === true ? { isShadowHost: true } : {}),
    };
  }

  /** Whether there is room for another element of a drawing, and whether an icon may be used here. */
  #draws(name: string, parent: string): boolean {
    const uses = this.#uses + Number(name === 'use');
    if (uses * (this.#drawn + 1) > COPIES || (name === 'use' && parent !== DRAWING)) return false;
    [this.#uses, this.#drawn] = [uses, this.#drawn + 1];
    return true;
  }

  #box(id: number, attributes: Json): Json {
    this.#known.set(id, '#box');
    const { width, height } = this.source?.size(id) ?? { width: parseFloat(String(attributes.rr_width)), height: parseFloat(String(attributes.rr_height)) };
    const side = (value: number): string => (value > 0 && value < 20_000 ? `${Math.round(value)}px` : '1em');
    return { type: NODE.element, id, tagName: 'span', attributes: { class: 'wl-box', rr_width: side(width), rr_height: side(height) }, childNodes: [] };
  }

  #words(value: unknown, owner: string, id: number): string {
    const text = typeof value === 'string' ? value : '';
    if (owner === '#style') return this.#css(text);
    if (text.trim() === '') return text.slice(0, 1000);
    if (TYPED.has(owner.slice(1)) || this.source?.secret(id)) return DOTS;
    this.#text -= text.length;
    return maskCards(clean(text.slice(0, 8000)));
  }

  // ---- attributes

  #attributes(name: string, raw: Json, id: number): Json {
    const kept: Json = {};
    for (const [key, value] of Object.entries(raw).slice(0, 200)) {
      const fit = this.#attribute(name, key, value, id);
      if (fit !== null) kept[key] = fit;
    }
    if (name === 'a' && 'href' in raw) kept.href = '#';
    if (name === 'img') this.#image(kept, raw, id);
    return kept;
  }

  /** As a change: null takes away. */
  #changed(name: string, raw: Json, id: number): Json {
    if (name === 'style') return {};
    const kept: Json = {};
    for (const [key, value] of Object.entries(raw).slice(0, 200)) {
      const known = (KEPT.has(key.toLowerCase()) && !(name === DRAWING && key.toLowerCase() === 'id')) || STATE.test(key) || key === 'style';
      const fit = value === null ? null : this.#attribute(name, key, value, id);
      if (known || fit !== null) kept[key] = fit;
    }
    if (name === 'img' && 'src' in raw) this.#image(kept, raw, id);
    return kept;
  }

  #image(kept: Json, raw: Json, id: number): void {
    const data = this.source ? this.source.picture(id) : raw.src;
    if (typeof data === 'string' && PICTURE.test(data)) kept.src = data;
    else if (this.source) {
      const { width, height } = this.source.size(id) ?? { width: 0, height: 0 };
      if (width > 0 && height > 0) kept.style = `${typeof kept.style === 'string' ? `${kept.style};` : ''}width:${Math.round(width)}px;height:${Math.round(height)}px`;
    }
  }

  /** An attribute's value as it may stand; null where it may not. */
  #attribute(name: string, key: string, value: unknown, id: number): string | number | true | Json | null {
    const lower = key.toLowerCase();
    if (lower === 'style') return typeof value === 'string' ? cleanDeclarations(this.#scheme(value.slice(0, 4000))) || null : isJson(value) ? styles(value) : null;
    if (lower === 'rr_scrolltop' || lower === 'rr_scrollleft') return typeof value === 'number' ? value : null;
    if (name === `${DRAWN}use` && /^(xlink:)?href$/.test(lower)) return isInside(value) ? value : null;
    // What uses others is itself never used.
    if (name === DRAWING && lower === 'id') return null;
    if (value === true) return KEPT.has(lower) ? true : null;
    if (typeof value !== 'string' && typeof value !== 'number') return null;
    const text = String(value).slice(0, 4000);
    if (lower === 'type' && name === BUTTON) return BUTTONS.has(text.toLowerCase()) ? text : null;
    if (lower === 'type') return name === 'input' ? (INPUTS.has(text.toLowerCase()) ? text : 'text') : name === 'button' ? 'button' : null;
    if (lower === 'value') return this.#value(name, text);
    if (!(KEPT.has(lower) ? harmless(text) : STATE.test(lower) && /^[\w -]{0,40}$/.test(text))) return null;
    if ((lower === 'alt' || lower === 'placeholder') && this.source?.secret(id)) return DOTS;
    this.#text -= text.length;
    return maskCards(clean(text));
  }

  /** What somebody typed is not for others. */
  #value(name: string, text: string): string | null {
    if (name === 'li' || name === 'progress' || name === 'meter') return /^[\d.]{1,20}$/.test(text) ? text : null;
    if (name === BUTTON) return maskCards(clean(text));
    if (name !== 'input' && name !== 'textarea') return null;
    return text === '' ? '' : DOTS;
  }

  // ---- styles

  #css(text: string): string {
    if (text.length > this.#styles) return '';
    this.#styles -= text.length;
    return sheet(this.#scheme(text));
  }

  /** A text of styles in which nothing is left to the agent's colours. */
  readonly #scheme = (text: string): string => (this.source ? answerScheme(text, this.source.dark()) : text);

  #styleAttributes(raw: Json): Json {
    const media = typeof raw.media === 'string' && /^[\w\s():,.-]{0,200}$/.test(raw.media) ? { media: this.#scheme(raw.media) } : {};
    return { ...(typeof raw._cssText === 'string' ? { _cssText: this.#css(raw._cssText) } : {}), ...media };
  }

  /** Which sheet a change of rules is about. */
  #sheet(data: Json): Json | null {
    if (this.#has(data.id) && this.#known.get(data.id) === 'style') return { id: data.id };
    return typeof data.styleId === 'number' ? { styleId: data.styleId } : null;
  }

  #declaration(data: Json): Json | null {
    const at = this.#sheet(data);
    const index = Array.isArray(data.index) ? data.index.slice(0, 10).map(number) : null;
    if (!at || !index) return null;
    const set = isJson(data.set) && typeof data.set.property === 'string' ? data.set : null;
    const value = set ? cleanDeclarations(String(set.value ?? '').slice(0, 4000)) : '';
    if (set && value) return { source: data.source, ...at, index, set: { property: set.property, value, ...(set.priority === 'important' ? { priority: 'important' } : {}) } };
    const remove = isJson(data.remove) && typeof data.remove.property === 'string' ? { property: data.remove.property } : null;
    return remove && { source: data.source, ...at, index, remove };
  }

  #adopted(data: Json): Json | null {
    const name = this.#has(data.id) ? this.#known.get(data.id)! : '#';
    if (name.startsWith('#')) return null;
    const styles = list(data.styles).slice(0, 200).map((style) => ({ styleId: number(style.styleId), rules: list(style.rules).map((row) => rule(row, this.#scheme)) }));
    const styleIds = Array.isArray(data.styleIds) ? data.styleIds.slice(0, 200).map(number) : [];
    return { source: data.source, id: data.id, styleIds, ...(styles.length > 0 ? { styles } : {}) };
  }
}

/** A whole sheet without addresses, rule by rule. */
function sheet(text: string): string {
  const plain = text.replace(/@(?:import|charset)\b[^;]*;?/gi, '').replace(/@font-face\s*\{[^}]*\}/gi, '');
  return plain.split(/(?<=\})/).map((part) => cleanDeclarations(part) || emptied(part)).join('');
}

/** A part that reaches out, without what does: its braces stay, or what follows would stand elsewhere. */
function emptied(part: string): string {
  const end = part.includes('}') ? '}' : '';
  const at = part.lastIndexOf('{');
  if (at < 0) return end;
  const head = cleanDeclarations(part.slice(0, at + 1));
  return (head || '@media not all{'.repeat(part.split('{').length - 1)) + end;
}

function rules(data: Json, scheme: (text: string) => string): Json {
  const adds = list(data.adds).map((row) => rule(row, scheme));
  const removes = list(data.removes).map((row) => ({ index: place(row.index) }));
  const text = (value: unknown): string | null => (typeof value === 'string' ? sheet(scheme(value)) : null);
  const [replace, replaceSync] = [text(data.replace), text(data.replaceSync)];
  return { ...(adds.length > 0 ? { adds } : {}), ...(removes.length > 0 ? { removes } : {}), ...(replace !== null ? { replace } : {}), ...(replaceSync !== null ? { replaceSync } : {}) };
}

function rule(row: Json, scheme: (text: string) => string): Json {
  const text = typeof row.rule === 'string' && !/^\s*@(?:import|font-face|charset)/i.test(row.rule) ? cleanDeclarations(scheme(row.rule)) : '';
  return { rule: text || NO_RULE, ...(row.index === undefined ? {} : { index: place(row.index) }) };
}

function place(index: unknown): number | number[] {
  return Array.isArray(index) ? index.slice(0, 10).map(number) : number(index);
}

/** Changes of single declarations: a value, or value and priority; false takes away. */
function styles(raw: Json): Json {
  const kept: Json = {};
  for (const [property, value] of Object.entries(raw).slice(0, 200)) {
    if (!/^[\w-]{1,80}$/.test(property)) continue;
    if (value === false) kept[property] = false;
    else if (typeof value === 'string') kept[property] = cleanDeclarations(value.slice(0, 4000));
    else if (Array.isArray(value) && typeof value[0] === 'string') kept[property] = [cleanDeclarations(value[0].slice(0, 4000)), value[1] === 'important' ? 'important' : ''];
  }
  return kept;
}

function meta(data: Json): Json {
  return { href: '', ...size(data) };
}

function size(data: Json): { width: number; height: number } {
  const side = (value: unknown, usual: number): number => (number(value) >= 100 && number(value) <= 8000 ? Math.round(number(value)) : usual);
  return { width: side(data.width, 1280), height: side(data.height, 720) };
}

/** The name of something in the same page. */
function isInside(value: unknown): value is string {
  return typeof value === 'string' && /^#[\w-]{1,80}$/.test(value);
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function list(value: unknown): Json[] {
  return Array.isArray(value) ? value.slice(0, LIST).filter(isJson) : [];
}

function number(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}
