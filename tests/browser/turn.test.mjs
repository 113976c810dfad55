// A network that lets no UDP out: sound goes over the firm's TURN server, with a name and password of the call's own.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { Turn } from './support/turn.mjs';
import { until } from './support/until.mjs';
import { scenario } from './support/world.mjs';

const turn = await Turn.start();
after(() => turn.end());

/** Nothing of the page goes out but over a relay; its connections are in `window.connections`. */
const confined = () => {
  window.connections = [];
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(options) {
      super({ ...options, iceTransportPolicy: 'relay' });
      window.connections.push(this);
    }
    setConfiguration(options) {
      super.setConfiguration({ ...options, iceTransportPolicy: 'relay' });
    }
  };
};

/** How the sound of a page goes out. */
const way = async ({ page }) => page.evaluate(async () => {
  const rows = [...(await window.connections.at(-1).getStats()).values()];
  const pair = rows.find((row) => row.type === 'candidate-pair' && row.nominated);
  const local = rows.find((row) => row.id === pair?.localCandidateId);
  return local && [local.candidateType, local.relayProtocol];
});

scenario('c6 where no UDP goes out a visitor and an agent speak over the TURN server, whose names are given with the call', async (world) => {
  const desktop = await world.desktop();
  await desktop.page.addInitScript(confined);
  await desktop.page.reload();
  await desktop.ready('bob');
  const visitor = await world.visitor();
  await visitor.page.addInitScript(confined);
  await visitor.page.reload();
  await visitor.talkHere();
  await desktop.get('answer').click();
  assert.match(await visitor.state('talking'), /Talking with Bob/);
  await Promise.all([desktop.hears(world.hz.visitor), visitor.hears(world.hz.agent)]);
  for (const page of [visitor, desktop]) assert.deepEqual(await way(page), ['relay', 'tcp']);
  const names = [...turn.log().matchAll(/user <(\d+):([^>]+)>/g)].map(([, , whom]) => whom);
  assert.ok(names.includes('agent') && names.some((whom) => /^rsv_/.test(whom)), 'each has a name of its own');
  await visitor.get('wl-hangup').click();
  await visitor.state('ended');
  await until('the relay is given back', () => /rsv_[^>]*>.*delete|delete.*rsv_/.test(turn.log()));
}, { web: turn.settings });

scenario('without one a page that nothing leaves says that its network may be the cause', async (world) => {
  const desktop = await world.desktop();
  await desktop.ready('bob');
  const visitor = await world.visitor();
  await visitor.page.addInitScript(confined);
  await visitor.page.reload();
  await visitor.talkHere();
  await visitor.get('wl-state').getByText('Call ended').waitFor();
  await visitor.page.getByText('Your network may block calls; use your phone instead.').waitFor();
  await world.shot(visitor.page, 'widget-no-way-out');
  await desktop.state('Ready');
});
