// An agent calls a customer from the desktop, and parks him where another takes him up; browsers that block the microphone of an agent or a visitor.
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

scenario('a browser that blocks the microphone: he is told why and is not ready; one that blocks it later loses the caller to another', async (world) => {
  const [carrier, alice, bob] = [await world.carrier(), await world.desktop(), await world.desktop({ voice: 'colleague' })];
  const blocks = (desktop) => desktop.tab.microphone(world.switch.origin, 'denied');
  await blocks(alice);
  await alice.login('alice');
  await alice.get('ready-toggle').click();
  await alice.page.getByText('The microphone is blocked. Callers would not hear you.').waitFor();
  await alice.state('Not ready');
  await world.shot(alice.page, 'desktop-microphone-blocked');
  // She would be the one: nobody else is here. Allowed, she is.
  const visitor = await world.visitor();
  await visitor.number();
  await visitor.page.getByText('We cannot say yet how long it takes').waitFor();
  assert.equal(await alice.get('current').count(), 0);
  await visitor.get('wl-cancel').click();
  await alice.tab.microphone(world.switch.origin, 'granted');
  await alice.page.getByText('The microphone is blocked.').waitFor({ state: 'detached' });
  await alice.get('ready-toggle').click();
  await alice.state('Ready');
  await bob.ready('bob');
  await visitor.get('wl-again').click();
  await alice.current('claimed');

  await blocks(alice);
  world.call(carrier, (await visitor.get('wl-number').getAttribute('href')).replace('tel:', ''));
  await bob.get('answer').waitFor();
  await bob.drawn.getByRole('heading', { name: 'Printer 42', level: 1 }).waitFor();
  await alice.state('Not ready');
  await alice.page.getByText('The microphone is blocked. Callers would not hear you.').waitFor();
  await bob.get('answer').click();
  assert.match(await visitor.state('talking'), /Talking with Bob/);
  await Promise.all([bob.hears(world.hz.carrier), carrier.hears(world.hz.colleague)]);
  assert.equal(alice.asked('INVITE'), false);
}, { station: 'browser' });

scenario('a visitor whose browser blocks the microphone is told so, and calls by phone', async (world) => {
  const bob = await world.desktop();
  await bob.ready('bob');
  const [carrier, visitor] = [await world.carrier(), await world.visitor()];
  await visitor.tab.microphone(world.switch.shop, 'denied');
  await visitor.talkHere();
  await visitor.get('wl-problem').getByText('The microphone is blocked. Allow it in the address bar, then try again.').waitFor();
  await world.shot(visitor.page, 'widget-microphone-blocked');
  assert.equal(await bob.get('current').count(), 0, 'nobody waits for a call that cannot be');
  await visitor.get('wl-option-dial').click();
  world.call(carrier, (await visitor.get('wl-number').getAttribute('href')).replace('tel:', ''));
  await bob.get('answer').click();
  await visitor.state('talking');
  await Promise.all([bob.hears(world.hz.carrier), carrier.hears(world.hz.agent)]);
  assert.equal(await visitor.get('wl-come-here').count(), 0, 'nor is the call offered to come here');
});
