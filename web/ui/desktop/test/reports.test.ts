// @vitest-environment jsdom
import type { AgentViews, FloorAgent, FloorView, QueueFigures, StatisticsView } from '@warmline/shared/contract';
import type { InvitationReport, MessageFate, PageFigures, PageReport } from '@warmline/shared/contract_reports';
import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import App from '../src/App.svelte';
import { Desk } from '../src/lib/desk.svelte.ts';
import { language } from '../src/lib/language.svelte.ts';
import { pageChart, told } from '../src/lib/page_report.ts';
import { dayChart, daysOf, funnel, judged, scale, sum } from '../src/lib/report.ts';
import { hours, total, wall } from '../src/lib/wall.ts';
import { current, me, views } from './views.ts';

const day: QueueFigures = { offered: 0, answered: 0, answered_in_time: 0, abandoned: 0, abandoned_short: 0, service_level: null, abandonment: null, asa_secs: null, longest_wait_secs: 0, talk_secs: 0, handling_secs: 0, aht_secs: null };
const chats = { offered: 0, answered: 0, answered_in_time: 0, abandoned: 0, abandoned_short: 0, service_level: null, abandonment: null, asa_secs: null, handled: 0, handling_secs: 0, aht_secs: null };
const person = (agent: string, state: FloorAgent['state'], queues = ['sales']): FloorAgent => ({
  agent, display_name: agent, state, since: '2026-11-22T10:00:00Z', reason: null, pending: null, phone: true, desktop: true, queues, contact: null, today: { ready_secs: 0, calls: 0, handling_secs: 0, aht_secs: null, occupancy: null, declined: 0, unanswered: 0 },
});
const floor: FloorView = {
  time: '2026-11-22T10:05:00Z', service_level_secs: 20, short_secs: 5, occupancy: null, pool_dry_total: 0, pools: [], trunks: [], breaker: null,
  agents: [person('a', 'ready', ['sales', 'support']), person('b', 'talking'), person('c', 'ringing'), person('d', 'wrapup'), person('e', 'not_ready'), person('f', null)],
  queues: [
    { queue: 'sales', waiting: 2, longest_since: '2026-11-22T10:03:30Z', agents_ready: 1, agents_in: 5, today: { ...day, offered: 12, answered: 8, answered_in_time: 6, abandoned: 3, abandoned_short: 1, asa_secs: 10 }, chats_today: chats },
    { queue: 'support', waiting: 1, longest_since: '2026-11-22T10:04:50Z', agents_ready: 1, agents_in: 1, today: { ...day, offered: 2, answered: 2, answered_in_time: 2, asa_secs: 40 }, chats_today: chats },
  ],
};
const NOW = Date.parse('2026-11-22T10:05:00Z');
const history: StatisticsView = {
  time: '2026-11-22T10:05:00Z', interval_secs: 900,
  queues: [
    { queue: 'sales', intervals: [{ from: '2026-11-21T10:45:00Z', ...day, offered: 9, answered: 9 }, { from: '2026-11-22T09:30:00Z', ...day, offered: 5, answered: 3, answered_in_time: 3, abandoned: 1, asa_secs: 20 }, { from: '2026-11-22T09:45:00Z', ...day, offered: 3, answered: 3, asa_secs: 40 }] },
    { queue: 'support', intervals: [{ from: '2026-11-22T10:00:00Z', ...day, offered: 1 }] },
  ],
};

const fate = { invited: 0, shown: 0, accepted: 0, declined: 0, answered: 0, converted: 0, cents: 0 };
const message = (rule: string | null, name: string | null, accepted: number, shown: number, differs: number | null): MessageFate => ({
  ...fate, rule, message: name, invited: shown + 10, shown, accepted, answered: accepted, accepted_share: shown ? { share: accepted / shown, low: accepted / shown / 2, high: Math.min(1, (accepted / shown) * 1.5) } : null, differs,
});
const report: InvitationReport = {
  messages: [
    message(null, null, 4, 10, null),
    message('Long look', 'msg_a', 10, 100, null), message('Long look', 'msg_b', 30, 100, 0.99), message('Long look', 'msg_c', 2, 100, 0.95), message('Long look', 'msg_d', 12, 100, 0.949), message('Long look', 'msg_e', 0, 0, 0), message('Long look', 'msg_f', 10, 100, null),
  ],
  days: [{ ...fate, date: '2026-11-20', invited: 20, shown: 16, accepted: 4, declined: 6, answered: 3, converted: 1, cents: 12_900 }, { ...fate, date: '2026-11-22', invited: 2 }],
};

test('the wallboard adds up what its supervisor sees, and one queue alone', () => {
  const all = wall(floor, null, NOW);
  expect(all).toMatchObject({ waiting: 3, longest: 90, ready: 1, talking: 2, wrapup: 1, notReady: 1, here: 5, answered: 10, abandoned: 3 });
  // Who hung up at once is left out: 8 of 12.
  expect(all.level).toBeCloseTo(8 / 12);
  expect(wall(floor, 'support', NOW)).toMatchObject({ waiting: 1, longest: 10, ready: 1, talking: 0, here: 1, level: 1, answered: 2 });
  expect(wall({ ...floor, queues: [], agents: [] }, null, NOW)).toMatchObject({ waiting: 0, longest: null, level: null });
  expect(total([{ ...day, answered: 1, asa_secs: 10 }, { ...day, answered: 3, asa_secs: 50 }]).wait).toBe(40);
});

test('twenty-four hours by the clock, the present one last; what is older is gone', () => {
  const rows = hours(history, null);
  expect(rows).toHaveLength(24);
  expect(rows.at(-1)).toMatchObject({ offered: 1, answered: 0, wait: null, level: null });
  expect(rows.at(-2)).toMatchObject({ offered: 8, answered: 6, abandoned: 1, wait: 30 });
  expect(rows.reduce((sum, row) => sum + row.offered, 0)).toBe(9);
  expect(new Set(rows.map((row, n) => row.from - n * 3_600_000)).size).toBe(1);
  expect(hours(history, 'support').at(-2)!.offered).toBe(0);
});

test('spans end today, in UTC', () => {
  expect(daysOf(1, Date.parse('2026-11-22T23:59:59Z'))).toEqual({ from: '2026-11-22', to: '2026-11-22' });
  expect(daysOf(28, NOW)).toEqual({ from: '2026-10-26', to: '2026-11-22' });
});

test('each step of the funnel says of whom it is a part; nobody invited divides nothing', () => {
  const steps = funnel({ ...fate, invited: 200, shown: 160, accepted: 40, answered: 30, converted: 10 });
  expect(steps.map(({ width }) => width)).toEqual([1, 0.8, 0.2, 0.15, 0.05]);
  expect(steps.map(({ of }) => of && [of.step, of.share])).toEqual([null, ['invited', 0.8], ['shown', 0.25], ['accepted', 0.75], ['accepted', 0.25]]);
  expect(funnel(fate).map(({ width, of }) => [width, of])).toEqual(Array(5).fill([0, null]));
  expect(sum(report.days)).toMatchObject({ invited: 22, accepted: 4, cents: 12_900 });
});

test('each day of the span is drawn, and its parts are all who were invited', () => {
  const chart = dayChart(report, 7, NOW, { width: 70, height: 100 });
  expect(chart.bars.map(({ date }) => date)).toEqual(['2026-11-16', '2026-11-17', '2026-11-18', '2026-11-19', '2026-11-20', '2026-11-21', '2026-11-22']);
  expect(chart.top).toBe(20);
  expect(chart.bars[4]!.parts.map(({ part, y, height }) => [part, y, height])).toEqual([['accepted', 80, 20], ['declined', 50, 30], ['seen', 20, 30], ['unseen', 0, 20]]);
  expect(chart.bars[5]!.parts).toEqual([]);
  expect(chart.bars[6]!.parts.map(({ part }) => part)).toEqual(['unseen']);
  expect(dayChart(report, 90, NOW, { width: 900, height: 100 }).marks.length).toBeLessThan(8);
});

test('a message is surely better or worse from 95 % on, against the first of its rule', () => {
  const [agents, rule] = judged(report);
  expect(agents!.rows.map(({ verdict }) => verdict)).toEqual(['only']);
  expect(rule!.rows.map(({ verdict }) => verdict)).toEqual(['measure', 'better', 'worse', 'unsure', 'unseen', 'unsure']);
  expect(rule!.rows.every(({ against }) => against.message === 'msg_a')).toBe(true);
  expect([scale([]), scale([null, { share: 0.1, low: 0, high: 0.19 }]), scale([{ share: 0.9, low: 0.8, high: 0.95 }])]).toEqual([0.1, 0.2, 1]);
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

let asked: string[];
let answer: (path: string) => [number, unknown];
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
const press = async (key: string): Promise<void> => {
  document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
  await settle();
};
const tell = async (notice: unknown): Promise<void> => {
  Socket.last.onmessage?.({ data: JSON.stringify(notice) });
  await settle();
};
const watched = (): (boolean | undefined)[] => Socket.last.sent.filter(({ type }) => type === 'watch').map(({ on }) => on);

async function open(supervisor = true, more: Partial<AgentViews> = {}): Promise<Desk> {
  const shown = { ...views, ...more, me: { ...me, supervisor, station: 'account' as const, sip_password: '' } };
  answer = (path) => (path === 'session' ? [200, shown] : path === 'statistics' ? [200, history] : path.startsWith('reports/') ? [200, report] : [204, null]);
  const desk = new Desk(document.createElement('audio'));
  app = mount(App, { target: document.body, props: { desk } });
  await desk.begin();
  Socket.last.onopen?.();
  await settle();
  return desk;
}

beforeEach(() => {
  asked = [];
  vi.stubGlobal('fetch', async (url: string) => {
    const path = url.replace('/v1/agent/', '');
    asked.push(path);
    const [status, value] = answer(path);
    return new Response(status === 204 ? null : JSON.stringify(value), { status });
  });
  vi.stubGlobal('WebSocket', Socket);
  // What jsdom has not and nothing here depends on.
  vi.stubGlobal('ResizeObserver', class {
    observe(): void {}
    unobserve(): void {}
    disconnect(): void {}
  });
  language.choose('en');
});
afterEach(async () => {
  if (app) await unmount(app);
  app = null;
  document.body.innerHTML = '';
  vi.unstubAllGlobals();
});

test('who is no supervisor has no reports, by button or key', async () => {
  await open(false);
  expect(find('reports-toggle')).toBeNull();
  await press(',');
  expect(find('reports-area')).toBeNull();
  expect(asked.some((path) => path.startsWith('reports/'))).toBe(false);
});

test('the wallboard lives from the floor, which goes on being watched from one to the other; a call leads back to the desk', async () => {
  await open();
  await press('f');
  expect(watched()).toEqual([true]);
  await press(',');
  expect(find('floor')).toBeNull();
  expect(watched().at(-1)).toBe(true);
  await tell({ type: 'view', view: 'floor', data: floor });
  expect(find('wall-waiting')!.textContent).toMatch(/Waiting now\s*3/);
  expect(find('wall-answered')!.textContent).toMatch(/10\s*77% of all/);
  expect(find('wall-level')!.textContent).toContain('67%');
  expect(document.querySelectorAll('[data-testid="wall-hours"] > svg > g')).toHaveLength(24);
  await tell({ type: 'change', view: 'floor', data: { ...floor, agents: [person('a', 'talking', ['sales', 'support'])], queues: [{ ...floor.queues[0], waiting: 6 }] } });
  expect(find('wall-waiting')!.textContent).toMatch(/7\s*nobody is ready/);
  [...document.querySelectorAll<HTMLElement>('[data-testid="wallboard"] button')].find((one) => one.textContent === 'support')!.click();
  await settle();
  expect(find('wall-waiting')!.textContent).toMatch(/Waiting now\s*1/);
  await tell({ type: 'view', view: 'current', data: current });
  expect(find('reports-area')).toBeNull();
  expect(watched().at(-1)).toBe(false);
});

test('a report in words: what came of it, and which message surely does better', async () => {
  const hostile = '<img src=x onerror=evil()>';
  await open(true, { messages: [{ id: 'msg_a', name: 'A hello', texts: {}, options: [] }, { id: 'msg_b', name: hostile, texts: {}, options: [] }] });
  await press(',');
  await click('reports-invitations');
  expect(asked.at(-1)).toMatch(/^reports\/invitations\?from=\d{4}-\d\d-\d\d&to=\d{4}-\d\d-\d\d$/);
  expect(find('funnel')!.textContent).toMatch(/Invited\s*580/);
  expect([...document.querySelectorAll('[data-testid=verdict]')].map((one) => one.textContent)).toEqual([
    'No other to compare', 'The others are held against it', 'Surely better than “A hello”', 'Surely worse than “A hello”', 'Not sure yet whether other than “A hello”', 'Nobody has seen it yet', 'Not sure yet whether other than “A hello”',
  ]);
  expect(find('report-messages')!.textContent).toContain(hostile);
  expect(find('report-messages')!.textContent).toContain('30%, surely between 15% and 45%');
  expect(document.querySelectorAll('[data-testid=report] img, [onerror]')).toHaveLength(0);
});

const came = (requests: number, answered: number, lost: number, p50_secs: number | null = null, p90_secs: number | null = null): PageFigures => ({ requests, answered, lost, p50_secs, p90_secs });
const pages: PageReport = {
  pages: [
    { page: 'shop.test/printers/42', title: '<img src=x onerror=evil()>', others: false, ...came(8, 6, 2, 45, 450) },
    { page: null, title: '', others: false, ...came(0, 3, 1, 5, 20) },
    { page: null, title: '', others: true, ...came(1, 0, 0) },
  ],
  days: [{ date: '2026-11-20', ...came(6, 8, 2, 30, 120) }, { date: '2026-11-22', ...came(3, 1, 1) }],
};

test('pages and waits by day as shapes', () => {
  const { bars, top, longest, marks } = pageChart(pages, 7, NOW, { width: 700, bars: 100, waits: 60 });
  expect([bars.length, bars[0]!.date, bars[6]!.date, longest, marks.length]).toEqual([7, '2026-11-16', '2026-11-22', 120, 7]);
  expect(top).toBeGreaterThanOrEqual(10);
  const [day, today] = [bars[4]!, bars[6]!];
  expect([day.answered, day.lost]).toEqual([(8 / top) * 100, (2 / top) * 100]);
  // Half of 120 s and all of it, from the top.
  expect(day.wait).toEqual({ half: 45, most: 0 });
  expect([today.wait, bars[0]!.answered]).toEqual([null, 0]);
  expect([told(90, 'en'), told(120, 'en'), told(450, 'de')]).toEqual(['90 s', '2 min', '7,5 min']);
});

test('from which pages people came: in words, as text, and nothing is said', async () => {
  await open();
  await press(',');
  answer = () => [200, pages];
  await click('reports-pages');
  expect(asked.at(-1)).toMatch(/^reports\/pages\?from=\d{4}-\d\d-\d\d&to=\d{4}-\d\d-\d\d$/);
  const rows = [...document.querySelectorAll('[data-testid=page-row]')].map((row) => [...row.children].map((cell) => cell.textContent!.replace(/\s+/g, ' ').trim()).join(' | '));
  expect(rows).toEqual(['<img src=x onerror=evil()> shop.test/printers/42 | 8 | 6 75% | 2 | 45 s | 7.5 min', 'Calls without a page | – | 3 75% | 1 | 5 s | 20 s', 'Other pages | 1 | 0 – | 0 | – | –']);
  expect(document.querySelectorAll('[data-testid=page-report] img, [onerror]')).toHaveLength(0);
  expect(find('page-days')!.querySelector('svg')!.getAttribute('aria-label')).toContain('9 answered, 3 left without');
  answer = () => [200, { pages: [], days: [] }];
  await click('span-1');
  expect(find('pages-empty')!.textContent).toContain('Nobody came in this time');
});

test('another span is asked for; of two answers the chosen one counts; nothing, and a refusal, are said', async () => {
  const desk = await open();
  await press(',');
  await click('reports-invitations');
  answer = () => [200, { messages: [], days: [] }];
  await click('span-1');
  const [from, to] = [...new URLSearchParams(asked.at(-1)!.split('?')[1]).values()];
  expect(from).toBe(to);
  expect(find('report-empty')!.textContent).toContain('Nobody was invited in this time');
  desk.reports.choose(7);
  answer = () => [200, report];
  desk.reports.choose(90);
  await settle();
  expect(desk.reports.invitations?.span).toBe(90);
  answer = () => [403, { code: 'not_supervisor', detail: 'Reports are for supervisors.' }];
  await click('span-28');
  expect(find('refusal-reports')!.textContent).toContain('Reports are for supervisors.');
  expect(find('report')!.getAttribute('aria-busy')).toBe('true');
});

test('a report is counted anew each minute only while it is looked at', async () => {
  await open();
  await press(',');
  const loads = (): number => asked.filter((path) => path.startsWith('reports/')).length;
  expect(loads()).toBe(0);
  vi.useFakeTimers();
  try {
    find('reports-invitations')!.click();
    flushSync();
    await vi.advanceTimersByTimeAsync(61_000);
    expect(loads()).toBe(2);
    find('reports-wall')!.click();
    flushSync();
    await vi.advanceTimersByTimeAsync(180_000);
    expect(loads()).toBe(2);
  } finally {
    vi.useRealTimers();
  }
});
