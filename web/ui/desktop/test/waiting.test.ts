import type { WaitingView } from '@warmline/shared/contract';
import { expect, test } from 'vitest';
import { applyNotice, changeWaiting } from '../src/lib/reduce.ts';
import { arranged } from '../src/lib/waiting.ts';
import { views } from './views.ts';

const row = (id: string, rank: [number, number, number], more: Partial<WaitingView> = {}): WaitingView => ({ id, rank, name: id, channel: 'phone', priority: 4, since: '2026-11-22T10:00:00Z', page: null, client: null, ...more });
const names = (rows: WaitingView[]): string => rows.map((row) => row.id).join(' ');

test('who waits changes by rank and stays in the order of service; the same news twice is no news', () => {
  const rows = [row('a', [0, 10, 7]), row('b', [0, 9_000_000_000, 2]), row('nuisance', [1, 5, 1])];
  const change = { set: [row('c', [0, 10, 8]), row('job', [0, 9_000_000_000, 2]), row('first', [0, 9, 40])], gone: [[1, 5, 1], [0, 77, 77]] as [number, number, number][] };
  const after = changeWaiting(rows, change);
  expect(names(after)).toBe('first a c job');
  expect(changeWaiting(after, change)).toEqual(after);
  expect(applyNotice({ ...views, waiting: rows }, { type: 'change', view: 'waiting', data: change }).waiting).toEqual(after);
});

test('an agent reads the list in the order he wants; equal rows stay in the order of service', () => {
  const rows = [
    row('chat', [0, 1, 1], { channel: 'chat', since: '2026-11-22T10:02:00Z' }),
    row('old', [0, 2, 2], { since: '2026-11-22T09:00:00Z' }),
    row('vip', [0, 3, 3], { priority: 7, channel: 'callme' }),
    row('new', [0, 4, 4], { since: '2026-11-22T10:01:00Z' }),
  ];
  const read = (order: Parameters<typeof arranged>[1]): string => names(arranged(rows, order));
  expect(['next', 'longest', 'priority', 'channel'].map((order) => read(order as 'next'))).toEqual(['chat old vip new', 'old vip new chat', 'vip chat old new', 'vip chat old new']);
  expect(names(rows)).toBe('chat old vip new');
});
