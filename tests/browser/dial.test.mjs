// Journey 1: a click, a number, a call to it; the agent has the page before the phone rings.
import assert from 'node:assert/strict';
import { until } from './support/until.mjs';
import { scenario } from './support/world.mjs';

scenario('the agent sees the page, then the phone rings, then both hear each other', async (world) => {
  const desktop = await world.desktop();
  await desktop.ready('bob');
  const carrier = await world.carrier();
  const visitor = await world.visitor();

  const number = await visitor.number();
  assert.match(number, /^\+49301234500\d$/);
  assert.equal((await visitor.get('wl-number').textContent()).replace(/\D/g, ''), number.replace('+49', '0'));
  assert.match(await visitor.page.locator('warmline-call .held').textContent(), /Yours for (5:00|4:\d\d)/);
  assert.match(await visitor.state('held'), /Waiting for your call/);
  assert.equal(await visitor.page.getByText('Bob can talk now').count(), 1);

  // The page is on the desktop before anyone has dialled.
  await desktop.current('claimed');
  await desktop.drawn.getByRole('heading', { name: 'Printer 42', level: 1 }).waitFor();
  const rendered = await desktop.message('rendered', { sent: true });
  assert.match(rendered.data.snapshot, /^[0-9a-f]{64}$/);
  assert.match(await desktop.get('current-url').textContent(), /^shop\.test:\d+\/printers\/42$/);
  assert.equal(desktop.asked('INVITE'), false, 'the phone rang before the page was there');

  world.call(carrier, number);
  await desktop.get('answer').waitFor();
  await desktop.current('ringing');
  const invite = await desktop.request('INVITE');
  const probe = await desktop.message('probe', { sent: false });
  const confirmed = await desktop.message('probe_answer', { sent: true });
  const order = [rendered, probe, confirmed, invite].map((frame) => desktop.tab.frames.indexOf(frame));
  assert.deepEqual(order, order.toSorted((one, other) => one - other), 'page drawn, probe, answer, INVITE');
  assert.equal(confirmed.data.drawn, rendered.data.snapshot);
  assert.match(await visitor.state('ringing'), /Ringing Bob/);
  assert.equal(carrier.has('CALL_ESTABLISHED'), false, 'the caller was answered before the agent did');
  assert.equal(await desktop.get('current-name').textContent(), 'Jane Dove');

  await desktop.get('answer').click();
  await carrier.wait('CALL_ESTABLISHED');
  assert.match(await visitor.state('talking'), /Talking with Bob/);
  await desktop.current('talking');
  await Promise.all([desktop.hears(world.hz.carrier), carrier.hears(world.hz.agent)]);
  await desktop.drawn.getByRole('heading', { name: 'Printer 42', level: 1 }).waitFor();

  await desktop.get('hangup').click();
  await carrier.wait('CALL_CLOSED');
  assert.match(await visitor.state('ended'), /Call ended/);
  await desktop.state('Wrap-up');
  await desktop.state('Ready');
  await desktop.get('current').waitFor({ state: 'detached' });
  assert.equal(await world.switch.metric('reservation_invariant_violations_total'), 0);
  await until('the number is free', async () => (await world.switch.metric('warmline_numbers_held')) === 0);
  assert.deepEqual(desktop.tab.complaints, []);
  assert.deepEqual(visitor.tab.complaints, []);
});

scenario('the caller hangs up: the page says so, the agent wraps up and is ready with the next key', async (world) => {
  const desktop = await world.desktop();
  await desktop.ready('bob');
  const carrier = await world.carrier();
  const visitor = await world.visitor();
  world.call(carrier, await visitor.number());
  await desktop.get('answer').waitFor();
  await desktop.page.keyboard.press('a');
  await visitor.state('talking');
  await desktop.current('talking');
  carrier.hangup();
  await visitor.state('ended');
  await desktop.current('wrapup');
  await desktop.page.keyboard.press('d');
  await desktop.state('Ready');
  // The next visitor is served by the same agent.
  await visitor.get('wl-again').click();
  await visitor.state('held');
  await desktop.current('claimed');
}, { wrapup: 60 });

scenario('the caller gives up while it rings: nothing keeps ringing', async (world) => {
  const desktop = await world.desktop();
  await desktop.ready('bob');
  const carrier = await world.carrier();
  const visitor = await world.visitor();
  world.call(carrier, await visitor.number());
  await desktop.get('answer').waitFor();
  carrier.hangup();
  await desktop.request('CANCEL');
  await desktop.get('answer').waitFor({ state: 'detached' });
  await until('the desktop is at rest', async () => (await desktop.get('current').count()) === 0 || (await desktop.get('current').getAttribute('data-state')) === 'claimed');
});

scenario('nobody is free: the number is shown all the same, the caller waits and is served', async (world) => {
  const desktop = await world.desktop();
  await desktop.login('bob');
  const carrier = await world.carrier();
  const visitor = await world.visitor();
  const number = await visitor.number();
  world.call(carrier, number);
  assert.match(await visitor.state('waiting'), /You are in line/);
  await desktop.page.getByTestId('waiting-list').getByText('Jane Dove').waitFor();
  await desktop.get('ready-toggle').click();
  await desktop.drawn.getByRole('heading', { name: 'Printer 42', level: 1 }).waitFor();
  await desktop.get('answer').click();
  await visitor.state('talking');
  await desktop.hears(world.hz.carrier);
});
