// @vitest-environment jsdom
// Who signed in, the number on file, and options that change while the sheet is open.
import type { SessionReply } from '@warmline/shared/contract';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readConfig } from '../src/config.ts';
import { Controller } from '../src/controller.ts';
import { stringsFor } from '../src/strings.ts';
import { Ui } from '../src/ui.ts';
import { part, sheets } from './parts.ts';

let posted: { path: string; body: Record<string, unknown> }[];
let session: Partial<SessionReply>;
let root: ShadowRoot;

const find = (id: string): HTMLElement | null => root.querySelector<HTMLElement>(`[data-testid="${id}"]`);
const settle = async (): Promise<void> => void (await vi.advanceTimersByTimeAsync(1));
const asked = (): number => posted.filter(({ path }) => path === '/v1/web/sessions').length;

function mount(identity?: () => Promise<string | null>, language = 'en', more = {}): void {
  document.body.innerHTML = '<warm-host></warm-host>';
  const host = document.querySelector<HTMLElement>('warm-host')!;
  root = host.attachShadow({ mode: 'open' });
  sheets(root);
  let ui: Ui | null = null;
  const config = { origin: 'https://switch.test', site: 'shop', params: [], part, ...(identity ? { identity } : {}), ...more };
  const controller = new Controller(config, host, document.createElement('audio'), () => ui?.draw(), () => ({ language: 'en', close: () => undefined }));
  ui = new Ui(root, host, stringsFor(language), language, () => controller);
  ui.draw();
}

beforeEach(() => {
  vi.useFakeTimers();
  posted = [];
  session = { modes: ['dial', 'callme', 'browser'] };
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    const path = new URL(url).pathname;
    posted.push({ path, body: JSON.parse(String(init.body)) });
    const base = { visitor: 'wlv_1', consent_version: '2026-11', countries: ['DE'] };
    if (path === '/v1/web/sessions') return new Response(JSON.stringify({ ...base, ...session }));
    return new Response(JSON.stringify({ code: 'number_not_allowed' }), { status: 422 });
  });
  localStorage.clear();
  sessionStorage.clear();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('who is signed in is said, and is called on the number on file without typing it', async () => {
  session = { modes: ['callme'], identity: { name: '<b>Vera</b>' }, on_file: '+49 151 ••••• 89' };
  let turn = 0;
  mount(async () => `token-${(turn += 1)}`);
  find('wl-button')!.click();
  await settle();
  expect(posted[0]!.body).toMatchObject({ site: 'shop', identity: 'token-1' });
  expect(find('wl-signed')?.textContent).toBe('Signed in as <b>Vera</b>');
  find('wl-option-callme')!.click();
  expect((find('wl-which-0') as HTMLInputElement).checked).toBe(true);
  expect(root.textContent).toContain('+49\u00a0151\u00a0•••••\u00a089');
  expect(find('wl-entry')!.hidden).toBe(true);
  (find('wl-consent') as HTMLInputElement).checked = true;
  root.querySelector('form')!.dispatchEvent(new Event('change'));
  root.querySelector('form')!.dispatchEvent(new Event('submit', { cancelable: true }));
  await settle();
  const request = posted.at(-1)!.body;
  expect(request).toMatchObject({ mode: 'callme', on_file: true, identity: 'token-2', consent: { version: '2026-11', call: true } });
  expect(request).not.toHaveProperty('number');
  const other = find('wl-which-1') as HTMLInputElement;
  other.checked = true;
  other.dispatchEvent(new Event('change'));
  expect(find('wl-entry')!.hidden).toBe(false);
});

test('without a token nothing of it is shown', async () => {
  mount();
  find('wl-button')!.click();
  await settle();
  expect(posted[0]!.body).not.toHaveProperty('identity');
  expect(find('wl-signed')).toBeNull();
  find('wl-option-callme')!.click();
  expect(find('wl-which')).toBeNull();
});

test('an open sheet learns what works, a closed one asks nothing', async () => {
  mount();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked()).toBe(0);
  find('wl-button')!.click();
  await settle();
  expect(find('wl-option-dial')).not.toBeNull();
  session = { modes: [] };
  await vi.advanceTimersByTimeAsync(11_000);
  expect(find('wl-option-dial')).toBeNull();
  expect(find('wl-closed')?.textContent).toMatch(/Nobody can talk right now/);
  session = { modes: ['browser'] };
  await vi.advanceTimersByTimeAsync(11_000);
  expect(find('wl-closed')).toBeNull();
  expect(find('wl-option-browser')).not.toBeNull();
  root.querySelector('.sheet')!.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }));
  const before = asked();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked()).toBe(before);
});

test('an open sheet in a tab that is not looked at asks nothing until it is', async () => {
  mount();
  find('wl-button')!.click();
  await settle();
  const hidden = vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
  const before = asked();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked()).toBe(before);
  hidden.mockReturnValue(false);
  document.dispatchEvent(new Event('visibilitychange'));
  await settle();
  expect(asked()).toBe(before + 1);
});

test('the token comes from the page, and one that fails is none', async () => {
  const script = document.createElement('script');
  script.src = 'https://switch.test/widget.js';
  script.dataset.site = 'shop';
  script.dataset.identity = 'from-the-tag';
  const read = (): Promise<string | null> => readConfig(script)!.identity!();
  expect(await read()).toBe('from-the-tag');
  vi.stubGlobal('warmlineIdentity', () => 'from-a-function');
  expect(await read()).toBe('from-a-function');
  vi.stubGlobal('warmlineIdentity', () => Promise.reject(new Error('the shop is down')));
  expect(await read()).toBeNull();
  vi.stubGlobal('warmlineIdentity', () => new Promise(() => undefined));
  const waited = read();
  await vi.advanceTimersByTimeAsync(3_001);
  expect(await waited).toBe('from-the-tag');
});

test.each(['en', 'de', 'es'])('words of %s', (language) => {
  const s = stringsFor(language);
  for (const text of [s.signedIn, s.signedInAs('Vera'), s.problems.identity_required]) expect(text).toBeTruthy();
});

test('what the page says goes with the request: by its script before its tag', async () => {
  const script = document.createElement('script');
  script.src = 'https://switch.test/widget.js';
  script.dataset.site = 'shop';
  script.setAttribute('data-attr-plan', 'basic');
  script.setAttribute('data-attr-cart-total', '129');
  mount(undefined, 'en', { attributes: readConfig(script)!.attributes });
  Object.assign(root.host, { pageAttributes: { plan: 'pro' } });
  find('wl-button')!.click();
  await settle();
  find('wl-option-dial')!.click();
  await settle();
  expect(posted.at(-1)!.body.page).toMatchObject({ attributes: { plan: 'pro', 'cart-total': '129' } });
});
