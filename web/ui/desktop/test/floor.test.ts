// @vitest-environment jsdom
import type { AgentNotice, AgentViews, FloorAgent, FloorView, StatisticsView } from '@warmline/shared/contract';
import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import App from '../src/App.svelte';
import { ceiling, chart } from '../src/lib/chart.ts';
import { Desk } from '../src/lib/desk.svelte.ts';
import { applyFloor, counts, handling, percent, sorted } from '../src/lib/floor.ts';
import { language } from '../src/lib/language.svelte.ts';
import { applyNotice, changeColleagues } from '../src/lib/reduce.ts';
import { bob, current, me, views } from './views.ts';

const figures = { ready_secs: 100, calls: 0, handling_secs: 0, aht_secs: null, occupancy: null, declined: 0, unanswered: 0 };
const day = { offered: 0, answered: 0, answered_in_time: 0, abandoned: 0, abandoned_short: 0, service_level: null, abandonment: null, asa_secs: null, longest_wait_secs: 0, talk_secs: 0, handling_secs: 0, aht_secs: null };
const noChats = { offered: 0, answered: 0, answered_in_time: 0, abandoned: 0, abandoned_short: 0, service_level: null, abandonment: null, asa_secs: null, handled: 0, handling_secs: 0, aht_secs: null };
const chatsToday = { ...noChats, offered: 12, answered: 11, answered_in_time: 10, abandoned: 1, service_level: 0.83, aht_secs: 310 };
const poolToday = { in_use_peak: 6, in_use_mean: 2.4, given: 41, shared: 1, dry: 2, matched_exact: 33, matched_recent: 2, ambiguous: 3, unmatched: 1, expired_unused: 5, hold_secs: 142 };
const trunkToday = { up_secs: 36000, down_secs: 250, outages: 1, calls_in: 38, answered_in: 35, calls_out: 12, answered_out: 9, failed: { busy: 1, declined: 0, no_answer: 2, unreachable: 0, full: 0, other: 0 }, most_at_once: 5 };
const person = (agent: string, more: Partial<FloorAgent> = {}): FloorAgent => ({
  agent, display_name: agent[0]!.toUpperCase() + agent.slice(1), state: 'ready', since: '2026-11-22T10:00:00Z', reason: null, pending: null, phone: true, desktop: true, queues: ['sales'], contact: null, today: figures, ...more,
});
const talks = person('bob', { state: 'talking', contact: { channel: 'phone', queue: 'sales', held: false, guest: false }, today: { ...figures, calls: 4, handling_secs: 600, aht_secs: 150, occupancy: 0.825 } });
const floor: FloorView = {
  time: '2026-11-22T10:05:00Z', service_level_secs: 20, short_secs: 5, occupancy: 0.6, pool_dry_total: 2,
  agents: [person('zoe', { state: 'not_ready', reason: 'Lunch' }), talks, person('alice'), person('carl', { state: null })],
  queues: [{ queue: 'sales', waiting: 2, longest_since: '2026-11-22T10:04:00Z', agents_ready: 1, agents_in: 3, today: { ...day, offered: 9, answered: 6, service_level: 0.75, asa_secs: 12, aht_secs: 240 }, chats_today: chatsToday }, { queue: 'support', waiting: 0, longest_since: null, agents_ready: 0, agents_in: 0, today: day, chats_today: noChats }],
  pools: [{ pool: 'web', free: 5, held: 2, ringing: 1, cooling: 2, dry: true, today: poolToday }],
  trunks: [{ trunk: 'carrier', up: false, on: 2, today: trunkToday }],
  breaker: null,
};
const history: StatisticsView = {
  time: '2026-11-22T10:05:00Z', interval_secs: 900,
  queues: [{ queue: 'sales', intervals: [
    { from: '2026-11-22T09:30:00Z', ...day, offered: 5, answered: 3, abandoned: 1, service_level: 0.5 },
    { from: '2026-11-22T09:45:00Z', ...day, offered: 3, answered: 3, service_level: 1 },
    { from: '2026-11-22T10:00:00Z', ...day, offered: 1 },
  ] }],
};

test('colleagues change by name and stay in order; the same news twice is no news', () => {
  const rows = [bob, { ...bob, agent: 'dora', display_name: 'Dora' }];
  const busy = { ...bob, state: 'talking' as const };
  const change = { set: [busy, { ...bob, agent: 'carl', display_name: 'Carl' }], gone: ['dora', 'nobody'] };
  const after = changeColleagues(rows, change);
  expect(after.map((row) => [row.agent, row.state])).toEqual([['bob', 'talking'], ['carl', 'ready']]);
  expect(changeColleagues(after, change)).toEqual(after);
  const whole: AgentViews = { ...views, colleagues: rows };
  expect(applyNotice(whole, { type: 'change', view: 'colleagues', data: change }).colleagues).toEqual(after);
  expect(applyNotice(whole, { type: 'change', view: 'floor', data: floor })).toBe(whole);
});

test('the floor is whole first, then rows replace their own', () => {
  expect(applyFloor(null, { type: 'change', view: 'floor', data: floor })).toBeNull();
  const whole = applyFloor(null, { type: 'view', view: 'floor', data: floor });
  expect(whole).toBe(floor);
  const rings = person('alice', { state: 'ringing' });
  const news: AgentNotice = { type: 'change', view: 'floor', data: { ...floor, time: '2026-11-22T10:06:00Z', pool_dry_total: 3, agents: [rings], queues: [], pools: [], trunks: [{ trunk: 'carrier', up: true, on: 2, today: trunkToday }] } };
  const after = applyFloor(whole, news)!;
  expect(after.agents.map((row) => row.state)).toEqual(['not_ready', 'talking', 'ringing', null]);
  expect([after.time, after.pool_dry_total, after.trunks[0]!.up, after.queues]).toEqual(['2026-11-22T10:06:00Z', 3, true, floor.queues]);
  expect(applyFloor(whole, { type: 'pong' })).toBe(whole);
});

test('e13: the open breaker of call me is news of the floor, and so is its end', () => {
  const breaker = { why: 'hour' as const, since: '2026-11-22T10:05:00Z', until: '2026-11-22T11:05:00Z' };
  const rows = { agents: [], queues: [], pools: [], trunks: [] };
  const open = applyFloor(floor, { type: 'change', view: 'floor', data: { ...floor, ...rows, breaker } })!;
  expect([open.breaker?.why, open.agents.length]).toEqual(['hour', 4]);
  expect(applyFloor(open, { type: 'change', view: 'floor', data: { ...floor, ...rows } })!.breaker).toBeNull();
});

test('agents in any order: what is not known is last either way', () => {
  const by = (column: Parameters<typeof sorted>[1]['by'], down = false): string[] => sorted(floor.agents, { by: column, down }, 0).map((row) => row.agent);
  expect(by('name')).toEqual(['alice', 'bob', 'carl', 'zoe']);
  expect(by('name', true)).toEqual(['zoe', 'carl', 'bob', 'alice']);
  expect(by('state')).toEqual(['bob', 'alice', 'zoe', 'carl']);
  expect(by('occupancy', true)[0]).toBe('bob');
  expect(by('occupancy')[0]).toBe('bob');
  expect(by('since', true).at(-1)).toBe('carl');
  expect([handling(talks), handling(person('a'))]).toEqual([150, null]);
  expect(counts(floor.agents)).toEqual([['ready', 1], ['talking', 1], ['not_ready', 1], ['out', 1]]);
  expect([percent(0.825, 'en'), percent(null, 'en')]).toEqual(['83%', '–']);
});

test('a day as shapes: bars where calls were, a line that breaks where nothing counted', () => {
  const shape = chart(history, 'sales', { width: 960, bars: 100, strip: 40 });
  expect(shape.top).toBe(6);
  expect(shape.bars.map((bar) => bar.x)).toEqual([930, 940, 950]);
  expect(shape.bars[0]!.answered).toBeCloseTo(50);
  expect(shape.level).toBe('M930 20L940 20L940 0L950 0');
  expect(chart(history, 'support', { width: 960, bars: 100, strip: 40 })).toMatchObject({ bars: [], level: '', top: 4 });
  // Most of a day on, what is older is gone.
  const old = chart({ ...history, time: '2026-11-23T09:40:00Z' }, 'sales', { width: 960, bars: 100, strip: 40 });
  expect(old.bars.map((bar) => bar.x)).toEqual([0, 10]);
  expect([0, 4, 5, 21, 99, 101, 1234].map(ceiling)).toEqual([4, 4, 6, 30, 100, 200, 2000]);
});

class Socket {
  static last: Socket;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  readonly sent: { type: string; on?: boolean }[] = [];
  constructor(readonly url: string) {
    Socket.last = this;
  }
  close(): void {}
  send(data: string): void {
    this.sent.push(JSON.parse(data));
  }
}

let asked: [string, string, unknown][];
let answer: (path: string, body: unknown) => [number, unknown];
let app: Record<string, unknown> | null = null;
const find = (id: string): HTMLElement | null => document.querySelector<HTMLElement>(`[data-testid="${id}"]`);
const settle = async (): Promise<void> => {
  for (let i = 0; i < 8; i += 1) await new Promise((resolve) => setTimeout(resolve));
  flushSync();
};
const click = async (id: string): Promise<void> => {
  find(id)!.click();
  await settle();
};
const tell = async (notice: unknown): Promise<void> => {
  Socket.last.onmessage?.({ data: JSON.stringify(notice) });
  await settle();
};

async function open(supervisor: boolean): Promise<Desk> {
  const shown = { ...views, me: { ...me, agent: 'alice', supervisor, station: 'account' as const, sip_password: '' } };
  answer = (path) => (path === 'session' ? [200, shown] : path === 'statistics' ? [200, history] : [204, null]);
  const desk = new Desk(document.createElement('audio'));
  app = mount(App, { target: document.body, props: { desk } });
  await desk.begin();
  Socket.last.onopen?.();
  await settle();
  return desk;
}

beforeEach(() => {
  asked = [];
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    const [path, body] = [url.replace('/v1/agent/', ''), init.body ? JSON.parse(String(init.body)) : null];
    asked.push([init.method ?? 'GET', path, body]);
    const [status, value] = answer(path, body);
    return new Response(status === 204 ? null : JSON.stringify(value), { status });
  });
  vi.stubGlobal('WebSocket', Socket);
  // What jsdom has not and nothing here depends on.
  vi.stubGlobal('ResizeObserver', class {
    observe(): void {}
    unobserve(): void {}
    disconnect(): void {}
  });
  HTMLDialogElement.prototype.showModal = function showModal(this: HTMLDialogElement) {
    this.open = true;
  };
  HTMLDialogElement.prototype.close = function close(this: HTMLDialogElement) {
    this.open = false;
  };
  language.choose('en');
});
afterEach(async () => {
  if (app) await unmount(app);
  app = null;
  document.body.innerHTML = '';
  vi.unstubAllGlobals();
});

test('who is no supervisor has no floor, by button or key', async () => {
  await open(false);
  expect(find('floor-toggle')).toBeNull();
  document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'f', bubbles: true }));
  await settle();
  expect(find('floor')).toBeNull();
  expect(Socket.last.sent.some(({ type }) => type === 'watch')).toBe(false);
});

test('a supervisor sees the floor while he looks at it, and the desk again when something comes', async () => {
  await open(true);
  document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'f', bubbles: true }));
  await settle();
  expect(Socket.last.sent.filter(({ type }) => type === 'watch')).toEqual([{ type: 'watch', view: 'floor', on: true }]);
  await tell({ type: 'view', view: 'floor', data: floor });
  expect(find('floor-waiting')!.textContent).toBe('2');
  expect(document.querySelector('[data-agent="bob"]')!.textContent).toMatch(/Bob\s*Talking/);
  expect(find('numbers-held')!.textContent).toBe('2');
  expect(find('queue-aht')!.textContent).toBe('4:00');
  expect(find('floor-chats')!.textContent).toBe('Chats today: 12 offered, 11 answered, 83% in time, 5:10 each');
  expect(find('pool-today')!.textContent).toBe('Today: 41 given, at most 6 at once (mean 2.4), 2:22 each');
  expect(find('trunk-today')!.textContent).toBe('2 now; today 38 in, 12 out, 3 not reached (1 outage, 4:10)');
  await vi.waitFor(() => expect(document.querySelectorAll('[data-testid="floor-chart"] rect.answered')).toHaveLength(3));
  await click('count-talking');
  expect([...document.querySelectorAll('[data-agent]')].map((row) => row.getAttribute('data-agent'))).toEqual(['bob']);
  await tell({ type: 'change', view: 'floor', data: { ...floor, agents: [], queues: [{ ...floor.queues[0], waiting: 7 }], pools: [], trunks: [] } });
  expect(find('floor-waiting')!.textContent).toBe('7');
  // The stream was cut: it is told again who looks.
  Socket.last.onopen?.();
  expect(Socket.last.sent.filter(({ type }) => type === 'watch')).toHaveLength(2);
  await tell({ type: 'view', view: 'current', data: current });
  expect(find('floor')).toBeNull();
  expect(Socket.last.sent.at(-1)).toEqual({ type: 'watch', view: 'floor', on: false });
});

test('the day is drawn anew soon after a call has counted, once for many', async () => {
  const desk = await open(true);
  await click('floor-toggle');
  await tell({ type: 'view', view: 'floor', data: floor });
  await vi.waitFor(() => expect(desk.floor.history).not.toBeNull());
  const loads = (): number => asked.filter(([, path]) => path === 'statistics').length;
  expect(loads()).toBe(1);
  vi.useFakeTimers();
  try {
    const offered = (n: number): unknown => ({ type: 'change', view: 'floor', data: { ...floor, agents: [], queues: [{ ...floor.queues[0], today: { ...floor.queues[0]!.today, offered: n } }], pools: [], trunks: [] } });
    for (const n of [9, 10, 11]) Socket.last.onmessage?.({ data: JSON.stringify(offered(n)) });
    await vi.advanceTimersByTimeAsync(1_900);
    expect(loads()).toBe(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(loads()).toBe(2);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(loads()).toBe(2);
  } finally {
    vi.useRealTimers();
  }
});

test('orders are given by menu, and their refusal is said in words', async () => {
  await open(true);
  await click('floor-toggle');
  await tell({ type: 'view', view: 'floor', data: floor });
  const orders = (agent: string): HTMLElement => document.querySelector<HTMLElement>(`[data-agent="${agent}"] [data-testid=orders]`)!;
  expect(orders('alice')).toBeNull();
  expect(orders('carl')).toBeNull();
  orders('zoe').click();
  await settle();
  expect(find('order-off-now')).toBeNull();
  answer = () => [409, { code: 'agent_phone_down', detail: '' }];
  await click('order-ready');
  expect(asked.at(-1)).toEqual(['POST', 'floor/zoe/state', { state: 'ready' }]);
  expect(find('floor')!.textContent).toMatch(/phone cannot be rung/);
  answer = () => [204, null];
  orders('bob').click();
  await settle();
  const before = asked.length;
  await click('order-off-now');
  expect(asked.length).toBe(before);
  document.querySelector<HTMLElement>('[data-agent="bob"] [data-testid="off-confirm"]')!.click();
  await settle();
  expect(asked.at(-1)).toEqual(['POST', 'floor/bob/log-off', { now: true }]);
});

test('a session that a supervisor ends says so at the log-in', async () => {
  await open(false);
  await tell({ type: 'logged_off', by: '<b>Carla</b>' });
  expect(find('logged-off')!.textContent).toBe('<b>Carla</b> has logged you off.');
});

test('a session that ends because the configuration has the agent no more says so at the log-in', async () => {
  await open(false);
  await tell({ type: 'logged_off', by: null });
  expect(find('logged-off')!.textContent).toContain('no longer in the switch’s configuration');
});

test('a log-in elsewhere is taken over by word only', async () => {
  answer = () => [401, { code: 'no_session' }];
  const desk = new Desk(document.createElement('audio'));
  app = mount(App, { target: document.body, props: { desk } });
  await desk.begin();
  await settle();
  for (const [id, text] of [['login-name', 'alice'], ['login-password', 'x']] as const) {
    const field = find(id) as HTMLInputElement;
    field.value = text;
    field.dispatchEvent(new Event('input', { bubbles: true }));
  }
  await settle();
  answer = (_, body) => ((body as { take_over?: boolean }).take_over ? [200, views] : [409, { code: 'logged_in_elsewhere', since: '2026-11-22T09:12:00Z' }]);
  await click('login-submit');
  expect(find('elsewhere')!.textContent).toMatch(/another device since \d/);
  expect(desk.stage).toBe('login');
  await click('take-over');
  expect([desk.stage, asked.at(-1)?.[2]]).toEqual(['desk', { agent: 'alice', password: 'x', take_over: true }]);
});
