// baresip as a phone or a carrier: driven over its control port, what it hears recorded.
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort } from './ports.mjs';
import { Process } from './process.mjs';
import { isMixed, isMusic, isTone, stretches, writeGreeting, writeTone } from './tone.mjs';
import { until } from './until.mjs';

function config(folder, sip, control) {
  return `sip_listen 127.0.0.1:${sip}
call_local_timeout 120
call_max_calls 10
audio_source aufile,${folder}/voice.wav
audio_player aubridge,ears
audio_alert aubridge,alert
audio_buffer 20-160
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
module_path /usr/lib/baresip/modules
module g711.so
module aufile.so
module aubridge.so
module sndfile.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
snd_path ${folder}
ctrl_tcp_listen 127.0.0.1:${control}
`;
}

const open = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(null));
  });

export class Baresip {
  #control;
  #buffer = Buffer.alloc(0);
  /** Everything it reported: type, parameters and `at`, our clock in milliseconds. */
  events = [];

  /** `registrar`: the SIP port of the switch on loopback, for a phone that registers; none for a peer. `greets`: what is said once, in place of a tone of `hz`. */
  static async start(folder, { user, domain = '127.0.0.1', password = '', registrar, auto = false, hz, greets, sip }) {
    mkdirSync(folder, { recursive: true });
    const control = await freePort();
    const port = sip ?? (await freePort());
    const voice = join(folder, 'voice.wav');
    if (greets) writeGreeting(voice, greets, 120);
    else writeTone(voice, hz, 120, 8_000);
    writeFileSync(join(folder, 'config'), config(folder, port, control));
    const registration = registrar ? `;outbound="sip:127.0.0.1:${registrar};transport=udp";regint=600` : ';regint=0';
    const mode = auto ? 'auto' : 'manual';
    const account = `<sip:${user}@${domain};transport=udp>;auth_user=${user};auth_pass="${password}";answermode=${mode};audio_codecs=pcma,pcmu${registration}\n`;
    writeFileSync(join(folder, 'accounts'), account);
    writeFileSync(join(folder, 'contacts'), '');
    const process = new Process('baresip', ['-4', '-f', folder], { log: join(folder, 'baresip.log'), cwd: folder });
    let socket;
    try {
      socket = await until(`baresip's control port, see ${folder}`, () => open(control));
    } catch (error) {
      await process.end();
      throw error;
    }
    return new Baresip(process, socket, folder, port);
  }

  constructor(process, socket, folder, sip) {
    this.process = process;
    this.folder = folder;
    this.sip = sip;
    this.#control = socket;
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('error', () => undefined);
  }

  /** Waits until its registrar knows it. In its log: the event may have come before anyone listened. */
  registered() {
    return until(`baresip registers, see ${this.folder}`, () => readFileSync(join(this.folder, 'baresip.log'), 'utf8').includes('[1 binding]'));
  }

  command(command, params = '') {
    const text = JSON.stringify({ command, params, token: command });
    this.#control.write(`${Buffer.byteLength(text)}:${text},`);
  }

  dial(uri) {
    this.command('dial', uri);
  }

  accept() {
    this.command('accept');
  }

  /** Presses keys, one after the other as a person does: baresip forgets a key that the next one overtakes. */
  async press(keys) {
    for (const key of keys) {
      this.command('sndcode', key);
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }

  hangup() {
    this.command('hangup');
  }

  /** Waits for an event of a type (`CALL_INCOMING`, `CALL_ESTABLISHED`, `CALL_CLOSED` …), the first from `from` on, and returns it. */
  wait(type, from = 0) {
    return until(() => `baresip's ${type}, see ${this.folder}; it reported ${this.events.map((event) => event.type)}`, () => this.#find(type, from));
  }

  has(type) {
    return this.#find(type, 0) !== undefined;
  }

  #find(type, from) {
    return this.events.slice(from).find((event) => event.type === type);
  }

  /** How much it has heard in its latest call, in stretches of 100 ms: where a later question begins. */
  get now() {
    return this.#heard(0).length;
  }

  /** Waits until half a second of a tone is in its latest recording. */
  hears(hz, from = 0) {
    return until(`${hz} Hz at ${this.folder}`, () => this.#heard(from).filter((stretch) => isTone(stretch, hz)).length >= 5);
  }

  /** Waits until half a second of several tones at once is in its latest recording. */
  hearsTogether(tones, from) {
    return until(`${tones} Hz together at ${this.folder}`, () => this.#heard(from).filter((stretch) => isMixed(stretch, tones)).length >= 5);
  }

  /** Waits until a second on end of its latest recording is music on hold with nothing of `absent` in it. */
  hearsMusic(absent, from) {
    return until(`music without ${absent} Hz at ${this.folder}`, () => {
      let run = 0;
      return this.#heard(from).some((stretch) => (run = isMusic(stretch, absent) ? run + 1 : 0) >= 10);
    });
  }

  /** Waits until a second on end of its latest recording has nothing of a tone in it. */
  lacks(hz, from) {
    return until(`a second without ${hz} Hz at ${this.folder}`, () => {
      let run = 0;
      return this.#heard(from).some((stretch) => (run = stretch(hz) < 0.02 ? run + 1 : 0) >= 10);
    });
  }

  /** The keys it was sent, in order. */
  get keys() {
    return this.events.filter(({ type }) => type === 'CALL_DTMF_START').map(({ param }) => param).join('');
  }

  #heard(from) {
    const ears = this.#ears();
    return ears === undefined ? [] : stretches(ears, from);
  }

  /** What it heard in its latest call. */
  #ears() {
    const files = readdirSync(this.folder).filter((name) => name.endsWith('-dec.wav')).map((name) => join(this.folder, name));
    return files.sort((one, other) => statSync(one).mtimeMs - statSync(other).mtimeMs).at(-1);
  }

  #read(chunk) {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    for (;;) {
      const colon = this.#buffer.indexOf(':');
      if (colon < 0) return;
      const length = Number(this.#buffer.subarray(0, colon).toString());
      if (this.#buffer.length < colon + length + 2) return;
      const value = JSON.parse(this.#buffer.subarray(colon + 1, colon + 1 + length).toString());
      this.#buffer = this.#buffer.subarray(colon + length + 2);
      if (value.event) this.events.push({ ...value, at: Date.now() });
    }
  }

  async end() {
    this.#control.destroy();
    await this.process.end();
  }
}
