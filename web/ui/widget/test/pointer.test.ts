// @vitest-environment jsdom
// The agent's pointer on the visitor's page: where it is drawn, when it goes, what is said of it.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Pointer } from '../src/live/pointer.ts';
import { spotOf, textOf } from '../src/live/spot.ts';
import { pointWords } from '../src/live/words.ts';

const VIEW = { left: 0, top: 0, right: 1000, bottom: 500 };
const box = (left: number, top: number, width: number, height: number) => ({ left, top, width, height, right: left + width, bottom: top + height }) as DOMRect;

let host: HTMLElement;
let still: boolean;

/** An element of the page with its box; null: it is not drawn. */
function put(markup: string, at: DOMRect | null = box(100, 100, 200, 50)): HTMLElement {
  document.body.insertAdjacentHTML('afterbegin', markup);
  const element = document.body.firstElementChild as HTMLElement;
  element.getBoundingClientRect = () => at ?? box(0, 0, 0, 0);
  element.getClientRects = () => (at ? [at] : []) as unknown as DOMRectList;
  return element;
}

const find = (id: string): HTMLElement => {
  const layer = host.shadowRoot!.querySelector<HTMLElement>('[data-testid=wl-point]')!;
  return id === 'wl-point' ? layer : (layer.shadowRoot!.querySelector<HTMLElement>(`[data-testid=${id}]`) ?? host.shadowRoot!.querySelector<HTMLElement>(`[data-testid=${id}]`)!);
};
const shown = (): boolean => !find('wl-point').hidden && find('wl-point').hasAttribute('data-on') && !find('wl-point-tip').hidden;
const at = (): string => find('wl-point-tip').style.transform;
const spoken = (): string | null => find('wl-point-spoken').textContent;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'requestAnimationFrame', 'cancelAnimationFrame', 'performance', 'Date'] });
  still = false;
  vi.stubGlobal('matchMedia', () => ({ matches: still }));
  vi.stubGlobal('CSSStyleSheet', class { replaceSync(): void {} });
  document.body.innerHTML = '<warm-host></warm-host>';
  host = document.querySelector('warm-host')!;
  host.attachShadow({ mode: 'open' });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function pointer(): Pointer {
  const pointer = new Pointer(host, 'Alice', 'en-GB');
  find('wl-point').getBoundingClientRect = () => ({ ...VIEW, width: 1000, height: 500 }) as DOMRect;
  return pointer;
}

test('it is drawn on its element, wherever that goes, and fades', () => {
  const element = put('<p>389 €</p>');
  const alice = pointer();
  expect(find('wl-point').hidden).toBe(true);
  alice.point({ element, x: 0.5, y: 0 }, false);
  expect([shown(), at(), find('wl-point-tip').textContent]).toEqual([true, 'translate(200px,100px)', 'Alice']);
  element.getBoundingClientRect = () => box(100, 40, 400, 50);
  vi.advanceTimersByTime(20);
  expect(at()).toBe('translate(300px,40px)');
  // To a new place in small steps, there in the end.
  alice.point({ element, x: 1, y: 1 }, false);
  expect(at()).toBe('translate(300px,40px)');
  vi.advanceTimersByTime(150);
  expect(at()).toBe('translate(500px,90px)');
  vi.advanceTimersByTime(1_800);
  expect(shown()).toBe(true);
  vi.advanceTimersByTime(100);
  expect([shown(), find('wl-point').hidden]).toEqual([false, false]);
  vi.advanceTimersByTime(300);
  expect([find('wl-point').hidden, vi.getTimerCount()]).toEqual([true, 0]);
  expect(spoken()).toBe('');
});

test('it takes part in nothing of the page', () => {
  const alice = pointer();
  alice.point({ element: put('<p>x</p>'), x: 0, y: 0 }, true);
  expect([find('wl-point').getAttribute('aria-hidden'), find('wl-point').parentNode === host.shadowRoot]).toEqual(['true', true]);
  expect(document.body.children.length).toBe(2);
  alice.remove();
  expect([host.shadowRoot!.childElementCount, vi.getTimerCount()]).toEqual([0, 0]);
});

test('who wants no motion sees none', () => {
  still = true;
  const element = put('<p>x</p>');
  const alice = pointer();
  alice.point({ element, x: 0, y: 0 }, false);
  alice.point({ element, x: 1, y: 1 }, false);
  expect(at()).toBe('translate(300px,150px)');
  alice.end();
  vi.advanceTimersByTime(0);
  expect(find('wl-point').hidden).toBe(true);
});

test('what is out of sight is shown the way to, and nothing of it where it is not drawn', () => {
  const element = put('<p>x</p>', box(100, 900, 200, 50));
  const alice = pointer();
  alice.point({ element, x: 0, y: 0 }, true);
  const tip = find('wl-point-tip');
  expect([tip.classList.contains('out'), at(), find('wl-point-ring').hidden]).toEqual([true, 'translate(100px,478px)', true]);
  expect(tip.querySelector('.far path')!.getAttribute('transform')).toContain('rotate(90 ');
  element.getBoundingClientRect = () => box(-500, 200, 200, 50);
  vi.advanceTimersByTime(20);
  expect([at(), tip.querySelector('.far path')!.getAttribute('transform')]).toEqual(['translate(22px,200px)', expect.stringContaining('rotate(180 ')]);
  element.getClientRects = () => [] as unknown as DOMRectList;
  vi.advanceTimersByTime(20);
  expect(tip.hidden).toBe(true);
  element.remove();
  alice.point({ element, x: 0, y: 0 }, false);
  expect(tip.hidden).toBe(true);
});

test('the name stays in the window', () => {
  const alice = pointer();
  alice.point({ element: put('<p>x</p>', box(900, 480, 90, 10)), x: 1, y: 1 }, false);
  expect([...find('wl-point-tip').classList]).toEqual(['tip', 'west', 'north']);
});

test('a box that scrolls has edges of its own, but not for what is fixed', () => {
  const list = put('<div style="position:static;overflow-x:hidden;overflow-y:auto"><p>x</p></div>', box(100, 100, 300, 100));
  const element = list.firstElementChild as HTMLElement;
  element.getBoundingClientRect = () => box(100, 300, 300, 20);
  element.getClientRects = () => [box(100, 300, 300, 20)] as unknown as DOMRectList;
  expect(spotOf({ element, x: 0, y: 0 }, VIEW)).toEqual({ x: 100, y: 300, seen: false, within: { left: 100, top: 100, right: 400, bottom: 200 } });
  element.style.position = 'absolute';
  expect(spotOf({ element, x: 0, y: 0 }, VIEW)!.seen).toBe(true);
  list.style.position = 'relative';
  expect(spotOf({ element, x: 0, y: 0 }, VIEW)!.seen).toBe(false);
  list.getBoundingClientRect = () => box(100, 600, 300, 100);
  expect(spotOf({ element, x: 0, y: 0 }, VIEW)).toEqual({ x: 100, y: 300, seen: false, within: VIEW });
  element.style.position = 'fixed';
  expect(spotOf({ element, x: 0, y: 0 }, VIEW)!.seen).toBe(true);
});

test('only a mark is spoken, and rings once', () => {
  const element = put('<button>Add to <b>bas</b>ket</button>');
  const alice = pointer();
  alice.point({ element: element.querySelector('b')!, x: 0, y: 0 }, false);
  expect(spoken()).toBe('');
  alice.point({ element, x: 0, y: 0 }, true);
  expect([spoken(), find('wl-point-ring').hidden]).toEqual(['Alice is pointing at: Add to basket', false]);
  alice.point({ element: put('<p>elsewhere</p>'), x: 0, y: 0 }, false);
  expect([spoken(), find('wl-point-ring').style.transform]).toEqual(['Alice is pointing at: Add to basket', 'translate(100px,100px)']);
  vi.advanceTimersByTime(1_300);
  expect(find('wl-point-ring').hidden).toBe(true);
  alice.point({ element: put('<div data-private>a diagnosis</div>'), x: 0, y: 0 }, true);
  expect(spoken()).toBe('Alice is pointing at a part of the page');
  expect([pointWords('de-AT').at('Alice', 'x'), pointWords('es').somewhere('Alice'), pointWords('fr').at('Alice', 'x')]).toEqual(['Alice zeigt auf: x', 'Alice señala una parte de la página', 'Alice is pointing at: x']);
});

test('what is said of an element is what the agent may know of it', () => {
  for (const [markup, expected] of [
    ['<p>Printer  42\n<b>389 €</b></p>', 'Printer 42 389 €'],
    ['<ul><li>one</li><li>two</li></ul>', 'one two'],
    ['<p data-warmline-mask>secret</p>', ''],
    ['<p data-warmline-block>secret</p>', ''],
    ['<p data-private aria-label="secret">secret</p>', ''],
    ['<div contenteditable>secret</div>', ''],
    ['<div>shown<p data-warmline-mask>secret</p><textarea>secret</textarea><select><option>secret</option></select><script>secret</script><p hidden>secret</p></div>', 'shown'],
    ['<p>card 4111 1111 1111 1111</p>', 'card ••••••'],
    ['<input value="secret" placeholder="Name">', 'Name'],
    ['<input type="submit" value="Buy now">', 'Buy now'],
    ['<textarea aria-label="Your question">secret</textarea>', 'Your question'],
    ['<img alt="A printer">', 'A printer'],
    ['<a aria-label="Basket">3</a>', 'Basket'],
    ['<svg></svg>', ''],
  ] as const) {
    expect(textOf(put(markup)), markup).toBe(expected);
  }
  const label = put('<label>E-mail <input id="mail" value="secret"></label>');
  expect(textOf(label.querySelector('input')!)).toBe('E-mail');
  expect(textOf(put('<a href="#"><svg><path/></svg>Order</a>').querySelector('path')!)).toBe('Order');
  const long = textOf(put(`<p>${'word '.repeat(10_000)}</p>`));
  expect([long.length <= 80, long.endsWith('word…')]).toEqual([true, true]);
});
