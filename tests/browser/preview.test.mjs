// Preview: an agent looks at a request before anybody is dialled, and starts its call or leaves it.
import assert from 'node:assert/strict';
import { until } from './support/until.mjs';
import { scenario } from './support/world.mjs';

scenario(
  'an agent sees who is to be called, and nobody is dialled before he says so',
  async (world) => {
    const desktop = await world.desktop();
    await desktop.ready('bob');
    const carrier = await world.carrier();
    const visitor = await world.visitor();
    await visitor.callMe('01511 2345678', 'Jane');
    await desktop.get('job').waitFor();
    assert.match(await desktop.get('job').textContent(), /01511 2345678/, 'whom');
    assert.equal(await desktop.get('current-name').textContent(), 'Jane Dove');
    await desktop.drawn.getByRole('heading', { name: 'Printer 42', level: 1 }).waitFor();
    await world.shot(desktop.page, 'desktop-preview');
    assert.equal(await world.switch.metric('warmline_media_legs'), 0);
    assert.equal(carrier.has('CALL_INCOMING'), false, 'he only looks');
    await desktop.get('job-start').click();
    await carrier.wait('CALL_ESTABLISHED');
    await desktop.current('talking');
    await visitor.state('talking');
    await Promise.all([desktop.hears(world.hz.carrier), carrier.hears(world.hz.agent)]);

    // In the call he says that he wants to be called never again.
    await desktop.page.keyboard.press('q');
    await until('the question has the focus', () => desktop.get('never-yes').evaluate((button) => document.activeElement === button));
    await world.shot(desktop.page, 'desktop-never-ask');
    await desktop.page.keyboard.press('Enter');
    await desktop.get('never-done').waitFor();
    await world.shot(desktop.page, 'desktop-never-done');
    await desktop.get('hangup').click();
    await carrier.wait('CALL_CLOSED');
    const again = await world.visitor();
    await again.callMe('01511 2345678');
    await again.get('wl-problem').getByText('This number is on a list of those that are not called.').waitFor();
    assert.deepEqual(desktop.tab.complaints, []);
  },
  { callme: 'mode = "preview", max_attempts = 1' },
);

scenario(
  'a request that he leaves is offered to another, and he is free',
  async (world) => {
    const bob = await world.desktop();
    await bob.ready('bob');
    const visitor = await world.visitor();
    await visitor.callMe('01511 2345678');
    await bob.get('job').waitFor();
    await bob.get('job-skip').click();
    await bob.state('Ready');
    await visitor.state('waiting');
    const alice = await world.desktop({ voice: 'colleague' });
    await alice.ready('alice');
    await visitor.get('wl-another-time').waitFor();
    assert.equal(await bob.get('job').count(), 0, 'not at once to him again');
  },
  { callme: 'mode = "preview", max_attempts = 1', station: 'browser' },
);
