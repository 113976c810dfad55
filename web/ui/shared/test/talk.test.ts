import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ChatMessage } from '../src/contract.ts';
import { Talk, type Pending } from '../src/talk.ts';

const line = (seq: number, text = `line ${seq}`, client_id: string | null = null): ChatMessage => ({ seq, time: '2026-11-22T10:00:00Z', from: 'agent', name: 'Alice', kind: 'text', text, client_id });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A server with so many lines, of which it gives two at a time. */
function server(count: number) {
  const lines = Array.from({ length: count }, (_, at) => line(at + 1));
  const read = vi.fn(async (after: number) => ({ messages: lines.slice(after, after + 2), more: lines.length > after + 2 }));
  return { lines, read };
}

const quiet = { send: () => Promise.reject(new Error()), changed: () => undefined, again: () => null };

test('a line that is missing is read back, and none stands twice', async () => {
  const { lines, read } = server(5);
  const arrived: number[] = [];
  const talk = new Talk({ ...quiet, read, arrived: (message) => arrived.push(message.seq) });
  talk.hear(lines[4]!);
  await vi.waitFor(() => expect(talk.messages.map((message) => message.seq)).toEqual([1, 2, 3, 4, 5]));
  talk.hear(lines[2]!);
  talk.hear(line(6));
  talk.hear(line(6));
  expect(talk.last).toBe(6);
  expect(arrived.at(-1)).toBe(6);
  expect(read).toHaveBeenCalledTimes(3);
});

test('what was there before is not told as new', async () => {
  const { read } = server(2);
  const arrived = vi.fn();
  const talk = new Talk({ ...quiet, read, arrived });
  await talk.catchUp(2);
  expect([talk.last, arrived.mock.calls.length]).toEqual([2, 0]);
});

test('texts go out one after the other, again where nobody answered, and each once', async () => {
  const sent: string[] = [];
  let broken = 2;
  const kept: Pending[][] = [];
  const talk = new Talk({
    ...quiet,
    read: server(0).read,
    send: async (text, clientId) => {
      sent.push(clientId);
      if (broken-- > 0) throw new Error('offline');
      return line(talk.last + 1, text, clientId);
    },
    again: () => 2,
    kept: (pending) => kept.push(pending),
  });
  talk.send('one', 'a');
  talk.send('two', 'b');
  await vi.advanceTimersByTimeAsync(5_000);
  expect(sent).toEqual(['a', 'a', 'a', 'b']);
  expect(talk.messages.map((message) => message.text)).toEqual(['one', 'two']);
  expect([talk.pending, kept.at(-1)]).toEqual([[], []]);
});

test('what is refused holds those behind it back until somebody tries again', async () => {
  let full = true;
  const talk = new Talk({
    ...quiet,
    read: server(0).read,
    send: async (text, clientId) => {
      if (full) throw new Error('full');
      return line(talk.last + 1, text, clientId);
    },
  });
  talk.send('one', 'a');
  await vi.advanceTimersByTimeAsync(0);
  talk.send('two', 'b');
  await vi.advanceTimersByTimeAsync(0);
  expect(talk.pending.map((text) => text.state)).toEqual(['failed', 'sending']);
  full = false;
  talk.retry();
  await vi.advanceTimersByTimeAsync(0);
  expect(talk.messages.map((message) => message.text)).toEqual(['one', 'two']);
});

test('after a reload the outbox goes on, and what was kept meanwhile is not sent as news', async () => {
  const send = vi.fn(async (text: string, clientId: string) => line(1, text, clientId));
  const talk = new Talk({ ...quiet, read: server(0).read, send }, [{ client_id: 'a', text: 'one', state: 'failed' }]);
  talk.hear(line(1, 'one', 'a'));
  await vi.advanceTimersByTimeAsync(0);
  expect([talk.messages.length, talk.pending.length]).toEqual([1, 0]);
});
