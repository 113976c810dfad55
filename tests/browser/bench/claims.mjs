// What the claims promise of calls with agents in Chromium, beside `pages`. `scripts/bench claims` starts it.
import { asking } from './asking.mjs';
import { percentile, row } from './report.mjs';
import { PASSWORD } from '../support/switch.mjs';
import { until } from '../support/until.mjs';
import { scenario } from '../support/world.mjs';

const CALLS = Number(process.env.CALLS ?? 20);
const SAMPLES = Number(process.env.SAMPLES ?? 3);
/** All visitors call from one phone: nobody is thought of once his number is another's. */
const LIMITS = { timeout: 1_800_000, station: 'browser', wrapup: 0, pool: 'remember_secs = 0' };
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const drawn = ({ socket, sent, data }) => socket === '/v1/agent/stream' && sent && data?.type === 'rendered';

/** How long before the ring the page was drawn; null: it was not. */
async function lead(desktop) {
  const invite = await desktop.request('INVITE');
  const rendered = desktop.tab.frame(drawn);
  return rendered && rendered.at <= invite.at ? invite.at - rendered.at : null;
}

/** So many calls in so many samples: how many had their page before the ring, and by how much. */
async function leads(name, call) {
  const samples = [];
  let without = 0;
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const values = [];
    for (let count = 0; count < CALLS; count += 1) {
      const before = await call(sample * CALLS + count);
      if (before === null) without += 1;
      else values.push(before);
    }
    samples.push(percentile(values, 0.5));
  }
  const all = CALLS * SAMPLES;
  console.log(`  ${name}: the page was drawn before the ring in ${all - without} of ${all} calls`);
  row('… by, p50', samples);
}

async function twoDesktops(world) {
  const desktops = { Alice: await world.desktop(), Bob: await world.desktop({ voice: 'colleague' }) };
  await desktops.Alice.ready('alice');
  await desktops.Bob.ready('bob');
  return desktops;
}

const other = (desktops, desktop) => Object.values(desktops).find((one) => one !== desktop);

async function over(carrier) {
  const events = carrier.events.length;
  carrier.hangup();
  await carrier.wait('CALL_CLOSED', events);
}

scenario('c1: a call from the page', async (world) => {
  const bob = await world.desktop();
  await bob.ready('bob');
  const visitor = await world.visitor();
  await leads('a call from the page', async () => {
    await bob.state('Ready');
    await visitor.page.reload();
    await visitor.open();
    bob.tab.frames.length = 0;
    await visitor.get('wl-option-browser').click();
    const before = await lead(bob);
    await visitor.state('ringing');
    await visitor.get('wl-hangup').click();
    await visitor.state('ended');
    return before;
  });
}, LIMITS);

scenario('c1: a call out of the queue', async (world) => {
  const bob = await world.desktop();
  await bob.login('bob');
  const carrier = await world.carrier();
  const asks = await asking(world, { claimed: false });
  await leads('a call out of the queue', async (call) => {
    const { number } = await asks(call);
    const events = carrier.events.length;
    world.call(carrier, number);
    await carrier.wait('CALL_ESTABLISHED', events);
    bob.tab.frames.length = 0;
    await bob.get('ready-toggle').click();
    const before = await lead(bob);
    await bob.get('answer').click();
    await bob.current('talking');
    await over(carrier);
    await bob.state('Ready');
    await bob.get('ready-toggle').click();
    await bob.state('Not ready');
    return before;
  });
}, LIMITS);

scenario('c1: a call that the first agent declines', async (world) => {
  const desktops = await twoDesktops(world);
  const carrier = await world.carrier();
  const asks = await asking(world);
  await leads('a call that was declined', async (call) => {
    for (const desktop of Object.values(desktops)) {
      await desktop.state('Ready');
      desktop.tab.frames.length = 0;
    }
    const reservation = await asks(call);
    world.call(carrier, reservation.number);
    const first = desktops[reservation.agent.display_name];
    await first.request('INVITE');
    await first.get('hangup').click();
    const second = other(desktops, first);
    const before = await lead(second);
    await second.get('answer').click();
    await second.current('talking');
    await over(carrier);
    await first.state('Not ready');
    await first.get('ready-toggle').click();
    return before;
  });
}, LIMITS);

/** Logs in again where nobody has logged off. */
async function back(desktop, name) {
  await desktop.get('login-name').fill(name);
  await desktop.get('login-password').fill(PASSWORD);
  await desktop.get('login-submit').click();
  const asked = desktop.get('take-over');
  await asked.or(desktop.get('state')).first().waitFor();
  if (await asked.isVisible()) await asked.click();
  // What was his desktop is given up by then.
  await pause(2_000);
  if ((await desktop.get('state').textContent()) !== 'Ready') await desktop.get('ready-toggle').click();
}

scenario('c5: the chosen agent’s browser is killed, and the call comes at once', async (world) => {
  const desktops = await twoDesktops(world);
  const carrier = await world.carrier();
  const asks = await asking(world);
  const names = { Alice: 'alice', Bob: 'bob' };
  const samples = [];
  let rung = 0;
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const values = [];
    for (let count = 0; count < CALLS; count += 1) {
      for (const desktop of Object.values(desktops)) {
        await desktop.state('Ready');
        desktop.tab.frames.length = 0;
      }
      const reservation = await asks(sample * CALLS + count);
      const name = reservation.agent.display_name;
      const [dead, second] = [desktops[name], other(desktops, desktops[name])];
      // No page of it says good-bye.
      const session = await dead.tab.context.newCDPSession(dead.page);
      session.send('Page.crash').catch(() => undefined);
      await new Promise((resolve) => dead.page.once('crash', resolve));
      const called = Date.now();
      world.call(carrier, reservation.number);
      const invite = await second.request('INVITE');
      values.push(invite.at - called);
      const rings = ({ data }) => data?.event === 'call.ringing' && data.data.agent === names[name];
      if (second.tab.frame(rings)) rung += 1;
      await second.get('answer').click();
      await second.current('talking');
      await over(carrier);
      await dead.tab.close();
      desktops[name] = await world.desktop({ voice: name === 'Bob' ? 'colleague' : 'agent' });
      await back(desktops[name], names[name]);
    }
    samples.push(values);
  }
  const all = CALLS * SAMPLES;
  console.log(`  c5: phones of dead browsers that were rung: ${rung} of ${all}`);
  row('… call to the ring of the next agent’s phone, p50 (re-offer within 1 s is aimed at)', samples.map((values) => percentile(values, 0.5)));
  row('… the longest', samples.map((values) => percentile(values, 1)));
}, LIMITS);

scenario('e10: the trunk goes down while a page shows its number', async (world) => {
  const bob = await world.desktop();
  await bob.ready('bob');
  const values = [];
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const carrier = await world.carrier();
    await until('the trunk is up', async () => (await world.switch.metric('warmline_firm_trunk_up')) === 1);
    const visitor = await world.visitor();
    await visitor.number();
    bob.tab.frames.length = 0;
    await carrier.end();
    const down = await until('the trunk is known to be down', () => bob.tab.frame(({ data }) => data?.view === 'stats' && data.data.trunk_up === false));
    const gone = await until('the page has no number any more', () => visitor.tab.frame(({ sent, data, at }) => !sent && data?.view === 'reservation' && !data.data.number && at > down.at - 5_000));
    await visitor.get('wl-number').waitFor({ state: 'detached' });
    values.push(gone.at - down.at);
    await visitor.tab.close();
  }
  row('e10: from what desktops are told of the trunk to what the page is told (2 s is aimed at)', values);
}, { ...LIMITS, ping: 1 });

/** In a page: the longest time for which an audio element plays nothing, until `heard()` is asked. */
const LISTEN = `(find) => {
  const context = new AudioContext();
  const source = context.createMediaStreamSource(find().srcObject);
  const tap = context.createScriptProcessor(256, 1, 1);
  let [quiet, longest] = [0, 0];
  tap.onaudioprocess = ({ inputBuffer }) => {
    const samples = inputBuffer.getChannelData(0);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    quiet = power < 1e-6 ? quiet + samples.length : 0;
    longest = Math.max(longest, quiet);
  };
  source.connect(tap).connect(context.destination);
  globalThis.gap = () => (longest / context.sampleRate) * 1000;
}`;

scenario('c8: from the page to the phone', async (world) => {
  const bob = await world.desktop();
  await bob.ready('bob');
  const carrier = await world.carrier();
  const samples = [];
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const gaps = [];
    for (let count = 0; count < CALLS / 2; count += 1) {
      await bob.state('Ready');
      const visitor = await world.visitor();
      await visitor.talkHere();
      await bob.get('answer').click();
      await visitor.state('talking');
      await bob.hears(world.hz.visitor);
      await bob.page.evaluate(`(${LISTEN})(() => document.querySelector('audio'))`);
      await visitor.get('wl-by-phone').click();
      const number = (await visitor.get('wl-number').getAttribute('href')).replace('tel:', '');
      await pause(500);
      world.call(carrier, number);
      await bob.hears(world.hz.carrier);
      gaps.push(await bob.page.evaluate('globalThis.gap()'));
      await over(carrier);
      await visitor.tab.close();
    }
    samples.push(gaps);
  }
  row('c8: the longest silence at the agent’s ear, from the page to the phone, p50', samples.map((gaps) => percentile(gaps, 0.5)));
  row('… the longest of a sample (300 ms is aimed at)', samples.map((gaps) => percentile(gaps, 1)));
}, LIMITS);
