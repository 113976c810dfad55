// @vitest-environment jsdom
// Invitations: how they come, what they show, and what becomes of the answers.
import type { Invitation, InvitationAnswer } from '@warmline/shared/contract_watch';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Controller } from '../src/controller.ts';
import { Invite, openInvite } from '../src/invite/index.ts';
import { inviteWords } from '../src/invite/words.ts';
import { stringsFor } from '../src/strings.ts';
import { Ui } from '../src/ui.ts';
import { watch } from '../src/watch/index.ts';
import { Pull } from '../src/watch/pull.ts';
import type { Said } from '../src/watch/widget.ts';
import { part, sheets } from './parts.ts';

const INVITATION: Invitation = {
  id: 'inv_1', key: 'k', text: 'May I show you <b>Printer 42</b>?\nIt prints on both sides.', title: 'Hello <img src=x onerror=evil()>',
  agent: { display_name: 'Alice <i>A.</i>', picture: 'https://pictures.test/alice.jpg' }, picture: { url: '/media/42.jpg', alt: 'Printer 42' }, audio: 'https://pictures.test/hello.mp3', video: null,
  options: ['callme', 'dial', 'browser', 'chat'], later: true, number: '+49 171 ••••• 42', conference: null, kind: 'invitation', expires_at: new Date(Date.now() + 600_000).toISOString(), language: 'en',
};

let root: ShadowRoot;
let host: HTMLElement;
let answers: (InvitationAnswer & { id: string; key: string })[];
let status: number;
let busy: boolean;
let opened: unknown[][];
let done: string[];
let visible: DocumentVisibilityState;

const find = (id: string): HTMLElement | null => root.querySelector<HTMLElement>(`[data-testid="wl-${id}"]`);
const pass = (ms = 0): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const said = (): string[] => answers.map(({ answer, option }) => [answer, option].filter(Boolean).join(' '));
const invite = (): Invite =>
  openInvite({ origin: 'https://switch.test', language: 'en', host, root, busy: () => busy, open: (...all) => opened.push(all), answered: (id) => done.push(id) });
const escape = (target: EventTarget = document.body): boolean => target.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, composed: true, cancelable: true }));

beforeEach(() => {
  vi.useFakeTimers({ now: Date.now() });
  [answers, status, busy, opened, done, visible] = [[], 204, false, [], [], 'visible'];
  document.body.innerHTML = '<input id="field"><warm-host></warm-host>';
  host = document.querySelector<HTMLElement>('warm-host')!;
  root = host.attachShadow({ mode: 'open' });
  sheets(root);
  root.append(Object.assign(document.createElement('button'), { className: 'launcher' }));
  vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() => visible);
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    answers.push({ ...JSON.parse(String(init.body)), id: new URL(url).pathname.split('/').at(-1), key: (init.headers as Record<string, string>).Authorization });
    return new Response(status === 204 ? null : '{}', { status });
  });
  localStorage.clear();
  sessionStorage.clear();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

test('an invitation is a dialog that takes no focus; all its words are text, and nothing of it plays by itself', async () => {
  document.getElementById('field')!.focus();
  invite().show(INVITATION);
  await pass();
  const card = find('invite')!;
  expect([card.getAttribute('role'), card.getAttribute('aria-modal'), card.lang]).toEqual(['dialog', 'false', 'en']);
  expect(root.getElementById(card.getAttribute('aria-labelledby')!)!.textContent).toBe('Hello <img src=x onerror=evil()>');
  expect(find('invite-text')!.textContent).toContain('<b>Printer 42</b>');
  expect(card.textContent).toContain('Alice <i>A.</i>');
  expect(card.querySelector('b b, i, img[onerror]')).toBeNull();
  expect(card.querySelector('figure img')!.getAttribute('src')).toBe('https://switch.test/media/42.jpg');
  expect([find('invite-audio')!.tagName, find('invite-audio')!.textContent, root.querySelector('audio')]).toEqual(['BUTTON', 'Hear a message from Alice <i>A.</i>', null]);
  expect(document.activeElement!.id).toBe('field');
  expect(root.querySelector('[role=status]')!.textContent).toContain('May I show you');
  expect(card.nextElementSibling!.className).toBe('launcher');
  expect(answers).toEqual([{ answer: 'shown', id: 'inv_1', key: 'Bearer k' }]);
});

test('three choices in plain words, the rest in the sheet, and a no that is as large', async () => {
  invite().show(INVITATION);
  expect([...root.querySelectorAll('.answers > *')].map(({ textContent }) => textContent)).toEqual(['Call me on +49 171 ••••• 42', 'Call me at another time', 'Call us', 'No, thanks', 'Other ways to talk']);
  find('invite-others')!.click();
  await pass();
  expect([said(), opened]).toEqual([['shown', 'accepted'], [[null, { id: 'inv_1', key: 'k' }, false]]]);
  expect(find('invite')).toBeNull();
});

test.each([['callme', ['callme', { id: 'inv_1', key: 'k' }, false]], ['callme-later', ['callme', { id: 'inv_1', key: 'k' }, true]], ['dial', ['dial', { id: 'inv_1', key: 'k' }, false]]])('%s opens the sheet there, once it is accepted, and once only', async (id, expected) => {
  invite().show(INVITATION);
  const button = find(`invite-${id}`)!;
  button.click();
  button.click();
  await pass();
  expect(opened).toEqual([expected]);
  expect(said()).toEqual(['shown', `accepted ${expected[0] as string}`]);
  expect(done).toEqual(['inv_1']);
});

test('an invitation that is over meanwhile: he is helped as anybody who asks', async () => {
  const cards = invite();
  cards.show(INVITATION);
  await pass();
  status = 409;
  find('invite-dial')!.click();
  await pass();
  expect(opened).toEqual([['dial', null, false]]);
  // And one that was over before it could be read is not left standing.
  cards.show({ ...INVITATION, id: 'inv_2' });
  await pass();
  expect(find('invite')).toBeNull();
});

test('a switch that does not answer keeps nobody waiting', async () => {
  invite().show(INVITATION);
  vi.stubGlobal('fetch', () => new Promise(() => undefined));
  find('invite-browser')?.click();
  find('invite-dial')!.click();
  expect(find('invite-dial')!.getAttribute('aria-busy')).toBe('true');
  await pass(2_600);
  expect(opened).toEqual([['dial', { id: 'inv_1', key: 'k' }, false]]);
});

test('no is no: by its button, the cross or Escape, and it does not come again', async () => {
  const cards = invite();
  for (const [n, no] of (['invite-no', 'invite-close'] as const).entries()) {
    cards.show({ ...INVITATION, id: `inv_${n}` });
    find(no)!.click();
    cards.show({ ...INVITATION, id: `inv_${n}` });
    expect(find('invite')).toBeNull();
  }
  cards.show({ ...INVITATION, id: 'inv_9' });
  escape(document.getElementById('field')!);
  expect(find('invite'), 'a field keeps its key').not.toBeNull();
  document.addEventListener('keydown', (event) => event.preventDefault(), { once: true, capture: true });
  escape();
  expect(find('invite'), 'so does what the page has open').not.toBeNull();
  find('invite-no')!.focus();
  escape(find('invite-no')!);
  expect(find('invite')).toBeNull();
  expect(root.activeElement!.className, 'the focus is not lost').toBe('launcher');
  expect(said()).toEqual(['shown', 'declined', 'shown', 'declined', 'shown', 'declined']);
  expect(done).toEqual(['inv_0', 'inv_1', 'inv_9']);
});

test('shown when somebody looks: not in a hidden tab, not over an open sheet, not to whoever speaks already', async () => {
  visible = 'hidden';
  host.setAttribute('open', '');
  invite().show(INVITATION);
  await pass(10_000);
  expect([find('invite'), answers]).toEqual([null, []]);
  visible = 'visible';
  document.dispatchEvent(new Event('visibilitychange'));
  expect(find('invite')).toBeNull();
  host.removeAttribute('open');
  await pass();
  expect(find('invite')).not.toBeNull();
  busy = true;
  await pass(3_000);
  expect([find('invite'), said()]).toEqual([null, ['shown']]);
});

test('it goes by itself when its time is over or the switch says so, and a clock that is wrong takes nothing away', async () => {
  const cards = invite();
  cards.show(INVITATION);
  await pass(601_000);
  expect(find('invite')).toBeNull();
  cards.show({ ...INVITATION, id: 'inv_2', expires_at: '2001-01-01T00:00:00Z' });
  await pass(5_000);
  expect(find('invite')).not.toBeNull();
  cards.gone();
  expect(find('invite')).toBeNull();
  expect(said(), 'no answer of his').toEqual(['shown', 'shown']);
});

test('addresses that are none of the web are not followed; a conference is a link of its own', async () => {
  const odd = { picture: { url: 'javascript:evil()', alt: '' }, audio: 'data:audio/mp3;base64,AA', video: 'http://plain.test/x.mp4' };
  const cards = invite();
  cards.show({ ...INVITATION, ...odd, agent: null, options: ['conference', 'toString' as 'dial', 'chat'], conference: 'javascript:evil()' });
  expect(root.querySelectorAll('img, audio, video, a')).toHaveLength(0);
  expect([...root.querySelectorAll('.answers > *')].map(({ textContent }) => textContent)).toEqual(['Chat', 'No, thanks']);
  cards.show({ ...INVITATION, id: 'inv_2', options: ['conference'], conference: 'https://meet.test/room' });
  const link = find('invite-conference') as HTMLAnchorElement;
  expect([link.href, link.target, link.rel]).toEqual(['https://meet.test/room', '_blank', 'noopener noreferrer']);
  link.addEventListener('click', (event) => event.preventDefault());
  link.click();
  await pass();
  expect([said().at(-1), opened, find('invite')]).toEqual(['accepted conference', [], null]);
});

test('off hours and where all are busy: called later, or a message (N Fig. 6f)', () => {
  const cards = invite();
  cards.show({ ...INVITATION, kind: 'closed', agent: null, options: ['callme', 'mail'], later: true, language: 'de-AT', title: '' });
  expect(find('invite-kind')!.textContent).toBe('Gerade ist niemand da');
  expect([...root.querySelectorAll('.answers > *')].map(({ textContent }) => textContent)).toEqual(['Zu einer anderen Zeit anrufen lassen', 'Nachricht schreiben', 'Nein, danke']);
  expect(root.querySelector('h2')!.textContent).toBe('Können wir helfen?');
  cards.show({ ...INVITATION, id: 'inv_2', kind: 'busy', agent: null, options: ['callme'], language: 'ar' });
  expect([find('invite')!.dir, find('invite-kind')!.textContent]).toEqual(['rtl', 'Everybody is talking right now']);
});

test('what cannot be seen leaves no gap, and what cannot be played here is opened elsewhere', () => {
  invite().show(INVITATION);
  root.querySelector('figure img')!.dispatchEvent(new Event('error'));
  expect(root.querySelector('figure')).toBeNull();
  vi.spyOn(HTMLMediaElement.prototype, 'play').mockResolvedValue();
  find('invite-audio')!.click();
  const audio = find('invite-audio') as HTMLAudioElement;
  expect([audio.tagName, audio.controls, audio.autoplay, audio.src]).toEqual(['AUDIO', true, false, 'https://pictures.test/hello.mp3']);
  audio.dispatchEvent(new Event('error'));
  expect(root.querySelector('a.media')!.getAttribute('href')).toBe('https://pictures.test/hello.mp3');
});

test('every language has every word', () => {
  const flat = (value: unknown): string[] => (typeof value === 'string' ? [value] : typeof value === 'function' ? [value('9'), value(null)] : Object.values(value as object).flatMap(flat));
  const [en, de, es] = ['en', 'de', 'es'].map((tag) => flat(inviteWords(tag)));
  expect(inviteWords('fr', 'pt')).toBe(inviteWords('en'));
  for (const words of [de!, es!]) {
    expect(words).toHaveLength(en!.length);
    expect(words.filter((word, n) => word === en![n] || word === '')).toEqual([]);
  }
});

class Wire {
  static all: Wire[] = [];
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onerror: (() => void) | null = null;
  closed = false;
  readyState = 0;
  constructor(readonly url: string) {
    Wire.all.push(this);
  }
  close(): void {
    this.closed = true;
  }
  send(): void {}
}

test('by socket; after two failures by an event stream; where that fails too, where the next answer says', async () => {
  Wire.all = [];
  vi.stubGlobal('WebSocket', Wire);
  vi.stubGlobal('EventSource', Object.assign(class extends Wire {}, { CLOSED: 2 }));
  const heard: unknown[] = [];
  const pull = new Pull('https://switch.test', (notice) => heard.push(notice.invitation?.id ?? null));
  pull.open('/v1/web/watch?token=a');
  expect(Wire.all[0]!.url).toBe('wss://switch.test/v1/web/watch?token=a');
  Wire.all[0]!.onmessage!({ data: JSON.stringify({ type: 'invitation', invitation: INVITATION }) });
  Wire.all[0]!.onmessage!({ data: '{"type":"other"}' });
  pull.open('/v1/web/watch?token=a');
  expect(Wire.all, 'the same again changes nothing').toHaveLength(1);
  Wire.all[0]!.onclose!();
  await pass(2_000);
  Wire.all[1]!.onclose!();
  expect(Wire.all[2]!.url).toBe('https://switch.test/v1/web/watch/events?token=a');
  Wire.all[2]!.onmessage!({ data: '{"type":"invitation","invitation":null}' });
  Wire.all[2]!.onmessage!({ data: 'no JSON' });
  expect(heard).toEqual(['inv_1', null]);
  Wire.all[2]!.readyState = 2;
  Wire.all[2]!.onerror!();
  await pass(60_000);
  expect(Wire.all).toHaveLength(3);
  pull.open('/v1/web/watch?token=c');
  expect(Wire.all[3]!.url).toBe('https://switch.test/v1/web/watch/events?token=c');
  pull.open('/v1/web/watch?token=d');
  expect([Wire.all[3]!.closed, Wire.all[4]!.url], 'he is another one').toEqual([true, 'https://switch.test/v1/web/watch/events?token=d']);
  pull.close();
  expect(Wire.all[4]!.closed).toBe(true);
});

test('a policy that forbids sockets is a failure as any', async () => {
  Wire.all = [];
  vi.stubGlobal('WebSocket', class { constructor() { throw new DOMException('blocked'); } });
  vi.stubGlobal('EventSource', Object.assign(class extends Wire {}, { CLOSED: 2 }));
  const pull = new Pull('https://switch.test', () => undefined);
  pull.open('/v1/web/watch?token=a');
  await pass(5_000);
  expect(Wire.all.map(({ url }) => url)).toEqual(['https://switch.test/v1/web/watch/events?token=a']);
  pull.close();
});

test('from the visit to the invitation to the request, which says what it follows; a declined one is not there after a reload', async () => {
  const bodies: [string, Record<string, unknown>][] = [];
  const view = { id: 'rsv_1', mode: 'dial', state: 'held', since: new Date().toISOString(), number: '+4930', number_display: '030', pin: null, expires_at: null, agent: null, wait: null, position: null, trace_id: '', reason: null };
  vi.stubGlobal('matchMedia', () => ({ matches: false }));
  vi.stubGlobal('WebSocket', Wire);
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    const { pathname } = new URL(url);
    bodies.push([pathname, JSON.parse(String(init.body))]);
    if (pathname === '/v1/web/activity') return new Response(JSON.stringify({ watch: true, next_secs: 15, visitor: 'wlv_watched', invitation: INVITATION }), { status: 202 });
    if (pathname === '/v1/web/sessions') return new Response(JSON.stringify({ visitor: 'wlv_watched', consent_version: '1', countries: ['DE'], modes: ['dial', 'callme'] }));
    if (pathname === '/v1/web/reservations') return new Response(JSON.stringify({ ...view, stream: '/v1/web/stream?token=t', key: 'k' }), { status: 201 });
    return new Response(null, { status: 204 });
  });
  const page = async (): Promise<Said[]> => {
    document.body.innerHTML = '<warm-host></warm-host>';
    host = document.querySelector<HTMLElement>('warm-host')!;
    root = host.attachShadow({ mode: 'open' });
    sheets(root);
    let ui: Ui | null = null;
    const controller = new Controller({ origin: 'https://switch.test', site: 'shop', params: [], part }, host, document.createElement('audio'), () => ui?.draw(), () => ({ language: 'en', close: () => ui?.close() }));
    ui = new Ui(root, host, stringsFor('en'), 'en', () => controller);
    ui.draw();
    const said: Said[] = [];
    watch(controller, ui, host, root, said);
    await pass(100);
    return said;
  };
  let told = await page();
  find('invite-no')!.click();
  await pass();
  expect(bodies.at(-1)).toEqual(['/v1/web/invitations/inv_1', { answer: 'declined' }]);
  told.push(['consent', 'refused']);
  sessionStorage.setItem('warmline.answered.shop', '["inv_1"]');
  told = await page();
  expect(find('invite')).toBeNull();
  told.push(['consent', 'refused']);
  expect(sessionStorage.length).toBe(0);
  told = await page();
  find('invite-dial')!.click();
  await pass(100);
  expect(bodies.find(([path]) => path === '/v1/web/sessions')![1]).toMatchObject({ visitor: 'wlv_watched' });
  expect(bodies.find(([path]) => path === '/v1/web/reservations')![1]).toMatchObject({ mode: 'dial', visitor: 'wlv_watched', invitation: { id: 'inv_1', key: 'k' } });
  expect(find('number')!.textContent).toBe('030');
  told.push(['consent', 'refused']);
});
