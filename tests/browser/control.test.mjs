// What an agent does with a call beyond answering it: hold, keys, a colleague asked, a conference, a transfer, someone taken out of turn.
import assert from 'node:assert/strict';
import { owned, strangers, unexpected } from './support/harm.mjs';
import { until } from './support/until.mjs';
import { scenario } from './support/world.mjs';

/** Alice has a browser phone, and time after a call. */
const BROWSERS = { station: 'browser', wrapup: 60 };
/** What a desktop has to draw a page before its phone rings, in milliseconds, less what rounding costs. */
const PATIENCE = 248;
const STRANGER = '+4915119999999';
/** Each sets a mark of its own where it runs. */
const hostile = (mark) => `"><svg onload=top.owned=${mark}><script>top.owned=${mark}</script><img src=//evil.test/x onerror=top.owned=${mark}>`;

/** Alice talks with Jane, who came from Printer 42. */
async function talking(world) {
  const alice = await world.desktop();
  await alice.ready('alice');
  const carrier = await world.carrier();
  const visitor = await world.visitor();
  world.call(carrier, await visitor.number());
  await alice.get('answer').click();
  await alice.current('talking');
  await visitor.state('talking');
  await Promise.all([alice.hears(world.hz.carrier), carrier.hears(world.hz.agent)]);
  return { alice, carrier, visitor };
}

/** Bob is ready too, and Alice sees it. */
async function colleague(world, alice) {
  const bob = await world.desktop({ voice: 'colleague' });
  await bob.ready('bob');
  await alice.colleague('Bob', 'Ready');
  return bob;
}

/** Opens the panel and asks, without a mouse. */
async function ask(alice, typed) {
  await alice.page.keyboard.press('t');
  await until('the search has the focus', () => alice.get('transfer-search').evaluate((field) => document.activeElement === field));
  await alice.page.keyboard.type(typed);
  await alice.page.keyboard.press('Enter');
}

/** Alice asks Bob; his record and his page come before his phone rings. Returns when it was, in what the carrier hears. */
async function askAhead(alice, bob, carrier) {
  // A busy machine may draw too late: such a try is checked for how long the ring waited and made again.
  for (let tries = 1; ; tries += 1) {
    const [before, asked] = [bob.tab.frames.length, carrier.now];
    await ask(alice, 'bo');
    await alice.consult('ringing');
    await bob.current('ringing');
    await bob.drawn.getByRole('heading', { name: 'Printer 42', level: 1 }).waitFor();
    const record = bob.tab.frame(({ sent, data }) => !sent && data?.view === 'current' && data.data?.contact?.name === 'Jane Dove', before);
    const offered = bob.tab.frame(({ data }) => data?.event === 'call.offered', before);
    const rendered = await bob.message('rendered', { sent: true, from: before });
    const invite = await bob.request('INVITE', before);
    const [known, drawn, rang] = [record, rendered, invite].map((frame) => bob.tab.frames.indexOf(frame));
    assert.ok(known >= 0 && known < rang, 'the phone rang before the record was there');
    if (drawn < rang) return asked;
    const waited = invite.at - Date.parse(offered.data.time);
    assert.ok(waited >= PATIENCE, `the ring waited ${waited} ms for the page`);
    assert.ok(tries < 5, 'this machine is too busy: no page was drawn before the ring');
    await alice.page.keyboard.press('b');
    await alice.get('consult').waitFor({ state: 'detached' });
    await alice.colleague('Bob', 'Ready');
  }
}

scenario('hold: the caller hears music and not the agent, then the agent again', async (world) => {
  const { alice, carrier } = await talking(world);
  await alice.get('hold').click();
  await alice.held(true);
  const held = carrier.now;
  assert.equal(await alice.get('held').textContent(), 'Customer on hold');
  assert.match(await alice.get('hold').textContent(), /Resume/);
  assert.match(await alice.get('spoken').textContent(), /Customer on hold. The customer hears music/);
  await carrier.hearsMusic([world.hz.agent], held);
  await world.shot(alice.page, 'desktop-held');

  await alice.page.keyboard.press('h');
  await alice.held(false);
  assert.equal(await alice.get('held').count(), 0);
  await Promise.all([carrier.hears(world.hz.agent, carrier.now), alice.hears(world.hz.carrier)]);
  await alice.get('hangup').click();
  await carrier.wait('CALL_CLOSED');
  assert.deepEqual(alice.tab.complaints, []);
}, BROWSERS);

scenario('a reload while on hold: still held, still music, and the call goes on', async (world) => {
  const phone = await world.deskPhone();
  const alice = await world.desktop();
  await alice.ready('alice');
  const carrier = await world.carrier();
  const visitor = await world.visitor();
  world.call(carrier, await visitor.number());
  await phone.wait('CALL_INCOMING');
  phone.accept();
  await alice.current('talking');
  await carrier.hears(world.hz.phone);
  await alice.page.keyboard.press('h');
  await alice.held(true);
  await alice.page.reload();
  await alice.current('talking');
  await alice.held(true);
  assert.equal(await alice.get('held').textContent(), 'Customer on hold');
  await alice.drawn.getByRole('heading', { name: 'Printer 42', level: 1 }).waitFor();
  await carrier.hearsMusic([world.hz.phone], carrier.now);
  assert.match(await visitor.state('talking'), /You are on hold/);

  await alice.page.keyboard.press('h');
  await alice.held(false);
  const resumed = [carrier.now, phone.now];
  await Promise.all([carrier.hears(world.hz.phone, resumed[0]), phone.hears(world.hz.carrier, resumed[1])]);
}, { wrapup: 60 });

scenario('keys pressed on the keyboard and on the keypad arrive at the carrier in order', async (world) => {
  const { alice, carrier } = await talking(world);
  await alice.page.keyboard.press('k');
  await alice.get('keypad-panel').waitFor();
  await alice.page.keyboard.type('42');
  await alice.get('key-#').click();
  await alice.get('key-7').click();
  await until(() => `the keys 42#7; the carrier has ${carrier.keys}`, () => carrier.keys === '42#7');
  assert.equal(await alice.get('keypad-sent').textContent(), '42#7');
  await world.shot(alice.page, 'desktop-keypad');
  await alice.page.keyboard.press('Escape');
  await alice.get('keypad-panel').waitFor({ state: 'detached' });
  // Closed, digits are no keys.
  await alice.page.keyboard.press('9');
  await Promise.all([carrier.hears(world.hz.agent, carrier.now), alice.hears(world.hz.carrier)]);
  assert.equal(carrier.keys, '42#7');
}, BROWSERS);

scenario('a colleague is asked, comes in, and takes over: page and record before his phone rings', async (world) => {
  const { alice, carrier, visitor } = await talking(world);
  const bob = await colleague(world, alice);
  await alice.page.keyboard.press('t');
  await alice.get('to-agent-bob').waitFor();
  await world.shot(alice.page, 'desktop-transfer-panel');
  await alice.page.keyboard.press('Escape');
  const asked = await askAhead(alice, bob, carrier);
  assert.equal(await alice.get('consult-name').textContent(), 'Bob');
  assert.equal(await bob.get('contact-name').textContent(), 'Jane Dove');
  assert.match(await bob.get('contact-notes').textContent(), /Bought Printer 42/);
  assert.equal(await bob.get('why').textContent(), 'Alice asks you about this customer');
  await world.shot(alice.page, 'desktop-consult-ringing');
  await world.shot(bob.page, 'desktop-asked-ringing');
  await carrier.hearsMusic([world.hz.agent, world.hz.colleague], asked);

  await bob.page.keyboard.press('a');
  await alice.consult('talking');
  const met = carrier.now;
  await Promise.all([alice.hears(world.hz.colleague), bob.hears(world.hz.agent), carrier.hearsMusic([world.hz.agent, world.hz.colleague], met)]);
  assert.deepEqual(await Promise.all(['hold', 'transfer', 'outcome'].map((part) => bob.get(part).count())), [0, 0, 0], 'a guest has no more than the page');
  await world.shot(alice.page, 'desktop-consult');
  await alice.page.emulateMedia({ colorScheme: 'dark' });
  await world.shot(alice.page, 'desktop-consult-dark');
  await alice.page.emulateMedia({ colorScheme: 'light' });
  await alice.page.setViewportSize({ width: 390, height: 844 });
  await world.shot(alice.page, 'desktop-consult-phone');
  await alice.page.setViewportSize({ width: 1280, height: 720 });
  await world.shot(bob.page, 'desktop-guest');

  await alice.page.keyboard.press('c');
  await alice.consult('conference');
  await carrier.hearsTogether([world.hz.agent, world.hz.colleague], carrier.now);
  await Promise.all([alice.hearsTogether([world.hz.carrier, world.hz.colleague]), bob.hearsTogether([world.hz.carrier, world.hz.agent])]);
  await world.shot(alice.page, 'desktop-conference');

  await alice.get('complete').click();
  await alice.current('wrapup');
  await bob.get('hold').waitFor();
  assert.equal(await bob.get('why').textContent(), 'Handed on by Alice');
  await bob.drawn.getByRole('heading', { name: 'Printer 42', level: 1 }).waitFor();
  assert.match(await visitor.state('talking'), /Talking with Bob/);
  await Promise.all([carrier.hears(world.hz.colleague, carrier.now), bob.hears(world.hz.carrier)]);
  await world.shot(bob.page, 'desktop-handed-on');

  await alice.page.keyboard.press('2');
  await alice.get('code-1').and(alice.page.locator('[aria-pressed=true]')).waitFor();
  await alice.page.keyboard.press('n');
  await alice.page.keyboard.press('End');
  await alice.page.keyboard.type(' Asks about toner.');
  await alice.page.keyboard.press('Escape');
  await alice.page.locator('[data-testid=notes-state][data-state=saved]').waitFor();
  await world.shot(alice.page, 'desktop-outcome');
  // What Alice wrote is Bob's to read.
  await until('Alice’s notes at Bob’s', async () => (await bob.get('notes').inputValue()).endsWith('Asks about toner.'));
  await alice.page.keyboard.press('d');
  await alice.state('Ready');
  await bob.get('hangup').click();
  await carrier.wait('CALL_CLOSED');
  await visitor.state('ended');
  assert.deepEqual([...alice.tab.complaints, ...bob.tab.complaints, ...visitor.tab.complaints], []);
}, BROWSERS);

scenario('two take the same caller: one gets him, the other reads why not', async (world) => {
  const alice = await world.desktop();
  await alice.login('alice');
  // Bob has never gone ready: his microphone is asked for when he takes.
  const bob = await world.desktop({ voice: 'colleague', asked: true });
  await bob.login('bob');
  const carrier = await world.carrier();
  const visitor = await world.visitor();
  world.call(carrier, await visitor.number());
  await visitor.state('waiting');
  // Alice's click comes to the switch after Bob's, whoever clicks first.
  let release;
  const bobHas = new Promise((resolve) => (release = resolve));
  await alice.page.route('**/v1/agent/take', async (route) => {
    await bobHas;
    await route.continue();
  });
  const answer = alice.page.waitForResponse('**/v1/agent/take');
  await alice.get('take').click();
  await bob.get('take').click();
  await bob.get('answer').waitFor();
  release();
  assert.equal((await answer).status(), 409);
  await alice.get('refusal-waiting').getByText('Another agent was faster.').waitFor();
  await world.shot(alice.page, 'desktop-take-lost');
  await bob.get('answer').click();
  assert.match(await visitor.state('talking'), /Talking with Bob/);
  await Promise.all([bob.hears(world.hz.carrier), carrier.hears(world.hz.colleague)]);
  assert.equal(alice.asked('INVITE'), false, 'both phones rang');
}, BROWSERS);

scenario('hostile names and notes in rows, records and notices stay text', async (world) => {
  const alice = await world.desktop();
  await alice.login('alice');
  await world.carrier({ user: STRANGER });
  const visitor = await world.visitor();
  await visitor.callMe('01511 9999999', hostile(1));
  const row = alice.get('waiting-list').locator('li').filter({ has: alice.get('take') });
  await row.waitFor();
  assert.equal(await row.locator('b').first().textContent(), hostile(1));
  await alice.get('ready-toggle').click();
  await alice.current('talking');
  await alice.get('notes').fill(hostile(2));
  await alice.get('notes').blur();
  await alice.page.locator('[data-testid=notes-state][data-state=saved]').waitFor();
  const bob = await colleague(world, alice);
  assert.equal(await bob.get('colleagues').locator('b').first().textContent(), hostile(3));
  await ask(alice, 'bob');
  await bob.get('answer').waitFor();
  assert.equal(await bob.get('contact-name').textContent(), hostile(1));
  assert.equal(await bob.get('contact-notes').textContent(), hostile(2));
  assert.equal(await bob.get('why').textContent(), `${hostile(3)} asks you about this customer`);
  // The search shows what is typed into it, and finds nothing by it.
  await bob.get('hangup').click();
  await alice.page.getByText('Bob does not want to take it now.').waitFor();
  await alice.page.keyboard.press('t');
  await alice.page.keyboard.insertText(hostile(4));
  await alice.page.getByText('Nobody by that name').waitFor();
  for (const desktop of [alice, bob]) {
    assert.deepEqual(await owned(desktop.page), []);
    assert.deepEqual(strangers(world, desktop), [], 'the agent’s browser asked somebody else');
    assert.deepEqual(unexpected(desktop), []);
  }
}, { ...BROWSERS, alice: hostile(3) });
