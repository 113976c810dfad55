// @vitest-environment jsdom
// The visitor's half of sharing his page: asked in plain words, a sign while it is seen, and a stop that holds.
import type { ReservationView, VisitorShare } from '@warmline/shared/contract';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Controller } from '../src/controller.ts';
import { Sharing } from '../src/share.ts';
import { stringsFor } from '../src/strings.ts';
import { Ui } from '../src/ui.ts';

const VIEW: ReservationView = {
  id: 'rsv_1', mode: 'dial', state: 'talking', since: new Date().toISOString(), number: null, number_display: null, pin: null,
  expires_at: null, agent: { display_name: 'Alice' }, wait: null, position: null, trace_id: '', reason: null,
};
const PUSH = { id: 3, url: 'https://help.test/returns', title: 'Returns' };

class Socket {
  static last: Socket;
  onmessage: ((event: { data: string }) => void) | null = null;
  constructor(readonly url: string) {
    Socket.last = this;
  }
  close(): void {}
  send(): void {}
  say(share: Partial<VisitorShare> | null): void {
    const whole = share && { agent: 'Alice', live: 'no', push: null, ...share };
    this.onmessage?.({ data: JSON.stringify({ type: 'view', view: 'reservation', data: { ...VIEW, share: whole } }) });
  }
}

let calls: { url: string; body: unknown }[];
let online: boolean;
let root: ShadowRoot;
let shown: (string | null)[];

const find = (id: string): HTMLElement | null => root.querySelector<HTMLElement>(`[data-testid="${id}"]`);
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
const answers = (path: string): unknown[] => calls.filter(({ url }) => url.endsWith(path)).map(({ body }) => body);

function page(): void {
  document.body.innerHTML = '<warm-host></warm-host>';
  const host = document.querySelector<HTMLElement>('warm-host')!;
  root = host.attachShadow({ mode: 'open' });
  let ui: Ui | null = null;
  const controller = new Controller({ origin: 'https://switch.test', site: 'shop', params: [] }, host, document.createElement('audio'), () => ui?.draw(), () => ({ language: 'en', close: () => undefined }));
  ui = new Ui(root, host, stringsFor('en'), 'en', () => controller);
  ui.draw();
  controller.resume();
}

beforeEach(() => {
  [calls, online, shown] = [[], true, []];
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    calls.push({ url, body: init.body ? JSON.parse(String(init.body)) : null });
    if (!online) throw new TypeError('offline');
    return new Response(null, { status: 204 });
  });
  vi.stubGlobal('WebSocket', Socket);
  vi.stubGlobal('matchMedia', () => ({ matches: false }));
  vi.spyOn(Sharing.prototype, 'settle').mockImplementation((url) => void shown.push(url));
  sessionStorage.setItem('warmline.live.shop', JSON.stringify({ id: 'rsv_1', key: 'k', stream: '/v1/web/stream?token=t', mode: 'dial', skew: 0, view: VIEW }));
  page();
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  sessionStorage.clear();
});

test('he is asked, and nothing is shown before the switch says that his yes is kept', async () => {
  Socket.last.say({ live: 'asked' });
  expect(find('wl-live-ask')!.textContent).toContain('Alice would like to see this page while you talk');
  expect(find('wl-live-on')).toBeNull();
  find('wl-live-allow')!.click();
  await settle();
  expect(answers('/rsv_1/live')).toEqual([{ allow: true }]);
  expect(shown.filter(Boolean)).toEqual([]);
  Socket.last.say({ live: 'on' });
  expect(shown.at(-1)).toBe('wss://switch.test/v1/web/live?token=t');
  expect(find('wl-live-on')!.textContent).toContain('Alice sees this page');
  Socket.last.say(null);
  expect(shown.at(-1)).toBeNull();
  expect(find('wl-live-on')).toBeNull();
});

test('e24 what he stops is stopped here at once, also without a network, and after the next page', async () => {
  Socket.last.say({ live: 'on' });
  online = false;
  find('wl-live-stop')!.click();
  expect(shown.at(-1)).toBeNull();
  expect(find('wl-live-on')).toBeNull();
  await settle();
  page();
  online = true;
  shown = [];
  Socket.last.say({ live: 'on' });
  await settle();
  expect(shown.filter(Boolean)).toEqual([]);
  expect(answers('/rsv_1/live').at(-1)).toEqual({ allow: false });
  // The switch knows; when he is asked again and says yes, it begins.
  Socket.last.say(null);
  Socket.last.say({ live: 'asked' });
  find('wl-live-allow')!.click();
  Socket.last.say({ live: 'on' });
  expect(shown.at(-1)).toBe('wss://switch.test/v1/web/live?token=t');
});

test('the sign is there whether the sheet is open or not, and asks for no focus', () => {
  Socket.last.say({ live: 'on' });
  const before = document.activeElement;
  expect(find('wl-live-on')!.closest('.dock')).not.toBeNull();
  find('wl-button')!.click();
  expect(find('wl-live-on')!.closest('.sheet')).not.toBeNull();
  find('wl-button')!.click();
  expect(find('wl-live-on')!.closest('.dock')).not.toBeNull();
  expect(document.activeElement === before || document.activeElement?.shadowRoot === root).toBe(true);
});

test('a page of elsewhere opens in a tab of its own, one that is no page is not offered', async () => {
  Socket.last.say({ push: PUSH });
  const link = find('wl-push-open')!;
  expect([link.getAttribute('href'), link.getAttribute('target'), link.getAttribute('rel')]).toEqual(['https://help.test/returns', '_blank', 'noopener noreferrer']);
  expect(find('wl-push')!.textContent).toContain('Alice suggests a page');
  find('wl-push-no')!.click();
  await settle();
  expect(answers('/rsv_1/push')).toEqual([{ push: 3, accept: false }]);
  expect(find('wl-push')).toBeNull();
  Socket.last.say({ push: { ...PUSH, url: 'javascript:alert(1)' } });
  expect(find('wl-push')).toBeNull();
  Socket.last.say({ push: { ...PUSH, title: '<img src=x onerror=alert(1)>' } });
  expect(find('wl-push')!.querySelector('img')).toBeNull();
});
