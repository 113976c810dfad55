// No number is to be had, or no longer: the open page says so and is the phone (E9, E10).
import assert from 'node:assert/strict';
import { bothFacesOf } from './support/axe.mjs';
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

scenario('c4 where no place is left either a visitor has a ticket, and his page goes on by itself when it is his turn', async (world) => {
  const bob = await world.desktop();
  await bob.ready('bob');
  const asks = async (path) => {
    const visitor = await world.visitor({ path });
    await visitor.open();
    await visitor.get('wl-option-dial').click();
    return visitor;
  };
  await (await asks('/printers/7')).get('wl-number').waitFor();
  const second = await asks('/cart');
  await second.get('wl-talk-here').waitFor();
  const [third, fourth] = [await asks('/printers/42'), await asks('/printers/42')];
  assert.equal(await third.state('waiting'), 'Your ticket: 1');
  assert.equal(await fourth.state('waiting'), 'Your ticket: 2');
  await third.page.getByText('You are next. Stay on this page').waitFor();
  await fourth.page.getByText('You are number 2 in line. Stay on this page').waitFor();
  await world.shot(fourth.page, 'widget-ticket');
  await bothFacesOf(fourth, 'a ticket', 'warmline-call');
  await second.get('wl-cancel').click();
  await third.get('wl-talk-here').waitFor();
  await fourth.page.getByText('You are next. Stay on this page').waitFor();
  assert.equal(await fourth.state('waiting'), 'Your ticket: 2', 'no more than there is room for');
  // Who has gone keeps nobody waiting.
  await third.page.close();
  const fifth = await asks('/printers/42');
  assert.equal(await fifth.state('waiting'), 'Your ticket: 3');
  assert.equal(await world.switch.metric('warmline_tickets_waiting'), 2);
  await fourth.get('wl-cancel').click();
  await fifth.page.getByText('You are next. Stay on this page').waitFor();
  assert.deepEqual([...second.tab.complaints, ...fourth.tab.complaints, ...fifth.tab.complaints], []);
}, { numbers: '+493012345000', room: 1 });

scenario('e10 the carrier dies while its number is shown: the page is told, has the number again when it is back, and is the phone when it dies again', async (world) => {
  const carrier = await world.carrier();
  const bob = await world.desktop();
  await bob.ready('bob');
  const visitor = await world.visitor();
  const number = await visitor.number();
  await bob.current('claimed');
  /** The page hears that its number is gone, or is there; how soon is printed, for a busy machine fails no test. */
  const told = async (what, has, work) => {
    const from = visitor.tab.frames.length;
    const before = Date.now();
    await work();
    const heard = await until(what, () => visitor.tab.frame(({ sent, data }) => !sent && data?.view === 'reservation' && (data.data.number !== null) === has, from));
    console.log(`e10: ${what} ${(heard.at - before).toFixed(0)} ms after its cause`);
  };
  await told('the number is gone', false, () => carrier.end());
  await until('the desktop says that the trunk is down', () => bob.tab.frame(({ data }) => data?.view === 'stats' && data.data.trunk_up === false));
  await offered(visitor);
  await bob.current('claimed');

  let again;
  await told('it is there again', true, async () => (again = await world.carrier()));
  await visitor.get('wl-number').waitFor();
  assert.equal(await visitor.get('wl-number').getAttribute('href'), `tel:${number}`, 'the same one');
  assert.equal(await visitor.get('wl-talk-here').count(), 0);
  await told('it is gone once more', false, () => again.end());
  await offered(visitor);
  await bob.current('claimed');
  await talkHere(world, visitor, bob);
  assert.deepEqual(visitor.tab.complaints, []);
  assert.equal(await world.switch.metric('reservation_invariant_violations_total'), 0);
}, { ping: 1, timeout: 150_000 });
