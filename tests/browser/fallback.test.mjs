// No number is to be had, or no longer: the open page says so and is the phone (E9, E10).
import assert from 'node:assert/strict';
import { until } from './support/until.mjs';
import { scenario } from './support/world.mjs';

/** By one click the page is the phone: `agent` answers, and both hear each other. */
async function talkHere(world, visitor, agent) {
  await visitor.get('wl-talk-here').click();
  await agent.get('answer').click();
  await visitor.state('talking');
  await agent.drawn.getByRole('heading', { name: 'Printer 42', level: 1 }).waitFor();
  await Promise.all([agent.hears(world.hz.visitor), visitor.hears(world.hz.agent)]);
}

const offered = async (visitor) => {
  await visitor.get('wl-talk-here').waitFor();
  assert.match(await visitor.state('held'), /No number works right now/);
  assert.equal(await visitor.get('wl-number').count(), 0);
  assert.equal(await visitor.page.getByText('Dial it from any phone').count(), 0);
  assert.equal(await visitor.get('wl-instead').count(), 1, 'he can be called too');
};

scenario('e9 the only number is taken: the second visitor talks from the page', async (world) => {
  const bob = await world.desktop();
  await bob.ready('bob');
  const first = await world.visitor({ path: '/printers/7' });
  assert.equal(await first.number(), '+493012345000');
  const second = await world.visitor();
  await second.open();
  await second.get('wl-option-dial').click();
  await offered(second);
  await world.shot(second.page, 'widget-no-number');
  // The first one is over: Bob is free for who has no number.
  await first.get('wl-cancel').click();
  await talkHere(world, second, bob);
  assert.deepEqual(second.tab.complaints, []);
}, { numbers: '+493012345000' });

scenario('e10 the carrier dies while its number is shown: the open page is the phone', async (world) => {
  const carrier = await world.carrier();
  const bob = await world.desktop();
  await bob.ready('bob');
  const visitor = await world.visitor();
  await visitor.number();
  await bob.current('claimed');
  await carrier.end();
  const told = () => bob.tab.frames.filter((frame) => frame.data?.view === 'stats').at(-1)?.data.data.trunk_up;
  await until('the switch says that the trunk is down', () => told() === false);
  await offered(visitor);
  await bob.current('claimed');
  await talkHere(world, visitor, bob);
  assert.deepEqual(visitor.tab.complaints, []);
}, { ping: 1, timeout: 150_000 });
