import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Draft, type DraftView } from '../src/lib/draft.ts';
import { KeyQueue, type Keys } from '../src/lib/key_queue.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A request that the test ends. */
interface Asked {
  what: string;
  done: () => void;
  refuse: () => void;
}

function asker(): { asked: Asked[]; ask: (what: string) => Promise<void> } {
  const asked: Asked[] = [];
  return { asked, ask: (what) => new Promise((resolve, reject) => asked.push({ what, done: resolve, refuse: () => reject(new Error('no')) })) };
}

const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

function keypad() {
  const { asked, ask } = asker();
  let keys: Keys = { sent: '', waiting: '' };
  const queue = new KeyQueue(ask, (now) => (keys = now));
  return { asked, queue, keys: () => keys };
}

test('keys leave in their order, one request at a time', async () => {
  const { asked, queue, keys } = keypad();
  for (const key of '12#') queue.press(key);
  expect(asked.map(({ what }) => what)).toEqual(['1']);
  expect(keys()).toEqual({ sent: '', waiting: '12#' });
  asked[0]!.done();
  await settle();
  expect(asked.map(({ what }) => what)).toEqual(['1', '2#']);
  expect(keys()).toEqual({ sent: '1', waiting: '2#' });
  asked[1]!.done();
  await settle();
  expect(keys()).toEqual({ sent: '12#', waiting: '' });
  queue.press('5');
  expect(asked).toHaveLength(3);
});

test('after a refusal no later key is sent as if it were the next', async () => {
  const { asked, queue, keys } = keypad();
  for (const key of '123') queue.press(key);
  asked[0]!.refuse();
  await settle();
  expect(asked).toHaveLength(1);
  expect(keys()).toEqual({ sent: '', waiting: '' });
  queue.press('9');
  expect(asked[1]!.what).toBe('9');
});

test('keys of one call are not sent in the next', async () => {
  const { asked, queue, keys } = keypad();
  for (const key of '123') queue.press(key);
  queue.clear();
  asked[0]!.done();
  await settle();
  expect(asked).toHaveLength(1);
  expect(keys()).toEqual({ sent: '', waiting: '' });
});

test('at most 32 keys in one request', async () => {
  const { asked, queue } = keypad();
  for (let i = 0; i < 41; i += 1) queue.press('1');
  asked[0]!.done();
  await settle();
  expect(asked[1]!.what).toHaveLength(32);
});

function notes() {
  const { asked, ask } = asker();
  let view: DraftView = { text: '', state: 'saved' };
  const lost: string[] = [];
  const draft = new Draft({ save: ask, changed: (now) => (view = now), lost: (text) => lost.push(text) });
  draft.show('rsv_1', 'old');
  return { asked, draft, lost, view: () => view };
}

test('notes are saved after a pause in typing, and said to be', async () => {
  const { asked, draft, view } = notes();
  expect(view()).toEqual({ text: 'old', state: 'saved' });
  draft.type('old a');
  await vi.advanceTimersByTimeAsync(600);
  draft.type('old ab');
  await vi.advanceTimersByTimeAsync(600);
  expect(asked).toEqual([]);
  expect(view().state).toBe('unsaved');
  await vi.advanceTimersByTimeAsync(100);
  expect(asked.map(({ what }) => what)).toEqual(['old ab']);
  expect(view().state).toBe('saving');
  asked[0]!.done();
  await settle();
  expect(view()).toEqual({ text: 'old ab', state: 'saved' });
});

test('what is typed during a save is saved after it, never beside it', async () => {
  const { asked, draft, view } = notes();
  draft.type('a', true);
  await settle();
  draft.type('ab', true);
  await settle();
  expect(asked).toHaveLength(1);
  draft.show('rsv_1', 'a');
  expect(view().text).toBe('ab');
  asked[0]!.done();
  await settle();
  expect(asked.map(({ what }) => what)).toEqual(['a', 'ab']);
  draft.show('rsv_1', 'a');
  asked[1]!.done();
  await settle();
  draft.show('rsv_1', 'a');
  expect(view()).toEqual({ text: 'ab', state: 'saved' });
});

test('a refused save says so and keeps what was typed', async () => {
  const { asked, draft, view } = notes();
  draft.type('a');
  const flushed = draft.flush();
  asked[0]!.refuse();
  expect(await flushed).toBe(false);
  expect(view()).toEqual({ text: 'a', state: 'failed' });
  const again = draft.flush();
  asked[1]!.done();
  expect(await again).toBe(true);
  expect(view().state).toBe('saved');
});

test('notes come in time or are said to be lost; they never go to the next customer', async () => {
  const { asked, draft, lost, view } = notes();
  draft.type('for the first');
  draft.show('rsv_2', 'second');
  await vi.advanceTimersByTimeAsync(2_000);
  expect(asked).toEqual([]);
  expect(lost).toEqual(['for the first']);
  expect(view()).toEqual({ text: 'second', state: 'saved' });
  draft.type('late');
  void draft.flush();
  draft.show(null, '');
  asked[0]!.refuse();
  await settle();
  expect(lost).toEqual(['for the first', 'late']);
  draft.type('nobody');
  await vi.advanceTimersByTimeAsync(2_000);
  expect(asked).toHaveLength(1);
});

test('a colleague\u2019s notes appear where nothing is being typed', () => {
  const { draft, view } = notes();
  draft.show('rsv_1', 'from Bob');
  expect(view()).toEqual({ text: 'from Bob', state: 'saved' });
  draft.type('mine');
  draft.show('rsv_1', 'from Bob again');
  expect(view().text).toBe('mine');
});

test('a cleaned copy of what was typed does not disturb him who goes on typing', async () => {
  const { asked, draft, view } = notes();
  draft.type('hello ', true);
  await settle();
  asked[0]!.done();
  await settle();
  draft.show('rsv_1', 'hello');
  expect(view()).toEqual({ text: 'hello ', state: 'saved' });
  expect(await draft.flush()).toBe(true);
  expect(asked).toHaveLength(1);
});

test('notes that are too long are not sent', async () => {
  const { asked, draft, view } = notes();
  draft.type('x'.repeat(4_001));
  expect(await draft.flush()).toBe(false);
  expect(asked).toEqual([]);
  expect(view().state).toBe('failed');
});
