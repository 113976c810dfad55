// @vitest-environment jsdom
import type { AgentViews, ContactCard, ContactRow } from '@warmline/shared/contract';
import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import App from '../src/App.svelte';
import { Actions } from '../src/lib/actions.svelte.ts';
import { changeOf, draftOf, rebased } from '../src/lib/contact_draft.ts';
import { Contacts } from '../src/lib/contacts.svelte.ts';
import { Desk } from '../src/lib/desk.svelte.ts';
import { language } from '../src/lib/language.svelte.ts';
import { current as claimed, me, views } from './views.ts';

const vera: ContactCard = {
  id: 'con_1', version: 3, name: 'Vera', company: '', numbers: ['030 222333'], e164: ['+4930222333'], email: null, language: 'de', customer: 'c-1', attributes: { plan: 'pro' },
  notes: 'likes paper', priority: 4, ratings: [], edits: [], history: [], seen: '2026-11-20T10:00:00Z', last_agent: 'Bob', last_talk: '2026-11-20T10:00:00Z',
};
const row = (card: ContactCard): ContactRow => ({ id: card.id, name: card.name, company: card.company, number: card.numbers[0] ?? null, e164: card.e164[0] ?? null, priority: card.priority, seen: card.seen, last_agent: card.last_agent });

test('only what is another is sent', () => {
  expect(changeOf(draftOf(vera), vera)).toBeNull();
  const typed = { ...draftOf(vera), name: 'Vera M.', email: ' ', removed: ['+4930222333', '+491'], added: [' 030 1 ', ' '], attributes: [{ name: 'tier', value: 'gold' }, { name: '', value: '' }] };
  expect(changeOf(typed, vera)).toEqual({ name: 'Vera M.', numbers: { add: ['030 1'], remove: ['+4930222333'] }, attributes: { tier: 'gold', plan: null } });
  expect(changeOf({ ...draftOf(vera), language: '', priority: 0 }, vera)).toEqual({ language: '', priority: 0 });
});

test('what was typed stands on what somebody else has changed meanwhile', () => {
  const now = { ...vera, version: 4, name: 'Vera Neu', notes: 'likes ink', attributes: { plan: 'free' }, e164: [], numbers: [] };
  const draft = rebased({ ...draftOf(vera), company: 'mine', removed: ['+4930222333'] }, vera, now);
  expect(draft).toMatchObject({ name: 'Vera Neu', company: 'mine', notes: 'likes ink', removed: [], attributes: [{ name: 'plan', value: 'free' }] });
  expect(changeOf(draft, now)).toEqual({ company: 'mine' });
});

test('of notes that two have written nothing is lost', () => {
  const now = { ...vera, version: 4, notes: 'likes paper\nRings at ten.' };
  const draft = rebased({ ...draftOf(vera), notes: 'likes paper\nAnd ink.' }, vera, now);
  expect(changeOf(draft, now)).toEqual({ notes: 'likes paper\nRings at ten.\nAnd ink.' });
});

test('details are told apart by name: only those he touched are his', () => {
  const before = { ...vera, attributes: { plan: 'pro', tier: 'gold', floor: '3', shoe: '42' } };
  const now = { ...before, version: 4, attributes: { plan: 'free', tier: 'silver', shoe: '43', door: 'red', hat: 'blue' } };
  const draft = rebased({ ...draftOf(before), attributes: [{ name: 'plan', value: 'pro' }, { name: ' tier', value: 'tin' }, { name: 'floor', value: '3' }, { name: 'hat', value: 'green' }, { name: '', value: '' }] }, before, now);
  expect(draft.attributes).toEqual([{ name: 'plan', value: 'free' }, { name: ' tier', value: 'tin' }, { name: 'hat', value: 'green' }, { name: '', value: '' }, { name: 'door', value: 'red' }]);
  expect(changeOf(draft, now)).toEqual({ attributes: { tier: 'tin', hat: 'green', shoe: null } });
});

interface Asked {
  method: string;
  path: string;
  body: Record<string, unknown> | null;
  once: string | null;
}

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

let asked: Asked[];
let kept: ContactCard;
let answer: (asked: Asked) => [number, unknown] | null;
let app: Record<string, unknown> | null = null;
let shown: AgentViews;

const find = (id: string): HTMLElement | null => document.querySelector<HTMLElement>(`[data-testid="${id}"]`);
const word = (id: string): string => find(id)?.textContent?.replace(/\s+/g, ' ').trim() ?? '';
const settle = async (): Promise<void> => {
  for (let i = 0; i < 10; i += 1) await new Promise((resolve) => setTimeout(resolve));
  flushSync();
};
const click = async (id: string): Promise<void> => {
  find(id)!.click();
  await settle();
};
const press = async (key: string): Promise<void> => {
  (document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  await settle();
};
const type = async (id: string, text: string): Promise<void> => {
  const field = find(id) as HTMLInputElement;
  field.value = text;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  await settle();
};
const event = async (subject: string): Promise<void> => {
  Socket.last.onmessage?.({ data: JSON.stringify({ type: 'event', event: 'contact.changed', time: '2026-11-22T10:00:00Z', seq: 1, subject, data: {} }) });
  await settle();
};

async function open(more: Partial<typeof me> = {}): Promise<void> {
  shown = { ...views, me: { ...me, station: 'account', sip_password: '', outbound: true, ...more } };
  const desk = new Desk(document.createElement('audio'));
  app = mount(App, { target: document.body, props: { desk } });
  await desk.begin();
  Socket.last.onopen?.();
  await settle();
}

/** Opened by key, looked for, chosen. */
async function reading(): Promise<void> {
  await press('/');
  await type('contacts-query', 'ver');
  await press('Enter');
  await settle();
}

beforeEach(() => {
  asked = [];
  kept = vera;
  answer = () => null;
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    const headers = (init.headers ?? {}) as Record<string, string>;
    const request = { method: init.method ?? 'GET', path: url.replace('/v1/agent/', ''), body: init.body ? JSON.parse(String(init.body)) : null, once: headers['Idempotency-Key'] ?? null };
    asked.push(request);
    const usual: [number, unknown] = request.path === 'session' ? [200, shown] : request.path.startsWith('contacts?') ? [200, { contacts: [row(kept)], next: null }] : request.path.startsWith('contacts/') ? [200, kept] : [204, null];
    const [status, body] = answer(request) ?? usual;
    return new Response(status === 204 ? null : JSON.stringify(body), { status });
  });
  vi.stubGlobal('WebSocket', Socket);
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

test('by keys alone: found, read, called', async () => {
  await open();
  await press('/');
  expect(document.activeElement).toBe(find('contacts-query'));
  await type('contacts-query', '12');
  await press('Enter');
  expect(asked.filter(({ path }) => path.startsWith('contacts?')).map(({ path }) => path)).toEqual(['contacts?q=12']);
  await type('contacts-query', 'ver');
  await press('Enter');
  expect(word('contacts-said')).toBe('1 contact');
  expect(document.activeElement).toBe(find('card-name'));
  expect(word('card-name')).toBe('Vera');
  await click('card-call');
  expect(find('contacts-dialog')).toBeNull();
  expect((find('dial-number') as HTMLInputElement).value).toBe('+4930222333');
});

test('a change says what it has read, and a lost race keeps what was typed', async () => {
  await open();
  await reading();
  await click('contact-edit');
  expect(document.activeElement).toBe(find('contact-edit-name'));
  await type('contact-edit-notes', 'mine');
  kept = { ...vera, version: 4, name: 'Vera Neu' };
  answer = ({ method }) => (method === 'PATCH' ? [409, { code: 'contact_changed', detail: '' }] : null);
  await click('contact-save');
  const first = asked.at(-2)!;
  expect(first.body).toEqual({ version: 3, notes: 'mine' });
  expect(word('contact-overtaken')).toContain('Somebody else has changed this contact');
  expect((find('contact-edit-name') as HTMLInputElement).value).toBe('Vera Neu');
  expect((find('contact-edit-notes') as HTMLTextAreaElement).value).toBe('mine');
  answer = ({ method }) => (method === 'PATCH' ? [200, { ...kept, version: 5, notes: 'mine' }] : null);
  await click('contact-save');
  const second = asked.at(-1)!;
  expect(second.body).toEqual({ version: 4, notes: 'mine' });
  expect(second.once).not.toBe(first.once);
  expect(word('card-notes')).toBe('mine');
  expect(find('contact-saved')).not.toBeNull();
});

test('what was not answered is sent again under its name, and a refusal stands where it was asked', async () => {
  await open();
  await reading();
  await click('contact-edit');
  await type('contact-edit-name', 'Vera M.');
  answer = ({ method }) => (method === 'PATCH' ? [503, { code: 'timeout', detail: '' }] : null);
  await click('contact-save');
  await click('contact-save');
  const sent = asked.filter(({ method }) => method === 'PATCH');
  expect([sent.length, sent[0]!.once === sent[1]!.once]).toEqual([2, true]);
  expect(word('refusal-contact')).not.toBe('');
});

test('another desktop\u2019s change is seen at once, while it is read and while it is typed about', async () => {
  await open();
  await reading();
  kept = { ...vera, version: 4, name: 'Vera Neu' };
  await event('con_2');
  expect(word('card-name')).toBe('Vera');
  await event('con_1');
  expect(word('card-name')).toBe('Vera Neu');
  expect(word('contact-row')).toContain('Vera Neu');
  await click('contact-edit');
  await type('contact-edit-company', 'Papier');
  kept = { ...kept, version: 5, name: 'Vera Alt' };
  await event('con_1');
  expect(find('contact-overtaken')).not.toBeNull();
  expect([(find('contact-edit-name') as HTMLInputElement).value, (find('contact-edit-company') as HTMLInputElement).value]).toEqual(['Vera Alt', 'Papier']);
});

test('Escape goes one step back and asks before anything typed is lost; a call takes the window away and loses nothing', async () => {
  await open();
  await reading();
  await click('contact-edit');
  await type('contact-edit-name', 'Vera M.');
  await press('Escape');
  expect(find('keep-editing')).not.toBeNull();
  await click('keep-editing');
  Socket.last.onmessage?.({ data: JSON.stringify({ type: 'view', view: 'current', data: { ...claimed, state: 'ringing' } }) });
  await settle();
  expect(find('contacts-dialog')).toBeNull();
  Socket.last.onmessage?.({ data: JSON.stringify({ type: 'view', view: 'current', data: null }) });
  await settle();
  await press('/');
  expect((find('contact-edit-name') as HTMLInputElement).value).toBe('Vera M.');
  await press('Escape');
  await click('discard');
  expect(find('card-name')).not.toBeNull();
  await press('Escape');
  expect(document.activeElement).toBe(find('contacts-query'));
  await press('Escape');
  expect(find('contacts-dialog')).toBeNull();
});

test('who may not change contacts is shown no way to', async () => {
  await open({ may_edit: false });
  await reading();
  expect(find('card-name')).not.toBeNull();
  expect(find('contact-edit')).toBeNull();
});

/** Answers that wait, in the order they were asked for. */
function waiting(): ((value: unknown) => Promise<void>)[] {
  const given: ((value: unknown) => Promise<void>)[] = [];
  const usual = globalThis.fetch;
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
    if (init.method !== 'PATCH') return usual(url, init);
    asked.push({ method: 'PATCH', path: url, body: JSON.parse(String(init.body)), once: (init.headers as Record<string, string>)['Idempotency-Key'] ?? null });
    return new Promise((resolve) => given.push(async (value) => {
      const [status, body] = value as [number, unknown];
      resolve(new Response(JSON.stringify(body), { status }));
      await settle();
    }));
  });
  return given;
}
const yuri: ContactCard = { ...vera, id: 'con_2', name: 'Yuri', version: 7 };

async function lately(): Promise<{ contacts: Contacts; given: ReturnType<typeof waiting>; refused: Actions }> {
  answer = ({ path }) => (path === 'contacts/con_2' ? [200, yuri] : null);
  const refused = new Actions(() => false);
  const contacts = new Contacts(refused);
  await contacts.read('con_1');
  contacts.edit();
  contacts.draft!.name = 'Vera M.';
  return { contacts, given: waiting(), refused };
}

test.each([[200, { ...vera, version: 4, name: 'Vera M.' }], [503, { code: 'timeout', detail: '' }], [409, { code: 'contact_changed', detail: '' }]])('a late answer (%i) about one contact touches nothing typed about the next', async (status, body) => {
  const { contacts, given, refused } = await lately();
  const first = contacts.save();
  contacts.discard();
  await contacts.read('con_2');
  contacts.edit();
  contacts.draft!.notes = 'of Yuri';
  const second = contacts.save();
  expect(given).toHaveLength(2);
  await given[0]!([status, body]);
  expect(await first).toBe(false);
  expect([contacts.card?.id, contacts.draft?.notes, contacts.overtaken, contacts.saved, contacts.saving]).toEqual(['con_2', 'of Yuri', false, false, true]);
  expect(refused.refusals.size).toBe(0);
  await given[1]!([200, { ...yuri, version: 8, notes: 'of Yuri' }]);
  expect(await second).toBe(true);
  expect([contacts.card?.id, contacts.draft, contacts.saved]).toEqual(['con_2', null, true]);
});

test('typed about anew: a late answer about the same contact is what it stands on', async () => {
  const { contacts, given } = await lately();
  void contacts.save();
  contacts.discard();
  contacts.edit();
  contacts.draft!.notes = 'anew';
  await given[0]!([200, { ...vera, version: 4, name: 'Vera M.' }]);
  expect([contacts.card?.version, contacts.draft?.name, contacts.draft?.notes, contacts.saved]).toEqual([4, 'Vera M.', 'anew', false]);
});

test('an answer after the log-out is nobody\u2019s', async () => {
  const { contacts, given } = await lately();
  void contacts.save();
  contacts.forget();
  await given[0]!([200, { ...vera, version: 4 }]);
  expect([contacts.card, contacts.draft, contacts.saved]).toEqual([null, null, false]);
});

test.each(['discard', 'leave', 'forget', 'edit'] as const)('what is saved after %s has another name than what failed before', async (way) => {
  const { contacts, given } = await lately();
  const failed = contacts.save();
  await given[0]!([503, { code: 'timeout', detail: '' }]);
  expect(await failed).toBe(false);
  contacts[way]();
  await contacts.read('con_1');
  contacts.edit();
  contacts.draft!.notes = 'other';
  void contacts.save();
  const [first, second] = asked.filter(({ method }) => method === 'PATCH');
  expect(second!.once).not.toBe(first!.once);
});

test('the focus goes on where a row is taken away, and to the row that is added', async () => {
  kept = { ...vera, attributes: { plan: 'pro', tier: 'gold' } };
  await open();
  await reading();
  await click('contact-edit');
  const rows = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('.kept:has(input) .plain')];
  const take = async (at: number): Promise<void> => {
    rows()[at]!.focus();
    rows()[at]!.click();
    await settle();
  };
  await take(0);
  expect(document.activeElement).toBe(rows()[0]);
  await take(0);
  expect(document.activeElement).toBe(find('contact-add-detail'));
  for (let count = 2; count <= 8; count += 1) {
    find('contact-add-number')!.focus();
    await click('contact-add-number');
  }
  const fields = [...document.querySelectorAll('[data-testid=contact-edit-number]')];
  expect([fields.length, find('contact-add-number')]).toEqual([7, null]);
  expect(document.activeElement).toBe(fields[6]);
  await take(6);
  expect(document.activeElement).toBe(find('contact-add-number'));
});

test('the last page takes its button away: the keys go on at the first row that came', async () => {
  answer = ({ path }) => (path.startsWith('contacts?') ? [200, path.includes('after') ? { contacts: [row(yuri)], next: null } : { contacts: [row(vera)], next: 'n' }] : null);
  await open();
  await press('/');
  await type('contacts-query', 'v e');
  await settle();
  await press('Enter');
  find('contacts-more')!.focus();
  await click('contacts-more');
  expect(find('contacts-more')).toBeNull();
  expect(document.activeElement).toBe(find('contacts-query'));
  expect(find('contacts-query')!.getAttribute('aria-activedescendant')).toBe('contact-row-1');
});

test('what was long ago comes by pages, and the keyboard goes on where it begins', async () => {
  const past = (first: number, count: number) => Array.from({ length: count }, (_, at) => ({ time: `2026-10-${String(30 - first - at).padStart(2, '0')}T10:00:00Z`, channel: 'phone', page: `Page ${first + at}`, outcome: 'talked', talk_secs: 60, agent: 'Bob', code: null }));
  kept = { ...vera, history: past(0, 20), older: 'cal_20' };
  let fails = true;
  answer = ({ path }) => (path.includes('/history') ? (fails ? [409, { code: 'list_changed' }] : [200, { history: past(20, 5), next: null }]) : null);
  await open();
  await reading();
  const rows = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('[data-testid="history-row"]')];
  expect(rows()).toHaveLength(20);
  await click('history-older');
  expect(find('history-failed')?.textContent).toBe('They could not be loaded. Try again.');
  fails = false;
  await click('history-older');
  expect(asked.at(-1)?.path).toBe('contacts/con_1/history?before=cal_20');
  expect(rows()).toHaveLength(25);
  expect(rows()[24]?.textContent).toContain('Page 24');
  expect(document.activeElement).toBe(rows()[20]);
  expect(find('history-older')).toBeNull();
  // He was heard of meanwhile: the list begins anew.
  kept = { ...kept, history: past(0, 20), older: 'cal_19' };
  await event('con_1');
  expect(rows()).toHaveLength(20);
  expect(find('history-older')).not.toBeNull();
});
