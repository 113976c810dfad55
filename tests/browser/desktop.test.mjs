// The desktop is a window on the switch's state: it may be closed, reloaded and opened elsewhere.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from './support/until.mjs';
import { scenario } from './support/world.mjs';

scenario('a reload while ready comes back ready, with its phone; not ready has a reason, and everybody his language', async (world) => {
  const desktop = await world.desktop();
  await desktop.ready('bob');
  const before = desktop.tab.frames.length;
  await desktop.page.reload();
  await desktop.state('Ready');
  await desktop.page.getByText('You are ready').waitFor();

  // Not ready, and why, by the keyboard; colleagues see it, in their own language.
  const alice = await world.desktop({ voice: 'colleague' });
  await alice.login('alice');
  await alice.get('language').selectOption('de');
  await alice.get('colleagues').getByText('Bereit').waitFor();
  await desktop.get('reasons').press('Enter');
  await desktop.page.keyboard.press('ArrowDown');
  await desktop.page.keyboard.press('Enter');
  await desktop.page.getByText('Training').first().waitFor();
  await desktop.state('Not ready');
  await alice.colleague('Bob', 'Nicht bereit');
  await alice.colleague('Bob', 'Training');
  await world.shot(alice.page, 'desktop-german');
  // The language stays, here and for who logs in next.
  await alice.page.reload();
  await alice.state('Nicht bereit');
  assert.equal(await alice.page.locator('html').getAttribute('lang'), 'de');
  await alice.get('language').selectOption('en');
  await alice.state('Not ready');
  await desktop.get('ready-toggle').click();
  await desktop.state('Ready');
  await until('the phone registers again', () => desktop.tab.frame((frame) => frame.socket === '/sip' && frame.sent && String(frame.data).startsWith('REGISTER'), before));
  // And calls reach it.
  const carrier = await world.carrier();
  const visitor = await world.visitor();
  world.call(carrier, await visitor.number());
  await desktop.get('answer').click();
  await visitor.state('talking');
  await desktop.hears(world.hz.carrier);
}, { firm: 'not_ready_reasons = ["Break", "Training"]' });

scenario('a reload during a claim comes back with the claim, the page and the ring', async (world) => {
  const desktop = await world.desktop();
  await desktop.ready('bob');
  const carrier = await world.carrier();
  const visitor = await world.visitor();
  const number = await visitor.number();
  await desktop.current('claimed');
  const first = await desktop.message('rendered', { sent: true });
  const before = desktop.tab.frames.length;
  await desktop.page.reload();
  await desktop.current('claimed');
  await desktop.drawn.getByRole('heading', { name: 'Printer 42', level: 1 }).waitFor();
  const again = await desktop.message('rendered', { sent: true, from: before });
  assert.deepEqual(again.data, first.data, 'the same request and the same page');
  assert.match(await visitor.state('held'), /Waiting for your call/);
  world.call(carrier, number);
  await desktop.get('answer').click();
  await visitor.state('talking');
  await Promise.all([desktop.hears(world.hz.carrier), carrier.hears(world.hz.agent)]);
});

scenario('a second tab takes the phone over; the first says so and can take it back', async (world) => {
  const first = await world.desktop();
  await first.ready('bob');
  const second = await world.desktop();
  await second.login('bob', { takeOver: true });
  await first.page.getByText('Another tab has your phone').waitFor();
  await second.state('Ready');
  const carrier = await world.carrier();
  const visitor = await world.visitor();
  const number = await visitor.number();
  await second.current('claimed');
  world.call(carrier, number);
  await second.get('answer').waitFor();
  assert.equal(await first.get('answer').count(), 0, 'both tabs ring');
  await second.get('answer').click();
  await visitor.state('talking');
  await second.hears(world.hz.carrier);
  carrier.hangup();
  await second.state('Ready');
  await first.page.getByRole('button', { name: 'Use it here' }).click();
  await second.page.getByText('Another tab has your phone').waitFor();
  await first.state('Ready');
});

scenario('a wrong password is said in words', async (world) => {
  const desktop = await world.desktop();
  await desktop.get('login-name').fill('bob');
  await desktop.get('login-password').fill('correct hors');
  await desktop.get('login-submit').click();
  await desktop.page.getByText('Name or password is not right.').waitFor();
});

scenario('who declines a call and is ready at once keeps the next one that rings', async (world) => {
  const bob = await world.desktop();
  await bob.ready('bob');
  const carrier = await world.carrier();
  const visitor = await world.visitor();
  world.call(carrier, await visitor.number());
  await bob.request('INVITE');
  await bob.get('hangup').click();
  await bob.state('Not ready');
  const declined = bob.tab.frames.length;
  await bob.get('ready-toggle').click();
  // The caller waits for nobody else.
  await bob.request('INVITE', declined);
  await pause(2_000);
  await bob.get('answer').click();
  await bob.current('talking');
  await Promise.all([bob.hears(world.hz.carrier), carrier.hears(world.hz.agent)]);
  carrier.hangup();
  await bob.state('Ready');
}, { wrapup: 0 });
