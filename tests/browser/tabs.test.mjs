// E12: the agent's tab, his way to the switch or his microphone is another one in a call; the call goes on.
import assert from 'node:assert/strict';
import { Tab } from './support/chromium.mjs';
import { Desktop } from './support/desktop.mjs';
import { BROWSERS, both, resumed, talking } from './support/talk.mjs';
import { until } from './support/until.mjs';
import { scenario } from './support/world.mjs';

scenario('e12 one tab has the phone: another says so, takes it over in mid-call, and the first gets it back when that closes', async (world) => {
  const { alice, carrier } = await talking(world);
  const page = await alice.tab.context.newPage();
  const second = new Desktop(await Tab.of(alice.tab.context, page), alice.origin);
  await page.goto(`${alice.origin}/desktop/?raw-audio`);
  await page.getByText('The desktop is open in another tab').waitFor();
  await world.shot(page, 'desktop-other-tab');
  await both(world, alice, carrier);
  await page.getByRole('button', { name: 'Use it here' }).click();
  await second.current('talking');
  await alice.page.getByText('Another tab has your phone').waitFor();
  await resumed(second, 0);
  await both(world, second, carrier);
  const at = alice.tab.frames.length;
  await page.close();
  await alice.current('talking');
  await resumed(alice, at);
  await both(world, alice, carrier);
}, BROWSERS);

scenario('e12 a lost way to the switch: media goes on, and signalling finds the new one', async (world) => {
  const routes = [];
  const { alice, carrier } = await talking(world, async ({ page }) => {
    await page.routeWebSocket('**/sip', (socket) => {
      socket.connectToServer();
      routes.push(socket);
    });
    await page.reload();
  });
  const from = routes.length;
  await routes.at(-1).close();
  await until('the phone has come again', () => routes.length > from);
  await alice.page.locator('[data-testid=current][data-state=talking]').waitFor();
  await both(world, alice, carrier);
  assert.equal(alice.tab.frame(({ data }) => data?.event === 'call.phone_lost'), undefined, 'nothing was lost');
  // What the switch says comes by the new way.
  carrier.hangup();
  await alice.current('wrapup');
  await until('the phone is idle', async () => (await alice.page.evaluate(() => document.querySelector('audio').srcObject)) === null);
}, BROWSERS);

scenario('e12 another microphone in mid-call: the carrier hears it, and nothing is negotiated', async (world) => {
  const { alice, carrier } = await talking(world);
  const at = alice.tab.frames.length;
  await alice.page.evaluate((hz) => {
    const context = new AudioContext();
    const oscillator = context.createOscillator();
    const out = context.createMediaStreamDestination();
    oscillator.frequency.value = hz;
    oscillator.connect(out);
    oscillator.start();
    navigator.mediaDevices.getUserMedia = async () => out.stream;
    navigator.mediaDevices.dispatchEvent(new Event('devicechange'));
  }, world.hz.colleague);
  await carrier.hears(world.hz.colleague, carrier.now);
  await alice.hears(world.hz.carrier);
  assert.equal(alice.tab.frames.slice(at).some(({ socket, data }) => socket === '/sip' && /^(INVITE|UPDATE)/.test(data)), false);
}, BROWSERS);

scenario('e12 whoever logs out in a call ends it', async (world) => {
  const { alice, carrier, visitor } = await talking(world);
  await alice.get('logout').click();
  await carrier.wait('CALL_CLOSED');
  await visitor.state('ended');
  await alice.get('login-name').waitFor();
}, BROWSERS);
