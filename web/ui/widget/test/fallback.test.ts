// @vitest-environment jsdom
// No number is to be had, or no longer: the page follows what it is offered, and is the phone itself (E9, E10).
import type { ReservationView } from '@warmline/shared/contract';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Controller } from '../src/controller.ts';
import { stringsFor } from '../src/strings.ts';
import { Ui } from '../src/ui.ts';

const DIAL: ReservationView = {
  id: 'rsv_1', mode: 'dial', state: 'held', since: new Date().toISOString(), number: '+493012345003', number_display: '030 12345003', pin: '483026', shared: false,
  expires_at: new Date(Date.now() + 300_000).toISOString(), agent: { display_name: 'Alice' }, wait: { p50_secs: 0, p90_secs: 0 }, position: null, trace_id: '', reason: null,
};
const HERE: Partial<ReservationView> = { mode: 'browser', number: null, number_display: null, pin: null };
const TICKET: Partial<ReservationView> = { ...HERE, mode: 'ticket', state: 'waiting', expires_at: null, agent: null, wait: null };

class Socket {
  static last: Socket;
  onmessage: ((event: { data: string }) => void) | null = null;
  constructor(readonly url: string) {
    Socket.last = this;
  }
  close(): void {}
  send(): void {}
  say(view: Partial<ReservationView>): void {
    this.onmessage?.({ data: JSON.stringify({ type: 'view', view: 'reservation', data: { ...DIAL, ...view } }) });
  }
}

let posted: { method: string; path: string; body: Record<string, unknown> }[];
let refused: boolean;
let granted: Partial<ReservationView> & { token?: string };
let modes: string[];
let root: ShadowRoot;
let stopped: number;
let microphone: () => Promise<unknown>;

const find = (id: string): HTMLElement | null => root.querySelector<HTMLElement>(`[data-testid="${id}"]`);
const click = (id: string): void => find(id)!.click();
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
const words = (): string => root.querySelector('.sheet')!.textContent ?? '';
const asked = (path: string) => posted.filter((row) => row.path === path);

beforeEach(() => {
  posted = [];
  granted = {};
  refused = false;
  modes = ['dial', 'callme', 'browser'];
  stopped = 0;
  const track = { stop: () => (stopped += 1), enabled: true };
  microphone = async () => ({ getTracks: () => [track], getAudioTracks: () => [track] });
  vi.stubGlobal('fetch', async (url: string, { method = 'GET', body }: RequestInit) => {
    const path = new URL(url).pathname;
    posted.push({ method, path, body: body ? JSON.parse(String(body)) : {} });
    if (path === '/v1/web/sessions') return new Response(JSON.stringify({ visitor: 'wlv_1', consent_version: '2026-11', countries: ['DE'], modes }));
    if (path === '/v1/web/calls') return new Response(JSON.stringify({ sdp: 'v=0 answer' }), { status: 201 });
    if (refused) return new Response(JSON.stringify({ code: 'too_many' }), { status: 429 });
    if (method === 'DELETE') return new Response(null, { status: 204 });
    return new Response(JSON.stringify({ ...DIAL, ...granted, stream: '/v1/web/stream?token=t', key: 'k' }), { status: 201 });
  });
  vi.stubGlobal('WebSocket', Socket);
  vi.stubGlobal('matchMedia', () => ({ matches: false }));
  class Peer extends EventTarget {
    localDescription = { sdp: 'v=0 offer' };
    iceGatheringState = 'complete';
    addTrack(): void {}
    close(): void {}
    async createOffer(): Promise<object> {
      return {};
    }
    async setLocalDescription(): Promise<void> {}
    async setRemoteDescription(): Promise<void> {}
  }
  vi.stubGlobal('RTCPeerConnection', Peer);
  Object.defineProperty(navigator, 'mediaDevices', { configurable: true, value: { getUserMedia: () => microphone() } });
  localStorage.clear();
  sessionStorage.clear();
  document.body.innerHTML = '<warm-host></warm-host>';
  const host = document.querySelector<HTMLElement>('warm-host')!;
  root = host.attachShadow({ mode: 'open' });
  let ui: Ui | null = null;
  const controller = new Controller({ origin: 'https://switch.test', site: 'shop', params: [] }, host, document.createElement('audio'), () => ui?.draw(), () => ({ language: 'en', close: () => ui?.close() }));
  ui = new Ui(root, host, stringsFor('en'), 'en', () => controller);
  ui.draw();
});
afterEach(() => {
  vi.unstubAllGlobals();
  Reflect.deleteProperty(navigator, 'mediaDevices');
});

async function dial(): Promise<void> {
  click('wl-button');
  await settle();
  click('wl-option-dial');
  await settle();
}

test('c4 a ticket shows its number and place, and goes on by itself when it is his turn', async () => {
  granted = { ...TICKET, position: 3, ticket: { number: 17, turn: false } };
  await dial();
  expect(find('wl-state')?.textContent).toBe('Your ticket: 17');
  expect(words()).toContain('You are number 3 in line. Stay on this page');
  Socket.last.say({ ...TICKET, position: 1, ticket: { number: 17, turn: false } });
  expect(words()).toContain('You are next. Stay on this page');
  expect(asked('/v1/web/reservations')).toHaveLength(1);
  granted = { id: 'rsv_2' };
  Socket.last.say({ ...TICKET, position: null, ticket: { number: 17, turn: true } });
  await settle();
  expect(asked('/v1/web/reservations').map(({ body }) => body.mode)).toEqual(['dial', 'dial']);
  expect(words()).toContain('030 12345003');
});

test('c4 a turn that is refused is asked for once, and one that was missed says that all lines are busy', async () => {
  granted = { ...TICKET, position: 1, ticket: { number: 17, turn: false } };
  await dial();
  refused = true;
  for (let told = 0; told < 3; told += 1) {
    Socket.last.say({ ...TICKET, position: null, ticket: { number: 17, turn: true } });
    await settle();
  }
  expect(asked('/v1/web/reservations')).toHaveLength(2);
  Socket.last.say({ ...TICKET, state: 'ended', reason: 'expired' });
  expect(find('wl-state')?.textContent).toBe('All lines are busy');
});

test('e9 without a number the page says so and is the phone, by one click', async () => {
  granted = { ...HERE, token: 'first' };
  await dial();
  expect(find('wl-state')?.textContent).toBe('No number works right now');
  expect(words()).not.toMatch(/Dial it/);
  expect(root.querySelector('#wl-title')?.textContent).toBe('Talk from here');
  expect(find('wl-instead')).not.toBeNull();
  expect(find('wl-cancel')).not.toBeNull();
  expect(asked('/v1/web/calls')).toEqual([]);
  granted = { ...HERE, token: 'second' };
  click('wl-talk-here');
  await settle();
  // The same request once more: its token is fresh, whatever the page waited.
  expect(asked('/v1/web/reservations').map(({ body }) => body.mode)).toEqual(['dial', 'dial']);
  expect(asked('/v1/web/calls')[0]?.body).toEqual({ reservation: 'rsv_1', token: 'second', sdp: 'v=0 offer' });
  expect(find('wl-mute')).not.toBeNull();
  Socket.last.say({ ...HERE, state: 'talking', channel: 'browser' });
  expect(find('wl-state')?.textContent).toBe('Talking with Alice');
  expect(find('wl-hangup')).not.toBeNull();
});

test('e10 an open page follows its trunk down, and up again', async () => {
  await dial();
  expect(find('wl-number')).not.toBeNull();
  Socket.last.say(HERE);
  expect(find('wl-number')).toBeNull();
  expect(find('wl-state')?.textContent).toBe('No number works right now');
  expect(find('wl-talk-here')).not.toBeNull();
  Socket.last.say({});
  expect(find('wl-number')?.getAttribute('href')).toBe('tel:+493012345003');
  expect(find('wl-talk-here')).toBeNull();
  // It came back while he was asked for the microphone: he dials, and the microphone is let go.
  Socket.last.say(HERE);
  click('wl-talk-here');
  await settle();
  expect(asked('/v1/web/calls')).toEqual([]);
  expect(stopped).toBe(1);
  expect(find('wl-number')).not.toBeNull();
  expect(find('wl-mute')).toBeNull();
});

test('e10 a microphone that is refused leaves what else there is', async () => {
  granted = HERE;
  await dial();
  microphone = () => Promise.reject(new DOMException('', 'NotAllowedError'));
  click('wl-talk-here');
  await settle();
  expect(find('wl-problem')?.textContent).toMatch(/microphone is blocked/);
  expect(find('wl-talk-here')).not.toBeNull();
  expect(find('wl-instead')).not.toBeNull();
  // Canceled while the browser asks for it: nothing begins.
  let allow = (_: unknown): void => undefined;
  microphone = () => new Promise((resolve) => (allow = resolve));
  click('wl-talk-here');
  expect(words()).toContain('Your browser asks');
  click('wl-cancel');
  await settle();
  allow({ getTracks: () => [{ stop: () => (stopped += 1) }] });
  await settle();
  expect(find('wl-state')?.textContent).toBe('Canceled');
  expect(stopped).toBe(1);
  expect(asked('/v1/web/reservations')).toHaveLength(1);
});

test('e9 where nobody can be reached that is said, with what else there is', async () => {
  granted = TICKET;
  await dial();
  expect(find('wl-state')?.textContent).toBe('Nobody can talk right now');
  expect(words()).not.toMatch(/kept|Dial it/);
  expect(find('wl-talk-here')).toBeNull();
  expect(find('wl-instead')).not.toBeNull();
  click('wl-other');
  expect(find('wl-option-callme')).not.toBeNull();
  // Also who asked to talk from here has no call to mute.
  click('wl-option-browser');
  await settle();
  expect(find('wl-state')?.textContent).toBe('Nobody can talk right now');
  expect(find('wl-mute')).toBeNull();
  expect(stopped).toBe(1);
});

test('where the page cannot be a phone that is said before any click, and the microphone is never asked for', async () => {
  let opened = 0;
  let permission = 'denied';
  let kinds = ['audioinput'];
  const getUserMedia = async () => (opened += 1);
  const devices = { getUserMedia, enumerateDevices: async () => kinds.map((kind) => ({ kind })) };
  Object.defineProperty(navigator, 'mediaDevices', { configurable: true, value: devices });
  Object.defineProperty(navigator, 'permissions', { configurable: true, value: { query: async () => ({ state: permission }) } });
  const row = () => find('wl-option-browser') as HTMLButtonElement;
  const again = async () => {
    click('wl-button');
    document.dispatchEvent(new Event('visibilitychange'));
    click('wl-button');
    await settle();
  };
  click('wl-button');
  await settle();
  expect(row().textContent).toContain('microphone is blocked');
  expect(row().disabled, 'he may have allowed it since').toBe(false);
  permission = 'prompt';
  kinds = ['videoinput'];
  await again();
  expect(row().textContent).toContain('No microphone was found');
  expect(row().disabled).toBe(true);
  granted = HERE;
  click('wl-option-dial');
  await settle();
  expect(words()).toContain('No microphone was found');
  expect(find('wl-talk-here')).toBeNull();
  expect(find('wl-instead')).not.toBeNull();
  click('wl-other');
  Object.defineProperty(navigator, 'mediaDevices', { configurable: true, value: undefined });
  await again();
  expect(row().textContent).toContain('may not use a microphone');
  expect(row().disabled).toBe(true);
  Object.defineProperty(navigator, 'mediaDevices', { configurable: true, value: devices });
  kinds = ['audioinput'];
  await again();
  expect(row().textContent).toContain('this device');
  expect(row().disabled).toBe(false);
  expect(opened).toBe(0);
  Reflect.deleteProperty(navigator, 'permissions');
});

test('only what the site offers is offered instead', async () => {
  modes = ['dial'];
  granted = HERE;
  await dial();
  expect(find('wl-talk-here')).not.toBeNull();
  expect(find('wl-instead')).toBeNull();
});

test('the link of a shared number keys in its code; that of his own number does not', async () => {
  await dial();
  expect(find('wl-number')?.getAttribute('href')).toBe('tel:+493012345003');
  Socket.last.say({ shared: true });
  expect(find('wl-number')?.getAttribute('href')).toBe('tel:+493012345003,,483026');
});
