// @vitest-environment jsdom
import type { AgentViews, CurrentView, Rank } from '@warmline/shared/contract';
import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import App from '../src/App.svelte';
import { Desk } from '../src/lib/desk.svelte.ts';
import { language } from '../src/lib/language.svelte.ts';
import { bob, current as claimed, me, talking, views } from './views.ts';

interface Asked {
  method: string;
  path: string;
  body: unknown;
}

class Socket {
  static last: Socket;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  onerror: (() => void) | null = null;
  readonly sent: { type: string }[] = [];
  constructor(readonly url: string) {
    Socket.last = this;
  }
  close(): void {}
  send(data: string): void {
    this.sent.push(JSON.parse(data));
  }
}

let asked: Asked[];
let answer: (asked: Asked) => [number, unknown] | Promise<[number, unknown]>;
let app: Record<string, unknown> | null = null;
let shown: AgentViews;

const find = (id: string): HTMLElement | null => document.querySelector<HTMLElement>(`[data-testid="${id}"]`);
const word = (id: string): string => find(id)?.textContent?.replace(/\s+/g, ' ').trim() ?? '';
const settle = async (): Promise<void> => {
  for (let i = 0; i < 8; i += 1) await new Promise((resolve) => setTimeout(resolve));
  flushSync();
};
const click = async (id: string): Promise<void> => {
  find(id)!.click();
  await settle();
};
const press = async (key: string, more: KeyboardEventInit = {}): Promise<void> => {
  (document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }));
  await settle();
};
const changes = (): Asked[] => asked.filter(({ method }) => method !== 'GET');

async function open(current: CurrentView | null, more: Partial<AgentViews> = {}): Promise<void> {
  const state = current?.state ?? 'ready';
  shown = { ...views, me: { ...me, state, station: 'account', sip_password: '' }, current, colleagues: [bob], ...more };
  const desk = new Desk(document.createElement('audio'));
  app = mount(App, { target: document.body, props: { desk } });
  await desk.begin();
  Socket.last.onopen?.();
  await settle();
}

async function tell(view: keyof AgentViews, data: unknown): Promise<void> {
  Socket.last.onmessage?.({ data: JSON.stringify({ type: 'view', view, data }) });
  await settle();
}

beforeEach(() => {
  asked = [];
  answer = ({ path }) => (path === 'session' ? [200, shown] : [204, null]);
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    const request = { method: init.method ?? 'GET', path: url.replace('/v1/agent/', ''), body: init.body ? JSON.parse(String(init.body)) : null };
    asked.push(request);
    const [status, body] = await answer(request);
    return new Response(status === 204 ? null : JSON.stringify(body), { status });
  });
  vi.stubGlobal('WebSocket', Socket);
  // What jsdom has not and nothing here depends on.
  vi.stubGlobal('CSS', { escape: (text: string) => text });
  Element.prototype.scrollIntoView = () => undefined;
  Element.prototype.animate = () => ({ cancel: () => undefined, finished: Promise.resolve(), onfinish: null }) as unknown as Animation;
  HTMLDialogElement.prototype.showModal = function showModal(this: HTMLDialogElement) {
    this.open = true;
  };
  language.choose('en');
});
afterEach(async () => {
  if (app) await unmount(app);
  app = null;
  document.body.innerHTML = '';
  vi.unstubAllGlobals();
});

test('of a hold that was there before the page nobody says since when', async () => {
  await open({ ...talking, held: true });
  expect(word('held')).toBe('Customer on hold');
  expect(find('held')?.parentElement?.querySelector('time')).toBeNull();
});

test('sound and check open by key and close by themselves when a call arrives', async () => {
  HTMLDialogElement.prototype.showModal ??= function (this: HTMLDialogElement) {
    this.open = true;
  };
  await open(null);
  await press('v');
  expect(find('sound-dialog')).not.toBeNull();
  expect(find('echo-start')).toBeNull();
  await press('g');
  expect(changes()).toEqual([]);
  await tell('current', { ...claimed, state: 'ringing' });
  expect(find('sound-dialog')).toBeNull();
  await tell('current', null);
  await press('z');
  expect([...document.querySelectorAll('[data-testid=check] li')].map((row) => row.getAttribute('data-testid'))).toEqual(['check-phone', 'check-notifications', 'check-connection']);
  await tell('current', { ...claimed, state: 'ringing' });
  expect(find('check-dialog')).toBeNull();
});

test('a pool that runs out of numbers is told until it is put away, and gone once it has recovered', async () => {
  await open(null);
  const of = (pools: { pool: string; state: 'low' | 'dry' }[]) => tell('me', { ...shown.me, pools });
  await of([{ pool: 'web', state: 'low' }]);
  expect(word('pool-low')).toContain('Few numbers of web are left.');
  find('pool-low')!.querySelector('button')!.click();
  await settle();
  expect(find('pool-low')).toBeNull();
  await of([{ pool: 'web', state: 'dry' }]);
  expect(word('pool-dry')).toContain('No number of web is left.');
  await of([{ pool: 'web', state: 'dry' }, { pool: 'shop', state: 'low' }]);
  expect(['pool-dry', 'pool-low'].map((id) => find(id)!.querySelector('button')!.getAttribute('aria-label'))).toEqual(['Dismiss the notice about web', 'Dismiss the notice about shop']);
  await of([]);
  expect(find('pool-dry')).toBeNull();
  await of([{ pool: 'web', state: 'low' }]);
  expect(find('pool-low')).not.toBeNull();
});

test('hold shows what the switch confirmed, and its refusal beside the buttons', async () => {
  await open(talking);
  let confirm: (value: [number, unknown]) => void = () => undefined;
  answer = () => new Promise((resolve) => (confirm = resolve));
  await press('h');
  expect(changes()).toEqual([{ method: 'POST', path: 'hold', body: { on: true } }]);
  expect(find('hold')?.getAttribute('aria-busy')).toBe('true');
  expect(word('hold')).toContain('Hold');
  await press('h');
  expect(changes()).toHaveLength(1);
  confirm([204, null]);
  await settle();
  expect(word('hold')).toContain('Hold');
  await tell('current', { ...talking, held: true });
  expect(word('hold')).toContain('Resume');
  expect(word('held')).toBe('Customer on hold');
  expect(word('spoken')).toContain('The customer hears music.');
  answer = () => [409, { code: 'not_now', detail: 'The line is gone.' }];
  await click('hold');
  expect(changes()[1]).toEqual({ method: 'POST', path: 'hold', body: { on: false } });
  expect(word('refusal-call')).toBe('The line is gone.');
  expect(word('hold')).toContain('Resume');
});

test('asking: found by typing, Enter asks, Shift and Enter hands over, Escape gives the focus back', async () => {
  await open(talking);
  await press('t');
  const search = find('transfer-search') as HTMLInputElement;
  expect(document.activeElement).toBe(search);
  await press('e');
  expect(changes()).toEqual([]);
  await press('Escape');
  expect(find('transfer-panel')).toBeNull();
  expect(document.activeElement).toBe(find('transfer'));
  await press('t');
  await press('Enter');
  expect(changes()).toEqual([{ method: 'POST', path: 'consult', body: { target: { agent: 'bob' } } }]);
  expect(find('transfer-panel')).toBeNull();
  await press('t');
  const again = find('transfer-search') as HTMLInputElement;
  again.value = 'sales';
  again.dispatchEvent(new Event('input', { bubbles: true }));
  await settle();
  await press('Enter');
  expect(changes()).toHaveLength(1);
  answer = () => [409, { code: 'queue_closed', detail: 'Nobody serves there.' }];
  await press('Enter', { shiftKey: true });
  expect(changes()[1]).toEqual({ method: 'POST', path: 'transfer', body: { target: { queue: 'sales' } } });
  expect(word('refusal-transfer')).toBe('Nobody serves there.');
});

test('the one who is asked: his state, and what can be done with him', async () => {
  await open({ ...talking, consult: { name: 'Bob', state: 'ringing' } });
  expect([word('consult-name'), word('consult-state')]).toEqual(['Bob', 'Ringing']);
  expect([find('swap'), find('conference'), find('hold'), find('transfer')]).toEqual([null, null, null, null]);
  await tell('current', { ...talking, consult: { name: 'Bob', state: 'talking' } });
  for (const key of ['s', 'c', 'b', 'x']) await press(key);
  expect(changes()).toEqual([
    { method: 'POST', path: 'swap', body: null },
    { method: 'POST', path: 'conference', body: null },
    { method: 'POST', path: 'consult-end', body: null },
    { method: 'POST', path: 'transfer', body: {} },
  ]);
  await tell('current', talking);
  expect(find('consult')).toBeNull();
});

test('a guest sees who asks and has no control but to leave, mute and press keys', async () => {
  await open({ ...talking, guest: true, from: 'Bob', contact: { ...talking.contact, name: 'Jane', notes: 'a note' } });
  expect(word('why')).toBe('Bob asks you about this customer');
  expect(['hold', 'transfer', 'notes', 'priority'].map(find)).toEqual([null, null, null, null]);
  expect(word('contact-notes')).toBe('a note');
  expect(word('hangup')).toContain('Leave');
  await press('k');
  for (const key of '1*#') await press(key);
  expect(changes().map(({ body }) => body)).toEqual([{ digits: '1' }, { digits: '*' }, { digits: '#' }]);
  expect(word('keypad-sent')).toBe('1*#');
});

test('a caller who is only probably known is to be asked', async () => {
  await open({ ...talking, confidence: 'recent', contact: { ...talking.contact, name: 'Jane' } });
  expect(word('recent')).toMatch(/^Probably Jane: .*Please confirm/);
  await tell('current', { ...talking, confidence: 'exact' });
  expect(find('recent')).toBeNull();
});

test('wrap-up: code by its digit, notes before done, priority as the switch has it', async () => {
  await open({ ...talking, state: 'wrapup' });
  await press('2');
  expect(changes()).toEqual([{ method: 'POST', path: 'outcome', body: { code: 'Service', call: 'cal_1' } }]);
  expect(find('code-1')?.getAttribute('aria-pressed')).toBe('false');
  await tell('current', { ...talking, state: 'wrapup', code: 'Service' });
  expect(find('code-1')?.getAttribute('aria-pressed')).toBe('true');
  const priority = find('priority') as HTMLSelectElement;
  priority.value = '7';
  priority.dispatchEvent(new Event('change', { bubbles: true }));
  await settle();
  expect(changes()[1]).toEqual({ method: 'POST', path: 'outcome', body: { priority: 7, call: 'cal_1' } });
  expect(priority.value).toBe('0');
  await press('n');
  const notes = find('notes') as HTMLTextAreaElement;
  expect(document.activeElement).toBe(notes);
  notes.value = 'Wants a quote';
  notes.dispatchEvent(new Event('input', { bubbles: true }));
  await settle();
  await press('d');
  expect(changes()).toHaveLength(2);
  await click('wrapup-done');
  expect(changes().slice(2)).toEqual([
    { method: 'POST', path: 'outcome', body: { notes: 'Wants a quote', notes_read: '', call: 'cal_1' } },
    { method: 'POST', path: 'wrapup-done', body: null },
  ]);
});

test('c17: never again is asked back by key, kept once, and then shown', async () => {
  await open({ ...talking, never_call: false });
  await press('q');
  expect(find('never-ask')?.getAttribute('role')).toBe('alertdialog');
  expect(document.activeElement).toBe(find('never-yes'));
  find('never-yes')!.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }));
  await settle();
  expect(find('never-ask')).toBeNull();
  expect(document.activeElement).toBe(find('never'));
  expect(changes()).toEqual([]);
  await click('never');
  await click('never-yes');
  expect(changes()).toEqual([{ method: 'POST', path: 'never-call', body: { call: 'cal_1' } }]);
  await tell('current', { ...talking, never_call: true });
  expect(word('never-done')).toBe('Never called again');
  await press('q');
  expect(find('never-ask')).toBeNull();
  // A caller whose number nobody knows can be put on no list.
  await tell('current', { ...talking, never_call: null });
  expect(find('never-done') ?? find('never')).toBeNull();
});

test('notes that are refused keep the wrap-up open', async () => {
  await open({ ...talking, state: 'wrapup' });
  answer = ({ path }) => (path === 'outcome' ? [503, { code: 'overloaded' }] : [204, null]);
  const notes = find('notes') as HTMLTextAreaElement;
  notes.value = 'x';
  notes.dispatchEvent(new Event('input', { bubbles: true }));
  await click('wrapup-done');
  expect(changes().map(({ path }) => path)).toEqual(['outcome']);
  expect(word('refusal-call')).toContain('Your notes are not saved yet');
  expect(find('notes-state')?.dataset.state).toBe('failed');
});

test('someone who waits is taken with a key; who was slower is told', async () => {
  const row = { rank: [0, 1, 1] as Rank, id: 'rsv_9', name: 'Marta', channel: 'callme' as const, priority: 5, since: '2026-11-22T10:00:00Z', page: null };
  await open(null, { waiting: [row, { ...row, rank: [0, 2, 2], id: 'rsv_8', name: 'Óscar' }] });
  answer = () => [409, { code: 'gone', detail: '' }];
  await press('w');
  await press('ArrowDown');
  expect(document.activeElement?.getAttribute('aria-label')).toBe('Take Óscar');
  (document.activeElement as HTMLElement).click();
  await settle();
  expect(changes()).toEqual([{ method: 'POST', path: 'take', body: { waiting: 'rsv_8' } }]);
  expect(word('refusal-waiting')).toBe('Another agent was faster.');
  await tell('current', talking);
  expect((find('take') as HTMLButtonElement).disabled).toBe(true);
});

test('whoever takes someone in wrap-up keeps his notes first', async () => {
  const row = { rank: [0, 1, 1] as Rank, id: 'rsv_9', name: 'Marta', channel: 'phone' as const, priority: 5, since: '2026-11-22T10:00:00Z', page: null };
  await open({ ...talking, state: 'wrapup' }, { waiting: [row] });
  const notes = find('notes') as HTMLTextAreaElement;
  notes.value = 'x';
  notes.dispatchEvent(new Event('input', { bubbles: true }));
  await click('take');
  expect(changes().map(({ path }) => path)).toEqual(['outcome', 'take']);
});

test('not ready with a reason from the menu, in the chosen language', async () => {
  await open(null);
  await click('reasons');
  const items = [...document.querySelectorAll<HTMLElement>('[role=menuitemradio]')];
  expect(items.map((item) => item.textContent)).toEqual(['Lunch', 'No reason']);
  items[0]!.click();
  await settle();
  expect(changes()).toEqual([{ method: 'PUT', path: 'state', body: { state: 'not_ready', reason: 'Lunch' } }]);
  const select = find('language') as HTMLSelectElement;
  select.value = 'de';
  select.dispatchEvent(new Event('change', { bubbles: true }));
  await settle();
  expect(word('ready-toggle')).toBe('Nicht bereit melden');
  expect(document.documentElement.lang).toBe('de');
  expect(localStorage.getItem('warmline.desktop.language')).toBe('de');
});

test('colleagues have a dot and a word, and can be put away', async () => {
  await open(null, { colleagues: [bob, { ...bob, agent: 'carol', display_name: 'Carol', state: 'not_ready', reason: 'Lunch' }] });
  expect(word('colleagues')).toMatch(/Bob Ready .*Carol Not ready, Lunch/);
  await press('l');
  expect(find('colleagues')).toBeNull();
  expect(find('colleagues-toggle')?.getAttribute('aria-expanded')).toBe('false');
  await press('l');
  await tell('colleagues', []);
  expect(word('colleagues')).toBe('You are the only one logged in.');
});

test('a request that comes again is told of again, once its page is drawn', async () => {
  const drawn = async (): Promise<void> => {
    dispatchEvent(new MessageEvent('message', { origin: 'https://view.test', data: { type: 'drawn', snapshot: 'aa' } }));
    await settle();
  };
  const told = (): number => Socket.last.sent.filter(({ type }) => type === 'rendered').length;
  await open(claimed);
  await drawn();
  await tell('current', { ...claimed, state: 'ringing' });
  expect(told()).toBe(1);
  await tell('current', null);
  await tell('current', claimed);
  expect(told()).toBe(1);
  await drawn();
  expect(told()).toBe(2);
});

test('a phone that is lost in the call is told of, and so is the other one that rings', async () => {
  await open({ ...talking, phone: 'resuming', resume: 'abc' });
  expect(word('phone-lost')).toBe('Your phone is being reconnected. The customer waits and hears music.');
  await tell('current', { ...talking, phone: 'backup' });
  expect(word('phone-lost')).toContain('your other phone rings');
  await tell('current', talking);
  expect(find('phone-lost')).toBeNull();
  language.choose('de');
  await tell('me', { ...shown.me, state: 'unreachable', notice: { code: 'phone_lost_queue' } });
  await tell('current', null);
  expect(document.body.textContent).toContain('Der Kunde kam wieder nach vorn in die Warteschlange.');
});

test('the hold has a clock of its own', async () => {
  const held_since = new Date(Date.now() - 65_000).toISOString();
  await open({ ...talking, held: true, held_since });
  expect(find('held')?.parentElement?.querySelector('time')?.textContent).toBe('1:05');
});

test('an agent of several clients reads in whose name he answers, in the call and on the list', async () => {
  const row = { rank: [0, 1, 1] as Rank, id: 'rsv_2', name: 'Jane', channel: 'phone' as const, priority: 4, since: claimed.since, page: claimed.page, client: 'Shoes Ltd' };
  await open({ ...talking, client: 'Hats Ltd' }, { waiting: [row] });
  expect(word('current-client')).toBe('For Hats Ltd');
  expect(word('waiting-from')).toBe('For Shoes Ltd · shop.test/printers/42');
  await tell('current', { ...talking, client: null });
  expect(find('current-client')).toBeNull();
});

test('who may change priorities has a control for it, others read it; who changed it is in the history', async () => {
  const rank: Rank = [0, 1, 1];
  const row = { rank, id: 'rsv_8', name: 'Max', channel: 'phone' as const, priority: 4, since: '2026-11-22T10:00:00Z', page: null };
  const ratings = [{ time: '2026-11-22T09:00:00Z', of: 'agent' as const, by: 'Bob', from: 4, to: 6 }, { time: '2026-11-21T09:00:00Z', of: 'crm' as const, by: null, from: 3, to: 4 }];
  const contact = { ...talking.contact, name: 'Jane', ratings };
  await open({ ...talking, contact }, { waiting: [row] });
  const select = find('rate') as HTMLSelectElement;
  expect([select.value, select.getAttribute('aria-label')]).toEqual(['4', 'Priority of Max']);
  select.value = '7';
  select.dispatchEvent(new Event('change', { bubbles: true }));
  await settle();
  expect(changes()).toEqual([{ method: 'POST', path: 'priority', body: { waiting: 'rsv_8', priority: 7 } }]);
  expect(select.value, 'until the switch says so').toBe('4');
  expect(word('ratings')).toContain('4 to 6, by Bob');
  expect(word('ratings')).toContain('3 to 4, by the CRM');
  expect(find('priority')).not.toBeNull();
});

test('who may not has no control, and a queue that gives out has no button to take', async () => {
  const rank: Rank = [0, 1, 1];
  const row = { rank, id: 'rsv_8', name: 'Max', channel: 'phone' as const, priority: 6, since: '2026-11-22T10:00:00Z', page: null, take: false };
  await open({ ...talking, contact: { ...talking.contact, name: 'Jane', priority: 5 } }, { waiting: [row], me: { ...me, state: 'talking', station: 'account', sip_password: '', may_rate: false } });
  expect([find('rate'), find('priority'), find('take')]).toEqual([null, null, null]);
  expect(word('waiting-list')).toContain('Priority 6 of 7');
});
