// How long before the first ring the page is drawn on an agent's desktop in Chromium (claim C1). `scripts/bench pages` starts it.
import { asking } from './asking.mjs';
import { percentile } from './report.mjs';
import { scenario } from '../support/world.mjs';

const CALLS = Number(process.env.CALLS ?? 300);
/** Half of the calls come as soon as the visitor has his number, half as soon as a person could have dialled it. */
const DIALLING = [0, 1_000];

const figure = (values, share) => percentile(values, share)?.toFixed(0) ?? '–';
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

scenario(`the page before the ring, ${CALLS} calls`, async (world) => {
  const desktops = { Alice: await world.desktop(), Bob: await world.desktop() };
  await desktops.Alice.ready('alice');
  await desktops.Bob.ready('bob');
  const carrier = await world.carrier();
  const asks = await asking(world);
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
}, { timeout: 3_600_000, station: 'browser', wrapup: 0, pool: 'remember_secs = 0' });
