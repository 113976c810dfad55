// E7: the agent who was chosen is gone between the click and the call; whoever follows has the page before the ring.
import assert from 'node:assert/strict';
import { scenario } from './support/world.mjs';

/** Ways in which an agent's tab goes. */
const GOING = {
  'its window is closed': (desktop) => desktop.tab.close(),
  'its page crashes': (desktop) => desktop.page.goto('chrome://crash').catch(() => undefined),
};

for (const [how, go] of Object.entries(GOING)) {
  scenario(`e7 the agent's tab is gone between click and call (${how}): another has the page before the ring`, async (world) => {
    const alice = await world.desktop();
    await alice.ready('alice');
    const visitor = await world.visitor();
    const number = await visitor.number();
    await alice.current('claimed');
    await visitor.page.getByText('Alice can talk now').waitFor();
    const bob = await world.desktop({ voice: 'colleague' });
    await bob.ready('bob');

    await go(alice);
    await bob.current('claimed');
    await bob.drawn.getByRole('heading', { name: 'Printer 42', level: 1 }).waitFor();
    const rendered = await bob.message('rendered', { sent: true });
    await visitor.page.getByText('Bob can talk now').waitFor();
    assert.equal((await visitor.get('wl-number').getAttribute('href')).replace('tel:', ''), number, 'he keeps his number');
    assert.equal(bob.asked('INVITE'), false, 'it rang before anybody called');

    const carrier = await world.carrier();
    world.call(carrier, number);
    const invite = await bob.request('INVITE');
    assert.ok(bob.tab.frames.indexOf(rendered) < bob.tab.frames.indexOf(invite), 'the phone rang before the page was there');
    await bob.get('answer').click();
    assert.match(await visitor.state('talking'), /Talking with Bob/);
    await Promise.all([bob.hears(world.hz.carrier), carrier.hears(world.hz.colleague)]);
    assert.equal(await world.switch.metric('reservation_invariant_violations_total'), 0);
  }, { station: 'browser' });
}
