// The desktop's sound: echo test, devices, the check before a shift, and the warning while a call sounds bad.
import assert from 'node:assert/strict';
import { until } from './support/until.mjs';
import { scenario } from './support/world.mjs';

/** The element that plays the echo is in no document: it is found by this. */
const keepAudio = () => {
  window.Audio = class extends Audio {
    constructor() {
      super();
      window.echoed = this;
    }
  };
};

/** Devices come and go: the page is shown only those that `keep` lets through. */
const devices = (page, keep) =>
  page.evaluate((text) => {
    window.realDevices ??= navigator.mediaDevices.enumerateDevices.bind(navigator.mediaDevices);
    navigator.mediaDevices.enumerateDevices = async () => (await window.realDevices()).filter((device) => !text || !device.label.includes(text));
    navigator.mediaDevices.dispatchEvent(new Event('devicechange'));
  }, keep);

const echo = (desktop, state) => desktop.page.locator(`[data-testid=echo][data-state=${state}]`).waitFor({ timeout: 20_000 });

scenario('the echo test: the agent hears himself, and is told how it was', async (world) => {
  const desktop = await world.desktop();
  await desktop.page.evaluate(keepAudio);
  await desktop.login('bob');
  const calls = await world.switch.metric('warmline_calls_started_total').catch(() => null);
  await desktop.page.keyboard.press('v');
  await desktop.page.locator('[data-testid=heard][data-heard=good]').waitFor();
  await world.shot(desktop.page, 'desktop-sound');
  await desktop.get('echo-start').click();
  await echo(desktop, 'speak');
  await desktop.tab.hears(() => window.echoed, world.hz.agent);
  for (const bar of ['echo-sent', 'echo-back']) {
    await until(`${bar} moves`, async () => Number(await desktop.get(bar).getAttribute('data-level')) > 0.3);
  }
  await world.shot(desktop.page, 'desktop-echo');
  await echo(desktop, 'done');
  assert.equal(await desktop.get('echo').getAttribute('data-verdict'), 'good');
  assert.match(await desktop.get('echo-round-trip').textContent(), /^\d+ ms$/);
  await until('the switch has ended it', () => desktop.tab.frame((frame) => frame.socket === '/sip' && frame.sent && String(frame.data).startsWith('BYE ')));
  assert.equal(await world.switch.metric('warmline_calls_started_total').catch(() => null), calls, 'it is nobody\u2019s call');
  assert.deepEqual(desktop.tab.complaints, []);
});

scenario('c5 a page that may not be heard yet says so until a key is pressed in it', async (world) => {
  const desktop = await world.desktop();
  await desktop.ready('bob');
  assert.equal(await desktop.get('silent').count(), 0, 'he has just clicked');
  await desktop.page.reload();
  await desktop.get('silent').waitFor();
  await world.shot(desktop.page, 'desktop-silent');
  await desktop.page.keyboard.press('Tab');
  await desktop.get('silent').waitFor({ state: 'detached' });
  assert.equal(await desktop.page.evaluate(() => navigator.userActivation.hasBeenActive), true);
  assert.deepEqual(desktop.tab.complaints, []);
});

scenario('a call that arrives ends the echo test and lies over everything', async (world) => {
  const desktop = await world.desktop();
  await desktop.ready('bob');
  const [carrier, visitor] = [await world.carrier(), await world.visitor()];
  await desktop.page.keyboard.press('v');
  await desktop.get('echo-start').click();
  await echo(desktop, 'speak');
  world.call(carrier, await visitor.number());
  await desktop.current('ringing');
  await desktop.get('sound-dialog').waitFor({ state: 'detached' });
  await desktop.get('answer').click();
  await desktop.current('talking');
  await Promise.all([desktop.hears(world.hz.carrier), carrier.hears(world.hz.agent)]);
  await desktop.page.keyboard.press('v');
  await desktop.get('echo-start').click();
  await echo(desktop, 'refused');
  assert.deepEqual(desktop.tab.complaints, []);
});

scenario('devices are chosen, kept, and followed when they come and go in a call', async (world) => {
  const desktop = await world.desktop();
  await desktop.ready('bob');
  await desktop.get('sound').click();
  const options = desktop.get('sound-microphone').locator('option');
  await until('the microphones are listed', async () => (await options.count()) > 2);
  const [, first, second] = await options.allTextContents();
  await desktop.get('sound-microphone').selectOption({ label: second });
  await desktop.page.locator('[data-testid=heard][data-heard=good]').waitFor();
  await desktop.get('ringer-volume').fill('0.2');
  await desktop.page.keyboard.press('Escape');

  await desktop.page.reload();
  await desktop.get('state').waitFor();
  await desktop.page.keyboard.press('v');
  await until('the choice is kept', async () => (await desktop.get('sound-microphone').locator('option:checked').textContent()) === second);
  assert.equal(await desktop.get('ringer-volume').inputValue(), '0.2');
  await desktop.page.keyboard.press('Escape');
  await desktop.get('sound-dialog').waitFor({ state: 'detached' });
  await desktop.state('Ready');

  const [carrier, visitor] = [await world.carrier(), await world.visitor()];
  world.call(carrier, await visitor.number());
  await desktop.get('answer').click();
  await desktop.current('talking');
  await carrier.hears(world.hz.agent);

  const opened = await desktop.page.evaluate(() => {
    const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    window.opened = [];
    navigator.mediaDevices.getUserMedia = async (wanted) => {
      const stream = await real(wanted);
      window.opened.push(stream.getAudioTracks()[0].label);
      return stream;
    };
    return window.opened.length;
  });
  assert.equal(opened, 0);
  await devices(desktop.page, second);
  await desktop.get('lost-microphone').waitFor();
  assert.match(await desktop.get('lost-microphone').textContent(), new RegExp(second.split('(')[0].trim()));
  await until('another microphone is open', () => desktop.page.evaluate(() => window.opened.length === 1));
  assert.notEqual(await desktop.page.evaluate(() => window.opened[0]), second);
  await carrier.hears(world.hz.agent);
  await devices(desktop.page, '');
  await desktop.get('lost-microphone').waitFor({ state: 'detached' });
  await until('the chosen one is back', () => desktop.page.evaluate((label) => window.opened.at(-1) === label, second));
  await Promise.all([desktop.hears(world.hz.carrier), carrier.hears(world.hz.agent)]);
  assert.equal(desktop.tab.frame((frame) => frame.socket === '/sip' && frame.sent && /^INVITE /.test(String(frame.data))), undefined, 'without a new offer');
  assert.ok(first);
  assert.deepEqual(desktop.tab.complaints, []);
});

scenario('a microphone that gives nothing is called so', async (world) => {
  const desktop = await world.desktop();
  await desktop.login('bob');
  await desktop.page.evaluate(() => {
    navigator.mediaDevices.getUserMedia = async () => new AudioContext().createMediaStreamDestination().stream;
  });
  await desktop.page.keyboard.press('v');
  await desktop.page.locator('[data-testid=heard][data-heard=nothing]').waitFor();
  await world.shot(desktop.page, 'desktop-sound-nothing');
});

scenario('the check before a shift', async (world) => {
  const desktop = await world.desktop({ check: true });
  await desktop.tab.context.grantPermissions(['microphone', 'notifications'], { origin: world.switch.origin });
  await desktop.login('bob');
  await desktop.get('ready-toggle').click();
  const light = (item, colour) => desktop.page.locator(`[data-testid=check-${item}][data-light=${colour}]`).waitFor({ timeout: 20_000 });
  for (const item of ['microphone', 'input', 'phone', 'notifications', 'connection']) await light(item, 'green');
  assert.equal(await desktop.get('state').textContent(), 'Not ready', 'the check comes first');
  await desktop.get('check-tone').click();
  await desktop.get('check-heard').click();
  await light('speaker', 'green');
  await desktop.get('check-echo-start').click();
  await light('echo', 'running');
  await world.shot(desktop.page, 'desktop-check');
  await light('echo', 'green');
  await world.shot(desktop.page, 'desktop-check-green');
  assert.equal(await desktop.get('check-go').textContent(), 'Go ready');
  await desktop.get('check-go').click();
  await desktop.state('Ready');

  // Once a shift: not again, until he logs in anew; and it can be skipped.
  await desktop.get('ready-toggle').click();
  await desktop.state('Not ready');
  await desktop.get('ready-toggle').click();
  await desktop.state('Ready');
  await desktop.get('ready-toggle').click();
  await desktop.state('Not ready');
  await desktop.get('logout').click();
  await desktop.get('login-name').waitFor();
  await desktop.login('bob');
  await desktop.get('ready-toggle').click();
  await desktop.get('check-go').filter({ hasText: 'Skip' }).click();
  await desktop.state('Ready');
  await desktop.page.keyboard.press('z');
  await desktop.get('check-dialog').waitFor();
  assert.deepEqual(desktop.tab.complaints, []);
});

scenario('an agent with a desk phone is asked what applies to him', async (world) => {
  const desktop = await world.desktop({ check: true });
  const phone = await world.deskPhone();
  await desktop.login('alice');
  await desktop.get('ready-toggle').click();
  await desktop.page.locator('[data-testid=check-phone][data-light=green]').waitFor();
  assert.deepEqual(await desktop.get('check').locator('li').evaluateAll((rows) => rows.map((row) => row.dataset.testid)), ['check-phone', 'check-notifications', 'check-connection']);
  await desktop.get('check-go').click();
  await desktop.state('Ready');
  phone.dial(`sip:*43@127.0.0.1:${world.switch.sip}`);
  await phone.wait('CALL_ESTABLISHED');
  await phone.hears(world.hz.phone);
});

scenario('a call that sounds bad is said to, and no longer once it is good', async (world) => {
  const desktop = await world.desktop();
  await desktop.ready('bob');
  const [carrier, visitor] = [await world.carrier(), await world.visitor()];
  world.call(carrier, await visitor.number());
  await desktop.get('answer').click();
  await desktop.current('talking');
  await desktop.hears(world.hz.carrier);
  assert.equal(await desktop.get('quality').count(), 0);
  // Much of what comes is lost from here on.
  await desktop.tab.loses();
  await desktop.page.locator('[data-testid=quality][data-trouble=loss]').waitFor();
  await world.shot(desktop.page, 'desktop-quality');
  await desktop.tab.loses(false);
  await desktop.get('quality').waitFor({ state: 'detached', timeout: 20_000 });
});

scenario('the browser is told how what it sends arrives, and how long a round trip takes', async (world) => {
  const desktop = await world.desktop();
  await desktop.page.addInitScript(() => {
    window.RTCPeerConnection = class extends RTCPeerConnection {
      constructor(...with_) {
        super(...with_);
        window.connection = this;
      }
    };
  });
  await desktop.page.reload();
  await desktop.ready('bob');
  const [carrier, visitor] = [await world.carrier(), await world.visitor()];
  world.call(carrier, await visitor.number());
  await desktop.get('answer').click();
  await desktop.current('talking');
  let report;
  await until(() => `a receiver report; it is ${JSON.stringify(report)}`, async () => {
    report = await desktop.page.evaluate(async () => [...(await window.connection.getStats()).values()].find(({ type }) => type === 'remote-inbound-rtp'));
    // The second report of ours is the first that can name one of his.
    return report?.roundTripTimeMeasurements > 0;
  });
  assert.equal(report.packetsLost, 0);
  assert.equal(report.fractionLost, 0);
  assert.ok(report.jitter < 0.1, `${report.jitter} s`);
});

scenario('nobody looks: a notification comes with the call, and the title blinks', async (world) => {
  const desktop = await world.desktop();
  await desktop.tab.context.grantPermissions(['microphone', 'notifications'], { origin: world.switch.origin });
  await desktop.ready('bob');
  await desktop.page.evaluate(() => {
    window.notes = [];
    window.Notification = class {
      static permission = 'granted';
      constructor(title, options) {
        window.notes.push(`${title} ${options.tag}`);
      }
      close() {}
    };
    Object.defineProperty(document, 'hidden', { get: () => true });
  });
  const [carrier, visitor] = [await world.carrier(), await world.visitor()];
  world.call(carrier, await visitor.number());
  await desktop.current('ringing');
  await until('a notification', () => desktop.page.evaluate(() => window.notes.length === 1));
  assert.deepEqual(await desktop.page.evaluate(() => window.notes), ['Jane Dove warmline-call']);
  const titles = new Set();
  await until('the title blinks', async () => titles.add(await desktop.page.title()).size === 2);
  assert.deepEqual([...titles].sort(), ['Warmline', '☎ Jane Dove']);
});
