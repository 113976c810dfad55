// A place on an element of the page as it stands now: where on the screen, whether it can be seen, and what the element says of itself.
import { BLOCKED, MASKED, clean, maskCards } from '../snapshot/dom.ts';

/** Words and boxes that are not for others: what the agent does not see is not said of where he points. */
const EDITABLE = '[contenteditable]:not([contenteditable="false"])';
export const SECRET = `${MASKED},${EDITABLE},textarea,select,option`;
export const BOXES = `${BLOCKED},iframe,object,embed,video,audio,canvas`;

/** What is pointed at as one thing. */
const THING = 'a,button,summary,label,h1,h2,h3,h4,h5,h6,[role=button],[role=link],[role=tab],[role=menuitem],[role=img]';
const UNSAID = `script,style,noscript,template,[hidden],[aria-hidden=true],${SECRET},${BOXES}`;
/** Characters that are said. */
const LONGEST = 80;

export interface Place {
  element: Element;
  /** Fractions of its box. */
  x: number;
  y: number;
}

export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export interface Spot {
  x: number;
  y: number;
  /** It is seen there; otherwise it lies beyond the edge of `within`. */
  seen: boolean;
  within: Box;
}

/** Where a place is on the screen, whose part `view` the page has; null where its element is not drawn. */
export function spotOf({ element, x, y }: Place, view: Box): Spot | null {
  if (!element.isConnected || element.getClientRects().length === 0) return null;
  const box = element.getBoundingClientRect();
  const at = { x: box.left + box.width * x, y: box.top + box.height * y };
  const edges = [view, ...cuts(element)];
  const seen = edges.every(({ left, top, right, bottom }) => at.x >= left && at.x <= right && at.y >= top && at.y <= bottom);
  return { ...at, seen, within: edges.reduce(both) };
}

/** The boxes that scroll or cut an element. */
function cuts(element: Element): Box[] {
  let { position } = getComputedStyle(element);
  const boxes: Box[] = [];
  for (let up = above(element); up && up !== document.body && up !== document.documentElement && position !== 'fixed'; up = above(up)) {
    const style = getComputedStyle(up);
    if (position === 'absolute' && style.position === 'static') continue;
    if (/auto|scroll|hidden|clip/.test(`${style.overflowX} ${style.overflowY}`)) boxes.push(up.getBoundingClientRect());
    ({ position } = style);
  }
  return boxes;
}

function above(element: Element): Element | null {
  return element.assignedSlot ?? element.parentElement ?? (element.getRootNode() as Partial<ShadowRoot>).host ?? null;
}

/** What two boxes share; the first one where they share nothing. */
function both(a: Box, b: Box): Box {
  const box = { left: Math.max(a.left, b.left), top: Math.max(a.top, b.top), right: Math.min(a.right, b.right), bottom: Math.min(a.bottom, b.bottom) };
  return box.left < box.right && box.top < box.bottom ? box : a;
}

/** What an element says, as far as the agent may know it; empty where there is nothing. */
export function textOf(element: Element): string {
  const thing = element.closest(THING) ?? element;
  // What is in a field is secret, what it is for is not.
  if (thing.closest(isField(thing) ? `${MASKED},${BLOCKED}` : `${SECRET},${BOXES}`)) return '';
  const text = maskCards(clean(said(thing))).replace(/\s+/g, ' ').trim();
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1).trimEnd()}…` : text;
}

function said(element: Element): string {
  const named = element.getAttribute('aria-label') || element.getAttribute('alt');
  if (named) return named;
  if (!isField(element)) return words(element);
  if (/^(?:button|submit|reset)$/.test(element.type)) return element.value;
  const label = element.labels?.[0];
  return label && !label.closest(`${MASKED},${BLOCKED}`) ? words(label) : (element.getAttribute('placeholder') ?? '');
}

function isField(element: Element): element is HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement {
  return element.matches('input,textarea,select');
}

/** Its words in their order, no more than are needed. */
function words(element: Element): string {
  let text = '';
  const walk = document.createTreeWalker(element, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, (node) =>
    node instanceof Element && node.matches(UNSAID) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT,
  );
  while (text.length < LONGEST * 4 && walk.nextNode()) {
    const node = walk.currentNode;
    if (node instanceof Text) text += node.data;
    else if (node instanceof Element && getComputedStyle(node).display !== 'inline') text += ' ';
    if (node instanceof HTMLImageElement) text += node.alt;
  }
  return text;
}
