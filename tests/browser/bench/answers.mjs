// Call me with an agent in Chromium: from the customer's answer to the first sound of the agent's microphone. `scripts/bench answers` starts it.
import { percentile, row } from './report.mjs';
import { askers } from '../support/asked.mjs';
import { Callee } from '../support/callee.mjs';
import { scenario } from '../support/world.mjs';

const CALLS = Number(process.env.CALLS ?? 50);
const SAMPLES = Number(process.env.SAMPLES ?? 3);
const VISITORS = 10;

scenario(`answers: ${CALLS} calls a sample, the agent a browser`, async (world) => {
  const desktop = await world.desktop();
  await desktop.ready('bob');
  const callee = await Callee.start(world.carrierPort, world.hz.agent);
  world.ends(() => callee.end());
  const asks = await askers(world, VISITORS);
  const figures = { 'answer to the agent’s sound, p50': [], 'answer to the agent’s sound, p95': [], 'answer to the ring of his browser, p95 (ours alone)': [], 'ring to his sound, p95 (his browser: microphone, ICE, DTLS)': [] };
  let next = 0;
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const [sound, ring, browser] = [[], [], []];
    for (let call = 0; call < CALLS; call += 1) {
      await desktop.state('Ready');
      desktop.tab.frames.length = 0;
      const heard = callee.next();
      await asks((next += 1));
      const { answered, heard: at } = await heard;
      const invite = await desktop.request('INVITE');
      sound.push(at - answered);
      ring.push(invite.at - answered);
      browser.push(at - invite.at);
    }
    const values = [percentile(sound, 0.5), percentile(sound, 0.95), percentile(ring, 0.95), percentile(browser, 0.95)];
    Object.values(figures).forEach((all, at) => all.push(values[at]));
  }
  for (const [name, values] of Object.entries(figures)) row(name, values);
}, { timeout: 1_800_000, wrapup: 0 });
