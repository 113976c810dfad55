// An agent calls a customer from the desktop, and parks him where another takes him up.
import assert from 'node:assert/strict';
import { until } from './support/until.mjs';
import { JANE, scenario } from './support/world.mjs';

/** Alice has a browser phone, may call customers, and has time after a call. */
const CALLS = { station: 'browser', wrapup: 60, outbound: true };

/** Another of the firm's numbers than its first. */
const OTHER = '+493012345007';

/** Alice has typed a number into the pad, without a mouse. */
async function dialled(alice, number) {
  await alice.page.keyboard.press('o');
  await until('the number has the focus', () => alice.get('dial-number').evaluate((field) => document.activeElement === field));
  await alice.page.keyboard.type(number);
}

scenario('an agent calls a customer, parks him, and another takes him up', async (world) => {
  const alice = await world.desktop();
  await alice.ready('alice');
  const carrier = await world.carrier({ auto: false });
  await dialled(alice, '01511 2345678');
  // Which of the firm's numbers he sees is her choice, and the browser remembers it.
  await alice.get('caller-id').selectOption(OTHER);
  await world.shot(alice.page, 'desktop-dialpad');
  await alice.get('dial-number').focus();
  await alice.page.keyboard.press('Enter');
  const { peeruri } = await carrier.wait('CALL_INCOMING');
  assert.ok(peeruri.includes(OTHER), `${peeruri} is not ${OTHER}`);
  assert.equal(await alice.get('current-name').textContent(), 'Jane Dove', 'who it is, before anybody has answered');
  await alice.get('dialing').waitFor();
  assert.match(await alice.get('dialing').textContent(), /It rings at|Dialling/);
  await alice.state('Ringing there');
  await alice.page.getByText('You have called.').waitFor();
  assert.equal(await alice.get('park').count(), 0, 'nobody can be parked who has not answered');
  await world.shot(alice.page, 'desktop-dialing');
  carrier.accept();
  await carrier.wait('CALL_ESTABLISHED');
  await alice.get('dialing').waitFor({ state: 'detached' });
  await Promise.all([alice.hears(world.hz.carrier), carrier.hears(world.hz.agent)]);

  const bob = await world.desktop({ voice: 'colleague' });
  await bob.ready('bob');
  const parked = carrier.now;
  await alice.page.keyboard.press('p');
  await bob.get('parked-701').waitFor();
  assert.match(await bob.get('parked-701').textContent(), /701\s*Jane Dove.*by Alice/);
  await alice.current('wrapup');
  await carrier.hearsMusic([world.hz.agent], parked);
  await world.shot(bob.page, 'desktop-parked');
  await bob.get('unpark').click();
  await bob.current('talking');
  await Promise.all([bob.hears(world.hz.carrier), carrier.hears(world.hz.colleague, carrier.now)]);
  assert.equal(await bob.get('why').textContent(), 'Handed on by Alice');
  assert.equal(await bob.get('current-name').textContent(), 'Jane Dove');
  await alice.get('parked').waitFor({ state: 'detached' });
  await bob.get('hangup').click();
  await carrier.wait('CALL_CLOSED');

  // At rest she calls the number of the record; it is what was typed, ready to be called.
  await alice.get('call-number').first().click();
  assert.equal(await alice.get('dial-number').inputValue(), JANE);
  assert.equal(await alice.get('caller-id').inputValue(), OTHER);
  await alice.page.keyboard.press('Escape');
  await alice.get('dial-panel').waitFor({ state: 'detached' });
  for (const desktop of [alice, bob]) assert.deepEqual(desktop.tab.complaints, []);
}, { ...CALLS, firm: `caller_ids = ["+493012345000", "${OTHER}"]` });

scenario('a customer who is busy is told in words, and what may not be called is refused', async (world) => {
  const alice = await world.desktop();
  await alice.ready('alice');
  world.refuser('486 Busy Here');
  await dialled(alice, '0900 1234567');
  await alice.page.keyboard.press('Enter');
  await alice.get('dial-panel').getByText('This number must not be called.').waitFor();
  await alice.get('dial-number').fill('01511 2345678');
  await alice.get('dial-call').click();
  await alice.page.getByText('The line is busy.').waitFor();
  await alice.state('Ready');
}, CALLS);
