// Who is served, and by whom: a queue that gives out its callers itself, priorities by right, numbers of the visitor's country.
import assert from 'node:assert/strict';
import { until } from './support/until.mjs';
import { scenario } from './support/world.mjs';

/** Somebody whom the firm does not know. */
const STRANGER = '01511 9999999';

/** Asks the switch as the desktop does; status and code of its answer. */
const post = (desktop, path, body) =>
  desktop.page.evaluate(async ([path, body]) => {
    const answer = await fetch(`/v1/agent/${path}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
    return [answer.status, answer.status === 204 ? null : (await answer.json()).code];
  }, [path, body]);

const rows = (desktop) => desktop.get('waiting-list').locator('li b').allTextContents();

/** The id of who waits, as a desktop was told. */
const waiting = (desktop, name) => desktop.tab.frames.findLast(({ data }) => data?.view === 'waiting' && data.data.set?.some((row) => row.name === name)).data.data.set.find((row) => row.name === name).id;

scenario('n20 a queue that gives out its callers: nobody can take one, and who tries is told why', async (world) => {
  const alice = await world.desktop();
  // A page that does not know of it yet: the button is there.
  await alice.page.routeWebSocket('**/v1/agent/stream', (socket) => {
    const server = socket.connectToServer();
    server.onMessage((text) => socket.send(String(text).replaceAll('"take":false', '"take":true')));
  });
  await alice.login('alice');
  const bob = await world.desktop({ voice: 'colleague' });
  await bob.login('bob');
  const carrier = await world.carrier();
  const visitor = await world.visitor();
  world.call(carrier, await visitor.number());
  await visitor.state('waiting');
  await bob.get('waiting-list').getByText('Jane Dove').waitFor();
  assert.equal(await bob.get('take').count(), 0, 'there is a button that does nothing');

  const answer = alice.page.waitForResponse('**/v1/agent/take');
  await alice.get('take').click();
  assert.equal((await answer).status(), 403);
  await alice.get('refusal-waiting').getByText('The switch gives out who waits in this queue, in their order.').waitFor();
  await world.shot(alice.page, 'desktop-push-only');
  assert.deepEqual(await rows(bob), ['Jane Dove'], 'he waits as before');
  assert.equal(alice.asked('INVITE'), false);

  await bob.get('ready-toggle').click();
  await bob.get('answer').click();
  assert.match(await visitor.state('talking'), /Talking with Bob/);
  await Promise.all([bob.hears(world.hz.carrier), carrier.hears(world.hz.colleague)]);
}, { station: 'browser', queue: 'take = "push"' });

scenario('n18 priorities are changed by who has the right: who waits moves at once, and it is written who did it', async (world) => {
  const alice = await world.desktop();
  await alice.login('alice');
  const bob = await world.desktop({ voice: 'colleague' });
  await bob.login('bob');
  const carrier = await world.carrier();
  const stranger = await world.visitor({ path: '/cart' });
  await stranger.callMe(STRANGER, 'Vera');
  await bob.get('waiting-list').getByText('Vera').waitFor();
  const jane = await world.visitor();
  world.call(carrier, await jane.number());
  await jane.state('waiting');
  await until('Jane goes first', async () => (await rows(bob)).join() === 'Jane Dove,Vera');

  assert.equal(await bob.get('rate').count(), 0, 'there is a control without the right');
  assert.equal(await alice.get('rate').count(), 2);
  assert.deepEqual(await post(bob, 'priority', { waiting: waiting(bob, 'Vera'), priority: 7 }), [403, 'priority_not_allowed']);

  await alice.page.getByLabel('Priority of Jane Dove').selectOption('2');
  await until('Vera goes first', async () => (await rows(bob)).join() === 'Vera,Jane Dove');
  await alice.page.getByLabel('Priority of Jane Dove').selectOption('7');
  await until('Jane goes first again', async () => (await rows(bob)).join() === 'Jane Dove,Vera');

  // Read in another order, the one who goes first still does.
  await bob.get('waiting-order').selectOption('longest');
  await until('who has waited longest is above', async () => (await rows(bob)).join() === 'Vera,Jane Dove');
  assert.deepEqual(await rows(alice), ['Jane Dove', 'Vera'], 'it is his own order');
  await bob.get('waiting-order').selectOption('next');
  await until('Jane is above', async () => (await rows(bob)).join() === 'Jane Dove,Vera');

  // In a call, too; whoever has no right reads only.
  await bob.get('take').first().click();
  await bob.get('answer').click();
  await bob.current('talking');
  assert.equal(await bob.get('priority').count(), 0);
  const ratings = bob.get('ratings');
  await ratings.getByText('Alice').first().waitFor();
  assert.deepEqual((await ratings.locator('li span').allTextContents()).sort(), ['2 to 7, by Alice', '7 to 2, by Alice']);
  await world.shot(bob.page, 'desktop-ratings');
}, { station: 'browser', rights: ['priority'] });

scenario('who waits reads his place and about how many minutes, by how long a contact has taken until now', async (world) => {
  const bob = await world.desktop();
  await bob.ready('bob');
  const [carrier, first] = [await world.carrier(), await world.visitor()];
  world.call(carrier, await first.number());
  await bob.get('answer').click();
  await first.state('talking');
  const waits = async () => {
    const visitor = await world.visitor();
    await visitor.talkHere();
    await visitor.state('waiting');
    return visitor;
  };
  const told = async (visitor, wait, place) => {
    let last = [];
    const who = visitor.page.locator('warmline-call .who .grow > *');
    await until(() => `he reads ${wait}, ${place}; he reads ${last}`, async () => {
      last = await who.allTextContents();
      return wait.test(last[0]) && last[1] === place;
    });
  };
  // Before anything was measured a contact is thought to take three minutes.
  const second = await waits();
  await told(second, /^About 3 minutes to wait, in most cases at most 7$/, 'You are next');
  const third = await waits();
  await told(third, /^About 5 minutes to wait/, 'You are number 2 in line');
  await world.shot(third.page, 'widget-wait');
  // The first contact was a short one.
  await bob.get('hangup').click();
  await bob.get('answer').click();
  await second.state('talking');
  await told(third, /^About 2 minutes to wait/, 'You are next');
  await bob.get('hangup').click();
  await bob.get('answer').click();
  await third.state('talking');
});

/** A second pool, of Austria, with one number. */
const VIENNA = '[[firms.pools]]\nname = "vienna"\nnumbers = ["+4312345000"]\ntrunk = "carrier"\ncooling_secs = 1\nearly_secs = 0\n';

/** The pools that are told to a desktop, as it heard last. */
const pools = (desktop) => desktop.tab.frames.findLast(({ data }) => data?.view === 'me').data.data.pools;

scenario('e25 a visitor of another country is shown a number of his, which reaches the agent who has his page; e9 he is told that it was the last', async (world) => {
  const desktop = await world.desktop();
  await desktop.ready('bob');
  const german = await world.visitor({ locale: 'de-DE' });
  assert.match(await german.number(), /^\+4930/);
  await german.get('wl-cancel').click();
  await desktop.state('Ready');

  const carrier = await world.carrier();
  const austrian = await world.visitor({ locale: 'de-AT' });
  const number = await austrian.number();
  assert.equal(number, '+4312345000');
  // As it is dialled at home.
  assert.match(await austrian.get('wl-number').textContent(), /^01\b/);
  await world.shot(austrian.page, 'widget-austria');
  await desktop.current('claimed');
  await desktop.drawn.getByRole('heading', { name: 'Printer 42', level: 1 }).waitFor();
  const low = desktop.get('pool-low');
  await low.getByText('Few numbers of vienna are left.').waitFor();
  await world.shot(desktop.page, 'desktop-pool-low');
  await low.getByRole('button', { name: 'vienna' }).click();
  await low.waitFor({ state: 'detached' });
  assert.deepEqual(pools(desktop), [{ pool: 'vienna', state: 'low' }], 'it is only put away');
  world.call(carrier, number);
  await desktop.get('answer').click();
  await austrian.state('talking');
  await Promise.all([desktop.hears(world.hz.carrier), carrier.hears(world.hz.agent)]);

  // Told anew when it runs out again.
  await until('the number is free again', () => pools(desktop).length === 0);
  const next = await world.visitor({ locale: 'de-AT' });
  assert.equal(await next.number(), number);
  await low.waitFor();
}, { firm: VIENNA, site: 'pools = ["vienna"]' });
