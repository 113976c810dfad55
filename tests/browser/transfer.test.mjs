// Mute, swap and a transfer without a word, by what is heard at every end.
import assert from 'node:assert/strict';
import { BROWSERS, both, talking } from './support/talk.mjs';
import { until } from './support/until.mjs';
import { scenario } from './support/world.mjs';

/** Bob is ready too, and Alice sees it. */
async function colleague(world, alice) {
  const bob = await world.desktop({ voice: 'colleague' });
  await bob.ready('bob');
  await alice.colleague('Bob', 'Ready');
  return bob;
}

/** Opens the panel and finds Bob in it. */
async function find(alice) {
  await alice.page.keyboard.press('t');
  await until('the search has the focus', () => alice.get('transfer-search').evaluate((field) => document.activeElement === field));
  await alice.page.keyboard.type('bo');
}

const muted = (desktop, on) => until(`muted: ${on}`, async () => (await desktop.get('mute').textContent()).includes('Unmute') === on);

scenario('mute: the caller hears nothing of the agent, the agent hears the caller; and the agent again', async (world) => {
  const { alice, carrier } = await talking(world);
  await alice.get('mute').click();
  await muted(alice, true);
  const from = carrier.now;
  await carrier.lacks(world.hz.agent, from);
  await alice.hears(world.hz.carrier);
  await alice.page.keyboard.press('m');
  await muted(alice, false);
  await both(world, alice, carrier);
  await alice.get('hangup').click();
  await carrier.wait('CALL_CLOSED');
  assert.deepEqual(alice.tab.complaints, []);
}, BROWSERS);

scenario('swap: the colleague, the customer and the colleague again, and whoever is not spoken to hears no one', async (world) => {
  const { alice, carrier } = await talking(world);
  const bob = await colleague(world, alice);
  await find(alice);
  await alice.page.keyboard.press('Enter');
  await bob.get('answer').click();
  await alice.consult('talking');
  const withBob = async () => {
    const from = carrier.now;
    await Promise.all([alice.hears(world.hz.colleague), bob.hears(world.hz.agent), carrier.hearsMusic([world.hz.agent, world.hz.colleague], from)]);
    await alice.lacks(world.hz.carrier);
  };
  await withBob();

  await alice.get('swap').click();
  await alice.consult('held');
  await both(world, alice, carrier);
  await Promise.all([alice.lacks(world.hz.colleague), bob.lacks(world.hz.agent), bob.lacks(world.hz.carrier)]);
  const from = carrier.now;
  await carrier.hears(world.hz.agent, from);
  await carrier.lacks(world.hz.colleague, from);
  await world.shot(alice.page, 'desktop-swapped');

  await alice.page.keyboard.press('s');
  await alice.consult('talking');
  await withBob();

  // Bob is let go, and she has her customer.
  await alice.page.keyboard.press('b');
  await alice.get('consult').waitFor({ state: 'detached' });
  await both(world, alice, carrier);
  await bob.get('answer').waitFor({ state: 'detached' });
  assert.deepEqual([...alice.tab.complaints, ...bob.tab.complaints], []);
}, BROWSERS);

scenario('a transfer without a word: the customer waits with music and speaks with the next, who has his page before the ring', async (world) => {
  const { alice, carrier, visitor } = await talking(world);
  const bob = await colleague(world, alice);
  const before = bob.tab.frames.length;
  await find(alice);
  const from = carrier.now;
  await alice.get('transfer-now').click();
  await alice.current('wrapup');
  await bob.current('ringing');
  assert.equal(await bob.get('contact-name').textContent(), 'Jane Dove');
  await bob.drawn.getByRole('heading', { name: 'Printer 42', level: 1 }).waitFor();
  const probe = await bob.message('probe', { sent: false, from: before });
  const invite = await bob.request('INVITE', before);
  assert.ok(bob.tab.frames.indexOf(probe) < bob.tab.frames.indexOf(invite), 'the desktop is asked before the ring');
  await alice.request('BYE');
  await carrier.hearsMusic([world.hz.agent, world.hz.colleague], from);

  await bob.get('answer').click();
  await bob.current('talking');
  const met = carrier.now;
  await Promise.all([carrier.hears(world.hz.colleague, met), bob.hears(world.hz.carrier)]);
  await carrier.lacks(world.hz.agent, met);
  assert.match(await visitor.state('talking'), /Talking with Bob/);
  await bob.get('hangup').click();
  await carrier.wait('CALL_CLOSED');
  await visitor.state('ended');
  assert.deepEqual([...alice.tab.complaints, ...bob.tab.complaints, ...visitor.tab.complaints], []);
}, BROWSERS);

scenario('to a queue, which the next declines; to a number outside, which is asked, comes in and stays with the customer', async (world) => {
  const alice = await world.desktop();
  await alice.ready('alice');
  const visitor = await world.visitor();
  await visitor.talkHere();
  await alice.get('answer').click();
  await visitor.state('talking');
  const bob = await colleague(world, alice);

  await alice.page.keyboard.press('t');
  await alice.page.keyboard.type('sal');
  await alice.get('to-queue-sales').waitFor();
  assert.equal(await alice.get('consult-start').isDisabled(), true, 'a queue can be asked nothing');
  await world.shot(alice.page, 'desktop-transfer-queue');
  await alice.page.keyboard.press('Shift+Enter');
  await alice.current('wrapup');
  await bob.current('ringing');
  await bob.drawn.getByRole('heading', { name: 'Printer 42', level: 1 }).waitFor();
  await visitor.lacks(world.hz.agent);
  // He does not want it: the customer waits on, and she takes him back.
  await bob.get('hangup').click();
  await bob.state('Not ready');
  await alice.get('wrapup-done').click();
  await alice.get('answer').click();
  assert.match(await visitor.state('talking'), /Talking with Alice/);
  await Promise.all([alice.hears(world.hz.visitor), visitor.hears(world.hz.agent)]);

  const outside = await world.carrier({ user: '+493077777777' });
  await alice.page.keyboard.press('t');
  await alice.page.keyboard.type('030 77777777');
  await alice.get('to-number').waitFor();
  await alice.get('consult-start').click();
  await alice.consult('talking');
  await Promise.all([alice.hears(world.hz.carrier), outside.hears(world.hz.agent, outside.now)]);
  await outside.lacks(world.hz.visitor, outside.now);
  await alice.lacks(world.hz.visitor);
  await alice.page.keyboard.press('c');
  await alice.consult('conference');
  await Promise.all([outside.hearsTogether([world.hz.agent, world.hz.visitor], outside.now), alice.hearsTogether([world.hz.carrier, world.hz.visitor])]);
  await visitor.get('wl-state').getByText('and one more').waitFor();
  await alice.get('complete').click();
  await alice.current('wrapup');
  await Promise.all([outside.hears(world.hz.visitor, outside.now), visitor.hears(world.hz.carrier)]);
  await visitor.get('wl-hangup').click();
  await outside.wait('CALL_CLOSED');
  assert.deepEqual([...alice.tab.complaints, ...bob.tab.complaints, ...visitor.tab.complaints], []);
  assert.equal(await world.switch.metric('reservation_invariant_violations_total'), 0);
}, BROWSERS);
