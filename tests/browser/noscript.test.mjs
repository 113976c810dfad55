// The visitor's browser runs no script: a link, a form, a number; whoever calls it reaches an agent who has his page (G p. 9).
import assert from 'node:assert/strict';
import { scenario } from './support/world.mjs';

/** A browser without scripts on Printer 42; what leads from there to the form. */
async function plain(world) {
  const visitor = await world.visitor({ javaScriptEnabled: false });
  assert.equal(await visitor.page.locator('warmline-call').count(), 0, 'the widget runs');
  await visitor.page.getByRole('link', { name: 'Talk to us without a script' }).click();
  await visitor.page.getByRole('heading', { name: 'We call you' }).waitFor();
  return visitor.page;
}

scenario('g1 without a script he is shown a number, calls it, and the agent has his page before the ring', async (world) => {
  const desktop = await world.desktop();
  await desktop.ready('bob');
  const carrier = await world.carrier();
  const page = await plain(world);
  await world.shot(page, 'form');
  await page.getByRole('button', { name: 'show me a number' }).click();
  const link = page.locator('a.number');
  const number = (await link.getAttribute('href')).replace('tel:', '');
  assert.match(number, /^\+49301234500\d$/);
  assert.equal((await link.textContent()).replace(/\D/g, ''), number.replace('+49', '0'));
  await page.getByText('It is yours for 5 min.').waitFor();
  await world.shot(page, 'form-number');

  // He has it before anyone has dialled.
  await desktop.current('claimed');
  assert.match(await desktop.get('current-url').textContent(), /^shop\.test:\d+\/printers\/42$/);
  assert.equal(desktop.asked('INVITE'), false);
  world.call(carrier, number);
  await desktop.get('answer').click();
  await desktop.current('talking');
  assert.match(await desktop.get('current-url').textContent(), /^shop\.test:\d+\/printers\/42$/);
  await Promise.all([desktop.hears(world.hz.carrier), carrier.hears(world.hz.agent)]);
  assert.equal(await world.switch.metric('reservation_invariant_violations_total'), 0);
});

scenario('g1 without a script he asks to be called, and speaks with the agent who has his page', async (world) => {
  const desktop = await world.desktop();
  await desktop.ready('bob');
  const carrier = await world.carrier();
  const page = await plain(world);
  await page.getByLabel('Your phone number').fill('01511 2345678');
  await page.getByLabel('Yes, call me on this number').check();
  await page.getByRole('button', { name: 'Call me' }).click();
  await page.getByRole('heading', { name: 'We call you as soon as someone is free' }).waitFor();
  await carrier.wait('CALL_ESTABLISHED');
  await desktop.current('talking');
  assert.match(await desktop.get('current-url').textContent(), /^shop\.test:\d+\/printers\/42$/);
  await Promise.all([desktop.hears(world.hz.carrier), carrier.hears(world.hz.agent)]);
});
