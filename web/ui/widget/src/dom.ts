// Making elements without markup strings, so that any policy of the page allows it.

type Child = Node | string | null | undefined | false;

export interface Props {
  class?: string;
  testid?: string;
  text?: string;
  attrs?: Record<string, string>;
  on?: Record<string, (event: Event) => void>;
}

export function h<K extends keyof HTMLElementTagNameMap>(name: K, props: Props = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  if (props.class) element.className = props.class;
  if (props.testid) element.setAttribute('data-testid', props.testid);
  if (props.text !== undefined) element.textContent = props.text;
  for (const [key, value] of Object.entries(props.attrs ?? {})) element.setAttribute(key, value);
  for (const [type, listener] of Object.entries(props.on ?? {})) element.addEventListener(type, listener);
  for (const child of children) if (child) element.append(child);
  return element;
}

/** Those that are there. */
export function present(parts: (HTMLElement | null | undefined | false)[]): HTMLElement[] {
  return parts.filter((part) => part instanceof HTMLElement) as HTMLElement[];
}

const SVG = 'http://www.w3.org/2000/svg';

export function svg(name: string, attrs: Record<string, string>, ...children: Node[]): SVGElement {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attrs)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** Line icons on a 24 grid. */
const ICONS = {
  phone: 'M6.5 3.5h2.8l1.6 4.4-2 1.5a12 12 0 0 0 5.7 5.7l1.5-2 4.4 1.6v2.8a2 2 0 0 1-2.2 2A17 17 0 0 1 4.5 5.7a2 2 0 0 1 2-2.2Z',
  incoming: 'M6.5 3.5h2.8l1.6 4.4-2 1.5a12 12 0 0 0 5.7 5.7l1.5-2 4.4 1.6v2.8a2 2 0 0 1-2.2 2A17 17 0 0 1 4.5 5.7a2 2 0 0 1 2-2.2ZM20.5 3.5l-5.5 5.5M15 4.5V9h4.5',
  mic: 'M12 3a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3ZM5.5 11a6.5 6.5 0 0 0 13 0M12 17.5V21',
  micOff: 'M9 9.5V6a3 3 0 0 1 6 0v5m-1.2 2.4A3 3 0 0 1 9 11.8M5.5 11a6.5 6.5 0 0 0 10.6 5M18.3 12.6c.1-.5.2-1 .2-1.6M12 17.5V21M3.5 3.5l17 17',
  close: 'M6 6l12 12M18 6 6 18',
  back: 'M14.5 5.5 8 12l6.5 6.5',
  next: 'M9.5 5.5 16 12l-6.5 6.5',
  eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12ZM12 14.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6Z',
  warn: 'M12 4 2.8 19.5h18.4L12 4ZM12 10v4.5M12 17.2v.1',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  hangup: 'M3 14.6c0-1 .3-1.9 1-2.5a12.6 12.6 0 0 1 16 0c.7.6 1 1.5 1 2.5v.7c0 .6-.5 1-1.1.9l-3.4-.6a1 1 0 0 1-.8-.9l-.2-2.1a12 12 0 0 0-7 0l-.2 2.1a1 1 0 0 1-.8.9l-3.4.6A1 1 0 0 1 3 15.3v-.7Z',
  chat: 'M4 5.5h16v11H11l-4.5 3.5v-3.5H4v-11Z',
  mail: 'M3.5 6h17v12h-17V6ZM4 6.5l8 6.5 8-6.5',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 20a7.5 7.5 0 0 1 15 0',
  clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 7v5l3 2',
} as const;

export type IconName = keyof typeof ICONS;

export function icon(name: IconName, size = 20): SVGElement {
  return svg(
    'svg',
    {
      viewBox: '0 0 24 24', width: String(size), height: String(size), fill: 'none', stroke: 'currentColor',
      'stroke-width': '1.75', 'stroke-linecap': 'round', 'stroke-linejoin': 'round', 'aria-hidden': 'true',
    },
    svg('path', { d: ICONS[name] }),
  );
}

/** A thin ring that empties; `set(0…1)`. */
export function ring(size: number): { element: SVGElement; set: (part: number) => void } {
  const r = size / 2 - 1.5;
  const around = 2 * Math.PI * r;
  const common = { cx: String(size / 2), cy: String(size / 2), r: String(r), fill: 'none', 'stroke-width': '2.5' };
  const left = svg('circle', {
    ...common, class: 'ring-left', 'stroke-linecap': 'round', 'stroke-dasharray': String(around),
    transform: `rotate(-90 ${size / 2} ${size / 2})`,
  });
  const element = svg('svg', { width: String(size), height: String(size), class: 'ring', 'aria-hidden': 'true' }, svg('circle', { ...common, class: 'ring-track' }), left);
  return { element, set: (part) => left.setAttribute('stroke-dashoffset', String(around * (1 - Math.max(0, Math.min(1, part))))) };
}
