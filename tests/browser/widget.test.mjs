// The widget's controls beyond the ways to talk: a code keyed in at the phone, a number kept, a microphone muted, and a page that is closed.
import assert from 'node:assert/strict';
import { until } from './support/until.mjs';
import { scenario } from './support/world.mjs';

/** Bob talks with a visitor who talks from the page. */
async function fromThePage(world) {
  const bob = await world.desktop();
  await bob.ready('bob');
  const visitor = await world.visitor();
  await visitor.talkHere();
  await bob.get('answer').click();
  await visitor.state('talking');
  await Promise.all([bob.hears(world.hz.visitor), visitor.hears(world.hz.agent)]);
  return { bob, visitor };
}

scenario('e9 the last numbers are one for all: the code on the page, keyed in at the phone, brings it to the agent', async (world) => {
  const alice = await world.desktop();
  await alice.ready('alice');
  const first = await world.visitor({ path: '/printers/7' });
  assert.equal(await first.number(), '+493012345000');
  await alice.current('claimed');
  const carrier = await world.carrier();
  const visitor = await world.visitor();
  const dialled = await visitor.number();
  const [number, code] = dialled.split(',,');
  assert.equal(number, '+493012345099');
  const shown = await visitor.page.locator('warmline-call .pin b').textContent();
  assert.equal(shown.replace(/\D/g, ''), code, 'what is read is what the link dials');
  await visitor.page.getByText('Then key in').waitFor();
  await world.shot(visitor.page, 'widget-code');
  const bob = await world.desktop({ voice: 'colleague' });
  await bob.ready('bob');

  world.call(carrier, number);
  await carrier.wait('CALL_ESTABLISHED');
  await until('he is asked', () => carrier.now > 5);
  assert.deepEqual([alice.asked('INVITE'), bob.asked('INVITE')], [false, false], 'nobody is rung before it is known whose call it is');
  await carrier.press(code);
  await bob.get('answer').waitFor();
  await bob.drawn.getByRole('heading', { name: 'Printer 42', level: 1 }).waitFor();
  await visitor.state('ringing');
  await bob.get('answer').click();
  assert.match(await visitor.state('talking'), /Talking with Bob/);
  await Promise.all([bob.hears(world.hz.carrier), carrier.hears(world.hz.colleague, carrier.now)]);
  await first.get('wl-number').waitFor();
  assert.equal(alice.asked('INVITE'), false, 'the first one’s agent waits for him');
}, { numbers: '+493012345000', pool: 'shared = "+493012345099"', station: 'browser' });

scenario('e11 a number is kept longer when he asks, as long as it can be; he calls, closes the page, and the call goes on', async (world) => {
  const bob = await world.desktop();
  await bob.ready('bob');
  const carrier = await world.carrier();
  const visitor = await world.visitor();
  const number = await visitor.number();
  const ends = () => visitor.tab.frames.findLast(({ data }) => data?.view === 'reservation')?.data.data.expires_at;
  const first = await until('its end is known', ends);
  await visitor.get('wl-keep').click();
  const second = await until('it is his for longer', () => ends() > first && ends());
  // Again and again, as long as a page may hold it.
  const refused = visitor.get('wl-problem').getByText('We cannot hold it any longer.');
  await until('it is held no longer', async () => {
    await visitor.get('wl-keep').click();
    return (await refused.count()) === 1;
  });
  await world.shot(visitor.page, 'widget-kept');
  assert.ok(Date.parse(ends()) <= Date.parse(first) + 1_000, `held from ${first} to ${ends()}, not to ${second}`);
  world.call(carrier, number);
  await bob.get('answer').click();
  await visitor.state('talking');

  // E11: his page is closed, and the call on his phone goes on, with the page that the agent saw.
  await visitor.tab.close();
  await Promise.all([carrier.hears(world.hz.agent, carrier.now + 30), bob.hears(world.hz.carrier)]);
  await bob.drawn.getByRole('heading', { name: 'Printer 42', level: 1 }).waitFor();
  carrier.hangup();
  await bob.state('Ready');
  await until('the number is free', async () => (await world.switch.metric('warmline_numbers_held')) === 0);
}, { pool: 'ttl_secs = 60\nmax_hold_secs = 61' });

scenario('e11 muted in the page the agent hears nothing of the visitor, who hears the agent; then both, until his tab is gone', async (world) => {
  const { bob, visitor } = await fromThePage(world);
  await visitor.get('wl-mute').click();
  await visitor.page.locator('[data-testid=wl-mute][aria-pressed=true]').waitFor();
  await bob.lacks(world.hz.visitor);
  await visitor.hears(world.hz.agent);
  await world.shot(visitor.page, 'widget-muted');
  await visitor.get('wl-mute').click();
  await visitor.page.locator('[data-testid=wl-mute][aria-pressed=false]').waitFor();
  await Promise.all([bob.hears(world.hz.visitor), visitor.hears(world.hz.agent)]);

  // E11: his tab is gone without a word. That he may come back is waited for, then the agent's phone is free.
  await visitor.page.close();
  await bob.lacks(world.hz.visitor);
  await bob.current('talking');
  await until('the call is over', () => bob.asked('BYE'), 40_000);
  await bob.state('Ready');
  assert.equal(await world.switch.metric('reservation_invariant_violations_total'), 0);
  assert.deepEqual(bob.tab.complaints, []);
});

scenario('whose wait is too long is offered to be called at another time, and his place is given up for it', async (world) => {
  const bob = await world.desktop();
  await bob.ready('bob');
  const carrier = await world.carrier({ user: '+4915119999999' });
  const first = await world.visitor();
  world.call(carrier, await first.number());
  await bob.get('answer').click();
  await bob.current('talking');
  const visitor = await world.visitor();
  await visitor.number();
  await visitor.get('wl-too-long').waitFor();
  const held = await world.switch.metric('warmline_numbers_held');
  await world.shot(visitor.page, 'widget-too-long');
  await visitor.get('wl-too-long').click();
  const time = visitor.get('wl-time').nth(2);
  await time.click();
  const at = await time.locator('input').getAttribute('value');
  await visitor.get('wl-callme-number').fill('01511 2345678');
  await visitor.get('wl-consent').check();
  await visitor.get('wl-submit').click();
  const row = bob.get('scheduled-row');
  await row.getByText('Jane Dove').waitFor();
  assert.equal(await row.locator('time').getAttribute('datetime'), new Date(at).toISOString());
  await visitor.get('wl-another-time').waitFor();
  await until('his number is free', async () => (await world.switch.metric('warmline_numbers_held')) === held - 1);
  await Promise.all([bob.hears(world.hz.carrier), carrier.hears(world.hz.agent, carrier.now)]);
  assert.deepEqual(visitor.tab.complaints, []);
}, { queue: 'zone = "Europe/Berlin"\noffer_callback_secs = 1', callme: 'calling_hours = { default = "00:00-24:00", DE = "00:00-24:00" }' });
