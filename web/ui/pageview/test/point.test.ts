// @vitest-environment jsdom
// How the agent's pointer becomes messages: paced, ended, never a click.
import type { PointMessage } from '@warmline/shared/contract';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Pace } from '../src/pace.ts';
import { placeAt, Pointing } from '../src/point.ts';

let sent: [number, PointMessage][];
let began: number;
const note = (message: PointMessage): void => void sent.push([Date.now() - began, message]);
const at = (node: number) => ({ node, x: 0.5, y: 0.5 });
const told = (): string[] => sent.splice(0).map(([time, message]) => `${time} ${message.type === 'point' ? `${message.node}${message.mark ? '!' : ''}` : 'end'}`);

beforeEach(() => {
  vi.useFakeTimers();
  [sent, began] = [[], Date.now()];
});
afterEach(() => vi.useRealTimers());

test('ten a second at most, the last place always, and over after a rest', () => {
  const pace = new Pace(note);
  for (let n = 0; n < 100; n += 1) {
    pace.move(at(n));
    vi.advanceTimersByTime(10);
  }
  const times = sent.map(([time]) => time);
  expect(times.length).toBe(11);
  expect(times.every((time, index) => index === 0 || time - times[index - 1]! >= 100)).toBe(true);
  vi.advanceTimersByTime(100);
  expect(told().at(-1)).toBe('1000 99');
  vi.advanceTimersByTime(5_000);
  expect(told()).toEqual(['2990 end']);
});

test('leaving ends it once; what comes after begins anew', () => {
  const pace = new Pace(note);
  pace.leave();
  vi.advanceTimersByTime(3_000);
  expect(told()).toEqual([]);
  pace.move(at(1));
  pace.move(at(2));
  pace.leave();
  pace.leave();
  vi.advanceTimersByTime(50);
  pace.move(at(3));
  vi.advanceTimersByTime(5_000);
  expect(told()).toEqual(['3000 1', '3100 3', '5050 end']);
});

test('a mark is not lost to what comes after it, and takes the place of what was before', () => {
  const pace = new Pace(note);
  pace.move(at(1));
  pace.move(at(2));
  pace.mark(at(3));
  pace.mark(at(4));
  pace.move(at(5));
  pace.move(at(6));
  pace.leave();
  vi.advanceTimersByTime(5_000);
  expect(told()).toEqual(['0 1', '100 4!', '200 end']);
});

test('a place is the innermost element that is known, in shadow roots too, and a fraction of its box', () => {
  document.body.innerHTML = '<p><b><i></i></b></p><x-card></x-card>';
  const [b, i, card] = [document.querySelector('b')!, document.querySelector('i')!, document.querySelector('x-card')!];
  const inner = card.attachShadow({ mode: 'open' }).appendChild(document.createElement('em'));
  for (const element of [b, inner]) element.getBoundingClientRect = () => ({ left: 100, top: 10, width: 300, height: 0 }) as DOMRect;
  const numbers = new Map<Element, number>([[b, 7], [inner, 8]]);
  const number = (element: Element): number => numbers.get(element) ?? -1;
  document.elementFromPoint = () => i;
  expect(placeAt(document, 200, 10, number)).toEqual({ node: 7, x: 0.3333, y: 0.5 });
  expect(placeAt(document, 99, 10, number)).toEqual({ node: 7, x: 0, y: 0.5 });
  document.elementFromPoint = () => card;
  card.shadowRoot!.elementFromPoint = () => inner;
  expect(placeAt(document, 400, 10, number)).toEqual({ node: 8, x: 1, y: 0.5 });
  numbers.clear();
  expect(placeAt(document, 400, 10, number)).toBeNull();
  document.elementFromPoint = () => null;
  expect(placeAt(document, 400, 10, number)).toBeNull();
});

test('nothing is told before it is on, a click is a mark, Escape ends it', () => {
  document.body.innerHTML = '<div></div>';
  const stage = document.querySelector('div')!;
  const ended = vi.fn();
  const pointing = new Pointing(stage, (x) => (x < 0 ? null : { node: x, x: 0, y: 0 }), note, ended);
  const mouse = (type: string, clientX: number): Event => {
    const event = new MouseEvent(type, { clientX, bubbles: true, cancelable: true });
    Object.defineProperty(event, 'isPrimary', { value: true });
    stage.dispatchEvent(event);
    return event;
  };
  const escape = (): boolean => document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }));
  mouse('pointermove', 1);
  mouse('click', 1);
  escape();
  expect([sent.length, ended.mock.calls.length, mouse('mousedown', 1).defaultPrevented]).toEqual([0, 0, false]);
  pointing.set(true);
  expect(mouse('mousedown', 2).defaultPrevented).toBe(true);
  mouse('pointermove', 2);
  mouse('click', 3);
  vi.advanceTimersByTime(300);
  mouse('pointermove', -1);
  expect(told()).toEqual(['0 2', '100 3!', '300 end']);
  mouse('pointermove', 4);
  vi.advanceTimersByTime(300);
  escape();
  expect([ended.mock.calls.length, stage.className]).toEqual([1, '']);
  mouse('pointermove', 5);
  vi.advanceTimersByTime(5_000);
  expect(told()).toEqual(['400 4', '600 end']);
});
