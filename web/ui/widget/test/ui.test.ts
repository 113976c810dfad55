// @vitest-environment jsdom
import type { ReservationView } from '@warmline/shared/contract';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Controller } from '../src/controller.ts';
import { stringsFor } from '../src/strings.ts';
import { Ui } from '../src/ui.ts';
import { part, sheets } from './parts.ts';

const VIEW: ReservationView = {
  id: 'rsv_1', mode: 'dial', state: 'held', since: new Date().toISOString(), number: '+493012345003', number_display: '030 12345003', pin: '483026',
  expires_at: new Date(Date.now() + 300_000).toISOString(), agent: { display_name: 'Alice' }, wait: { p50_secs: 0, p90_secs: 0 }, position: null, trace_id: '', reason: null,
};

class Socket {
  static last: Socket;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  onerror: (() => void) | null = null;
  constructor(readonly url: string) {
    Socket.last = this;
  }
  close(): void {}
  send(): void {}
  say(view: Partial<ReservationView>): void {
    this.onmessage?.({ data: JSON.stringify({ type: 'view', view: 'reservation', data: { ...VIEW, ...view } }) });
  }
}

let calls: { url: string; init: RequestInit }[];
let answer: (url: string) => [number, unknown];
let root: ShadowRoot;

const find = (id: string): HTMLElement | null => root.querySelector<HTMLElement>(`[data-testid="${id}"]`);
const click = (id: string): void => find(id)!.click();
const settle = async (): Promise<void> => {
  // What is loaded later is there too.
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setTimeout(resolve));
};
const posted = (path: string): Record<string, unknown> | undefined => {
  const call = calls.find(({ url }) => url.endsWith(path));
  return call && JSON.parse(String(call.init.body));
};

beforeEach(() => {
  calls = [];
  answer = (url) => (url.endsWith('/sessions') ? [200, { visitor: 'wlv_1', consent_version: '2026-11', countries: ['DE'], modes: ['dial', 'callme', 'browser'] }] : [201, { ...VIEW, stream: '/v1/web/stream?token=t', key: 'k' }]);
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    calls.push({ url, init });
    const [status, body] = answer(url);
    return new Response(status === 204 ? null : JSON.stringify(body), { status });
  });
  vi.stubGlobal('WebSocket', Socket);
  vi.stubGlobal('RTCPeerConnection', class {});
  Object.defineProperty(navigator, 'mediaDevices', { configurable: true, value: { getUserMedia: () => Promise.reject(new Error('never asked here')) } });
  vi.stubGlobal('matchMedia', () => ({ matches: false }));
  localStorage.clear();
  sessionStorage.clear();
  document.body.innerHTML = '<p>Printer 42</p><warm-host></warm-host>';
  const host = document.querySelector<HTMLElement>('warm-host')!;
  root = host.attachShadow({ mode: 'open' });
  sheets(root);
  let ui: Ui | null = null;
  const controller = new Controller({ origin: 'https://switch.test', site: 'shop', params: [], part }, host, document.createElement('audio'), () => ui?.draw(), () => ({ language: 'en', close: () => ui?.close() }));
  ui = new Ui(root, host, stringsFor('en'), 'en', () => controller);
  ui.draw();
});
afterEach(() => vi.unstubAllGlobals());

test('from the click to the number to the call and its end', async () => {
  click('wl-button');
  await settle();
  click('wl-option-dial');
  await settle();
  expect(posted('/v1/web/reservations')).toMatchObject({ site: 'shop', mode: 'dial', visitor: 'wlv_1', snapshot: expect.stringContaining('Printer 42') });
  expect(calls[1]!.init.headers).toMatchObject({ 'Idempotency-Key': expect.stringMatching(/^[0-9a-f]{32}$/) });
  expect(find('wl-number')?.getAttribute('href')).toBe('tel:+493012345003');
  expect(find('wl-number')?.textContent).toBe('030 12345003');
  expect(Socket.last.url).toBe('wss://switch.test/v1/web/stream?token=t');
  expect(root.querySelector('#wl-title')?.textContent).toBe('Call us');
  Socket.last.say({ state: 'ringing' });
  expect(find('wl-state')?.textContent).toBe('Ringing Alice');
  Socket.last.say({ state: 'talking', agent: { display_name: '<img src=x onerror=evil()>' } });
  expect(find('wl-state')?.textContent).toBe('Talking with <img src=x onerror=evil()>');
  expect(root.querySelector('img')).toBeNull();
  expect(root.querySelector('#wl-title')?.textContent).toBe('Your call');
  expect(root.querySelector('[role=status]')?.textContent).toContain('Talking with');
  Socket.last.say({ state: 'ended', reason: 'normal' });
  expect(find('wl-state')?.textContent).toBe('Call ended');
  expect(find('wl-again')).not.toBeNull();
  expect(sessionStorage.getItem('warmline.live.shop')).toBeNull();
});

test('the number is found again on the next page, and tapping it is told', async () => {
  click('wl-button');
  await settle();
  click('wl-option-dial');
  await settle();
  expect(JSON.parse(sessionStorage.getItem('warmline.live.shop')!)).toMatchObject({ id: 'rsv_1', key: 'k', mode: 'dial' });
  expect(localStorage.getItem('warmline.visitor.shop')).toBe('wlv_1');
  find('wl-number')!.addEventListener('click', (event) => event.preventDefault());
  click('wl-number');
  await settle();
  const intent = calls.at(-1)!;
  expect(intent.url).toBe('https://switch.test/v1/web/reservations/rsv_1/dial-intent');
  expect(intent.init.headers).toMatchObject({ Authorization: 'Bearer k' });
});

test('towards its end a number can be kept; how long is for the switch to say', async () => {
  click('wl-button');
  await settle();
  click('wl-option-dial');
  await settle();
  expect(find('wl-keep')!.hidden).toBe(true);
  Socket.last.say({ expires_at: new Date(Date.now() + 60_000).toISOString() });
  expect(find('wl-keep')!.hidden).toBe(false);
  answer = () => [204, null];
  click('wl-keep');
  await settle();
  expect(calls.at(-1)).toMatchObject({ url: 'https://switch.test/v1/web/reservations/rsv_1/renew', init: { method: 'POST', headers: { Authorization: 'Bearer k' } } });
  expect(find('wl-keep')!.hidden).toBe(false);
  answer = () => [409, { code: 'max_hold' }];
  click('wl-keep');
  await settle();
  expect(find('wl-problem')?.textContent).toMatch(/cannot hold it any longer/);
  Socket.last.say({ expires_at: new Date(Date.now() + 280_000).toISOString() });
  expect(find('wl-keep')!.hidden).toBe(true);
});

test('call me needs a number and the consent, and sends both', async () => {
  click('wl-button');
  await settle();
  click('wl-option-callme');
  const submit = (): void => void root.querySelector('form')!.dispatchEvent(new Event('submit', { cancelable: true }));
  submit();
  expect(root.querySelector('#wl-error')?.textContent).toMatch(/whole phone number/);
  const number = find('wl-callme-number') as HTMLInputElement;
  number.value = '0171 5550142';
  submit();
  expect(root.querySelector('#wl-error')?.textContent).toMatch(/if you agree/);
  (find('wl-consent') as HTMLInputElement).checked = true;
  root.querySelector('form')!.dispatchEvent(new Event('change'));
  submit();
  await settle();
  expect(posted('/v1/web/reservations')).toMatchObject({ mode: 'callme', number: '+491715550142', consent: { version: '2026-11', call: true } });
});

test('a refusal is said in words and nothing typed is lost', async () => {
  click('wl-button');
  await settle();
  click('wl-option-callme');
  (find('wl-callme-number') as HTMLInputElement).value = '0900 1234567';
  (find('wl-consent') as HTMLInputElement).checked = true;
  root.querySelector('form')!.dispatchEvent(new Event('input'));
  answer = () => [422, { code: 'number_not_allowed', status: 422 }];
  root.querySelector('form')!.dispatchEvent(new Event('submit', { cancelable: true }));
  await settle();
  expect(find('wl-problem')?.textContent).toMatch(/cannot call this number/);
  expect((find('wl-callme-number') as HTMLInputElement).value).toBe('0900 1234567');
});

test('Escape closes and gives the focus back', async () => {
  click('wl-button');
  await settle();
  expect(root.activeElement?.getAttribute('data-testid')).toBe('wl-option-dial');
  root.querySelector('.sheet')!.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }));
  expect(root.querySelector<HTMLElement>('.sheet')!.hidden).toBe(true);
  expect(root.activeElement?.getAttribute('data-testid')).toBe('wl-button');
});

test('only what works is offered', async () => {
  answer = () => [200, { visitor: 'v', consent_version: '1', countries: [], modes: ['dial'] }];
  click('wl-button');
  await settle();
  expect(find('wl-option-dial')).not.toBeNull();
  expect(find('wl-option-browser')).toBeNull();
});

test('c9 who waits on his phone asks to be called instead, and keeps what he has where that is refused', async () => {
  click('wl-button');
  await settle();
  click('wl-option-dial');
  await settle();
  expect(find('wl-instead')).toBeNull();
  Socket.last.say({ state: 'waiting', position: 2 });
  await settle();
  expect(find('wl-state')?.dataset.state).toBe('waiting');
  click('wl-instead');
  const form = () => {
    (find('wl-callme-number') as HTMLInputElement).value = '0151 23456789';
    (find('wl-consent') as HTMLInputElement).checked = true;
    root.querySelector('form')!.dispatchEvent(new Event('input'));
    root.querySelector('form')!.dispatchEvent(new Event('submit', { cancelable: true }));
  };
  answer = () => [422, { code: 'number_not_allowed', status: 422 }];
  form();
  await settle();
  expect(find('wl-problem')?.textContent).toMatch(/cannot call this number/);
  // His place on the phone is told all the same.
  Socket.last.say({ state: 'waiting', position: 1 });
  root.querySelector<HTMLElement>('[data-key="back"]')!.click();
  await settle();
  expect(find('wl-state')?.dataset.state).toBe('waiting');
  expect(root.textContent).toContain('You are next');
  answer = () => [201, { ...VIEW, id: 'rsv_2', mode: 'callme', state: 'waiting', position: 1, number: null, number_display: null, stream: '/v1/web/stream?token=u', key: 'k' }];
  click('wl-instead');
  form();
  await settle();
  expect(JSON.parse(String(calls.at(-1)?.init?.body))).toMatchObject({ mode: 'callme', number: '+4915123456789' });
  expect(find('wl-state')?.textContent).toBe('We call you as soon as someone is free');
  expect(find('wl-instead')).toBeNull();
});

test('c8 what a call goes over to is shown beside it, and how that ends', async () => {
  click('wl-button');
  await settle();
  click('wl-option-dial');
  await settle();
  expect(find('wl-come-here')).toBeNull();
  const talk = { state: 'talking', channel: 'phone' } as const;
  Socket.last.say(talk);
  await settle();
  expect(find('wl-come-here')?.textContent).toBe('Talk from here');
  // Asked for in another tab of this page.
  const to: ReservationView = { ...VIEW, id: 'rsv_2', number: '+493012345004', number_display: '030 12345004' };
  Socket.last.say({ ...talk, change: to });
  await settle();
  expect(find('wl-change')?.textContent).toMatch(/Call this number to go on.*Alice stays with you/);
  expect(find('wl-number')?.getAttribute('href')).toBe('tel:+493012345004');
  expect(find('wl-come-here')).toBeNull();
  answer = () => [204, null];
  click('wl-stay');
  await settle();
  expect(calls.at(-1)).toMatchObject({ url: 'https://switch.test/v1/web/reservations/rsv_1/channel', init: { method: 'DELETE' } });
  expect(find('wl-change')).toBeNull();
  Socket.last.say({ ...talk, change: { ...to, mode: 'callme', state: 'ended', reason: 'busy' } });
  await settle();
  expect(find('wl-change-over')?.textContent).toBe('Your line was busy. Your call goes on here.');
  expect(find('wl-state')?.dataset.state).toBe('talking');
});

test('cancel withdraws the request', async () => {
  click('wl-button');
  await settle();
  click('wl-option-dial');
  await settle();
  answer = () => [204, null];
  click('wl-cancel');
  await settle();
  expect(calls.at(-1)).toMatchObject({ url: 'https://switch.test/v1/web/reservations/rsv_1', init: { method: 'DELETE' } });
  expect(find('wl-state')?.textContent).toBe('Canceled');
});

test('what is pressed stays until it is let go, whatever arrives meanwhile', async () => {
  click('wl-button');
  await settle();
  click('wl-option-dial');
  await settle();
  const cancel = find('wl-cancel')!;
  const field = document.body.appendChild(document.createElement('input'));
  field.focus();
  cancel.dispatchEvent(new Event('pointerdown', { bubbles: true, composed: true }));
  cancel.focus(); // as a press does: the page's own field loses the focus to it
  await settle();
  Socket.last.say({ state: 'waiting', position: 1 });
  expect(cancel.isConnected).toBe(true);
  expect(find('wl-state')?.dataset.state).toBe('held');
  dispatchEvent(new Event('pointerup'));
  await settle();
  expect(find('wl-state')?.dataset.state).toBe('waiting');
});
