// Journey 3: the visitor talks from the page, to an agent in a browser or at a desk phone.
import assert from 'node:assert/strict';
import { scenario } from './support/world.mjs';

scenario('from the page to the agent’s browser', async (world) => {
  const desktop = await world.desktop();
  await desktop.ready('bob');
  const visitor = await world.visitor();
  await visitor.talkHere();
  await desktop.get('answer').waitFor();
  // Here the call is made with the click: the ring waits 250 ms for the page at most. That a page which can be drawn
  // in that time comes first is shown where time is in hand (dial, timing).
  await desktop.message('rendered', { sent: true });
  const probe = await desktop.message('probe', { sent: false });
  const invite = await desktop.request('INVITE');
  assert.ok(desktop.tab.frames.indexOf(probe) < desktop.tab.frames.indexOf(invite), 'the desktop is asked before the ring');
  await visitor.state('ringing');
  await desktop.get('answer').click();
  assert.match(await visitor.state('talking'), /Talking with Bob/);
  await Promise.all([desktop.hears(world.hz.visitor), visitor.hears(world.hz.agent)]);
  await visitor.get('wl-hangup').click();
  await visitor.state('ended');
  await desktop.request('BYE');
  await desktop.state('Ready');

  // Once more, and he goes on to another page, and to one more: he speaks on from there, with the same agent.
  await visitor.get('wl-again').click();
  await desktop.get('answer').click();
  await visitor.state('talking');
  await Promise.all([desktop.hears(world.hz.visitor), visitor.hears(world.hz.agent)]);
  const before = desktop.tab.frames.length;
  for (const page of ['/cart', '/printers/42']) {
    await visitor.go(page);
    await visitor.get('wl-button').click();
    assert.match(await visitor.state('talking'), /Talking with Bob/);
    await Promise.all([desktop.hears(world.hz.visitor), visitor.hears(world.hz.agent)]);
  }
  assert.equal(desktop.tab.frames.slice(before).some(({ data }) => typeof data === 'string' && /^(INVITE|BYE) /.test(data)), false, 'his phone noticed nothing');
  await world.shot(visitor.page, 'widget-next-page');
  // Where the next page may not be a phone, the call is over: it is said, and he can call again.
  await visitor.page.addInitScript(() => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
  });
  await visitor.go('/cart');
  await desktop.request('BYE', before);
  await desktop.state('Ready');
  await visitor.get('wl-button').click();
  assert.match(await visitor.state('ended'), /Call ended/);
  await world.shot(visitor.page, 'widget-call-over');
  await visitor.get('wl-again').waitFor();
  assert.deepEqual(desktop.tab.complaints, []);
  assert.deepEqual(visitor.tab.complaints, []);
});

scenario('from the page to a desk phone', async (world) => {
  const phone = await world.deskPhone();
  const desktop = await world.desktop();
  await desktop.ready('alice');
  const visitor = await world.visitor();
  await visitor.talkHere();
  await phone.wait('CALL_INCOMING');
  await desktop.page.getByText('Your desk phone rings. Pick it up.').waitFor();
  await visitor.state('ringing');
  phone.accept();
  assert.match(await visitor.state('talking'), /Talking with Alice/);
  await Promise.all([phone.hears(world.hz.visitor), visitor.hears(world.hz.phone)]);
  phone.hangup();
  await visitor.state('ended');
  await desktop.state('Ready');
});

scenario('a desk phone takes the call to a reserved number', async (world) => {
  const phone = await world.deskPhone();
  const desktop = await world.desktop();
  await desktop.ready('alice');
  const carrier = await world.carrier();
  const visitor = await world.visitor();
  const number = await visitor.number();
  await desktop.drawn.getByRole('heading', { name: 'Printer 42', level: 1 }).waitFor();
  world.call(carrier, number);
  await phone.wait('CALL_INCOMING');
  phone.accept();
  await visitor.state('talking');
  await Promise.all([phone.hears(world.hz.carrier), carrier.hears(world.hz.phone)]);
  await desktop.get('hangup').click();
  await Promise.all([phone.wait('CALL_CLOSED'), carrier.wait('CALL_CLOSED')]);
  await visitor.state('ended');
});
