// Chromium with a tone for a microphone, and a record of all that a page says and asks for.
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { share, writeTone } from './tone.mjs';
import { until } from './until.mjs';

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
  '--host-resolver-rules=MAP shop.test 127.0.0.1, MAP switch.test 127.0.0.1, MAP evil.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
  '--ignore-certificate-errors',
  '--test-third-party-cookie-phaseout',
];

/** A browser whose microphone hears `hz`. */
export function launch(folder, name, hz) {
  const file = join(folder, `${name}.wav`);
  writeTone(file, hz, 10, 48_000);
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [...ARGS, `--use-file-for-fake-audio-capture=${file}`],
  });
}

/** A page of its own session, with its records. */
export class Tab {
  /** Every request of the page and its frames. */
  requests = [];
  /** Errors and warnings of its console, errors of its scripts, its dialogs. */
  complaints = [];
  /** Frames of its WebSockets in order: `socket` (path), `sent`, `data` (JSON where it is), `at` (wall clock, milliseconds). */
  frames = [];

  static async open(browser, options = {}) {
    const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: 'en-GB', viewport: { width: 1280, height: 720 }, ...options });
    return Tab.of(context, await context.newPage());
  }

  /** Another page of a session. */
  static async of(context, page) {
    const tab = new Tab(context, page);
    await tab.#record();
    return tab;
  }

  #session;

  constructor(context, page) {
    this.context = context;
    this.page = page;
  }

  async #record() {
    const { page } = this;
    page.on('request', (request) => this.requests.push(request));
    page.on('pageerror', (error) => this.complaints.push(`error: ${error.message}`));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.complaints.push(`${message.type()}: ${message.text()}`);
    });
    page.on('dialog', (dialog) => {
      this.complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    const session = await this.context.newCDPSession(page);
    const sockets = new Map();
    let epoch = 0;
    session.on('Network.webSocketCreated', ({ requestId, url }) => sockets.set(requestId, new URL(url).pathname));
    session.on('Network.webSocketWillSendHandshakeRequest', ({ timestamp, wallTime }) => (epoch = wallTime - timestamp));
    const frame = (sent) => ({ requestId, timestamp, response }) =>
      this.frames.push({ socket: sockets.get(requestId), sent, data: parsed(response.payloadData), at: (epoch + timestamp) * 1_000 });
    session.on('Network.webSocketFrameSent', frame(true));
    session.on('Network.webSocketFrameReceived', frame(false));
    await session.send('Network.enable');
    this.#session = session;
  }

  /** Sites of an origin have to ask for the microphone, and are given it at once (`prompt`), or this page is refused it (`denied`), until it is `granted`. */
  async microphone(origin, setting) {
    const { targetInfo } = await this.#session.send('Target.getTargetInfo');
    await this.#session.send('Browser.setPermission', { origin, permission: { name: 'microphone' }, setting, browserContextId: targetInfo.browserContextId });
    if (setting === 'denied') await this.page.evaluate(heedPermission);
  }

  /** From now on much of what its calls hear is lost on the way, or no longer, as far as the browser counts it. */
  loses(bad = true) {
    return this.page.evaluate((bad) => {
      window.losing = bad;
      if (window.lost !== undefined) return;
      window.lost = 0;
      const real = RTCPeerConnection.prototype.getStats;
      RTCPeerConnection.prototype.getStats = async function () {
        const report = new Map(await real.call(this));
        for (const [id, row] of report) {
          if (row.type === 'inbound-rtp') report.set(id, { ...row, packetsLost: (window.lost += window.losing ? 30 : 0) });
        }
        return report;
      };
    }, bad);
  }

  /** The first frame from `from` on that fits. */
  frame(fits, from = 0) {
    return this.frames.slice(from).find(fits);
  }

  /** Frames of a socket as text, one a line: for a failure's record. */
  log() {
    return this.frames.map(({ at, socket, sent, data }) => `${at.toFixed(1)} ${socket} ${sent ? '>' : '<'} ${typeof data === 'string' ? data : JSON.stringify(data)}`).join('\n');
  }

  /** Waits until `hz` has more than `least` of what an audio element plays, four times in a row; `find` is run in the page. */
  hears(find, hz, least = 0.5) {
    return this.#shares(find, hz, 'much', (heard) => heard > least);
  }

  /** Waits until there is nothing of `hz` in it, four times in a row. */
  lacks(find, hz) {
    return this.#shares(find, hz, 'nothing', (heard) => heard >= 0 && heard < 0.02);
  }

  async #shares(find, hz, much, fits) {
    const shares = [];
    let count = 0;
    await until(() => `${much} of ${hz} Hz in ${this.page.url()}; shares were ${shares.slice(-10)}`, async () => {
      // Not Playwright's evaluate: functions in functions would need `eval`, which the desktop's policy forbids.
      const expression = `(${listen})((${find})(), ${share}, ${hz})`;
      const { result, exceptionDetails } = await this.#session.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
      if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
      const heard = result.value;
      shares.push(heard.toFixed(2));
      count = fits(heard) ? count + 1 : 0;
      return count >= 4;
    });
  }

  close() {
    return this.context.close();
  }
}

/** In the page: Chromium's fake prompt gives the microphone whatever the setting says, so that the page's own call has to heed it. */
function heedPermission() {
  const real = MediaDevices.prototype.getUserMedia;
  MediaDevices.prototype.getUserMedia = async function (wanted) {
    const { state } = await navigator.permissions.query({ name: 'microphone' });
    if (state === 'denied') throw new DOMException('Permission denied', 'NotAllowedError');
    return real.call(this, wanted);
  };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** In the page: the share of `hz` in the last 170 ms of what the element plays; -1 while there is nothing to play. */
async function listen(element, share, hz) {
  const stream = element?.srcObject;
  if (!stream || stream.getAudioTracks().length === 0) return -1;
  window.listening ??= new Map();
  if (!window.listening.has(stream)) {
    const context = new AudioContext({ sampleRate: 48_000 });
    const analyser = context.createAnalyser();
    analyser.fftSize = 8_192;
    context.createMediaStreamSource(stream).connect(analyser);
    window.listening.set(stream, analyser);
  }
  const analyser = window.listening.get(stream);
  // A whole window of fresh samples.
  const { context } = analyser;
  const end = context.currentTime + 0.17;
  const asked = performance.now();
  while (context.currentTime < end && performance.now() - asked < 1_000) await new Promise((resolve) => setTimeout(resolve, 20));
  const samples = new Float32Array(analyser.fftSize);
  analyser.getFloatTimeDomainData(samples);
  return share(48_000, samples, hz, 1e-7);
}
