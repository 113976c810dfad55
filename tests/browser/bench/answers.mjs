// Call me with an agent in Chromium: from the customer's answer to the first sound of the agent's microphone. `scripts/bench answers` starts it.
import { percentile, row } from './report.mjs';
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
  const asks = await requests(world);
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

/** Asks to be called as a page would, each time somebody else. */
async function requests(world) {
  const headers = { 'Content-Type': 'application/json', Origin: world.switch.shop };
  const post = async (path, body) => {
    const answer = await fetch(`http://${world.switch.http}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    const said = await answer.json();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${JSON.stringify(said)}`);
    return said;
  };
  // Sessions have a limit of their own.
  const sessions = [];
  for (let count = 0; count < VISITORS; count += 1) sessions.push(await post('/v1/web/sessions', { site: 'shop' }));
  return async (call) => {
    const { visitor, consent_version: version } = sessions[call % VISITORS];
    const page = { url: `${world.switch.shop}/printers/42`, title: 'Printer 42' };
    return post('/v1/web/reservations', { site: 'shop', mode: 'callme', visitor, page, number: `+4915120${String(call).padStart(6, '0')}`, consent: { version, call: true } });
  };
}
