// Development only: pictures of every state, taken from the built pages in Chromium, into tools/shots/ (or argv[2]), all or those with
// argv[3] in their names; `docs`: those of docs/images, the widget's without the page around it,
// all or those with argv[4] in their names.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { card, rows } from './contact_fixtures.mjs';
import { asks, desktopScenes, messages, reservation, session, slots, visitorScenes } from './fixtures.mjs';
import { floor, history } from './floor_fixtures.mjs';
import { breaker, campaigns, evidence, jobs as callbacks, report as imported, scheduled } from './outbound_fixtures.mjs';
import { cameFrom, nothing, report } from './report_fixtures.mjs';
import { start } from './serve.mjs';
import { answerSip } from './sip.mjs';
import { alerts, invitations, library, visitors } from './watch_fixtures.mjs';

const out = process.argv[2] ?? join(import.meta.dirname, 'shots');
const only = process.argv[3];
const DOCS = [
  ...['login', 'notready', 'ready', 'ready-dark', 'ready-rows', 'claimed', 'ringing', 'ringing-dark', 'talking', 'talking-night', 'held', 'held-dark', 'asking', 'consulting', 'consulting-night', 'conference', 'conference-dark', 'wrapup', 'wrapup-night', 'chat', 'chat-dark', 'parked', 'preview', 'never', 'never-dark', 'warm', 'gone', 'offline', 'lunch', 'asking_crm', 'vouched', 'keypad', 'transfer', 'dialpad', 'dialing', 'sound', 'check', 'help'].map((name) => `desktop-${name}`),
  ...['options', 'dark-options', 'callme', 'held', 'dark', 'queued', 'ringing', 'talking', 'talking-dark', 'onhold', 'joined', 'ended', 'busy', 'dry', 'dry-dark', 'ticket', 'chat', 'chat-dark', 'closed', 'error', 'shared', 'signed'].map((name) => `widget-${name}`),
  ...['away', 'away-dark', 'busyall', 'scheduled', 'matched', 'toolong', 'mail'].map((name) => `asking-${name}`),
  ...['card', 'card-dark', 'edit'].map((name) => `contacts-${name}`),
  ...['plain', 'plain-dark', 'rich', 'closed'].map((name) => `invite-${name}`),
  ...['wall', 'wall-dark', 'pages', 'pages-dark', 'invitations', 'invitations-dark'].map((name) => `reports-${name}`),
  ...['jobs', 'dead', 'dead-dark', 'times', 'campaigns', 'campaigns-dark', 'imported', 'never', 'breaker', 'breaker-dark', 'evidence'].map((name) => `outbound-${name}`),
  ...['alerts', 'compose', 'compose-dark', 'site', 'pop'].map((name) => `visitors-${name}`),
  'floor', 'floor-dark', 'floor-off',
];
mkdirSync(out, { recursive: true });

const site = await start();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream'],
});

const WIDE = { width: 1280, height: 720 };
const PHONE = { width: 390, height: 844 };

async function page(viewport, colorScheme, more = {}) {
  const context = await browser.newContext({ viewport, colorScheme, locale: 'en-GB', deviceScaleFactor: 1, ...more });
  const tab = await context.newPage();
  // What the shop asks was answered long ago, and nothing is watched unless a picture is of that.
  await tab.addInitScript(() => { try { localStorage.setItem('consent', 'granted'); } catch { /* A page without storage. */ } });
  await tab.route('**/v1/web/activity', (route) => route.fulfill(json({ watch: false, next_secs: 60, invitation: null }, 202)));
  tab.on('console', (message) => ['error', 'warning'].includes(message.type()) && process.stdout.write(`  ${message.type()}: ${message.text()}\n`));
  tab.on('pageerror', (error) => process.stdout.write(`  page error: ${error.message}\n`));
  return tab;
}

async function shot(tab, name) {
  await tab.waitForTimeout(500);
  await tab.screenshot({ path: join(out, `${name}.png`), clip: only === 'docs' ? await sheet(tab) : undefined });
  process.stdout.write(`${name}\n`);
  await tab.context().close();
}

/** Where the widget is, with a little of the page; nothing: the whole page is shown. */
async function sheet(tab) {
  const box = await tab.locator('warmline-call [role=dialog]:visible').last().boundingBox({ timeout: 500 }).catch(() => null);
  if (!box) return undefined;
  const [x, y] = [box.x - 24, Math.max(0, box.y - 24)];
  const { width, height } = tab.viewportSize();
  return { x, y, width: width - x, height: height - y };
}

const json = (body, status = 200) => ({ status, contentType: 'application/json', headers: { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': '*', 'Access-Control-Allow-Methods': 'GET, POST, PUT, PATCH, DELETE' }, body: JSON.stringify(body) });

let taken = '';

const sessions = {
  away: { modes: ['callme', 'mail'], out_of_hours: true, callme_later_only: true, mail: true, ...asks }, busyall: { all_busy: true, ...asks }, mail: { modes: ['dial', 'callme', 'browser', 'mail'], topics: asks.topics },
  later: { ...asks, questions: [] }, closed: { modes: [] }, chat: { modes: ['dial', 'callme', 'browser', 'chat'] }, signed: { identity: { name: 'Jane Dove' }, on_file: '+49 171 ••••• 42' },
  lasttime: { on_file: '+49 171 ••••• 42' }, notnow: { now_keeps_hours: true, countries: ['DE', 'US'] }, nottimes: { countries: ['DE', 'US'] } };
/** What the clock of the number leaves: nothing now, or nothing at all. */
const narrowed = { notnow: () => ({ ...slots(), now: false, narrowed: true }), nottimes: () => ({ ...slots(), slots: [], narrowed: true }) };

async function widget(tab, scene, path = '/printers/42') {
  await tab.route('**/v1/web/sessions', (route) => route.fulfill(json({ ...session, ...sessions[scene] })));
  await tab.route('**/v1/web/reservations', (route) => {
    if (scene === 'error' && route.request().method() === 'POST') return route.abort();
    if (route.request().method() === 'POST') taken = route.request().postDataJSON()?.snapshot ?? taken;
    const asked = ['callme', 'chat'].includes(route.request().postDataJSON()?.mode) ? visitorScenes[scene]?.() : null;
    return route.fulfill(json({ ...(asked ?? reservation()), stream: '/v1/web/stream?token=t', key: 'k' }, 201));
  });
  await tab.routeWebSocket('**/v1/web/stream**', (socket) => socket.send(JSON.stringify({ type: 'view', view: 'reservation', data: visitorScenes[scene]?.() ?? reservation() })));
  await tab.route(/\/v1\/web\/(slots|callbacks\/[^/]+\/slots)(\?|$)/, (route) => route.fulfill(json(narrowed[scene]?.() ?? slots())));
  await tab.route('**/v1/web/reservations/*/messages**', (route) => route.fulfill(json({ messages: messages(), more: false })));
  await tab.route('**/v1/web/messages', (route) => route.fulfill(json({ id: 'msg_1' }, 202)));
  await tab.goto(site.shop + path);
  await tab.getByTestId('wl-button').click();
  if (['away', 'busyall'].includes(scene)) return void (await tab.getByTestId('wl-request').waitFor());
  if (scene === 'options') return;
  if (scene === 'closed') return void (await tab.getByTestId('wl-closed').waitFor());
  if (scene === 'notnow') {
    await tab.getByTestId('wl-option-callme').click();
    await tab.getByTestId('wl-callme-number').fill('+1 212 555 0142');
    return void (await tab.getByTestId('wl-not-now').waitFor());
  }
  if (scene === 'nottimes') {
    await tab.getByTestId('wl-option-callme').click();
    await tab.getByTestId('wl-callme-number').fill('+1 212 555 0142');
    await tab.getByTestId('wl-when-1').check();
    return void (await tab.getByTestId('wl-no-times').waitFor());
  }
  if (scene === 'signed' || scene === 'lasttime') return void (await tab.getByTestId('wl-option-callme').click());
  if (scene === 'mail') {
    await tab.getByTestId('wl-option-mail').click();
    return void (await tab.getByTestId('wl-mail-text').fill('Does Printer 42 print on both sides of A3?'));
  }
  if (['scheduled', 'matched', 'retried', 'jobtoolong'].includes(scene)) {
    await tab.getByTestId('wl-option-callme').click();
    await tab.getByTestId('wl-callme-number').fill('0171 5550142');
    await tab.getByTestId('wl-consent').check();
    await tab.getByTestId('wl-submit').click();
    return void (await tab.getByTestId('wl-callback').waitFor());
  }
  if (scene === 'later') {
    await tab.getByTestId('wl-option-callme').click();
    await tab.getByTestId('wl-when-1').check();
    await tab.getByTestId('wl-time').nth(5).click();
    return;
  }
  if (scene === 'chat') {
    await tab.getByTestId('wl-option-chat').click();
    return void (await tab.getByText('About 4,000').waitFor());
  }
  if (scene === 'error') {
    await tab.getByTestId('wl-option-dial').click();
    return void (await tab.getByTestId('wl-problem').waitFor());
  }
  if (scene === 'callme') {
    await tab.getByTestId('wl-option-callme').click();
    await tab.getByTestId('wl-callme-number').fill('0171 5550142');
    return;
  }
  await tab.getByTestId('wl-option-dial').click();
  await tab.getByTestId('wl-state').waitFor();
}

/** Markup in a name shows that it stays text; to readers it would be a riddle. */
const readable = (views) => (only === 'docs' ? JSON.parse(JSON.stringify(views).replace(/<[^>"]*>/g, '')) : views);

async function desktop(tab, scene, { key = '', keys = '', more = {} } = {}) {
  const hash = site.keep(taken);
  const desk = encodeURIComponent(site.desk);
  const snapshot = { snapshot: hash, snapshot_url: `${site.view}/view/${hash}?token=t&desktop=${desk}` };
  const views = readable({ ...desktopScenes[scene](snapshot), ...more });
  // No browser phone has this call: without a desk phone it would say that its sound comes back.
  if (only === 'docs' && views.current?.state === 'talking' && scene !== 'offline') Object.assign(views.me, { station: 'account', sip_password: '' });
  views.me.pageview_url = `${site.view}/view?desktop=${desk}`;
  views.me.sip_ws = `${site.desk.replace('http', 'ws')}/sip`;
  await tab.route('**/v1/agent/session', (route) => route.fulfill(json(views)));
  await tab.route('**/v1/agent/{digits,outcome}', (route) => route.fulfill({ status: 204 }));
  await tab.route('**/v1/agent/{take,hold,consult,transfer}', (route) => route.fulfill(json({ code: 'gone' }, 409)));
  await tab.route('**/v1/agent/chats/*/messages**', (route) => route.fulfill(json({ messages: messages(), more: false })));
  await tab.route('**/v1/agent/chats/*/{read,typing}', (route) => route.fulfill({ status: 204 }));
  let streams = 0;
  await tab.routeWebSocket('**/v1/agent/stream', (socket) => {
    if (scene === 'offline' && (streams += 1) > 1) return void socket.close();
    if (scene === 'offline') setTimeout(() => socket.close(), 1_500);
    for (const view of ['me', 'current', 'waiting', 'scheduled', 'stats', 'colleagues', 'parked', 'chats']) socket.send(JSON.stringify({ type: 'view', view, data: views[view] }));
    socket.onMessage((text) => {
      process.stdout.write(`  desktop says ${text}\n`);
      if (JSON.parse(text).type === 'watch') socket.send(JSON.stringify({ type: 'view', view: 'floor', data: readable(floor()) }));
    });
  });
  await tab.routeWebSocket('**/sip', (socket) => answerSip(socket, { ring: scene === 'ringing' }));
  await tab.goto(`${site.desk}/desktop/`);
  await tab.getByTestId('state').waitFor();
  if (views.current?.snapshot) await tab.locator('iframe.ready').waitFor();
  if (scene === 'ringing') await tab.getByTestId('answer').waitFor();
  if (scene === 'chat') await tab.getByText('About 4,000').waitFor();
  if (scene === 'offline') await tab.getByText('Reconnecting').first().waitFor();
  if (key) await tab.keyboard.press(key);
  if (keys) await tab.keyboard.type(keys);
}

const jobs = [];
const job = (name, work) => (!only || (only === 'docs' ? DOCS.includes(name) && name.includes(process.argv[4] ?? '') : name.includes(only))) && jobs.push([name, work]);

job('shop-home', async () => { const tab = await page(WIDE, 'light'); await tab.goto(site.shop); return tab; });
job('shop-cart', async () => { const tab = await page(WIDE, 'light'); await tab.goto(`${site.shop}/cart`); return tab; });
job('shop-consent', async () => { const tab = await page(WIDE, 'light'); await tab.goto(site.shop); await tab.locator('[data-consent-open]').click(); await tab.evaluate(() => scrollTo(0, 0)); return tab; });
job('shop-consent-phone', async () => { const tab = await page(PHONE, 'light', { isMobile: true, hasTouch: true }); await tab.goto(site.shop); await tab.locator('[data-consent-open]').click(); await tab.evaluate(() => scrollTo(0, 0)); return tab; });
job('shop-phone', async () => { const tab = await page(PHONE, 'light', { isMobile: true, hasTouch: true }); await tab.goto(site.shop); return tab; });
for (const scene of ['options', 'callme', 'held', 'ending', 'shared', 'queued', 'unknown', 'ringing', 'talking', 'onhold', 'joined', 'dry', 'ticket', 'chat', 'error', 'ended', 'busy', 'closed', 'signed']) {
  job(`widget-${scene}`, async () => { const tab = await page(WIDE, 'light'); await widget(tab, scene); return tab; });
}
for (const scene of ['away', 'busyall', 'later', 'scheduled', 'matched', 'retried', 'toolong', 'jobtoolong', 'lasttime', 'notnow', 'nottimes', 'mail']) {
  job(`asking-${scene}`, async () => { const tab = await page(WIDE, 'light'); await widget(tab, scene); return tab; });
  job(`asking-${scene}-phone`, async () => { const tab = await page(PHONE, 'dark', { locale: 'de-DE', timezoneId: 'America/New_York', ...{ isMobile: true, hasTouch: true } }); await widget(tab, scene); return tab; });
}
for (const [name, scheme, more] of [['', 'light', {}], ['-dark', 'dark', {}], ['-phone', 'light', { isMobile: true, hasTouch: true }]]) {
  job(`asking-request${name}`, async () => { const tab = await page(name === '-phone' ? PHONE : WIDE, scheme, { timezoneId: 'America/New_York', ...more }); await widget(tab, 'away'); await tab.getByTestId('wl-leave-request').click(); await tab.getByTestId('wl-time').first().waitFor(); return tab; });
  job(`asking-request-end${name}`, async () => { const tab = await page(name === '-phone' ? PHONE : WIDE, scheme, { timezoneId: 'America/New_York', ...more }); await widget(tab, 'away'); await tab.getByTestId('wl-leave-request').click(); await tab.getByTestId('wl-time').nth(4).click(); await tab.getByTestId('wl-submit').scrollIntoViewIfNeeded(); return tab; });
}
job('asking-resched', async () => { const tab = await page(WIDE, 'light'); await widget(tab, 'scheduled'); await tab.getByTestId('wl-another-time').click(); await tab.getByTestId('wl-time').nth(2).click(); return tab; });
job('widget-dark', async () => { const tab = await page(WIDE, 'dark'); await widget(tab, 'held'); return tab; });
job('widget-dark-options', async () => { const tab = await page(WIDE, 'dark'); await widget(tab, 'options'); return tab; });
job('widget-phone', async () => { const tab = await page(PHONE, 'light', { isMobile: true, hasTouch: true }); await widget(tab, 'held'); return tab; });
job('widget-de', async () => { const tab = await page(WIDE, 'light', { locale: 'de-DE' }); await widget(tab, 'queued'); return tab; });
for (const scene of Object.keys(desktopScenes)) {
  job(`desktop-${scene}`, async () => { const tab = await page(WIDE, 'light'); await desktop(tab, scene); return tab; });
}
for (const scene of ['talking', 'dry', 'chat']) {
  job(`widget-${scene}-dark`, async () => { const tab = await page(WIDE, 'dark'); await widget(tab, scene); return tab; });
}
job('asking-away-dark', async () => { const tab = await page(WIDE, 'dark'); await widget(tab, 'away'); return tab; });
for (const scene of ['talking', 'consulting', 'wrapup']) {
  job(`desktop-${scene}-night`, async () => { const tab = await page(WIDE, 'dark'); await desktop(tab, scene); return tab; });
}
for (const scene of ['ringing', 'ready', 'never', 'held', 'conference', 'chat']) {
  job(`desktop-${scene}-dark`, async () => { const tab = await page(WIDE, 'dark'); await desktop(tab, scene); return tab; });
}
const LARGE = { width: 1440, height: 900 };
const FULL = { width: 1920, height: 1080 };
const TABLET = { width: 900, height: 720 };
const touch = { isMobile: true, hasTouch: true };
const faces = [['keypad', 'talking', { key: 'k', keys: '4830#' }], ['transfer', 'talking', { key: 't' }], ['transfer-number', 'talking', { key: 't', keys: '030 1234' }], ['transfer-queue', 'talking', { key: 't', keys: 'sal' }], ['help', 'talking', { key: '?' }], ['never-ask', 'wrapup', { key: 'q' }], ['dialpad', 'ready', { key: 'o', keys: '030 1234567' }], ['sound', 'notready', { key: 'v' }], ['check', 'notready', { key: 'z' }]];
for (const [name, scene, keys] of faces) {
  job(`desktop-${name}`, async () => { const tab = await page(WIDE, 'light'); await desktop(tab, scene, keys); return tab; });
  job(`desktop-${name}-dark`, async () => { const tab = await page(LARGE, 'dark'); await desktop(tab, scene, keys); return tab; });
  job(`desktop-${name}-phone`, async () => { const tab = await page(PHONE, 'light', touch); await desktop(tab, scene, keys); return tab; });
}
for (const scene of ['consulting', 'wrapup', 'notready', 'talking', 'guest', 'parked', 'dialing', 'says', 'spoofed']) {
  job(`desktop-${scene}-1440`, async () => { const tab = await page(LARGE, 'light'); await desktop(tab, scene); return tab; });
  job(`desktop-${scene}-1920`, async () => { const tab = await page(FULL, 'dark'); await desktop(tab, scene); return tab; });
  job(`desktop-${scene}-900`, async () => { const tab = await page(TABLET, 'light'); await desktop(tab, scene); return tab; });
  job(`desktop-${scene}-phone`, async () => { const tab = await page(PHONE, 'light', touch); await desktop(tab, scene); return tab; });
  job(`desktop-${scene}-dark`, async () => { const tab = await page(LARGE, 'dark'); await desktop(tab, scene); return tab; });
  job(`desktop-${scene}-de`, async () => { const tab = await page(WIDE, 'light', { locale: 'de-DE' }); await desktop(tab, scene); return tab; });
  job(`desktop-${scene}-es`, async () => { const tab = await page(PHONE, 'dark', { locale: 'es-ES', ...touch }); await desktop(tab, scene); return tab; });
}
job('desktop-reasons', async () => { const tab = await page(WIDE, 'light'); await desktop(tab, 'lunch'); await tab.getByTestId('reasons').click(); return tab; });
job('desktop-gone', async () => { const tab = await page(WIDE, 'light'); await desktop(tab, 'ready-rows'); await tab.getByTestId('take').first().click(); return tab; });
job('desktop-notes-phone', async () => { const tab = await page(PHONE, 'light', touch); await desktop(tab, 'wrapup', { key: 'n', keys: ' Wants a quote.' }); return tab; });
job('desktop-ringing-phone', async () => { const tab = await page(PHONE, 'light', { isMobile: true, hasTouch: true }); await desktop(tab, 'ringing'); return tab; });
const HUGE = { width: 1920, height: 1080 };
async function floorPage(viewport, scheme, more = {}) {
  const tab = await page(viewport, scheme, more);
  await tab.route('**/v1/agent/statistics', (route) => route.fulfill(json(history())));
  await tab.route('**/v1/agent/floor/**', (route) => route.fulfill(json({ code: 'agent_phone_down' }, 409)));
  await desktop(tab, 'floor');
  await tab.getByTestId('floor-toggle').click();
  await tab.getByTestId('floor-agents').waitFor();
  return tab;
}
job('floor', () => floorPage(WIDE, 'light'));
job('floor-dark', () => floorPage(WIDE, 'dark'));
job('floor-1920', () => floorPage(HUGE, 'light'));
job('floor-1920-dark', () => floorPage(HUGE, 'dark'));
job('floor-de', () => floorPage(WIDE, 'light', { locale: 'de-DE' }));
job('floor-es', () => floorPage(HUGE, 'light', { locale: 'es-ES' }));
job('floor-phone', () => floorPage(PHONE, 'light', touch));
job('floor-menu', async () => { const tab = await floorPage(WIDE, 'light'); await tab.getByTestId('orders').nth(4).click(); return tab; });
job('floor-off', async () => { const tab = await floorPage(WIDE, 'dark'); await tab.locator('[data-agent=bob]').getByTestId('orders').click(); await tab.getByTestId('order-off-now').click(); return tab; });
job('floor-refused', async () => { const tab = await floorPage(WIDE, 'light'); await tab.locator('[data-agent=grace]').getByTestId('orders').click(); await tab.getByTestId('order-ready').click(); return tab; });
async function reportsPage(viewport, scheme, scene, more = {}) {
  const tab = await page(viewport, scheme, more);
  await tab.route('**/v1/agent/statistics', (route) => route.fulfill(json(history())));
  await tab.route('**/v1/agent/reports/invitations?**', (route) => {
    const asked = new URL(route.request().url()).searchParams;
    const days = (Date.parse(asked.get('to')) - Date.parse(asked.get('from'))) / 86_400_000 + 1;
    return route.fulfill(scene === 'refused' ? json({ code: 'overloaded' }, 503) : json(scene === 'empty' ? nothing() : report(days)));
  });
  await tab.route('**/v1/agent/reports/pages?**', (route) => route.fulfill(json(cameFrom(28))));
  await desktop(tab, 'floor', { more: { visitors: visitors(), alerts: alerts.waiting(), messages: library } });
  await tab.getByTestId('reports-toggle').click();
  if (scene === 'pages') {
    await tab.getByTestId('reports-pages').click();
    await tab.getByTestId('report-pages').waitFor();
    return tab;
  }
  if (scene.startsWith('wall')) {
    await tab.getByTestId('wall-hours').waitFor();
    if (scene === 'wall-full') await tab.getByTestId('wall-full').click();
    if (scene === 'wall-queue') await tab.getByRole('button', { name: 'invoices' }).click();
    return tab;
  }
  await tab.getByTestId('reports-invitations').click();
  if (scene === 'today') await tab.getByTestId('span-1').click();
  if (scene === 'quarter') await tab.getByTestId('span-90').click();
  return tab;
}
for (const scene of ['wall', 'wall-full', 'wall-queue', 'pages', 'invitations', 'today', 'quarter', 'empty', 'refused']) {
  job(`reports-${scene}`, () => reportsPage(WIDE, 'light', scene));
  job(`reports-${scene}-dark`, () => reportsPage(LARGE, 'dark', scene, only === 'docs' ? {} : { locale: 'de-DE' }));
  job(`reports-${scene}-phone`, () => reportsPage(PHONE, 'light', scene, { locale: 'es-ES', ...touch }));
  job(`reports-${scene}-1920`, () => reportsPage(HUGE, 'dark', scene));
}

/** The area of outbound work. `tab`: which part; `act`: what is done there. */
async function outboundPage(viewport, scheme, tab, { act, open = false, ...more } = {}) {
  const at = await page(viewport, scheme, more);
  const route = (path, body) => at.route(`**/v1/agent/${path}`, (asked) => asked.fulfill(json(typeof body === 'function' ? body(new URL(asked.request().url())) : body)));
  await route('callbacks?*', (url) => ({ callbacks: callbacks(url.searchParams.get('state')), more: false }));
  await route('callbacks/*/slots?*', () => ({ ...slots(), narrowed: true }));
  let filled = false;
  await route('campaigns', () => campaigns(filled));
  await route('campaigns/*/jobs', () => ((filled = true), imported));
  await route('do-not-call/*', { number: '+4915112345678', by: 'firm' });
  await route('do-not-call?*', imported);
  await route('breaker', () => breaker(open));
  await route('evidence/*', evidence);
  await desktop(at, 'floor', { more: { visitors: visitors(), alerts: alerts.waiting(), messages: library, scheduled: scheduled() } });
  await at.getByTestId('outbound-toggle').click();
  await at.getByTestId(`outbound-${tab}`).click();
  await act?.(at);
  return at;
}
const dead = async (tab) => { await tab.getByTestId('jobs-dead').click(); await tab.getByTestId('job-why').first().waitFor(); };
const OUTBOUND = {
  jobs: ['jobs', { act: (tab) => tab.getByTestId('job').first().waitFor() }],
  dead: ['jobs', { act: dead }],
  stopped: ['jobs', { open: true, act: (tab) => tab.getByTestId('outbound-stopped').waitFor() }],
  times: ['jobs', { act: async (tab) => { await tab.getByTestId('job-put-off').nth(1).click(); await tab.getByTestId('times-time').waitFor(); } }],
  takeback: ['jobs', { act: (tab) => tab.getByTestId('job-cancel').nth(1).click() }],
  campaigns: ['campaigns', { act: (tab) => tab.getByTestId('campaign').first().waitFor() }],
  imported: ['campaigns', { act: async (tab) => { await tab.getByTestId('campaign-file').first().setInputFiles({ name: 'new-customers.csv', mimeType: 'text/csv', buffer: Buffer.from('number,consent') }); await tab.getByTestId('import-report').waitFor(); } }],
  campaign: ['campaigns', { act: (tab) => tab.getByTestId('campaign-add').click() }],
  never: ['never', { act: async (tab) => { await tab.getByTestId('never-number').fill('0151 12345678'); await tab.getByTestId('never-look').click(); await tab.getByTestId('never-result').waitFor(); } }],
  breaker: ['breaker', { open: true, act: (tab) => tab.getByTestId('breaker').waitFor() }],
  spending: ['breaker', { act: (tab) => tab.getByTestId('breaker').waitFor() }],
  evidence: ['jobs', { act: async (tab) => { await dead(tab); await tab.getByTestId('job-evidence').first().click(); await tab.getByTestId('evidence-verdict').waitFor(); } }],
};
for (const [scene, [tab, options]] of Object.entries(OUTBOUND)) {
  job(`outbound-${scene}`, () => outboundPage(WIDE, 'light', tab, options));
  job(`outbound-${scene}-dark`, () => outboundPage(LARGE, 'dark', tab, { ...options, ...(only === 'docs' ? {} : { locale: 'de-DE' }) }));
  job(`outbound-${scene}-phone`, () => outboundPage(PHONE, 'light', tab, { ...options, locale: 'es-ES', ...touch }));
}
async function contactsPage(viewport, scheme, more = {}, scene = 'ready', steps = ['read']) {
  const tab = await page(viewport, scheme, more);
  await tab.route('**/v1/agent/contacts?**', (route) => route.fulfill(json({ contacts: rows, next: 'con_4.0' })));
  await tab.route('**/v1/agent/contacts/*', (route) => route.fulfill(route.request().method() === 'PATCH' ? json({ code: 'contact_changed', detail: '' }, 409) : json(card)));
  await desktop(tab, scene);
  await tab.getByTestId('contacts').click();
  if (steps.length === 0) return tab;
  await tab.getByTestId('contacts-query').fill('jan');
  await tab.getByTestId('contact-row').first().waitFor();
  if (steps.includes('list')) return tab;
  await tab.keyboard.press('Enter');
  await tab.getByTestId('card-name').waitFor();
  if (steps.includes('edit')) await tab.getByTestId('contact-edit').click();
  if (steps.includes('lost')) {
    await tab.getByTestId('contact-edit-name').fill('Jane Dove-Smith');
    await tab.getByTestId('contact-save').click();
    await tab.getByTestId('contact-overtaken').waitFor();
  }
  if (steps.includes('ask')) {
    await tab.keyboard.press('Escape');
    await tab.getByTestId('keep-editing').waitFor();
  }
  return tab;
}
for (const [name, steps] of [['empty', []], ['list', ['list']], ['card', ['read']], ['edit', ['edit']], ['lost', ['edit', 'lost']], ['ask', ['edit', 'lost', 'ask']]]) {
  job(`contacts-${name}`, () => contactsPage(WIDE, 'light', {}, 'ready', steps));
  job(`contacts-${name}-dark`, () => contactsPage(LARGE, 'dark', { locale: 'de-DE' }, 'ready', steps));
  job(`contacts-${name}-phone`, () => contactsPage(PHONE, 'light', { locale: 'es-ES', ...touch }, 'ready', steps));
}
async function invited(viewport, scheme, scene, more = {}) {
  const tab = await page(viewport, scheme, more);
  await tab.route('**/v1/web/activity', (route) => route.fulfill(json({ watch: true, next_secs: 15, invitation: invitations[scene]() }, 202)));
  await tab.route('**/v1/web/invitations/*', (route) => route.fulfill({ ...json({}), status: 204 }));
  await tab.goto(`${site.shop}/printers/42`);
  await tab.getByTestId('wl-invite').waitFor();
  return tab;
}
for (const scene of Object.keys(invitations)) {
  job(`invite-${scene}`, () => invited(WIDE, 'light', scene));
  job(`invite-${scene}-dark`, () => invited(WIDE, 'dark', scene, { locale: 'de-DE' }));
  job(`invite-${scene}-phone`, () => invited(PHONE, 'light', scene, { locale: 'es-ES', ...touch }));
  job(`invite-${scene}-320`, () => invited({ width: 320, height: 568 }, 'dark', scene, touch));
}
async function visitorsPage(viewport, scheme, scene, more = {}) {
  const tab = await page(viewport, scheme, more);
  const own = ['compose', 'shown', 'declined', 'accepted'].includes(scene);
  const views = { visitors: visitors(scene === 'many' ? 240 : undefined), alerts: scene === 'none' ? [] : (alerts[scene] ?? alerts.waiting)(), messages: library };
  await tab.route('**/v1/agent/alert/**', (route) => route.fulfill(json({ code: 'taken' }, 409)));
  await desktop(tab, scene === 'pop-talking' ? 'talking' : 'ready-rows', { more: scene === 'pop-talking' ? { ...views, alerts: alerts.pop() } : views });
  if (scene.startsWith('pop')) return tab;
  await tab.getByTestId('visitors-toggle').click();
  if (scene === 'site' || scene === 'many') await tab.getByTestId('visitors-site').click();
  if (scene === 'taken') await tab.getByTestId('alert-take').first().click();
  if (own) await tab.getByTestId('alert-open').click();
  return tab;
}
for (const scene of ['alerts', 'none', 'taken', 'pop', 'pop-talking', 'site', 'many', 'compose', 'shown', 'declined', 'accepted']) {
  job(`visitors-${scene}`, () => visitorsPage(WIDE, 'light', scene));
  job(`visitors-${scene}-dark`, () => visitorsPage(LARGE, 'dark', scene, { locale: 'de-DE' }));
  job(`visitors-${scene}-phone`, () => visitorsPage(PHONE, 'light', scene, { locale: 'es-ES', ...touch }));
  job(`visitors-${scene}-1920`, () => visitorsPage(HUGE, 'light', scene));
}
for (const [name, viewport, more] of [['', WIDE, {}], ['-de', LARGE, { locale: 'de-DE' }], ['-1240', { width: 1240, height: 720 }, { locale: 'es-ES' }], ['-900', TABLET, {}]]) {
  job(`visitors-lead${name}`, async () => { const tab = await page(viewport, 'light', more); await desktop(tab, 'floor', { more: { visitors: visitors(), alerts: alerts.waiting(), messages: library } }); await tab.getByTestId('visitors-toggle').click(); return tab; });
}
job('login-elsewhere', async () => {
  const tab = await page(WIDE, 'light');
  await tab.route('**/v1/agent/session', (route) => route.fulfill(json({ code: 'logged_out' }, 401)));
  await tab.route('**/v1/agent/login', (route) => route.fulfill(json({ code: 'logged_in_elsewhere', since: new Date(Date.now() - 4_000_000).toISOString() }, 409)));
  await tab.goto(`${site.desk}/desktop/`);
  await tab.getByTestId('login-name').fill('alice');
  await tab.getByTestId('login-password').fill('demo');
  await tab.getByTestId('login-submit').click();
  return tab;
});
job('desktop-login', async () => {
  const tab = await page(WIDE, 'light');
  await tab.route('**/v1/agent/session', (route) => route.fulfill(json({ code: 'logged_out' }, 401)));
  await tab.route('**/v1/agent/login', (route) => route.fulfill(json({ code: 'wrong_password' }, 401)));
  await tab.goto(`${site.desk}/desktop/`);
  await tab.getByTestId('login-name').fill('alice');
  await tab.getByTestId('login-password').fill('nope');
  await tab.getByTestId('login-submit').click();
  return tab;
});

// The desktop shows what the widget really took.
const first = await page(WIDE, 'light');
await widget(first, 'held');
process.stdout.write(`snapshot: ${Buffer.byteLength(taken)} bytes\n`);
await first.context().close();
for (const [name, work] of jobs) await shot(await work(), name);
await browser.close();
site.stop();
