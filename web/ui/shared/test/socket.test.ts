import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { backoff, Stream, type Wire } from '../src/socket.ts';

class Fake implements Wire {
  onopen: Wire['onopen'] = null;
  onmessage: Wire['onmessage'] = null;
  onclose: Wire['onclose'] = null;
  onerror: Wire['onerror'] = null;
  readyState = 1;
  sent: string[] = [];
  closed = false;
  send(data: string): void {
    this.sent.push(data);
  }
  close(): void {
    this.closed = true;
  }
}

let wires: Fake[] = [];
let links: string[] = [];
let heard: unknown[] = [];

function open(ping?: unknown): Stream {
  return new Stream({
    url: 'ws://x/',
    message: (data) => heard.push(data),
    link: (state) => links.push(state),
    ...(ping === undefined ? {} : { ping }),
    connect: () => {
      const wire = new Fake();
      wires.push(wire);
      return wire;
    },
  });
}

beforeEach(() => {
  [wires, links, heard] = [[], [], []];
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

test('the delay doubles to ten seconds and varies by a quarter', () => {
  expect([1, 2, 3, 9, 500].map((attempt) => backoff(attempt, 0.5))).toEqual([400, 800, 1600, 10_000, 10_000]);
  expect(backoff(1, 0)).toBe(300);
  expect(backoff(1, 1)).toBe(500);
});

test('what is sent while the connection closes is not taken for sent', () => {
  const stream = open();
  wires[0]!.onopen?.(new Event('open'));
  wires[0]!.readyState = 2;
  expect(stream.send({ a: 1 })).toBe(false);
  expect(wires[0]!.sent).toEqual([]);
});

test('a lost connection comes back, and one that was closed does not', () => {
  const stream = open();
  wires[0]!.onopen?.(new Event('open'));
  expect(stream.send({ a: 1 })).toBe(true);
  expect(wires[0]!.sent).toEqual(['{"a":1}']);
  wires[0]!.onclose?.(new Event('close') as CloseEvent);
  expect(stream.send({ a: 2 })).toBe(false);
  vi.advanceTimersByTime(600);
  expect(wires).toHaveLength(2);
  wires[1]!.onopen?.(new Event('open'));
  stream.close();
  vi.advanceTimersByTime(60_000);
  expect(wires).toHaveLength(2);
  expect(wires[1]!.closed).toBe(true);
  expect(links).toEqual(['connecting', 'open', 'lost', 'connecting', 'open', 'closed']);
});

test('what is not JSON is not heard', () => {
  open();
  wires[0]!.onmessage?.(new MessageEvent('message', { data: '{"type":"view"}' }));
  wires[0]!.onmessage?.(new MessageEvent('message', { data: '{' }));
  wires[0]!.onmessage?.(new MessageEvent('message', { data: new ArrayBuffer(1) }));
  expect(heard).toEqual([{ type: 'view' }]);
});

test('a connection that is silent for fifty seconds is given up', () => {
  open({ type: 'ping' });
  wires[0]!.onopen?.(new Event('open'));
  vi.advanceTimersByTime(40_000);
  expect(wires[0]!.sent).toEqual(['{"type":"ping"}', '{"type":"ping"}']);
  vi.advanceTimersByTime(21_000);
  expect(wires[0]!.closed).toBe(true);
  expect(wires).toHaveLength(2);
});
