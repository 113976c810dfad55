// How long before the first ring the page is drawn on an agent's desktop in Chromium (claim C1). `scripts/bench pages` starts it.
import { percentile } from './report.mjs';
import { until } from '../support/until.mjs';
import { scenario } from '../support/world.mjs';

const CALLS = Number(process.env.CALLS ?? 300);
/** Half of the calls come as soon as the visitor has his number, half as soon as a person could have dialled it. */
const DIALLING = [0, 1_000];
const VISITORS = 10;

const figure = (values, share) => percentile(values, share)?.toFixed(0) ?? '–';
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

scenario(`the page before the ring, ${CALLS} calls`, async (world) => {
  const desktops = { Alice: await world.desktop(), Bob: await world.desktop() };
  await desktops.Alice.ready('alice');
  await desktops.Bob.ready('bob');
  const carrier = await world.carrier();
  const asks = await requests(world);
  const leads = DIALLING.map(() => []);
  let without = 0;
  for (let call = 0; call < CALLS; call += 1) {
    for (const desktop of Object.values(desktops)) {
      await desktop.state('Ready');
      desktop.tab.frames.length = 0;
    }
    const reservation = await asks(call);
    const group = call % DIALLING.length;
    await pause(DIALLING[group]);
    world.call(carrier, reservation.number);
    const desktop = desktops[reservation.agent.display_name];
    const invite = await desktop.request('INVITE');
    const rendered = desktop.tab.frame(({ socket, sent, data }) => socket === '/v1/agent/stream' && sent && data?.type === 'rendered' && data.reservation === reservation.id);
    if (rendered && rendered.at <= invite.at) leads[group].push(invite.at - rendered.at);
    else without += 1;
    await desktop.get('answer').click();
    await desktop.current('talking');
    const events = carrier.events.length;
    carrier.hangup();
    await carrier.wait('CALL_CLOSED', events);
  }
  console.log(`  page drawn before the first ring, Chromium: ${CALLS - without} of ${CALLS} calls (${((100 * (CALLS - without)) / CALLS).toFixed(2)} %)`);
  for (const [group, lead] of leads.entries()) {
    console.log(`  … dialled ${DIALLING[group]} ms after the number: ${lead.length} of ${CALLS / DIALLING.length}, by: least ${figure(lead, 0)}, p5 ${figure(lead, 0.05)}, p50 ${figure(lead, 0.5)}, most ${figure(lead, 1)} ms`);
  }
}, { timeout: 3_600_000, station: 'browser', wrapup: 0 });

/** Asks as a visitor's page did, for one of some visitors. */
async function requests(world) {
  const visitor = await world.visitor();
  await visitor.number();
  const path = '/v1/web/reservations';
  const first = visitor.tab.requests.find((request) => request.method() === 'POST' && new URL(request.url()).pathname === path);
  const body = first.postDataJSON();
  const reply = await (await first.response()).json();
  const post = async (path, what) => {
    const answer = await fetch(`http://${world.switch.http}${path}`, { method: 'POST', headers: { 'Content-Type': 'application/json', Origin: world.switch.shop }, body: JSON.stringify(what) });
    return answer.json();
  };
  await fetch(`http://${world.switch.http}${path}/${reply.id}`, { method: 'DELETE', headers: { Origin: world.switch.shop, Authorization: `Bearer ${reply.key}` } });
  await visitor.tab.close();
  const ids = [];
  for (let count = 0; count < VISITORS; count += 1) ids.push((await post('/v1/web/sessions', { site: body.site })).visitor);
  return (call) =>
    until('a number with an agent', async () => {
      const reservation = await post(path, { ...body, visitor: ids[call % VISITORS] });
      return reservation.number && reservation.agent ? reservation : null;
    });
}
