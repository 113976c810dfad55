// @vitest-environment jsdom
// Visitors, alerts and invitations on the desktop.
import type { AgentViews } from '@warmline/shared/contract';
import type { AlertRow, MessageRow, VisitorRow } from '@warmline/shared/contract_watch';
import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import App from '../src/App.svelte';
import { amount, languageName } from '../src/lib/amount.ts';
import { beginning, bestLanguage, choose, invitationOf, isOwn, offered } from '../src/lib/compose.ts';
import { Desk } from '../src/lib/desk.svelte.ts';
import { language } from '../src/lib/language.svelte.ts';
import { applyNotice } from '../src/lib/reduce.ts';
import { steady } from '../src/lib/steady.ts';
import { current, me, views } from './views.ts';

const visitor = (id: string, more: Partial<VisitorRow> = {}): VisitorRow => ({
  id, site: 'shop', client: null, page: { url: 'https://shop.test/printers/42', title: 'Printer 42' }, arrived: '2026-11-22T10:00:00Z', since: '2026-11-22T10:01:00Z', pages: 3, visits: 2, purchases: 0,
  cart: null, items: null, priority: 4, language: 'de', consent: 'granted', address: null, name: id, contact: null, rules: ['Long look'], invited: false, ...more,
});
const alert = (id: string, more: Partial<AlertRow> = {}): AlertRow => ({
  id, visitor: `v-${id}`, site: 'shop', client: null, rule: 'Long look', text: 'Two minutes on Printer 42', page: { url: 'https://shop.test/printers/42', title: 'Printer 42' }, priority: 4, since: '2026-11-22T10:00:00Z',
  name: id, contact: null, visits: 2, purchases: 1, cart: 129.5, language: 'de-AT', address: null, pop: false, state: 'waiting', agent: null, mine: false, suggestions: ['msg_2'], online: true, way: null, conference: null, ...more,
});
const mine = (id: string, more: Partial<AlertRow> = {}): AlertRow => alert(id, { mine: true, state: 'claimed', agent: { id: 'alice', display_name: 'Alice' }, ...more });
const messages: MessageRow[] = [
  { id: 'msg_1', name: 'Anything', texts: { en: 'Any questions?' }, options: ['chat'] },
  { id: 'msg_2', name: 'Printers', texts: { en: 'May I help with printers?', de: 'Darf ich bei Druckern helfen?' }, options: ['callme', 'browser', 'chat'] },
  { id: 'msg_3', name: 'A special', texts: { es: 'Hoy con descuento' }, options: ['dial'] },
];

test('rows keep their places while somebody points at them, what is new comes below, and what is gone leaves its place last', () => {
  const row = (id: string, n = 0): { id: string; n: number } => ({ id, n });
  const first = steady([], [row('a'), row('b'), row('c')], true);
  const held = steady(first, [row('new'), row('c', 1), row('a', 1)], true);
  expect(held.map(({ row, gone }) => `${row.id}${row.n}${gone ? ' gone' : ''}`)).toEqual(['a1', 'b0 gone', 'c1', 'new0']);
  expect(steady(held, [row('b', 2), row('new'), row('c', 1)], true).map(({ row, gone }) => `${row.id}${gone ? ' gone' : ''}`), 'who comes back is back').toEqual(['a gone', 'b', 'c', 'new']);
  expect(steady(held, [row('new'), row('c', 1)], false).map(({ row }) => row.id)).toEqual(['new', 'c']);
});

test('what is said: suggestions first, in the visitor’s language, and the agent’s own words where he has changed them', () => {
  expect(offered(messages, ['msg_3', 'unknown', 'msg_2']).map(({ message, suggested }) => `${message.id} ${suggested}`)).toEqual(['msg_3 true', 'msg_2 true', 'msg_1 false']);
  expect([bestLanguage(messages[1]!, 'de-AT'), bestLanguage(messages[1]!, 'fr'), bestLanguage(messages[2]!, null)]).toEqual(['de', 'en', 'es']);
  const begun = beginning(alert('a'), messages);
  expect(begun).toEqual({ message: 'msg_2', language: 'de', text: 'Darf ich bei Druckern helfen?' });
  expect(invitationOf(begun, messages)).toEqual({ message: 'msg_2', language: 'de' });
  const changed = { ...begun, text: ' Darf ich helfen, Frau Dove? ' };
  expect([isOwn(changed, messages), invitationOf(changed, messages)]).toEqual([true, { text: 'Darf ich helfen, Frau Dove?', language: 'de' }]);
  expect(beginning(alert('a', { suggestions: [], language: null }), messages)).toEqual({ message: null, language: '', text: '' });
  expect(invitationOf({ message: null, language: '', text: 'Hello' }, messages)).toEqual({ text: 'Hello' });
  expect(choose(messages[0]!, 'de').language).toBe('en');
});

test('amounts and languages as they are written', () => {
  expect([amount(129, 'en'), amount(1129.5, 'de'), languageName('de', 'es'), languageName('no language', 'en')]).toEqual(['129', '1.129,50', 'alemán', 'no language']);
});

test('the three views are as the switch says', () => {
  const after = applyNotice(applyNotice(views, { type: 'view', view: 'alerts', data: [alert('a')] }), { type: 'view', view: 'visitors', data: { total: 1, list: [visitor('v')] } });
  expect([after.alerts?.length, after.visitors?.total]).toEqual([1, 1]);
  expect(applyNotice(after, { type: 'view', view: 'messages', data: messages }).messages).toBe(messages);
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

let asked: [string, unknown][];
let answer: (path: string) => [number, unknown];
let app: Record<string, unknown> | null = null;
const find = (id: string): HTMLElement | null => document.querySelector<HTMLElement>(`[data-testid="${id}"]`);
const all = (id: string): HTMLElement[] => [...document.querySelectorAll<HTMLElement>(`[data-testid="${id}"]`)];
const settle = async (): Promise<void> => {
  for (let i = 0; i < 8; i += 1) await new Promise((resolve) => setTimeout(resolve));
  flushSync();
};
const click = async (id: string): Promise<void> => {
  find(id)!.click();
  await settle();
};
const press = async (key: string, on: Element = document.body): Promise<void> => {
  on.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  await settle();
};
const tell = async (view: string, data: unknown): Promise<void> => {
  Socket.last.onmessage?.({ data: JSON.stringify({ type: 'view', view, data }) });
  await settle();
};

async function open(more: Partial<AgentViews> = {}, who: Partial<AgentViews['me']> = {}): Promise<Desk> {
  const shown = { ...views, ...more, me: { ...me, station: 'account' as const, sip_password: '', ...who } };
  answer = (path) => (path === 'session' ? [200, shown] : path === 'visitor/greet' ? [200, { alert: 'own' }] : [204, null]);
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
    const path = url.replace('/v1/agent/', '');
    asked.push([path, init.body ? JSON.parse(String(init.body)) : null]);
    const [status, value] = answer(path);
    return new Response(status === 204 ? null : JSON.stringify(value), { status });
  });
  vi.stubGlobal('WebSocket', Socket);
  HTMLDialogElement.prototype.showModal = function showModal(this: HTMLDialogElement) {
    this.open = true;
  };
  HTMLDialogElement.prototype.close = function close(this: HTMLDialogElement) {
    this.open = false;
  };
  Element.prototype.animate ??= (() => ({ cancel: () => undefined, finished: Promise.resolve(), onfinish: null })) as never;
  language.choose('en');
});
afterEach(async () => {
  if (app) await unmount(app);
  app = null;
  document.body.innerHTML = '';
  vi.unstubAllGlobals();
});

test('a firm that does not watch sees nothing of it, by button, key or help', async () => {
  await open();
  await press('.');
  await press('!');
  expect([find('visitors-toggle'), find('visitors-area'), find('alert-pop')]).toEqual([null, null, null]);
  await press('?');
  expect(find('help-dialog')!.textContent).not.toContain('Visitors');
});

test('the live list: who is where, with what, and as text', async () => {
  const hostile = '<img src=x onerror=evil()>';
  await open({ visitors: { total: 240, list: [
    visitor('v1', { name: 'Jane Dove', contact: 'con_1', priority: 7, cart: 129, items: 2, purchases: 3, rules: ['Long look', 'Cart'], address: '203.0.113.9', client: 'Papier' }),
    visitor('v2', { name: hostile, page: { url: 'javascript:alert(1)', title: hostile }, rules: [hostile], consent: 'none', invited: true }),
    visitor('v3', { name: null, priority: 0 }),
  ] } });
  await press('.');
  await click('visitors-site');
  expect(find('visitors-first')!.textContent).toBe('The first 3 of 240');
  const [jane, odd, nobody] = all('visitor-row');
  expect(jane!.textContent).toMatch(/Jane Dove.*Agreed to be recognised.*203\.0\.113\.9.*Printer 42.*shop\.test\/printers\/42.*129.*2 items.*Long look, Cart/);
  expect(odd!.textContent).toContain(hostile);
  expect(odd!.textContent).toContain('Not recognised: has not agreed');
  expect(odd!.textContent).toContain('Invited');
  expect(document.querySelectorAll('tbody img, tbody a, [onerror]')).toHaveLength(0);
  expect(nobody!.textContent).toContain('New visitor');
  nobody!.querySelector<HTMLElement>('[data-testid=greet]')!.click();
  await settle();
  expect(asked.some(([path]) => path === 'visitor/greet'), 'priority 0 is never invited').toBe(false);
  const select = jane!.querySelector<HTMLSelectElement>('select')!;
  select.value = '2';
  select.dispatchEvent(new Event('change', { bubbles: true }));
  await settle();
  expect(asked.at(-1)).toEqual(['visitor/priority', { visitor: 'v1', priority: 2 }]);
  expect(select.value, 'until the switch says so').toBe('7');
});

test('who may not set priorities only reads them', async () => {
  await open({ visitors: { total: 1, list: [visitor('v')] }, alerts: [alert('a')] }, { may_rate: false });
  await press('.');
  expect(find('visitor-rate')).toBeNull();
  await click('visitors-site');
  expect([find('visitor-rate'), find('visitor-row')!.textContent]).toEqual([null, expect.stringContaining('Priority 4 of 7')]);
});

test('rows stay where they are under the pointer, and move when it has gone', async () => {
  await open({ visitors: { total: 2, list: [visitor('a'), visitor('b')] } });
  await press('.');
  await click('visitors-site');
  const ids = (): string[] => all('visitor-row').map(({ dataset }) => dataset.visitor!);
  const table = find('visitors-table')!;
  table.dispatchEvent(Object.assign(new Event('pointerenter'), { pointerType: 'mouse' }));
  await settle();
  await tell('visitors', { total: 2, list: [visitor('c', { priority: 7 }), visitor('b', { pages: 9 })] });
  expect(ids()).toEqual(['a', 'b', 'c']);
  expect(all('visitor-row')[0]!.textContent).toContain('Has left');
  table.dispatchEvent(new Event('pointerleave'));
  await settle();
  expect(ids()).toEqual(['c', 'b']);
});

test('an alert is taken in any order, written from a suggestion, and followed until it is answered', async () => {
  await open({ alerts: [alert('first'), alert('second', { priority: 7 })], messages });
  expect(find('visitors-badge')!.textContent).toBe('2');
  await press('.');
  all('alert-take')[1]!.click();
  await settle();
  expect(asked.at(-1)).toEqual(['alert/take', { alert: 'second' }]);
  await tell('alerts', [alert('first'), mine('second')]);
  expect(find('composer-why')!.textContent).toBe('Two minutes on Printer 42');
  expect(all('text').map(({ dataset }) => dataset.message)).toEqual(['msg_2', 'msg_3', 'msg_1']);
  const text = find('invite-text') as HTMLTextAreaElement;
  expect([document.activeElement, text.value, find('preview')!.lang]).toEqual([text, 'Darf ich bei Druckern helfen?', 'de']);
  expect(find('preview')!.textContent).toContain('Rufen Sie mich an');
  const tongue = find('text-language') as HTMLSelectElement;
  tongue.value = 'en';
  tongue.dispatchEvent(new Event('change', { bubbles: true }));
  await settle();
  expect(text.value).toBe('May I help with printers?');
  text.value = 'May I help, <b>Jane</b>?';
  text.dispatchEvent(new Event('input', { bubbles: true }));
  await settle();
  expect(find('own')!.textContent).toBe('Your own words');
  expect(find('preview')!.querySelector('.text')!.textContent).toBe('May I help, <b>Jane</b>?');
  text.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', ctrlKey: true, bubbles: true, cancelable: true }));
  await settle();
  expect(asked.at(-1)).toEqual(['alert/invite', { alert: 'second', text: 'May I help, <b>Jane</b>?', language: 'en' }]);
  for (const state of ['invited', 'shown', 'accepted'] as const) {
    await tell('alerts', [mine('second', { state })]);
    expect(find('composer-told')!.dataset.state).toBe(state);
  }
  expect(find('composer-told')!.textContent).toMatch(/wants to talk/);
  await tell('alerts', []);
  expect(find('composer')).toBeNull();
});

test('somebody was quicker: said calmly, and nothing is lost', async () => {
  await open({ alerts: [alert('a')], messages });
  await press('.');
  answer = () => [409, { code: 'taken', detail: 'server words' }];
  await click('alert-take');
  const refusal = find('refusal-alerts')!;
  expect([refusal.textContent!.trim(), refusal.classList.contains('calm')]).toEqual(['Another agent was quicker.', true]);
  await tell('alerts', [alert('a', { state: 'claimed', agent: { id: 'bob', display_name: 'Bob' } })]);
  expect(find('alert')!.textContent).toContain('Bob has it');
  expect(find('alert-take')).toBeNull();
});

test('a text that is too long or empty is not sent; given back and dismissed as they are called', async () => {
  await open({ alerts: [mine('a', { suggestions: [] }), alert('b')], messages });
  await press('.');
  await click('alert-open');
  const text = find('invite-text') as HTMLTextAreaElement;
  const send = find('invite-send') as HTMLButtonElement;
  expect(send.disabled).toBe(true);
  const write = async (value: string): Promise<void> => {
    text.value = value;
    text.dispatchEvent(new Event('input', { bubbles: true }));
    await settle();
  };
  await write('x'.repeat(501));
  expect([send.disabled, document.getElementById('invite-left')!.textContent]).toEqual([true, '1 characters too many']);
  await write('😀'.repeat(500));
  expect(send.disabled).toBe(false);
  answer = () => [409, { code: 'not_now' }];
  await click('invite-send');
  expect(find('refusal-invite')!.textContent).toContain('Nothing can be offered to this visitor now.');
  answer = () => [204, null];
  await press('Escape', text);
  expect(find('composer'), 'typed text stays with the alert').toBeNull();
  await click('alert-open');
  expect((find('invite-text') as HTMLTextAreaElement).value).toBe('😀'.repeat(500));
  await click('alert-release');
  expect(asked.at(-1)).toEqual(['alert/release', { alert: 'a' }]);
  await click('alert-dismiss');
  expect(asked.at(-1)).toEqual(['alert/dismiss', { alert: 'b' }]);
});

test('somebody in the list is invited by an alert of one’s own', async () => {
  await open({ visitors: { total: 1, list: [visitor('v')] }, alerts: [], messages });
  await press('.');
  await click('visitors-site');
  await click('greet');
  expect(asked.at(-1)).toEqual(['visitor/greet', { visitor: 'v' }]);
  await tell('alerts', []);
  // No rule has found him: that is said, in the place of why.
  await tell('alerts', [mine('own', { visitor: 'v', rule: null, text: '' })]);
  expect(find('composer-why')!.textContent).toBe('Picked from the list');
  answer = () => [409, { code: 'never' }];
  await click('greet');
  expect(find('refusal-visitors')!.textContent).toContain('never invited');
});

test('an alert that pops lies over the work, is read out, is taken by one key, and can be left for later', async () => {
  await open({ alerts: [alert('a', { pop: true, since: '2026-11-22T10:00:00Z' }), alert('b', { pop: true, since: '2026-11-22T10:05:00Z', name: '<b>Bo</b>' }), alert('c')], messages });
  expect(find('alert-pop')!.textContent).toContain('<b>Bo</b>');
  expect(find('pop-more')!.textContent).toBe('and 1 more');
  expect(find('pop-spoken')!.textContent).toContain('Two minutes on Printer 42');
  expect(document.activeElement?.closest('[data-testid=alert-pop]') ?? null).toBeNull();
  await press('!');
  expect(asked.at(-1)).toEqual(['alert/take', { alert: 'b' }]);
  await tell('alerts', [alert('a', { pop: true }), mine('b', { pop: true })]);
  expect([find('composer') !== null, find('alert-pop')]).toEqual([true, null]);
  await press('.');
  expect(find('alert-pop')).not.toBeNull();
  await click('pop-later');
  expect(find('alert-pop')).toBeNull();
  await press('!');
  expect(document.activeElement!.getAttribute('data-testid')).toBe('alert-take');
});

test('a call that comes is on the desk, whatever is written beside it', async () => {
  await open({ alerts: [mine('a')], messages });
  await press('.');
  await click('alert-open');
  await tell('current', current);
  expect([find('visitors-area'), find('current') !== null]).toEqual([null, true]);
  await press('.');
  expect(find('composer')).not.toBeNull();
});
