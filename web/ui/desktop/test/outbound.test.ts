// @vitest-environment jsdom
import type { Breaker, Campaign, JobRow } from '@warmline/shared/contract_outbound';
import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import App from '../src/App.svelte';
import { Desk } from '../src/lib/desk.svelte.ts';
import { language } from '../src/lib/language.svelte.ts';
import { byDay, canRetry, lineSpans, outcomes, progress, refusals, spent, standing, theirClocks } from '../src/lib/outbound.ts';
import { current, me, views } from './views.ts';

const job = (state: JobRow['state'], more: Partial<JobRow> = {}): JobRow => ({
  id: `rsv_${state}`, state, site: 'shop', queue: 'sales', page: { url: 'https://shop.test/1', title: 'Printer 42' }, name: 'Jane', number: '+1 512 ••••• 34', zones: ['America/Chicago'], asked_at: '2026-11-22T10:00:00Z', wanted: null, due: null, expires_at: null, attempts: [], outcome: null, ended_at: null, ...more,
});
const campaign = (more: Partial<Campaign> = {}): Campaign => ({
  id: 'cmp_1', name: 'Spring', site: 'shop', state: 'running', pacing: 'predictive', caller_id: null, window: null, starts: null, ends: null, created: '2026-11-22T10:00:00Z', jobs: 10, waiting: 4, dialled: 8, answered: 5, abandoned: 1, outcomes: { busy: 1, answered: 4, abandoned: 1 },
  last_24_h: { answered: 5, abandoned: 1, rate: 0.2 }, last_30_days: { answered: 0, abandoned: 0, rate: null }, ...more,
});

test('their clocks are told where they are not the reader\u2019s', () => {
  const at = '2026-12-01T01:30:00Z';
  const berlin = (...zones: string[]): string[] => theirClocks(at, zones, 'en-GB', 'Europe/Berlin');
  expect(berlin('Europe/Vienna')).toEqual([]);
  expect(berlin('Europe/London')).toEqual(['01:30']);
  expect(berlin('America/New_York', 'America/Chicago', 'America/Detroit')).toEqual(['Mon 20:30', 'Mon 19:30']);
  expect([theirClocks(null, ['Europe/London'], 'en'), theirClocks('soon', ['Europe/London'], 'en'), berlin()]).toEqual([[], [], []]);
});

test('what somebody did not want is not tried again', () => {
  expect(['no_answer', 'machine', 'expired', 'site_removed'].map((outcome) => canRetry(job('dead', { outcome })))).toEqual([true, true, true, true]);
  expect(['declined', 'canceled', 'not_found', 'not_allowed', 'moved'].map((outcome) => canRetry(job('dead', { outcome })))).toEqual(Array(5).fill(false));
  expect([job('done', { outcome: 'answered' }), job('listed')].map(canRetry)).toEqual([false, false]);
});

test('refused lines are told by why, the most first, those on end as one', () => {
  expect(lineSpans([9, 2, 3, 4, 6])).toBe('2–4, 6, 9');
  const line = (code: string) => (n: number) => ({ line: n, code });
  expect(refusals({ accepted: 1, refused: [...[7].map(line('duplicate')), ...[2, 3].map(line('number_invalid'))] })).toEqual([
    { code: 'number_invalid', count: 2, lines: '2–3' },
    { code: 'duplicate', count: 1, lines: '7' },
  ]);
});

test('how far a campaign is, and how it stands to what is allowed', () => {
  expect(progress(campaign())).toEqual({ done: 6, share: 0.6 });
  expect(progress(campaign({ jobs: 0, waiting: 0 }))).toEqual({ done: 0, share: 0 });
  expect(outcomes(campaign())).toEqual([['answered', 4], ['abandoned', 1], ['busy', 1]]);
  const rate = (rate: number | null) => standing({ answered: 1, abandoned: 1, rate }, 0.03);
  expect([null, 0, 0.024, 0.025, 0.03, 0.031].map(rate)).toEqual(['none', 'within', 'within', 'near', 'near', 'over']);
  expect([spent(50, 200), spent(300, 200), spent(0, 0)]).toEqual([0.25, 1, 1]);
  expect(byDay(['2026-12-01T09:00:00Z', '2026-12-01T09:15:00Z', '2026-12-03T09:00:00Z'], 'en-GB').map(({ slots }) => slots.length)).toEqual([2, 1]);
});

class Socket {
  static last: Socket;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  constructor(readonly url: string) {
    Socket.last = this;
  }
  close(): void {}
  send(): void {}
}

const calm: Breaker = { open: false, why: null, since: null, until: null, spent_cents: { hour: 50, day: 90 }, budget_cents: { hour: 100, day: 100 } };
const tripped: Breaker = { ...calm, open: true, why: 'hour', since: '2026-11-22T10:00:00Z', until: '2026-11-22T11:00:00Z' };
let asked: [string, string, unknown][];
let answers: Record<string, () => [number, unknown]>;
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
const verbs = (): string[] => asked.filter(([method]) => method !== 'GET').map(([method, path]) => `${method} ${path}`);

async function open(whole = true): Promise<Desk> {
  const shown = { ...views, scheduled: [{ id: 'rsv_scheduled', name: 'Jane', due: '2026-11-22T15:00:00Z', priority: 7, page: { url: '', title: '' }, asked: null }], me: { ...me, supervisor: true, whole_firm: whole, station: 'account' as const, sip_password: '' } };
  answers.session = () => [200, shown];
  const desk = new Desk(document.createElement('audio'));
  app = mount(App, { target: document.body, props: { desk } });
  await desk.begin();
  Socket.last.onopen?.();
  await settle();
  return desk;
}

beforeEach(() => {
  asked = [];
  const rows: Record<string, JobRow[]> = {
    dead: [job('dead', { outcome: 'no_answer', ended_at: '2026-11-22T10:30:00Z', attempts: [{ time: '2026-11-22T10:29:00Z', outcome: 'no_answer' }] })],
    '': [job('scheduled', { due: '2026-11-22T15:00:00Z' }), job('dialing')],
  };
  answers = { breaker: () => [200, calm], campaigns: () => [200, { campaigns: [campaign()], sites: ['shop'], cap: 0.03, predictive_agents: 10 }] };
  vi.stubGlobal('fetch', async (url: string, { method = 'GET', body }: { method?: string; body?: string } = {}) => {
    const path = url.replace('/v1/agent/', '');
    asked.push([method, path, body]);
    const query = new URLSearchParams(path.split('?')[1]);
    const listed = path.startsWith('callbacks?') ? () => [200, { callbacks: rows[query.get('state') ?? ''] ?? [], more: query.get('state') === null }] as [number, unknown] : undefined;
    const [status, value] = (answers[`${method} ${path}`] ?? answers[path] ?? listed ?? (() => [200, {}] as [number, unknown]))();
    return new Response(JSON.stringify(value), { status });
  });
  vi.stubGlobal('WebSocket', Socket);
  HTMLDialogElement.prototype.showModal = function (this: HTMLDialogElement) { this.open = true; };
  HTMLDialogElement.prototype.close = function (this: HTMLDialogElement) { this.open = false; this.dispatchEvent(new Event('close')); };
  URL.createObjectURL = () => 'blob:made';
  URL.revokeObjectURL = () => undefined;
  language.choose('en');
});
afterEach(async () => {
  if (app) await unmount(app);
  app = null;
  document.body.innerHTML = '';
  vi.unstubAllGlobals();
});

test('a supervisor of some queues has none of it, by button or key, and nothing is asked', async () => {
  await open(false);
  expect(find('outbound-toggle')).toBeNull();
  await press(';');
  expect(find('outbound-area')).toBeNull();
  expect(asked.some(([, path]) => path.startsWith('callbacks') || path === 'breaker')).toBe(false);
});

test('open call-backs: priority, masked number and state; taking one back is asked first', async () => {
  await open();
  await press(';');
  const [scheduled, dialing] = [...document.querySelectorAll<HTMLElement>('[data-testid=job]')];
  expect(scheduled!.textContent).toMatch(/For later.*7.*Jane.*\+1\u00a0512\u00a0•••••\u00a034/s);
  expect(dialing!.querySelector('[data-testid=job-cancel]')).toBeNull();
  await click('job-cancel');
  expect(verbs()).toEqual([]);
  await click('job-cancel-yes');
  expect(verbs()).toEqual(['DELETE callbacks/rsv_scheduled']);
  expect(find('job-did')!.textContent).toContain('Taken back.');
  await click('jobs-more');
  expect(asked.at(-1)![1]).toBe('callbacks?limit=200');
});

test('another time is one of those that are offered, or as soon as can be', async () => {
  const desk = await open();
  answers['callbacks/rsv_scheduled/slots?days=14'] = () => [200, { zone: 'Europe/Berlin', now: true, narrowed: true, slots: ['2026-11-23T09:00:00Z', '2026-11-23T09:15:00Z'] }];
  answers['PATCH callbacks/rsv_scheduled'] = () => [409, { code: 'slot_full', detail: 'server' }];
  await press(';');
  await click('job-put-off');
  expect(find('job-times')!.textContent).toContain('Only times at which this number may be called.');
  find('times-time')!.closest('form')!.requestSubmit();
  await settle();
  expect(asked.find(([method]) => method === 'PATCH')![2]).toBe('{"due":"2026-11-23T09:00:00Z"}');
  expect(find('refusal-job-times')!.textContent).toContain('server');
  answers['PATCH callbacks/rsv_scheduled'] = () => [200, job('listed')];
  await click('times-now');
  expect(asked.filter(([method]) => method === 'PATCH').at(-1)![2]).toBe('{"due":null}');
  expect([find('job-times'), desk.outbound.done]).toEqual([null, 'put_off']);
});

test('the dead list says why, tries again, and says in the reader\u2019s words why not', async () => {
  await open();
  await press(';');
  await click('jobs-dead');
  expect(find('job-why')!.textContent).toBe('Nobody answered.');
  expect(asked.some(([, path]) => path === 'callbacks?state=dead&days=7')).toBe(true);
  answers['POST callbacks/rsv_dead/retry'] = () => [409, { code: 'refused', detail: 'The customer …' }];
  language.choose('de');
  await click('job-retry');
  expect(find('refusal-jobs')!.textContent).toContain('Er wird nicht noch einmal angerufen.');
  answers['POST callbacks/rsv_dead/retry'] = () => [201, job('listed')];
  await click('job-retry');
  expect(find('refusal-jobs')).toBeNull();
  expect(find('job-did')!.textContent).toContain('Es steht bei den offenen');
});

test('a campaign says how it stands to the most that is allowed; a file is told line by line', async () => {
  const desk = await open();
  await press(';');
  await click('outbound-campaigns');
  expect(find('campaign-far')!.textContent).toBe('6 of 10 done');
  expect(find('abandoned-day')!.className).toContain('over');
  expect(find('abandoned-day')!.textContent).toMatch(/20% \(1 of 5 who answered\).*over the most/);
  expect(find('abandoned-month')!.textContent).toContain('nobody has answered');
  await click('campaign-pause');
  answers['POST campaigns/cmp_1/jobs'] = () => [200, { accepted: 2, refused: [{ line: 3, code: 'consent_missing' }, { line: 9, code: 'odd_code' }] }];
  await desk.outbound.fillCampaign('cmp_1', { name: 'spring.csv', text: async () => 'number,consent\n' } as File);
  await settle();
  expect(verbs()).toEqual(['POST campaigns/cmp_1/pause', 'POST campaigns/cmp_1/jobs']);
  expect(asked.find(([, path]) => path === 'campaigns/cmp_1/jobs')![2]).toBe('number,consent\n');
  expect(find('import-report')!.textContent).toMatch(/2 lines of spring.csv are in\..*2 lines were refused:.*Nothing proves the consent\s*· line 3.*odd code\s*· line 9/s);
  await click('campaign-stop');
  await click('campaign-stop-yes');
  expect(verbs().at(-1)).toBe('POST campaigns/cmp_1/stop');
});

test('somebody\u2019s own word is shown, and cannot be taken off', async () => {
  const desk = await open();
  await press(';');
  await click('outbound-never');
  answers['do-not-call/0151%201'] = () => [200, { number: '+491511', by: 'person' }];
  await desk.outbound.aboutNumber('listed', '0151 1');
  await settle();
  expect(find('never-result')!.textContent).toMatch(/\+491511.*The person has said so/s);
  expect([find('never-remove'), find('never-add')]).toEqual([null, null]);
  answers['do-not-call/0151%201'] = () => [200, { number: '+491511', by: 'firm' }];
  await desk.outbound.aboutNumber('listed', '0151 1');
  await settle();
  await click('never-remove');
  await click('never-remove-yes');
  expect(verbs()).toEqual(['DELETE do-not-call/%2B491511']);
});

test('an open breaker is told on every page, and closed with a question; a refusal stays to be read', async () => {
  answers.breaker = () => [200, tripped];
  const desk = await open();
  await press(';');
  expect(find('outbound-stopped')!.textContent).toContain('The budget of the hour is spent.');
  await click('outbound-breaker');
  expect(find('budget-day')!.textContent).toContain('0.90 of 1 spent');
  answers['POST breaker'] = () => [503, { code: 'store_unavailable', detail: '' }];
  await click('breaker-close');
  await click('breaker-close-yes');
  expect(asked.find(([method]) => method === 'POST')).toEqual(['POST', 'breaker', '{"open":false}']);
  desk.outbound.watch();
  await settle();
  expect(find('refusal-breaker')!.textContent).toContain('This cannot be kept at the moment.');
  answers['POST breaker'] = () => [200, calm];
  await click('breaker-close');
  await click('breaker-close-yes');
  expect(find('breaker')!.dataset.open).toBe('false');
});

test('evidence: what holds and what does not, and the file as it was made', async () => {
  await open();
  answers['evidence/rsv_dead'] = () => [200, { bundle: '{ "content": 1 }', verdict: { holds: false, checks: [{ check: 'signature', holds: true }, { check: 'chain', holds: false }] } }];
  await press(';');
  await click('jobs-dead');
  const made: Blob[] = [];
  URL.createObjectURL = (blob) => (made.push(blob as Blob), 'blob:made');
  await click('job-evidence');
  expect(find('evidence-verdict')!.dataset.holds).toBe('false');
  expect([...document.querySelectorAll('[data-testid=evidence-check]')].map((row) => row.textContent)).toEqual(['Nothing in it was changed since it was signed: holds', 'No row was changed, removed, moved or added: does not hold']);
  const read = new FileReader();
  read.readAsText(made[0]!);
  await vi.waitFor(() => expect(read.result).toBe('{ "content": 1 }'));
  expect(find('evidence-save')!.getAttribute('download')).toBe('evidence-rsv_dead.json');
  // Nothing lies over a call that comes.
  Socket.last.onmessage?.({ data: JSON.stringify({ type: 'view', view: 'current', data: { ...current, state: 'ringing' } }) });
  await settle();
  expect([find('evidence'), find('outbound-area')]).toEqual([null, null]);
});
