// What a visitor can make of an invitation (N 0034, 0042-45, 0053-57): each of its ways, from the card to what it ends in, and back.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { bothFaces } from './support/axe.mjs';
import { Exim } from './support/exim.mjs';
import { seen, state } from './support/share.mjs';
import { until } from './support/until.mjs';
import { JANE, scenario } from './support/world.mjs';

/** Who looks at a printer for two seconds is invited, with these ways. */
const firm = (ways, more = '') => `
[firms.watch]
without_consent = "table"
invite_guests = true
[[firms.watch.criteria]]
name = "Looks for long"
page = "/printers/*"
after_secs = 2
first = "invite"
messages = ["May we help"]
closed = "May we help"
[[firms.watch.messages]]
name = "May we help"
options = ${JSON.stringify(ways)}
${more}
words.en = { title = "May we help?", text = "Ask whoever sets up {page}." }
`;
const ANY_HOUR = 'calling_hours = { default = "00:00-24:00", DE = "00:00-24:00" }';
const day = (offset) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
const CLOSED = `zone = "Europe/Berlin"\nholidays = ["${day(-1)}", "${day(0)}", "${day(1)}"]`;
const ROOM = 'https://meet.test/help';

// Before any test begins.
const exim = await Exim.start();
after(() => exim.end());

/** Bob is ready, and a visitor who has agreed has his invitation. */
async function invited(world, { first = async () => undefined } = {}) {
  const desktop = await world.desktop();
  await desktop.ready('bob');
  const visitor = await world.visitor({ path: '/' });
  await visitor.consents('granted');
  await first(visitor, desktop);
  await visitor.go('/printers/42');
  await visitor.get('wl-invite').waitFor({ timeout: 20_000 });
  return { desktop, visitor };
}

/** The call is over, and everybody is where he was. */
async function over(world, desktop, visitor) {
  await desktop.get('hangup').click();
  await visitor.state('ended');
  await desktop.current('wrapup');
  await desktop.get('wrapup-done').click();
  await desktop.state('Ready');
  await visitor.go('/cart');
  await visitor.get('wl-button').waitFor();
  assert.equal(await visitor.get('wl-invite').count(), 0);
  await until('no call is left', async () => (await world.switch.metric('warmline_calls_live')) === 0);
  assert.equal(await world.switch.metric('reservation_invariant_violations_total'), 0);
}

scenario('by telephone: the number is shown, dialled, and leads to the agent with the page', async (world) => {
  const { desktop, visitor } = await invited(world);
  const carrier = await world.carrier();
  await visitor.get('wl-invite-dial').click();
  const number = (await visitor.get('wl-number').getAttribute('href')).replace('tel:', '');
  await desktop.current('claimed');
  world.call(carrier, number);
  await desktop.get('answer').click();
  await desktop.drawn.getByRole('heading', { name: 'Printer 42', level: 1 }).waitFor();
  await visitor.state('talking');
  await Promise.all([carrier.hears(world.hz.agent), desktop.hears(world.hz.carrier)]);
  await over(world, desktop, visitor);
}, { firm: firm(['dial']) });

scenario('from the browser, by somebody whose browser keeps nothing', async (world) => {
  const desktop = await world.desktop();
  await desktop.ready('bob');
  const visitor = await world.visitor({ path: '/' });
  await visitor.keepsNothing();
  await visitor.go('/printers/42');
  await visitor.consents('granted');
  await visitor.get('wl-invite-browser').click({ timeout: 20_000 });
  await desktop.get('answer').click();
  await visitor.state('talking');
  await Promise.all([visitor.hears(world.hz.agent), desktop.hears(world.hz.visitor)]);
  assert.deepEqual(await visitor.tab.context.cookies(), []);
  await desktop.get('hangup').click();
  await visitor.state('ended');
}, { firm: firm(['browser']) });

scenario('by chat, which becomes a call with the same agent', async (world) => {
  const { desktop, visitor } = await invited(world);
  await visitor.get('wl-invite-chat').click();
  await visitor.get('wl-chat-text').fill('Does it print on both sides?');
  await visitor.get('wl-chat-text').press('Enter');
  await desktop.get('chat-accept').click();
  await desktop.get('chat-text').fill('Yes, it does.');
  await desktop.get('chat-text').press('Enter');
  await visitor.page.locator('[role=log] li').filter({ hasText: 'Yes, it does.' }).waitFor();
  await desktop.get('chat-propose').click();
  await visitor.get('wl-chat-proposed').click();
  await visitor.get('wl-option-browser').click();
  await desktop.get('answer').click();
  assert.match(await visitor.state('talking'), /Talking with Bob/);
  await Promise.all([desktop.hears(world.hz.visitor), visitor.hears(world.hz.agent)]);
}, { firm: firm(['chat']) });

scenario('called at the number of before, which he sees masked and types no more', async (world) => {
  const first = async (visitor) => {
    await visitor.callMe(JANE);
    await visitor.get('wl-cancel').click();
    await visitor.state('ended');
  };
  const desktop = await world.desktop();
  await desktop.login('bob');
  const visitor = await world.visitor({ path: '/' });
  await visitor.consents('granted');
  await first(visitor);
  await desktop.get('ready-toggle').click();
  await visitor.go('/printers/42');
  const button = visitor.get('wl-invite-callme');
  await button.waitFor({ timeout: 20_000 });
  assert.match((await button.textContent()).replaceAll('\u00a0', ' '), /\+49 151 ••••• 78/);
  await world.shot(visitor.page, 'invited-masked');
  const carrier = await world.carrier();
  await button.click();
  await visitor.get('wl-consent').check();
  await visitor.get('wl-submit').click();
  await carrier.wait('CALL_ESTABLISHED');
  await desktop.current('talking');
  await Promise.all([carrier.hears(world.hz.agent), desktop.hears(world.hz.carrier)]);
  await over(world, desktop, visitor);
}, { firm: firm(['callme']), callme: ANY_HOUR });

scenario('called at a time of his choice, while nobody is there', async (world) => {
  const { desktop, visitor } = await invited(world);
  await visitor.get('wl-invite-kind').waitFor();
  assert.equal(await visitor.get('wl-invite-chat').count(), 0, 'nobody would answer');
  await visitor.get('wl-invite-callme-later').click();
  const time = visitor.get('wl-time').nth(1);
  await time.click();
  const at = await time.locator('input').getAttribute('value');
  await visitor.get('wl-callme-number').fill(JANE);
  await visitor.get('wl-consent').check();
  await visitor.get('wl-submit').click();
  const row = desktop.get('scheduled-row');
  await row.waitFor();
  const berlin = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: 'Europe/Berlin' }).format(new Date(at));
  const here = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' }).format(new Date(at));
  const text = await row.textContent();
  assert.ok(text.includes(berlin) || text.includes(here), `${text} names ${here} or ${berlin}`);
  assert.equal(await world.switch.metric('warmline_jobs_open'), 1);
}, { firm: firm(['callme', 'chat']), callme: ANY_HOUR, queue: CLOSED });

scenario('by letter, which comes to the mailbox of the site’s queue with his page', async (world) => {
  const { visitor } = await invited(world);
  await visitor.get('wl-invite-mail').click();
  await visitor.get('wl-mail-email').fill('vera@home.test');
  await visitor.get('wl-mail-text').fill('Which paper does it take?');
  await visitor.get('wl-mail-send').click();
  await visitor.get('wl-mail-done').waitFor();
  const [letter] = await exim.letters(1);
  assert.match(letter, /Which paper does it take\?/);
  assert.match(letter, /printers\/42/);
  assert.match(letter, /vera@home\.test/);
}, { firm: `${exim.settings}${firm(['mail'])}`, queue: 'mailbox = "sales@acme.test"' });

scenario('by a way that is not on the card: the others are in the sheet, and the invitation is taken all the same', async (world) => {
  const { desktop, visitor } = await invited(world);
  assert.equal(await visitor.get('wl-invite-dial').count(), 0, 'three on the card');
  await world.shot(visitor.page, 'invited-others');
  await visitor.get('wl-invite-others').click();
  await visitor.get('wl-invite').waitFor({ state: 'detached' });
  const carrier = await world.carrier();
  await visitor.get('wl-option-dial').click();
  const number = (await visitor.get('wl-number').getAttribute('href')).replace('tel:', '');
  await desktop.current('claimed');
  world.call(carrier, number);
  await desktop.get('answer').click();
  await visitor.state('talking');
  await Promise.all([carrier.hears(world.hz.agent), desktop.hears(world.hz.carrier)]);
  await over(world, desktop, visitor);

  // It counts in the supervisor's report, from the rule's word to the call.
  const alice = await world.desktop();
  await alice.login('alice');
  await alice.get('reports-toggle').click();
  await alice.get('reports-invitations').click();
  const row = alice.get('report-row');
  await row.getByText('May we help').waitFor();
  const step = (name) => alice.page.locator(`[data-testid=funnel] [data-step=${name}] b`).textContent();
  assert.deepEqual(await Promise.all(['invited', 'shown', 'accepted', 'answered', 'converted'].map(step)), ['1', '1', '1', '1', '0']);
  await world.shot(alice.page, 'reports-invited');
  await bothFaces(alice, 'the report of invitations');
  assert.deepEqual(alice.tab.complaints, []);
}, { firm: firm(['browser', 'callme', 'chat', 'dial']), supervisor: true });

scenario('by the firm’s own conference, where an agent is told that he waits', async (world) => {
  const { desktop, visitor } = await invited(world);
  await visitor.tab.context.route(`${ROOM}*`, (route) => route.fulfill({ contentType: 'text/html', body: '<h1>Room</h1>' }));
  await desktop.page.context().route(`${ROOM}*`, (route) => route.fulfill({ contentType: 'text/html', body: '<h1>Room</h1>' }));
  const [room] = await Promise.all([visitor.page.waitForEvent('popup'), visitor.get('wl-invite-conference').click()]);
  await room.getByRole('heading', { name: 'Room' }).waitFor();
  assert.equal(room.url(), ROOM);
  assert.equal(await room.evaluate(() => window.opener), null);
  await visitor.get('wl-invite').waitFor({ state: 'detached' });
  await desktop.get('pop-take').click({ timeout: 20_000 });
  await desktop.get('composer-why').filter({ hasText: 'Waits in the web conference' }).waitFor();
  await world.shot(desktop.page, 'invited-conference');
  const [his] = await Promise.all([desktop.page.waitForEvent('popup'), desktop.get('composer-join').click()]);
  assert.equal(his.url(), ROOM);
}, { firm: firm(['conference'], `conference = "${ROOM}"`) });

scenario('e24_withdrawn in one of two tabs: neither is watched, the live page closes, the call goes on', async (world) => {
  const { desktop, visitor } = await invited(world);
  const other = await visitor.tab.context.newPage();
  await other.goto(`${world.switch.shop}/cart`);
  await other.getByTestId('wl-button').waitFor();
  await visitor.get('wl-invite-browser').click();
  await desktop.get('answer').click();
  await visitor.state('talking');
  await desktop.get('show-live').click();
  await visitor.get('wl-live-allow').click();
  await state(desktop, 'live');
  await seen(desktop).getByRole('heading', { name: 'Printer 42' }).first().waitFor();
  const told = [];
  const note = (request) => request.url().endsWith('/v1/web/activity') && told.push(request.postDataJSON());
  for (const page of [visitor.page, other]) page.on('request', note);
  await visitor.page.locator('[data-consent-open]').click();
  await visitor.consents('refused');
  await state(desktop, 'stopped');
  await until('the switch was told once', () => told.some(({ consent }) => consent === 'refused'));
  // What the other tab would tell: that he looks at it, and what he does there.
  await other.bringToFront();
  await other.mouse.wheel(0, 2_000);
  await other.waitForTimeout(3_000);
  await visitor.page.bringToFront();
  assert.deepEqual(told.map(({ consent }) => consent), ['refused']);
  const kept = await other.evaluate(() => Object.keys(localStorage).filter((name) => name.startsWith('warmline.identity')));
  assert.deepEqual(kept, []);
  await desktop.get('visitors-toggle').click();
  await desktop.get('visitors-site').click();
  assert.equal(await desktop.get('visitor-row').count(), 0);
  await Promise.all([visitor.hears(world.hz.agent), desktop.hears(world.hz.visitor)]);
}, { firm: firm(['browser']) });
