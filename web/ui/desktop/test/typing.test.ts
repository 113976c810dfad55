import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Draft, NOTHING_TYPED, Overtaken, together, type DraftView } from '../src/lib/draft.ts';
import { KeyQueue, type Keys } from '../src/lib/key_queue.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A request that the test ends. */
interface Asked {
  what: string;
  done: () => void;
  refuse: (why?: Error) => void;
}

function asker(): { asked: Asked[]; ask: (what: string) => Promise<void> } {
  const asked: Asked[] = [];
  return { asked, ask: (what) => new Promise((resolve, reject) => asked.push({ what, done: resolve, refuse: (why = new Error('no')) => reject(why) })) };
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
  let view: DraftView = NOTHING_TYPED;
  const lost: string[] = [];
  const read: string[] = [];
  const save = (text: string, before: string): Promise<void> => {
    read.push(before);
    return ask(text);
  };
  const draft = new Draft({ save, changed: (now) => (view = now), lost: (text) => lost.push(text) });
  draft.show('rsv_1', 'old');
  return { asked, draft, lost, read, view: () => view };
}

test('notes are saved after a pause in typing, and said to be', async () => {
  const { asked, draft, view } = notes();
  expect(view()).toMatchObject({ text: 'old', state: 'saved' });
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
  expect(view()).toMatchObject({ text: 'old ab', state: 'saved' });
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
  expect(view()).toMatchObject({ text: 'ab', state: 'saved' });
});

test('a refused save says so and keeps what was typed', async () => {
  const { asked, draft, view } = notes();
  draft.type('a');
  const flushed = draft.flush();
  asked[0]!.refuse();
  expect(await flushed).toBe(false);
  expect(view()).toMatchObject({ text: 'a', state: 'failed' });
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
  expect(view()).toMatchObject({ text: 'second', state: 'saved' });
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
  expect(view()).toMatchObject({ text: 'from Bob', state: 'saved' });
});

test('what a colleague writes meanwhile is kept beside what is being typed, and said to be', async () => {
  const { asked, draft, read, view } = notes();
  draft.type('old\nmine');
  draft.show('rsv_1', 'old\nof Bob');
  expect(view()).toEqual({ text: 'old\nof Bob\nmine', state: 'unsaved', merged: true });
  const flushed = draft.flush();
  expect([asked[0]!.what, read[0]]).toEqual(['old\nof Bob\nmine', 'old\nof Bob']);
  asked[0]!.done();
  expect(await flushed).toBe(true);
  expect(view()).toMatchObject({ state: 'saved', merged: true });
  draft.type('next');
  expect(view().merged).toBe(false);
});

test('a save that was overtaken waits for the others\u2019 notes and saves both', async () => {
  const { asked, draft, read, view } = notes();
  draft.type('old\nmine');
  const flushed = draft.flush();
  asked[0]!.refuse(new Overtaken());
  await settle();
  draft.show('rsv_1', 'of Bob');
  await settle();
  expect([asked[1]!.what, read]).toEqual(['of Bob\nmine', ['old', 'of Bob']]);
  asked[1]!.done();
  expect(await flushed).toBe(true);
  expect(view()).toEqual({ text: 'of Bob\nmine', state: 'saved', merged: true });
  // Where the views say nothing of it, he is told and his words stay.
  draft.type('of Bob\nmine\nmore');
  const again = draft.flush();
  asked[2]!.refuse(new Overtaken());
  await vi.advanceTimersByTimeAsync(2_000);
  expect(await again).toBe(false);
  expect(view()).toMatchObject({ text: 'of Bob\nmine\nmore', state: 'failed' });
});

test('nothing is lost where two write in the same notes', () => {
  for (const [before, mine, theirs, both] of [
    ['', 'mine', 'theirs', 'theirs\nmine'],
    ['', 'mine', '', 'mine'],
    ['a', 'a, mine', 'a, theirs', 'a, theirs\n, mine'],
    ['a', 'b', 'a\ntheirs', 'b\ntheirs'],
    ['a\nb', 'a\nc', 'x\nb', 'x\nb\nc'],
    ['a', '', 'b', 'b'],
  ] as const) expect(together(before, mine, theirs)).toBe(both);
});

test('a cleaned copy of what was typed does not disturb him who goes on typing', async () => {
  const { asked, draft, view } = notes();
  draft.type('hello ', true);
  await settle();
  asked[0]!.done();
  await settle();
  draft.show('rsv_1', 'hello');
  expect(view()).toMatchObject({ text: 'hello ', state: 'saved' });
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
