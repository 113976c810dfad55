// E12: the agent's network is another one in a call: for a moment nothing passes, then all of it comes from elsewhere.
import assert from 'node:assert/strict';
import { Relay } from './support/relay.mjs';
import { BROWSERS, both, resumed, talking } from './support/talk.mjs';
import { until } from './support/until.mjs';
import { scenario } from './support/world.mjs';

/** All that Alice's browser sends goes over a relay; her streams can be cut as well. */
async function mobile(world) {
  const relay = await Relay.start(world.switch.webrtc);
  world.ends(() => relay.end());
  const network = { relay, up: true, streams: [] };
  const prepared = async ({ page }) => {
    for (const stream of ['**/sip', '**/v1/agent/stream']) {
      await page.routeWebSocket(stream, (socket) => {
        if (!network.up) return void socket.close({ code: 4_000 });
        const server = socket.connectToServer();
        socket.onMessage((text) => server.send(text));
        server.onMessage((text) => socket.send(relay.through(text)));
        network.streams.push(socket, server);
      });
    }
    await page.reload();
  };
  const call = await talking(world, prepared);
  return { ...call, network };
}

/** Seconds that the call's timer shows. */
async function clock(alice) {
  const [minutes, seconds] = (await alice.page.locator('[data-testid=current] .state time').last().textContent()).split(':').map(Number);
  return minutes * 60 + seconds;
}

scenario('e12 the agent comes from another address: sound goes on, and nothing is negotiated', async (world) => {
  const { alice, carrier, network } = await mobile(world);
  const [at, before] = [alice.tab.frames.length, network.relay.there];
  await network.relay.restore();
  assert.notEqual(network.relay.there, before);
  await both(world, alice, carrier);
  assert.equal(alice.tab.frames.slice(at).some(({ socket, data }) => socket === '/sip' && /^(INVITE|UPDATE)/.test(data)), false);
  assert.equal(alice.tab.frame(({ data }) => data?.event === 'call.phone_lost'), undefined, 'nothing was lost');
}, BROWSERS);

scenario('e12 the agent’s network is gone and another one comes: music meanwhile, sound back, and the timer goes on', async (world) => {
  const { alice, carrier, visitor, network } = await mobile(world);
  await until('the timer has run', async () => (await clock(alice)) >= 2);
  const [before, at, lost] = [await clock(alice), alice.tab.frames.length, carrier.now];
  network.up = false;
  network.relay.cut();
  for (const end of network.streams.splice(0)) await end.close({ code: 4_000 }).catch(() => undefined);
  await carrier.hearsMusic([world.hz.agent], lost);
  assert.match(await visitor.state('talking'), /Talking with Alice/);
  await world.shot(alice.page, 'desktop-network-gone');

  network.up = true;
  await network.relay.restore();
  await resumed(alice, at);
  await both(world, alice, carrier);
  await alice.current('talking');
  assert.ok((await clock(alice)) > before, 'the timer began anew');
  assert.equal(await alice.get('answer').count(), 0, 'it rang');
  await alice.drawn.getByRole('heading', { name: 'Printer 42', level: 1 }).waitFor();
  await alice.get('hangup').click();
  await carrier.wait('CALL_CLOSED');
  await alice.current('wrapup');
}, BROWSERS);
