// @vitest-environment jsdom
// Asking to be called at a time, leaving a request while nobody can take a call, writing: the part that is loaded later.
import type { ReservationView, SessionReply } from '@warmline/shared/contract';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Controller } from '../src/controller.ts';
import { stringsFor } from '../src/strings.ts';
import { Ui } from '../src/ui.ts';
import { byDay, clockText, ownZone, slotText, type Places } from '../src/asking/times.ts';
import { askingWords } from '../src/asking/words.ts';
import { part, sheets } from './parts.ts';

const VIEW: ReservationView = {
  id: 'rsv_1', mode: 'callme', state: 'waiting', since: new Date().toISOString(), number: null, number_display: null, pin: null, expires_at: null,
  agent: null, wait: null, position: null, trace_id: '', reason: null, due: null, attempts: 0, match_digits: null,
};
const SLOTS = ['2030-12-03T15:15:00Z', '2030-12-03T15:30:00Z', '2030-12-04T15:15:00Z'];
const QUESTION = { ask: 'How urgent is it?', choices: ['It stands still', 'A question'] };

class Socket {
  static last: Socket;
  onmessage: ((event: { data: string }) => void) | null = null;
  constructor(readonly url: string) {
    Socket.last = this;
  }
  close(): void {}
  send(): void {}
  say(view: Partial<ReservationView>): void {
    this.onmessage?.({ data: JSON.stringify({ type: 'view', view: 'reservation', data: { ...VIEW, ...view } }) });
  }
}

let calls: { method: string; path: string; body: Record<string, unknown> }[];
let session: Partial<SessionReply>;
let answer: (method: string, path: string) => [number, unknown] | null;
let root: ShadowRoot;

const find = (id: string): HTMLElement | null => root.querySelector<HTMLElement>(`[data-testid="${id}"]`);
const all = (id: string): HTMLElement[] => [...root.querySelectorAll<HTMLElement>(`[data-testid="${id}"]`)];
const click = (id: string): void => find(id)!.click();
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setTimeout(resolve));
};
const fill = (id: string, value: string): void => {
  const input = find(id) as HTMLInputElement;
  input.value = value;
  input.dispatchEvent(new Event('change', { bubbles: true }));
};
const submit = async (): Promise<void> => {
  root.querySelector('form')!.dispatchEvent(new Event('submit', { cancelable: true }));
  await settle();
};
const sent = (method: string, path: string): Record<string, unknown> | undefined => calls.filter((call) => call.method === method && call.path === path).at(-1)?.body;
const pick = (at: number): void => all('wl-time')[at]!.querySelector('input')!.click();

async function open(language = 'en-GB'): Promise<void> {
  document.body.innerHTML = '<warm-host></warm-host>';
  const host = document.querySelector<HTMLElement>('warm-host')!;
  root = host.attachShadow({ mode: 'open' });
  sheets(root);
  let ui: Ui | null = null;
  const controller = new Controller({ origin: 'https://switch.test', site: 'shop', params: [], part }, host, document.createElement('audio'), () => ui?.draw(), () => ({ language, close: () => undefined }));
  ui = new Ui(root, host, stringsFor(language), language, () => controller);
  ui.draw();
  click('wl-button');
  await settle();
}

beforeEach(() => {
  calls = [];
  session = { modes: ['dial', 'callme'] };
  answer = () => null;
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    const [method, path] = [String(init.method), new URL(url).pathname];
    calls.push({ method, path, body: init.body ? JSON.parse(String(init.body)) : {} });
    const usual = (): [number, unknown] => {
      if (path === '/v1/web/sessions') return [200, { visitor: 'wlv_1', consent_version: '2026-11', countries: ['DE', 'AT'], ...session }];
      if (path.endsWith('/slots')) return [200, { zone: 'Europe/Berlin', slot_minutes: 15, now: true, narrowed: false, slots: SLOTS }];
      if (path === '/v1/web/messages') return [202, { id: 'msg_1' }];
      if (method === 'PATCH') return [200, { ...VIEW, due: SLOTS[2] }];
      return [201, { ...VIEW, due: SLOTS[0], stream: '/v1/web/stream?token=t', key: 'k' }];
    };
    const [status, body] = answer(method, path) ?? usual();
    return new Response(JSON.stringify(body), { status });
  });
  vi.stubGlobal('WebSocket', Socket);
  vi.stubGlobal('matchMedia', () => ({ matches: false }));
  localStorage.clear();
  sessionStorage.clear();
});
afterEach(() => vi.unstubAllGlobals());

test('e13: where the server asks for a proof of work it is done, and the visitor is called', async () => {
  const work = { code: 'challenge_required', challenge: '65f0aa10.0011223344556677.'.padEnd(64, 'c'), bits: 4 };
  const posts = (): Record<string, unknown>[] => calls.filter((call) => call.path === '/v1/web/reservations').map((call) => call.body);
  answer = (_method, path) => (path === '/v1/web/reservations' && !posts().at(-1)?.proof ? [422, work] : null);
  await open();
  click('wl-option-callme');
  await settle();
  fill('wl-callme-number', '0151 23456789');
  (find('wl-consent') as HTMLInputElement).click();
  await submit();
  await vi.waitFor(() => expect(posts()).toHaveLength(2));
  expect(posts()[0]).toMatchObject({ mode: 'callme', events: 0, zone: expect.any(String) });
  expect(posts()[1]!.proof).toMatch(new RegExp(`^${work.challenge}:\\d+$`));
  await settle();
  expect(find('wl-problem')).toBeNull();
});

test('a time is chosen, changed and told with its zone', async () => {
  await open();
  click('wl-option-callme');
  expect(find('wl-times')!.hidden).toBe(true);
  click('wl-when-1');
  await settle();
  await submit();
  expect(root.querySelector('#wl-error')!.textContent).toBe('Please choose a time.');
  expect(all('wl-time')).toHaveLength(2);
  pick(1);
  fill('wl-country', 'AT');
  fill('wl-callme-number', '0664 1234567');
  (find('wl-consent') as HTMLInputElement).checked = true;
  await submit();
  expect(sent('POST', '/v1/web/reservations')).toMatchObject({ mode: 'callme', number: '+436641234567', due: SLOTS[1], consent: { version: '2026-11', call: true, text: 'Yes, call me on this number about this request.' } });
  await settle();
  expect(find('wl-state')!.textContent).toMatch(/^We call you Tue,? 3 Dec/);
  click('wl-another-time');
  await settle();
  expect((find('wl-reschedule') as HTMLButtonElement).disabled).toBe(true);
  fill('wl-day', '1');
  pick(0);
  click('wl-reschedule');
  await settle();
  expect(sent('PATCH', '/v1/web/callbacks/rsv_1')).toEqual({ due: SLOTS[2] });
  expect(find('wl-saved')!.textContent).toBe('The time is changed.');
  expect(find('wl-state')!.textContent).toMatch(/Wed,? 4 Dec/);
  answer = (method) => (method === 'PATCH' ? [409, { code: 'slot_full' }] : null);
  click('wl-another-time');
  await settle();
  pick(0);
  click('wl-reschedule');
  await settle();
  expect(find('wl-callback-problem')!.textContent).toMatch(/just been taken/);
  click('wl-as-soon');
  await settle();
  expect(sent('PATCH', '/v1/web/callbacks/rsv_1')).toEqual({ due: null });
  click('wl-cancel');
  await settle();
  expect(calls).toContainEqual(expect.objectContaining({ method: 'DELETE', path: '/v1/web/reservations/rsv_1' }));
});

test('out of hours a request is left: what it is about, how urgent, when', async () => {
  session = { modes: ['callme'], out_of_hours: true, callme_later_only: true, topics: ['Sales', 'Repair'], languages: ['de', 'en'], questions: [QUESTION], mail: true };
  await open('de-DE');
  expect(find('wl-option-callme')).toBeNull();
  expect(find('wl-request')!.textContent).toContain('Im Moment ist niemand da.');
  click('wl-leave-request');
  await settle();
  expect(find('wl-when')).toBeNull();
  expect((find('wl-language') as HTMLSelectElement).value).toBe('de');
  fill('wl-topic', 'Repair');
  click('wl-question-0-0');
  pick(0);
  fill('wl-callme-number', '0151 23456789');
  fill('wl-callme-email', 'jane@');
  (find('wl-consent') as HTMLInputElement).checked = true;
  await submit();
  expect(root.querySelector('#wl-error')!.textContent).toMatch(/keine E-Mail-Adresse/);
  fill('wl-callme-email', 'jane@shop.test');
  await submit();
  expect(sent('POST', '/v1/web/reservations')).toMatchObject({ topic: 'Repair', language: 'de', answers: [0], due: SLOTS[0], email: 'jane@shop.test' });
});

test('while all are busy he may still be called as soon as can be', async () => {
  session = { modes: ['dial', 'callme'], all_busy: true, questions: [QUESTION] };
  await open();
  expect(find('wl-option-callme')).not.toBeNull();
  click('wl-leave-request');
  await settle();
  expect((find('wl-when-1') as HTMLInputElement).checked).toBe(true);
  click('wl-when-0');
  expect(find('wl-question-0')!.hidden).toBe(false);
  fill('wl-callme-number', '0151 23456789');
  (find('wl-consent') as HTMLInputElement).checked = true;
  await submit();
  const body = sent('POST', '/v1/web/reservations')!;
  expect(body).not.toHaveProperty('due');
  expect(body).not.toHaveProperty('answers');
});

test('whoever goes back and asks for a call now is asked for no time', async () => {
  session = { modes: ['dial', 'callme'], all_busy: true };
  await open();
  click('wl-leave-request');
  await settle();
  root.querySelector<HTMLElement>('[data-key="back"]')!.click();
  await settle();
  click('wl-option-callme');
  expect((find('wl-when-0') as HTMLInputElement).checked).toBe(true);
  expect(find('wl-times')!.hidden).toBe(true);
});

test('a refused time is asked for anew, and its reason is said in words', async () => {
  await open();
  click('wl-option-callme');
  click('wl-when-1');
  await settle();
  pick(0);
  fill('wl-callme-number', '0151 23456789');
  (find('wl-consent') as HTMLInputElement).checked = true;
  const slots = (): number => calls.filter(({ path }) => path === '/v1/web/slots').length;
  const before = slots();
  answer = (_, path) => (path === '/v1/web/reservations' ? [409, { code: 'slot_full' }] : null);
  await submit();
  expect(find('wl-problem')!.textContent).toMatch(/just been taken/);
  // The number that was typed may be asked about besides, where this took long.
  expect(slots()).toBeGreaterThan(before);
  answer = (_, path) => (path === '/v1/web/reservations' ? [422, { code: 'number_not_allowed' }] : null);
  pick(1);
  await submit();
  expect(find('wl-problem')!.textContent).toMatch(/Premium and service/);
  expect((find('wl-callme-number') as HTMLInputElement).value).toBe('0151 23456789');
});

const type = (value: string): void => {
  const input = find('wl-callme-number') as HTMLInputElement;
  input.value = value;
  input.dispatchEvent(new Event('input', { bubbles: true }));
};
const asked = (): unknown[] => calls.filter(({ path }) => path === '/v1/web/slots').map(({ body }) => body);
/** The Americans among the numbers may be called at the last of the times alone. */
const narrow = (): void => {
  answer = (_, path) => {
    const american = JSON.stringify(calls.at(-1)!.body.number ?? '').startsWith('"+1');
    return path === '/v1/web/slots' && american ? [200, { zone: 'Europe/Berlin', slot_minutes: 15, now: false, narrowed: true, slots: SLOTS.slice(2) }] : null;
  };
};

test('e27 the times are those of the number that is typed, and what is chosen stays where it can', async () => {
  session = { modes: ['callme'], countries: ['DE', 'US'] };
  await open();
  click('wl-option-callme');
  fill('wl-country', 'DE');
  click('wl-when-1');
  await settle();
  expect(asked()).toEqual([{ site: 'shop', days: 14, zone: ownZone(), country: 'DE' }]);
  pick(0);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  type('0151 234');
  type('0151 23456789');
  await vi.advanceTimersByTimeAsync(399);
  expect(asked()).toHaveLength(1);
  const before = all('wl-time')[0];
  await vi.advanceTimersByTimeAsync(1);
  expect(asked().slice(1)).toEqual([{ site: 'shop', days: 14, zone: ownZone(), number: '+4915123456789' }]);
  expect(all('wl-time')[0]).toBe(before);
  expect(find('wl-picked')!.textContent).toContain('3 Dec');
  narrow();
  fill('wl-country', 'US');
  type('212 555 2368');
  await vi.advanceTimersByTimeAsync(400);
  vi.useRealTimers();
  await settle();
  expect(asked()).toHaveLength(3);
  expect(all('wl-time')).toHaveLength(1);
  expect(find('wl-picked')!.textContent).toMatch(/^At the time you chose we may not call this number/);
  pick(0);
  expect(find('wl-picked')!.textContent).toMatch(/^We call you Wed,? 4 Dec/);
});

test('e27 an answer that is overtaken by another number counts for nothing', async () => {
  await open();
  click('wl-option-callme');
  click('wl-when-1');
  await settle();
  const usual = globalThis.fetch;
  const late: (() => void)[] = [];
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    const reply = await usual(url, init);
    if (String(init.body).includes('+4366')) await new Promise<void>((resolve) => late.push(resolve));
    return reply;
  });
  narrow();
  const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 420));
  type('+43 664 1234567');
  await pause();
  type('+1 212 555 2368');
  await pause();
  await settle();
  expect(all('wl-time')).toHaveLength(1);
  late[0]!();
  await settle();
  expect(all('wl-time')).toHaveLength(1);
});

test('e27 a number that may only be called later is offered the times, and another one gives now back', async () => {
  session = { modes: ['callme'], countries: ['DE', 'US'], now_keeps_hours: true };
  narrow();
  await open();
  click('wl-option-callme');
  await settle();
  expect(asked()).toEqual([{ site: 'shop', days: 14, zone: ownZone(), country: 'DE' }]);
  expect((find('wl-when-0') as HTMLInputElement).checked).toBe(true);
  type('+1 212 555 2368');
  await vi.waitFor(() => expect((find('wl-when-0') as HTMLInputElement).disabled).toBe(true));
  expect(find('wl-not-now')!.hidden).toBe(false);
  expect(find('wl-not-now')!.textContent).toMatch(/^At this hour we may not call this number/);
  expect((find('wl-when-1') as HTMLInputElement).checked).toBe(true);
  expect(find('wl-times')!.hidden).toBe(false);
  expect(find('wl-submit')!.textContent).toBe('Call me then');
  type('0151 23456789');
  await vi.waitFor(() => expect((find('wl-when-0') as HTMLInputElement).disabled).toBe(false));
  expect((find('wl-when-0') as HTMLInputElement).checked).toBe(true);
  expect(find('wl-not-now')!.hidden).toBe(true);
});

test('e27 where no time is left for a number it is said in words', async () => {
  answer = (_, path) => (path === '/v1/web/slots' ? [200, { zone: 'Europe/Berlin', slot_minutes: 15, now: true, narrowed: true, slots: [] }] : null);
  await open('de-DE');
  click('wl-option-callme');
  click('wl-when-1');
  await settle();
  expect(find('wl-no-times')!.textContent).toMatch(/zu keiner Zeit anrufen/);
});

test('g16 the number from last time is offered masked, and only its mark is sent', async () => {
  session = { modes: ['callme'], on_file: '+49 151 ••••• 89' };
  await open();
  click('wl-option-callme');
  expect(find('wl-which')!.textContent).toContain('On the number from last time: +49\u00a0151\u00a0•••••\u00a089');
  expect(find('wl-entry')!.hidden).toBe(true);
  click('wl-when-1');
  await settle();
  expect(asked()).toEqual([{ site: 'shop', days: 14, zone: ownZone(), on_file: true, visitor: 'wlv_1' }]);
  pick(0);
  (find('wl-consent') as HTMLInputElement).checked = true;
  await submit();
  expect(sent('POST', '/v1/web/reservations')).toMatchObject({ on_file: true, due: SLOTS[0] });
  expect(sent('POST', '/v1/web/reservations')).not.toHaveProperty('number');
  // He would rather be called at another number: the same form, with the same request.
  click('wl-another-number');
  click('wl-which-1');
  expect(root.activeElement).toBe(find('wl-callme-number'));
  type('0151 23456788');
  await submit();
  expect(sent('POST', '/v1/web/reservations')).toMatchObject({ number: '+4915123456788' });
});

test('a register and his own word are told apart', async () => {
  const words = (code: string, language: string): string | undefined => ({ ...stringsFor(language).problems, ...askingWords(language).problems })[code];
  for (const language of ['en', 'de', 'es']) expect(words('on_registry', language)).not.toBe(words('do_not_call', language));
});

test('the digits are large and explained; an attempt in vain is told', async () => {
  await open();
  click('wl-option-callme');
  fill('wl-callme-number', '0151 23456789');
  (find('wl-consent') as HTMLInputElement).checked = true;
  answer = (_, path) => (path === '/v1/web/reservations' ? [201, { ...VIEW, match_digits: '47', stream: '/s?token=t', key: 'k' }] : null);
  await submit();
  expect(find('wl-digits')!.getAttribute('aria-label')).toBe('4 7');
  expect(find('wl-callback')!.textContent).toContain('you who asked');
  expect(find('wl-state')!.textContent).toBe('We call you as soon as someone is free');
  Socket.last.say({ since: '2030-12-03T15:15:00Z', due: '2030-12-03T15:45:00Z', attempts: 1, match_digits: '47' });
  await settle();
  expect(find('wl-state')!.textContent).toMatch(/^We did not reach you at .*\. We try again .*45/);
});

test('who waits too long is offered to be called back', async () => {
  await open();
  answer = (_, path) => (path === '/v1/web/reservations' ? [201, { ...VIEW, mode: 'dial', state: 'held', number: '+4930123', number_display: '030 123', expires_at: new Date(Date.now() + 60_000).toISOString(), stream: '/s?token=t', key: 'k' }] : null);
  click('wl-option-dial');
  await settle();
  Socket.last.say({ mode: 'dial', state: 'waiting', position: 9, too_long: true });
  expect(find('wl-instead')).toBeNull();
  click('wl-too-long');
  await settle();
  expect((find('wl-when-1') as HTMLInputElement).checked).toBe(true);
});

test('a message is written, checked and confirmed', async () => {
  session = { modes: ['mail'], topics: ['Sales'] };
  await open();
  click('wl-option-mail');
  await submit();
  expect(find('wl-mail-problem')!.textContent).toBe('Please write us something.');
  fill('wl-mail-text', 'Does it print on both sides?');
  fill('wl-mail-email', 'jane');
  await submit();
  expect(find('wl-mail-problem')!.textContent).toMatch(/not an e-mail address/);
  fill('wl-mail-email', 'jane@shop.test');
  fill('wl-mail-topic', 'Sales');
  answer = (_, path) => (path === '/v1/web/messages' ? [422, { code: 'email_invalid' }] : null);
  await submit();
  expect(find('wl-mail-problem')!.textContent).toMatch(/not an e-mail address/);
  answer = () => null;
  await submit();
  expect(sent('POST', '/v1/web/messages')).toMatchObject({ site: 'shop', visitor: 'wlv_1', email: 'jane@shop.test', text: 'Does it print on both sides?', topic: 'Sales', page: { url: expect.any(String) } });
  expect(sent('POST', '/v1/web/messages')).not.toHaveProperty('mode');
  expect(find('wl-mail-done')!.textContent).toContain('We answer to jane@shop.test.');
});

const places = (own: string, firm: string, language = 'en-GB'): Places => ({ language, own, firm, elsewhere: askingWords(language).elsewhere });

test('e27 times are the visitor\'s, with the firm\'s where its clock shows another one', () => {
  expect(slotText('2030-12-03T14:15:00Z', 15, places('America/New_York', 'Europe/Berlin'))).toMatch(/^Tue,? 3 Dec, 09:15–09:30 \(15:15 in Berlin\)$/);
  expect(slotText('2030-12-03T14:15:00Z', 15, places('Europe/Vienna', 'Europe/Berlin'))).toMatch(/^Tue,? 3 Dec, 15:15–15:30$/);
  expect(slotText('2030-12-03T14:15:00Z', null, places('Asia/Tokyo', 'America/Los_Angeles'))).toMatch(/^Tue,? 3 Dec, 23:15 \(06:15 in Los Angeles\)$/);
  expect(slotText('2030-12-03T16:15:00Z', null, places('Asia/Tokyo', 'Europe/Berlin'))).toMatch(/^Wed,? 4 Dec, 01:15 \(Tue,? 3 Dec, 17:15 in Berlin\)$/);
  expect(slotText('2030-12-03T14:15:00Z', 15, places('America/New_York', 'Europe/Berlin', 'de'))).toContain('15:15 in Berlin');
});

test('e27 what comes twice on the visitor\'s clock is told apart, and what it leaves out is not there', () => {
  const slots = (slots: string[]) => byDay({ slots }, places('America/New_York', 'UTC'));
  const [autumn] = slots(['2026-11-01T05:30:00Z', '2026-11-01T06:30:00Z', '2026-11-01T07:30:00Z']);
  expect(autumn!.slots.map(({ label }) => label)).toEqual(['01:30 GMT-4', '01:30 GMT-5', '02:30']);
  const [spring] = slots(['2026-03-08T06:30:00Z', '2026-03-08T07:00:00Z']);
  expect(spring!.slots.map(({ label }) => label)).toEqual(['01:30', '03:00']);
  const days = slots(['2026-11-02T04:30:00Z', '2026-11-02T05:00:00Z']);
  expect(days.map(({ label }) => label)).toEqual([expect.stringContaining('1 November'), expect.stringContaining('2 November')]);
});

test('a moment of today is its time of day', () => {
  const at = Date.parse('2026-11-30T09:00:00Z');
  expect(clockText('2026-11-30T10:45:00Z', at, places('Europe/Berlin', 'Europe/Berlin'))).toBe('11:45');
  expect(clockText('2026-12-01T10:45:00Z', at, places('Europe/Berlin', 'Europe/Berlin'))).toMatch(/Tue,? 1 Dec/);
});

test('every language has the same words', () => {
  const shape = (value: unknown): unknown => (value && typeof value === 'object' ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)])) : typeof value);
  for (const language of ['de', 'es']) expect(shape(askingWords(language))).toEqual(shape(askingWords('en')));
});
