// Journey 3 (N Fig. 3, 4): a site that is attended. Who has agreed is seen; who may want help is pointed out to agents or invited; what he accepts
// ends in a call. Who refuses is nobody.
import assert from 'node:assert/strict';
import { bothFaces, bothFacesOf } from './support/axe.mjs';
import { owned, strangers } from './support/harm.mjs';
import { until } from './support/until.mjs';
import { JANE, scenario } from './support/world.mjs';

const FIRM = `
[firms.watch]
without_consent = "table"
invite_guests = true
[[firms.watch.criteria]]
name = "Trouble in the form"
on = ["error"]
page = "/cart*"
when = 'count("error", 600) >= 2'
pop = true
text = "Fields are refused again and again."
[[firms.watch.criteria]]
name = "Looks for long"
page = "/printers/*"
after_secs = 2
once = "page"
first = "invite"
messages = ["May we help"]
closed = "Leave a word"
busy = "Leave a word"
[[firms.watch.messages]]
name = "May we help"
options = ["callme", "browser", "chat"]
words.en = { title = "May we help?", text = "Ask whoever sets up {page}." }
[[firms.watch.messages]]
name = "It is me"
options = ["browser", "callme"]
criteria = ["Trouble in the form"]
words.en = { title = "I am {agent}", text = "Shall I help with <b>{page}</b>?" }
words.de = { title = "Ich bin {agent}", text = "Darf ich helfen?" }
[[firms.watch.messages]]
name = "Leave a word"
options = ["callme", "mail"]
words.en = { title = "Nobody is free", text = "When may we call you?" }
`;

/** What a visitor does, each with a rule of its own. */
const ACTS = `
[[firms.watch.criteria]]
name = "Read to the end"
on = ["scroll"]
when = "event.value >= 100.0"
pop = true
[[firms.watch.criteria]]
name = "Wishes for something"
on = ["custom"]
when = 'custom("wishlist", 600) >= 1 && event.text == "Printer 17"'
[[firms.watch.criteria]]
name = "Has gone for coffee"
on = ["idle"]
`;

const told = (visitor) => visitor.tab.requests.filter((request) => request.url().endsWith('/v1/web/activity') && request.method() === 'POST');
const kept = (visitor) => visitor.page.evaluate(() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)].filter((name) => /^warmline\.(identity|visit)/.test(name)));
const alert = (desktop, state) => desktop.page.locator(`[data-testid=alert][data-state=${state}]`);

async function stumble(visitor) {
  await visitor.go('/cart');
  const order = visitor.page.locator('form[data-order] button[type=submit]');
  await order.click();
  await order.click();
}

scenario('an alert is taken, its visitor invited by name, and both speak (Fig. 3)', async (world) => {
  const bob = await world.desktop();
  await bob.ready('bob');
  const alice = await world.desktop();
  await alice.login('alice');
  const visitor = await world.visitor({ path: '/' });
  await visitor.consents('granted');
  await stumble(visitor);
  await bob.get('alert-pop').waitFor({ timeout: 20_000 });
  await world.shot(bob.page, 'watch-pop');
  await bob.get('pop-take').click();
  await bob.get('composer-why').filter({ hasText: 'refused again and again' }).waitFor();
  // Of two who take it one has it, and the other sees who.
  await alice.get('visitors-toggle').click();
  await alert(alice, 'claimed').filter({ hasText: 'Bob' }).waitFor();
  await bob.page.locator('[data-testid=text][data-message="It is me"]').click();
  await world.shot(bob.page, 'watch-compose');
  await bob.get('invite-send').click();
  const card = visitor.get('wl-invite');
  await card.waitFor({ timeout: 20_000 });
  assert.match(await card.textContent(), /I am bob|I am Bob/);
  assert.equal(await visitor.get('wl-invite-text').textContent(), 'Shall I help with <b>Your cart · Papier & Druck</b>?');
  await world.shot(visitor.page, 'watch-invited');
  await bob.page.locator('[data-testid=composer-told][data-state=shown]').waitFor();
  await visitor.get('wl-invite-browser').click();
  // On the screen only until his page and his call are there, a moment later.
  await until('that it is accepted is told', () => bob.tab.frame(({ data }) => data?.view === 'alerts' && JSON.stringify(data).includes('"accepted"')));
  await bob.current('ringing');
  await bob.get('answer').click();
  await bob.current('talking');
  await visitor.state('talking');
  await Promise.all([visitor.hears(world.hz.agent), bob.hears(world.hz.visitor)]);
  assert.deepEqual([await owned(bob.page), strangers(world, bob)], [[], []]);
  assert.equal(await world.switch.metric('reservation_invariant_violations_total'), 0);
}, { firm: FIRM });

scenario('what he does in the shop is seen and counted, and an alert is put off, given back and dismissed; greeted, he says no', async (world) => {
  const bob = await world.desktop();
  await bob.ready('bob');
  const visitor = await world.visitor({ path: '/' });
  await visitor.tab.context.addInitScript(() => {
    const now = performance.now.bind(performance);
    window.ahead = 0;
    performance.now = () => now() + window.ahead;
  });
  await visitor.consents('granted');
  await bob.get('visitors-toggle').click();
  await bob.get('visitors-site').click();
  const row = bob.get('visitor-row');
  await row.waitFor({ timeout: 20_000 });
  const shows = (label, text) => row.locator(`td[data-label="${label}"]`).filter({ hasText: text }).waitFor({ timeout: 20_000 });
  const matched = (rule) => row.locator('td.rules').filter({ hasText: rule }).waitFor({ timeout: 20_000 });

  // Scrolled to its end, though it is the page’s own doing only.
  await visitor.page.mouse.move(640, 360);
  await until('the page is at its end', () => visitor.page.evaluate(() => {
    window.scrollBy(0, 400);
    return scrollY + innerHeight + 2 >= document.documentElement.scrollHeight;
  }));
  // It is looked at each second.
  const scrolled = await visitor.page.evaluate(() => performance.now());
  await visitor.page.waitForFunction((since) => performance.now() > since + 1_500, scrolled);
  // Something of the shop's own.
  await visitor.page.evaluate(() => document.querySelector('warmline-call').activity('wishlist', 'Printer 17'));
  // Into the cart; what was not told yet goes with the page.
  await visitor.go('/printers/42');
  await matched('Read to the end');
  await matched('Wishes for something');
  await visitor.page.locator('[data-add]').first().click();
  await shows('Cart', '389');
  // Another page without a load, and back.
  await visitor.page.evaluate(() => {
    history.pushState(null, '', '/printers/17');
    document.title = 'Printer 17';
  });
  await row.locator('td.page').filter({ hasText: 'Printer 17' }).waitFor({ timeout: 20_000 });
  await visitor.page.goBack();
  await row.locator('td.page').filter({ hasText: '/printers/42' }).waitFor({ timeout: 20_000 });
  // Nobody touches anything for a minute, by the page's clock.
  await visitor.page.evaluate(() => (window.ahead = 61_000));
  await world.shot(bob.page, 'watch-shop');
  await bothFaces(bob, 'visitors, and an alert that pops');

  // The alert of the first of them he puts off, takes, lays aside, gives back, and dismisses.
  await bob.get('pop-later').click();
  await bob.get('alert-pop').waitFor({ state: 'detached' });
  await bob.get('visitors-alerts').click();
  await world.shot(bob.page, 'watch-alerts');
  await bothFaces(bob, 'alerts');
  await bob.get('alert-take').click();
  await bob.get('composer').waitFor();
  await bothFaces(bob, 'an invitation being written');
  await bob.get('composer-close').click();
  await bob.get('composer').waitFor({ state: 'detached' });
  await bob.get('alert-open').click();
  await bob.get('alert-release').click();
  await alert(bob, 'waiting').waitFor();
  await bob.get('alert-dismiss').click();
  // While he points at it, it only says that it is over.
  await bob.get('alert').getByText('No more').waitFor();
  await bob.page.mouse.move(640, 700);
  await bob.get('no-alerts').waitFor();

  // Buys, and is greeted by hand.
  await visitor.go('/cart');
  await bob.get('visitors-site').click();
  await matched('Has gone for coffee');
  const form = visitor.page.locator('form[data-order]');
  for (const [name, text] of [['name', 'Vera'], ['street', 'Weg 1'], ['postcode', '10115'], ['town', 'Berlin'], ['email', 'vera@home.test']]) await form.locator(`[name=${name}]`).fill(text);
  await form.locator('button[type=submit]').click();
  await shows('Bought', '1');
  await bob.get('greet').click();
  await bob.page.locator('[data-testid=text][data-message="It is me"]').click();
  await bob.get('invite-text').fill('Thank you! <i>Anything else?</i>');
  await bob.get('invite-send').click();
  await visitor.get('wl-invite').waitFor({ timeout: 20_000 });
  assert.equal(await visitor.get('wl-invite-text').textContent(), 'Thank you! <i>Anything else?</i>');
  await bothFacesOf(visitor, 'the invitation', 'warmline-call');
  await visitor.get('wl-invite-no').click();
  await bob.page.locator('[data-testid=composer-told][data-state=declined]').waitFor();
  await bob.get('composer-done').click();
  assert.deepEqual(bob.tab.complaints, []);
}, { firm: `${FIRM}${ACTS}` });

scenario('a visitor who looks for long is invited by nobody yet, and called (Fig. 4)', async (world) => {
  const bob = await world.desktop();
  await bob.ready('bob');
  const carrier = await world.carrier();
  const visitor = await world.visitor({ path: '/' });
  // The socket does not get through: an event stream does.
  await visitor.tab.context.routeWebSocket(/\/v1\/web\/watch\?/, (socket) => socket.close());
  await visitor.consents('granted');
  await visitor.go('/printers/42');
  await visitor.get('wl-invite').waitFor({ timeout: 20_000 });
  assert.match(await visitor.get('wl-invite-text').textContent(), /sets up Printer 42/);
  assert.ok(visitor.tab.requests.some((request) => new URL(request.url()).pathname === '/v1/web/watch/events'), 'by an event stream');
  await visitor.get('wl-invite-callme').click();
  await visitor.get('wl-callme-number').fill(JANE);
  await visitor.get('wl-consent').check();
  await visitor.get('wl-submit').click();
  await carrier.wait('CALL_ESTABLISHED');
  // He has asked for it himself: the agent's phone answers at once.
  await bob.current('talking');
  await carrier.hears(world.hz.agent);
  // While he speaks he is not invited again, wherever he looks.
  await visitor.go('/cart');
  await visitor.go('/printers/42');
  await until('it is true of him again', async () => (await world.switch.metric('warmline_watch_matches_total')) === 2);
  assert.equal(await world.switch.metric('warmline_invitations_total'), 1);
  assert.equal(await visitor.get('wl-invite').count(), 0);
}, { firm: FIRM });

scenario('without consent nothing is told, with it he is seen, and withdrawn he is gone (e24)', async (world) => {
  const bob = await world.desktop();
  await bob.ready('bob');
  await bob.get('visitors-toggle').click();
  await bob.get('visitors-site').click();
  const visitor = await world.visitor({ path: '/' });
  await visitor.get('wl-button').waitFor();
  assert.deepEqual([told(visitor).length, await kept(visitor)], [0, []], 'he was asked, and has not answered');
  await visitor.consents('refused');
  await visitor.go('/printers/42');
  assert.deepEqual([told(visitor).length, await kept(visitor)], [0, []]);
  await visitor.page.locator('[data-consent-open]').click();
  await visitor.consents('granted');
  const row = bob.get('visitor-row').filter({ hasText: 'Printer 42' });
  await row.waitFor({ timeout: 20_000 });
  await world.shot(bob.page, 'watch-visitors');
  await until('an identity is kept', async () => (await kept(visitor)).length > 0);
  await visitor.page.locator('[data-consent-open]').click();
  await visitor.consents('refused');
  await row.waitFor({ state: 'detached', timeout: 20_000 });
  assert.deepEqual(await kept(visitor), []);
  const before = told(visitor).length;
  await visitor.go('/cart');
  await visitor.get('wl-button').waitFor();
  assert.equal(told(visitor).length, before, 'nothing more is told');
}, { firm: FIRM });

scenario('who keeps nothing is in the table, and a no is a no', async (world) => {
  const bob = await world.desktop();
  await bob.ready('bob');
  const visitor = await world.visitor({ path: '/' });
  await visitor.keepsNothing();
  await visitor.go('/printers/42');
  await visitor.consents('granted');
  await visitor.get('wl-invite').waitFor({ timeout: 20_000 });
  await visitor.get('wl-invite-no').click();
  await visitor.get('wl-invite').waitFor({ state: 'detached' });
  await visitor.go('/cart');
  await visitor.consents('granted');
  await visitor.go('/printers/42');
  await visitor.consents('granted');
  await until('it is true of him again', async () => (await world.switch.metric('warmline_invitations_withheld_total')) === 1);
  await bob.get('visitors-toggle').click();
  await bob.get('visitors-site').click();
  await bob.get('visitor-row').waitFor({ timeout: 20_000 });
  assert.equal(await world.switch.metric('warmline_invitations_total'), 1);
  assert.equal(await visitor.get('wl-invite').count(), 0);
}, { firm: FIRM });

scenario('with nobody free what works is offered: to be called later (Fig. 6f)', async (world) => {
  const bob = await world.desktop();
  await bob.login('bob');
  const visitor = await world.visitor({ path: '/' });
  await visitor.consents('granted');
  await visitor.go('/printers/42');
  await visitor.get('wl-invite-kind').waitFor({ timeout: 20_000 });
  await visitor.get('wl-invite-callme-later').click();
  await visitor.get('wl-callme-number').fill(JANE);
  await world.shot(visitor.page, 'watch-busy');
  // The form asks at once for another time.
  await visitor.get('wl-time').first().click();
  await visitor.get('wl-consent').check();
  await visitor.get('wl-submit').click();
  await until('he is called later', async () => (await world.switch.metric('warmline_jobs_open')) === 1);
}, { firm: FIRM });
