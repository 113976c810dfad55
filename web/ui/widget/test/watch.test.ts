// @vitest-environment jsdom
// What a watched page tells, and when it tells nothing.
import type { ActivityReply, ActivityRequest } from '@warmline/shared/contract_watch';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readConfig } from '../src/config.ts';
import { activity, follow } from '../src/watch/index.ts';
import { Sender } from '../src/watch/sender.ts';
import type { Said, Widget } from '../src/watch/widget.ts';

const REPLY: ActivityReply = { watch: true, next_secs: 15, invitation: null };
let sent: ActivityRequest[];
let beacons: ActivityRequest[];
let at: number[];
let answer: () => Response | Promise<Response>;
let said: Said[];
let widget: Widget;
let visible: DocumentVisibilityState;
/** Each test's page is left at its end. */
let leave: () => void;

const kinds = (): string[] => sent.flatMap(({ events }) => events.map(({ kind }) => kind));
const reply = (more: Partial<ActivityReply> = {}): Response => new Response(JSON.stringify({ ...REPLY, ...more }), { status: 202 });
const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const see = (state: DocumentVisibilityState): void => {
  visible = state;
  document.dispatchEvent(new Event('visibilitychange'));
};

function begin(more: Partial<Widget> = {}): void {
  const host = document.body.appendChild(document.createElement('warm-host'));
  widget = {
    origin: 'https://switch.test', site: 'shop', params: ['sku'], consent: null, language: 'en-GB', host, root: host.attachShadow({ mode: 'open' }), said,
    part: () => Promise.reject(new Error('not asked for')), knows: vi.fn(), forget: vi.fn(), busy: () => false, open: vi.fn(), ...more,
  };
  follow(widget);
}

beforeEach(() => {
  vi.useFakeTimers();
  [sent, beacons, at, said, visible] = [[], [], [], [], 'visible'];
  answer = () => reply();
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    expect([url, init.credentials, (init.headers as Record<string, string>)['Content-Type']]).toEqual(['https://switch.test/v1/web/activity', 'omit', 'text/plain']);
    sent.push(JSON.parse(String(init.body)));
    at.push(performance.now());
    return answer();
  });
  navigator.sendBeacon = (url, body) => {
    expect(String(url)).toBe('https://switch.test/v1/web/activity');
    beacons.push(JSON.parse(String(body)));
    return true;
  };
  vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() => visible);
  document.body.innerHTML = '';
  document.title = 'Printer 42';
  history.replaceState(null, '', '/printers/42?sku=7&email=jane%40dove.test#top');
  localStorage.clear();
  sessionStorage.clear();
  // Ends what the test has begun: listeners, timers and the page's own functions are as before.
  leave = () => said.push(['consent', 'refused']);
});
afterEach(() => {
  leave();
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

test('the page is told first, with its harmless parameters only, then how long it is looked at, as often as the switch likes', async () => {
  answer = () => reply({ next_secs: sent.length < 2 ? 15 : 30 });
  begin();
  await pass(0);
  expect(sent[0]).toMatchObject({ site: 'shop', consent: 'unknown', storage: true, language: 'en-GB', page: { title: 'Printer 42' } });
  expect(sent[0]!.page.url).toBe(`${location.origin}/printers/42?sku=7`);
  expect(sent[0]!.events).toEqual([{ kind: 'view', url: sent[0]!.page.url, title: 'Printer 42', ago: 0 }]);
  expect(JSON.stringify(sent)).not.toContain('jane');
  await pass(18_500);
  expect(sent[1]!.events).toMatchObject([{ kind: 'dwell', secs: 15 }]);
  await pass(30_000);
  expect(sent[2]!.events).toMatchObject([{ kind: 'dwell', secs: 45 }]);
});

test('seconds count while the page is seen, and no others', async () => {
  begin();
  await pass(5_000);
  see('hidden');
  expect(beacons).toMatchObject([{ events: [{ kind: 'dwell', secs: 5 }] }]);
  await pass(600_000);
  expect(sent).toHaveLength(1);
  see('visible');
  await pass(14_000);
  expect(sent.at(-1)!.events).toMatchObject([{ kind: 'view' }]);
  await pass(6_000);
  expect(sent.at(-1)!.events).toMatchObject([{ kind: 'dwell', secs: 20 }]);
});

test('a page that changes without being loaded is another page, and the page’s own ways to do that stay whole', async () => {
  const native = history.pushState;
  const before = vi.fn(function (this: History, ...args: Parameters<History['pushState']>) {
    if (args[2] === '/forbidden') throw new TypeError('not there');
    return Reflect.apply(native, this, args);
  });
  history.pushState = before;
  begin();
  await pass(7_000);
  const ours = history.pushState;
  const after = vi.fn(function (this: History, ...args: Parameters<History['pushState']>) {
    return Reflect.apply(ours, this, args);
  });
  history.pushState = after;
  const state = { step: 2 };
  history.pushState(state, '', '/cart?token=secret');
  expect([history.state, before.mock.calls.length, after.mock.calls.length]).toEqual([state, 1, 1]);
  document.title = 'Your cart';
  expect(() => history.pushState(null, '', '/forbidden')).toThrow('not there');
  await pass(2_000);
  const told = sent.slice(1);
  expect(told.map(({ page, events }) => [page.title, events.map(({ kind }) => kind)])).toEqual([['Printer 42', ['dwell']], ['Your cart', ['view']]]);
  expect(told[1]!.page.url).toBe(`${location.origin}/cart`);
  // The same page by another fragment is no other page.
  history.replaceState(null, '', '/cart#pay');
  dispatchEvent(new PopStateEvent('popstate'));
  await pass(3_000);
  expect(kinds().filter((kind) => kind === 'view')).toHaveLength(2);
  leave();
  expect(history.pushState, 'who has wrapped ours keeps his').toBe(after);
  history.pushState(null, '', '/elsewhere');
  const count = sent.length;
  await pass(5_000);
  expect(sent).toHaveLength(count);
  history.pushState = native;
});

test('at most one parcel a second and 32 events in each, of one page', async () => {
  begin();
  for (let n = 0; n < 50; n += 1) said.push(['activity', 'purchase', n]);
  await pass(10_000);
  expect(sent.map(({ events }) => events.length)).toEqual([32, 19]);
  for (let n = 1; n < at.length; n += 1) expect(at[n]! - at[n - 1]!).toBeGreaterThanOrEqual(1_000);
});

test('a body is never larger than the switch takes, and what waits is bounded', async () => {
  answer = () => new Response(null, { status: 503 });
  begin();
  const text = '😀'.repeat(150);
  for (let n = 0; n < 500; n += 1) said.push(['activity', 'note', text]);
  await pass(400_000);
  for (const body of sent) expect(new TextEncoder().encode(JSON.stringify(body)).length).toBeLessThanOrEqual(16_384);
  answer = () => reply();
  const before = sent.length;
  await pass(900_000);
  const events = sent.slice(before).flatMap((body) => body.events);
  expect(events.filter(({ kind }) => kind === 'custom').length).toBeLessThanOrEqual(64);
  expect(events[0]!.kind).toBe('view');
});

test.each([429, 503])('%i: not before the switch likes it, and nothing is lost', async (status) => {
  answer = () => new Response(null, { status, headers: { 'Retry-After': '40' } });
  begin();
  await pass(39_000);
  expect(sent).toHaveLength(1);
  see('hidden');
  expect(beacons, 'nor a farewell').toEqual([]);
  see('visible');
  answer = () => reply();
  await pass(2_000);
  expect(sent).toHaveLength(2);
  expect(sent[1]!.events[0]).toMatchObject({ kind: 'view', ago: 40_000 });
});

test('where it is refused nothing more is sent; where the network is gone it is tried less and less often', async () => {
  answer = () => new Response(null, { status: 403 });
  begin();
  await pass(120_000);
  expect(sent).toHaveLength(1);
  leave();
  answer = () => Promise.reject(new TypeError('offline'));
  said = [];
  begin();
  await pass(70_000);
  expect(at.slice(1).map((time, n, all) => (n ? Math.round((time - all[n - 1]!) / 1000) : 0))).toEqual([0, 5, 10, 20]);
});

test('the switch does not watch: one question, and silence until the visitor has agreed', async () => {
  answer = () => reply({ watch: false });
  begin();
  await pass(0);
  history.pushState(null, '', '/other');
  said.push(['activity', 'cart', { value: 129, items: 2 }]);
  await pass(120_000);
  see('hidden');
  dispatchEvent(new Event('pagehide'));
  expect([sent.length, beacons.length, localStorage.length + sessionStorage.length]).toEqual([1, 0, 0]);
  see('visible');
  answer = () => reply({ identity: 'sealed', visit: 'v' });
  said.push(['consent', 'granted']);
  await pass(2_000);
  expect(sent[1]).toMatchObject({ consent: 'granted' });
  expect(localStorage.getItem('warmline.identity.shop')).toBe('sealed');
  answer = () => reply({ watch: false });
  said.push(['activity', 'purchase', 1]);
  await pass(2_000);
  const count = sent.length;
  said.push(['consent', 'granted'], ['consent', 'granted']);
  await pass(20_000);
  expect(sent, 'said again it is no change').toHaveLength(count);
});

test('a tag that says the visitor will be asked sends nothing before; then also the cart of before', async () => {
  begin({ consent: 'ask' });
  said.push(['activity', 'cart', { value: 129, items: 2 }]);
  await pass(60_000);
  dispatchEvent(new Event('pagehide'));
  expect([sent, beacons]).toEqual([[], []]);
  said.push(['consent', 'granted']);
  await pass(2_000);
  expect(kinds()).toEqual(['view', 'cart']);
});

test('an identity is kept and told where the switch gives one; a visit as long as the tab', async () => {
  answer = () => reply({ visit: 'this-visit', visitor: 'wlv_1' });
  begin();
  await pass(20_000);
  expect([localStorage.getItem('warmline.identity.shop'), sessionStorage.getItem('warmline.visit.shop')]).toEqual([null, 'this-visit']);
  expect(sent[1]).toMatchObject({ visit: 'this-visit' });
  expect(sent[1]).not.toHaveProperty('identity');
  expect(widget.knows).toHaveBeenCalledWith('wlv_1', false);
  answer = () => reply({ identity: 'sealed', visit: 'this-visit', visitor: 'wlv_1' });
  said.push(['consent', 'granted']);
  await pass(40_000);
  expect(sent.at(-1)).toMatchObject({ consent: 'granted', identity: 'sealed' });
  expect(widget.knows).toHaveBeenLastCalledWith('wlv_1', true);
});

test('whose page is left before the first answer is the same one on the next; kept only where he has agreed', async () => {
  answer = () => new Promise<Response>(() => undefined);
  begin({ consent: 'granted' });
  await pass(0);
  const nonce = sent[0]!.nonce!;
  expect(nonce).toMatch(/^[0-9a-f]{32}$/);
  expect(localStorage.getItem('warmline.nonce.shop')).toBe(nonce);
  dispatchEvent(new Event('pagehide'));
  expect(beacons.at(-1)).toMatchObject({ nonce, events: [{ kind: 'leave' }] });
  // The next page, and its answer.
  answer = () => reply({ identity: 'sealed' });
  const first = said;
  said = [];
  begin({ consent: 'granted' });
  await pass(0);
  expect(sent[1]).toMatchObject({ nonce });
  expect([localStorage.getItem('warmline.identity.shop'), localStorage.length]).toEqual(['sealed', 1]);
  await pass(20_000);
  expect(sent.at(-1)).not.toHaveProperty('nonce');
  first.push(['consent', 'refused']);
});

test('who was not answered yet and withdraws is forgotten there, too; who has not agreed keeps nothing', async () => {
  answer = () => new Promise<Response>(() => undefined);
  begin();
  await pass(0);
  const { nonce } = sent[0]!;
  expect([nonce?.length, localStorage.length]).toEqual([32, 0]);
  said.push(['consent', 'refused']);
  expect(beacons).toMatchObject([{ consent: 'refused', nonce, events: [] }]);
  said.push(['consent', 'granted']);
  await pass(1_000);
  expect(sent[1]!.nonce).toMatch(/^[0-9a-f]{32}$/);
  expect(sent[1]!.nonce).not.toBe(nonce);
});

test('who withdraws is left alone at once, what lies here is gone, and the switch is told once', async () => {
  answer = () => reply({ identity: 'sealed', visit: 'v', stream: '/v1/web/watch?token=t' });
  class Socket {
    static closed = 0;
    close = (): number => (Socket.closed += 1);
    send(): void {}
  }
  vi.stubGlobal('WebSocket', Socket);
  begin({ consent: 'granted' });
  await pass(0);
  said.push(['consent', 'refused']);
  expect(beacons).toMatchObject([{ consent: 'refused', identity: 'sealed', visit: 'v', events: [] }]);
  expect([localStorage.length, sessionStorage.length, Socket.closed]).toEqual([0, 0, 1]);
  expect(widget.forget).toHaveBeenCalled();
  said.push(['activity', 'cart', { value: 1 }], ['consent', 'refused']);
  await pass(120_000);
  dispatchEvent(new Event('pagehide'));
  expect([sent.length, beacons.length]).toEqual([1, 1]);
});

test('what is withdrawn in one tab is not told by another', async () => {
  answer = () => reply({ identity: 'sealed', stream: '/v1/web/watch?token=t' });
  begin({ consent: 'granted' });
  await pass(0);
  const changed = (key: string | null, oldValue: string | null): boolean => dispatchEvent(new StorageEvent('storage', { key, oldValue, newValue: null }));
  // Something else of the shop's goes.
  changed('basket', '3');
  await pass(20_000);
  const before = sent.length;
  expect(before).toBeGreaterThan(1);
  localStorage.removeItem('warmline.identity.shop');
  changed('warmline.identity.shop', 'sealed');
  await pass(60_000);
  expect([sent.length, localStorage.length, beacons.length]).toEqual([before, 0, 0]);
  // Until the shop says here that he has agreed.
  said.push(['consent', 'refused'], ['consent', 'granted']);
  await pass(0);
  expect(sent.length).toBe(before + 1);
});

test('who is forgotten is somebody new from then on, with a stream of his own', async () => {
  const opened: string[] = [];
  class Socket {
    static closed = 0;
    constructor(url: string) {
      opened.push(new URL(url).search);
    }
    close = (): number => (Socket.closed += 1);
    send(): void {}
  }
  vi.stubGlobal('WebSocket', Socket);
  answer = () => reply({ identity: `sealed ${sent.length}`, visit: `visit ${sent.length}`, stream: `/v1/web/watch?token=${sent.length}` });
  begin({ consent: 'granted' });
  await pass(2_000);
  said.push(['activity', 'before', 1], ['forget']);
  expect([localStorage.length, sessionStorage.length, Socket.closed]).toEqual([0, 0, 1]);
  await pass(4_000);
  expect(sent).toHaveLength(2);
  expect(sent[1]).toMatchObject({ consent: 'granted', events: [{ kind: 'view' }] });
  expect(sent[1]).not.toHaveProperty('identity');
  expect(sent[1]).not.toHaveProperty('visit');
  expect([localStorage.getItem('warmline.identity.shop'), opened]).toEqual(['sealed 2', ['?token=1', '?token=2']]);
});

test('an answer that comes after the withdrawal keeps nothing', async () => {
  let done: (response: Response) => void = () => undefined;
  answer = () => new Promise((resolve) => (done = resolve));
  begin({ consent: 'granted' });
  await pass(0);
  said.push(['consent', 'refused']);
  done(reply({ identity: 'sealed', visit: 'v', visitor: 'wlv_1' }));
  await pass(1_000);
  expect([localStorage.length, sessionStorage.length]).toEqual([0, 0]);
  expect(widget.knows).not.toHaveBeenCalled();
});

test('a page loaded after he has refused sends nothing, but for what lies here from before', async () => {
  begin({ consent: 'refused' });
  await pass(60_000);
  expect([sent, beacons]).toEqual([[], []]);
  localStorage.setItem('warmline.identity.shop', 'sealed');
  begin({ consent: 'refused' });
  expect(beacons).toMatchObject([{ consent: 'refused', identity: 'sealed' }]);
  expect(localStorage.length).toBe(0);
});

test('where the browser keeps nothing the switch is told, and all else works', async () => {
  for (const name of ['localStorage', 'sessionStorage'] as const) vi.spyOn(window, name, 'get').mockImplementation(() => { throw new DOMException('denied'); });
  answer = () => reply({ identity: 'sealed', visit: 'v' });
  begin({ consent: 'granted' });
  await pass(20_000);
  expect(sent[0]!.storage).toBe(false);
  expect(sent[1], 'this page is one visit all the same').toMatchObject({ storage: false, visit: 'v', events: [{ kind: 'dwell' }] });
  said.push(['consent', 'refused']);
  expect(beacons).toMatchObject([{ consent: 'refused', visit: 'v' }]);
});

test('fields that were found invalid are told by their names, never with what is in them, and ten at most', async () => {
  begin();
  document.body.innerHTML = '<form><input name="postcode" value="secret" required><input id="town" value="hidden"></form>';
  const [postcode, town] = document.querySelectorAll('input');
  postcode!.dispatchEvent(new Event('invalid'));
  town!.dispatchEvent(new Event('invalid'));
  for (let n = 0; n < 20; n += 1) postcode!.dispatchEvent(new Event('invalid'));
  await pass(4_000);
  const errors = sent.flatMap(({ events }) => events).filter(({ kind }) => kind === 'error');
  expect(errors).toHaveLength(10);
  expect(errors.slice(0, 2)).toMatchObject([{ field: 'postcode' }, { field: 'town' }]);
  expect(JSON.stringify(sent)).not.toMatch(/secret|hidden/);
});

test('nobody there for a minute, and back; how far down, once each', async () => {
  begin();
  Object.defineProperty(document.documentElement, 'scrollHeight', { configurable: true, value: innerHeight * 4 });
  document.dispatchEvent(new Event('scroll'));
  await pass(1_000);
  Object.defineProperty(window, 'scrollY', { configurable: true, value: innerHeight * 3 });
  for (let n = 0; n < 3; n += 1) {
    document.dispatchEvent(new Event('scroll'));
    await pass(1_000);
  }
  await pass(62_000);
  document.dispatchEvent(new Event('pointermove'));
  await pass(4_000);
  Object.defineProperty(window, 'scrollY', { configurable: true, value: 0 });
  const other = sent.flatMap(({ events }) => events).filter(({ kind }) => kind !== 'dwell' && kind !== 'view');
  expect(other.map((event) => (event.kind === 'scroll' ? event.percent : event.kind))).toEqual([25, 50, 75, 100, 'idle', 'active']);
});

test('a page that is left says so without waiting, and one that comes back is entered anew', async () => {
  begin();
  await pass(3_000);
  dispatchEvent(new Event('pagehide'));
  expect(beacons).toMatchObject([{ events: [{ kind: 'dwell', secs: 3 }, { kind: 'leave' }] }]);
  dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
  await pass(2_000);
  expect(kinds()).toEqual(['view', 'view']);
});

test('nothing that goes wrong here reaches the page', async () => {
  const failed = vi.fn();
  process.on('unhandledRejection', failed);
  addEventListener('error', failed);
  vi.stubGlobal('fetch', () => { throw new Error('blocked'); });
  navigator.sendBeacon = () => { throw new Error('blocked'); };
  begin({ consent: 'granted', knows: () => { throw new Error('no'); } });
  said.push(['activity', 'cart', null], ['activity', { toString: null } as unknown as string, 1], ['consent', { odd: true }], ['forget']);
  await pass(30_000);
  see('hidden');
  dispatchEvent(new Event('pagehide'));
  said.push(['consent', 'refused']);
  await pass(30_000);
  process.off('unhandledRejection', failed);
  removeEventListener('error', failed);
  expect(failed).not.toHaveBeenCalled();
});

test('what the shop says, in the form of an event or not at all', () => {
  expect(activity('cart', { value: 129, items: 2 })).toEqual({ kind: 'cart', value: 129, items: 2 });
  expect(activity('cart', { value: 129 })).toEqual({ kind: 'cart', value: 129, items: 0 });
  expect(activity('purchase', 89.9)).toEqual({ kind: 'purchase', value: 89.9 });
  expect(activity('size-chart', undefined)).toEqual({ kind: 'custom', name: 'size-chart' });
  expect(activity('size-chart', 'XL')).toEqual({ kind: 'custom', name: 'size-chart', value: 'XL' });
  expect(activity('score', { value: 4 })).toEqual({ kind: 'custom', name: 'score', value: 4 });
  for (const [name, data] of [['cart', { value: -1 }], ['cart', { value: '9' }], ['cart', {}], ['purchase', Infinity], ['Big', 1], ['a'.repeat(41), 1], ['x', NaN], ['x', { value: {} }]] as const) expect(activity(name, data)).toBeNull();
});

test('only the tag says that visits are watched, and what the shop knows of the visitor’s consent', () => {
  const script = Object.assign(document.createElement('script'), { src: 'https://switch.test/widget.js' });
  script.dataset.site = 'shop';
  expect(readConfig(script)).toMatchObject({ watch: false, consent: null });
  Object.assign(script.dataset, { watch: '', consent: 'ask' });
  expect(readConfig(script)).toMatchObject({ watch: true, consent: 'ask' });
});

test('a sender that is stopped sends nothing that waits', async () => {
  const sender = new Sender({ url: 'https://switch.test/v1/web/activity', frame: (page) => ({ site: 's', consent: 'unknown', storage: true, page }), answered: () => undefined, refused: () => undefined });
  sender.add({ kind: 'active' }, { url: 'https://shop.test/', title: '' });
  sender.stop();
  await pass(10_000);
  expect(sent).toEqual([]);
});
