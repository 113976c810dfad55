// E12: an agent's page is loaded anew in a call, or does not come back; the call goes on.
import assert from 'node:assert/strict';
import { BROWSERS, both, resumed, talking } from './support/talk.mjs';
import { until } from './support/until.mjs';
import { scenario } from './support/world.mjs';

/** Sound is back so soon after a reload, as the switch tells it, in milliseconds. */
const BACK = 5_000;

/** Seconds that the call's timer shows. */
async function clock(alice) {
  const [minutes, seconds] = (await alice.page.locator('[data-testid=current] .state time').last().textContent()).split(':').map(Number);
  return minutes * 60 + seconds;
}

scenario('e12 a reload in mid-call: sound back both ways, muted as before, and the timer goes on', async (world) => {
  const { alice, carrier, visitor } = await talking(world);
  await alice.page.keyboard.press('m');
  await until('Alice is muted at the switch', async () => (await alice.get('mute').textContent()).includes('Unmute'));
  await until('the timer has run', async () => (await clock(alice)) >= 3);
  const [before, at, gone] = [await clock(alice), alice.tab.frames.length, Date.now()];
  await alice.page.reload();
  await alice.current('talking');
  assert.ok((await clock(alice)) >= before, 'the timer began anew');
  await resumed(alice, at);
  await alice.event('call.phone_back');
  const back = alice.tab.frame(({ data }) => data?.event === 'call.phone_back').at;
  assert.ok(back - gone < BACK, `it took ${back - gone} ms`);
  assert.equal(await alice.get('answer').count(), 0, 'it rang');
  await alice.hears(world.hz.carrier);
  assert.match(await alice.get('mute').textContent(), /Unmute/);
  await alice.page.keyboard.press('m');
  await both(world, alice, carrier);
  await alice.drawn.getByRole('heading', { name: 'Printer 42', level: 1 }).waitFor();
  assert.match(await visitor.state('talking'), /Talking with Alice/);

  // And once more.
  const again = alice.tab.frames.length;
  await alice.page.reload();
  await resumed(alice, again);
  await both(world, alice, carrier);
  await alice.get('hangup').click();
  await carrier.wait('CALL_CLOSED');
  await alice.current('wrapup');
}, BROWSERS);

scenario('e12 a reload while on hold: music all the time, the clock of the hold goes on', async (world) => {
  const { alice, carrier } = await talking(world);
  await alice.page.keyboard.press('h');
  await alice.held(true);
  const held = carrier.now;
  const since = () => alice.tab.frames.findLast(({ data }) => data?.view === 'current').data.data.held_since;
  const first = since();
  assert.ok(first);
  const at = alice.tab.frames.length;
  await alice.page.reload();
  await alice.held(true);
  await resumed(alice, at);
  await alice.event('call.phone_back');
  assert.equal(since(), first);
  await carrier.hearsMusic([world.hz.agent], held);
  await world.shot(alice.page, 'desktop-held-again');
  await alice.page.keyboard.press('h');
  await alice.held(false);
  await both(world, alice, carrier);
}, BROWSERS);

scenario('e12 a page that never comes back: the customer is at the front of the queue, with his page', async (world) => {
  const { alice, carrier, visitor } = await talking(world);
  const bob = await world.desktop({ voice: 'colleague' });
  await bob.login('bob');
  const lost = carrier.now;
  await alice.page.goto('about:blank');
  await carrier.hearsMusic([world.hz.agent], lost);
  await bob.get('take').waitFor({ timeout: 20_000 });
  await visitor.state('waiting');
  await bob.get('ready-toggle').click();
  await bob.get('answer').click();
  await bob.current('talking');
  await bob.drawn.getByRole('heading', { name: 'Printer 42', level: 1 }).waitFor();
  await Promise.all([carrier.hears(world.hz.colleague, carrier.now), bob.hears(world.hz.carrier)]);
  // She is told what became of him.
  await alice.page.goto(`${alice.origin}/desktop/?raw-audio`);
  await alice.page.getByText('Your phone was lost in a call.').waitFor();
  await world.shot(alice.page, 'desktop-phone-lost-notice');
}, BROWSERS);

scenario('e12 the customer hangs up while the phone is away', async (world) => {
  const { alice, carrier, visitor } = await talking(world);
  await alice.page.goto('about:blank');
  carrier.hangup();
  await visitor.state('ended');
  await alice.page.goto(`${alice.origin}/desktop/?raw-audio`);
  await alice.current('wrapup');
}, BROWSERS);

scenario('e12 a phone that does not come back is followed by the agent’s desk phone, in the same call', async (world) => {
  const phone = await world.deskPhone();
  const { alice, carrier } = await talking(world);
  const before = await clock(alice);
  // Her page is back, but its way to the switch is not.
  await alice.page.routeWebSocket('**/sip', () => undefined);
  await alice.page.reload();
  await alice.page.locator('[data-testid=phone-lost][data-phone=resuming]').waitFor();
  await world.shot(alice.page, 'desktop-phone-lost');
  await phone.wait('CALL_INCOMING');
  await alice.page.locator('[data-testid=phone-lost][data-phone=backup]').waitFor();
  await world.shot(alice.page, 'desktop-phone-backup');
  phone.accept();
  await Promise.all([carrier.hears(world.hz.phone, carrier.now), phone.hears(world.hz.carrier, phone.now)]);
  await alice.get('phone-lost').waitFor({ state: 'detached' });
  assert.ok((await clock(alice)) > before, 'the timer began anew');
  await alice.page.keyboard.press('h');
  const held = carrier.now;
  await carrier.hearsMusic([world.hz.phone], held);
  await alice.get('hangup').click();
  await carrier.wait('CALL_CLOSED');
}, { ...BROWSERS, backup: 'account:alice-phone' });
