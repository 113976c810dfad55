// The browser phone: registers, rings, answers, mutes. One call at a time; says what it does by callbacks.
import { usable } from '@warmline/shared/gather';
import JsSIP from 'jssip';
import type { RTCSession } from 'jssip/lib/RTCSession';
import type { IncomingRTCSessionEvent, RTCSessionEvent } from 'jssip/lib/UA';
import { asksAutoAnswer } from './reduce.ts';
import { EchoCall, type EchoHooks } from './sound/echo_call.ts';
import type { Sound } from './sound/sound.svelte.ts';

export type Microphone = 'unknown' | 'granted' | 'denied' | 'missing' | 'insecure';
export type Line = 'idle' | 'ringing' | 'answering' | 'talking';

export interface Account {
  user: string;
  password: string;
  firm: string;
  server: string;
}

export interface Hooks {
  registered: (on: boolean) => void;
  line: (line: Line) => void;
  microphone: (state: Microphone) => void;
  /** The agent's browser wants a click before it plays sound. */
  blocked: () => void;
  /** An incoming call that should be answered without the agent. */
  autoAnswer: () => boolean;
  /** A call arrives while the echo is tested: the test is to end. */
  interrupted: () => void;
}

const GATHER_LIMIT = 200;

export class Phone {
  #ua: JsSIP.UA | null = null;
  #account = '';
  #session: RTCSession | null = null;
  #line: Line = 'idle';
  #local: MediaStream | null = null;
  #muted = false;
  #connection: RTCPeerConnection | null = null;
  /** A call of ours is being made. */
  #calling = false;

  constructor(
    private readonly audio: HTMLAudioElement,
    private readonly sound: Sound,
    private readonly hooks: Hooks,
  ) {
    sound.attach(audio);
    sound.moved = () => void this.#changeMicrophone();
    void this.#watchPermission();
  }

  get line(): Line {
    return this.#line;
  }

  /** The connection of the call, for its figures. */
  get connection(): RTCPeerConnection | null {
    return this.#connection;
  }

  /** Registers; the same account again changes nothing. */
  start(account: Account): void {
    const key = JSON.stringify(account);
    if (key === this.#account) return;
    this.stop();
    this.#account = key;
    const ua = new JsSIP.UA({
      sockets: [new JsSIP.WebSocketInterface(account.server)],
      uri: `sip:${account.user}@${account.firm}`,
      password: account.password,
      register: true,
      register_expires: 120,
      session_timers: false,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 8,
      user_agent: 'Warmline desktop',
    });
    ua.on('registered', () => this.hooks.registered(true));
    ua.on('unregistered', () => this.hooks.registered(false));
    ua.on('registrationFailed', () => this.hooks.registered(false));
    ua.on('disconnected', () => this.hooks.registered(false));
    ua.on('newRTCSession', (event: RTCSessionEvent) => {
      if (event.originator === 'remote') this.#incoming(event as IncomingRTCSessionEvent);
      else if (!this.#calling) event.session.terminate();
    });
    this.#ua = ua;
    ua.start();
  }

  stop(): void {
    this.#account = '';
    this.#ua?.stop();
    this.#ua = null;
    this.#release();
    this.hooks.registered(false);
  }

  /** Asks for the microphone and gives it back: from then on a call finds it open. */
  async askMicrophone(): Promise<Microphone> {
    const stream = await this.#openMicrophone();
    for (const track of stream?.getTracks() ?? []) track.stop();
    return this.#microphone;
  }

  async answer(): Promise<void> {
    const session = this.#session;
    if (!session || this.#line !== 'ringing') return;
    this.#setLine('answering');
    const stream = this.#local ?? (await this.#openMicrophone());
    if (session !== this.#session) {
      for (const track of stream?.getTracks() ?? []) track.stop();
      return;
    }
    this.#local = stream;
    if (!stream) {
      session.terminate({ status_code: 480 });
      return;
    }
    this.mute(this.#muted);
    session.answer({ mediaStream: stream, mediaConstraints: { audio: true, video: false }, pcConfig: { iceServers: [], bundlePolicy: 'max-bundle' } });
  }

  mute(on: boolean): void {
    this.#muted = on;
    for (const track of this.#local?.getAudioTracks() ?? []) track.enabled = !on;
  }

  /** Ends the call here, whatever the switch says. */
  terminate(): void {
    const session = this.#session;
    if (!session) return;
    try {
      session.terminate(this.#line === 'ringing' ? { status_code: 603 } : {});
    } catch {
      this.#release();
    }
  }

  /** The microphone for a look at it; whoever asks for it stops it. */
  openMicrophone(): Promise<MediaStream | null> {
    return this.#openMicrophone();
  }

  /** A call to the switch's echo; null: the phone is not connected, or has a call. */
  echo(stream: MediaStream, audio: HTMLAudioElement, hooks: EchoHooks): EchoCall | null {
    const ua = this.#ua;
    const { firm } = JSON.parse(this.#account || '{}') as Partial<Account>;
    if (!ua?.isRegistered() || this.#session || !firm) return null;
    this.#calling = true;
    try {
      return new EchoCall(ua, `sip:echo@${firm}`, stream, audio, hooks);
    } finally {
      this.#calling = false;
    }
  }

  hear(): void {
    void this.audio.play().catch(() => this.hooks.blocked());
  }

  #microphone: Microphone = 'unknown';

  #setMicrophone(state: Microphone): void {
    this.#microphone = state;
    this.hooks.microphone(state);
  }

  #setLine(line: Line): void {
    this.#line = line;
    this.hooks.line(line);
  }

  async #watchPermission(): Promise<void> {
    if (!navigator.mediaDevices?.getUserMedia) {
      this.#setMicrophone('insecure');
      return;
    }
    try {
      const status = await navigator.permissions.query({ name: 'microphone' as PermissionName });
      const read = (): void => this.#setMicrophone(status.state === 'granted' ? 'granted' : status.state === 'denied' ? 'denied' : 'unknown');
      status.addEventListener('change', read);
      read();
    } catch {
      // Browsers that do not tell: known once it is asked for.
    }
  }

  async #openMicrophone(): Promise<MediaStream | null> {
    if (!navigator.mediaDevices?.getUserMedia) {
      this.#setMicrophone('insecure');
      return null;
    }
    try {
      const stream = await this.sound.openMicrophone();
      // The first permission is what tells the devices' names.
      if (this.#microphone !== 'granted') void this.sound.look();
      this.#setMicrophone('granted');
      // Unplugged in mid-call: whatever is the default now takes its place.
      for (const track of stream.getAudioTracks()) {
        track.addEventListener('ended', () => {
          if (this.#local === stream) void this.#changeMicrophone();
        });
      }
      return stream;
    } catch (error) {
      const name = error instanceof DOMException ? error.name : '';
      this.#setMicrophone(name === 'NotAllowedError' || name === 'SecurityError' ? 'denied' : 'missing');
      return null;
    }
  }

  #incoming(event: IncomingRTCSessionEvent): void {
    const { session, request } = event;
    const auto = asksAutoAnswer(request.getHeaders('Call-Info') as string[], request.getHeaders('Alert-Info') as string[]);
    if (this.#session) {
      session.terminate({ status_code: 486 });
      return;
    }
    this.hooks.interrupted();
    this.#session = session;
    session.on('peerconnection', ({ peerconnection }) => this.#play(peerconnection));
    this.#hurryIce(session);
    session.on('confirmed', () => this.#setLine('talking'));
    session.on('ended', () => this.#over(session));
    session.on('failed', () => this.#over(session));
    this.#setLine('ringing');
    if (auto || this.hooks.autoAnswer()) void this.answer();
    else if (this.#microphone === 'granted') void this.#warmUp(session);
  }

  /** The microphone opens while it rings, so that the first word is heard. */
  async #warmUp(session: RTCSession): Promise<void> {
    const stream = await this.#openMicrophone();
    if (session === this.#session && this.#line === 'ringing' && !this.#local) this.#local = stream;
    else if (stream !== this.#local) for (const track of stream?.getTracks() ?? []) track.stop();
  }

  /** JsSIP waits for all candidates: the first usable one is enough, 200 ms the most we wait for a better one. */
  #hurryIce(session: RTCSession): void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    session.on('icecandidate', ({ candidate, ready }) => {
      if (usable(candidate.candidate)) {
        clearTimeout(timer);
        ready();
      } else timer ??= setTimeout(ready, GATHER_LIMIT);
    });
  }

  #play(connection: RTCPeerConnection): void {
    this.#connection = connection;
    connection.addEventListener('track', (event) => {
      this.audio.srcObject = event.streams[0] ?? new MediaStream([event.track]);
      this.hear();
    });
  }

  /** Another microphone is to be used: in a call it takes the place of the one before, without a new offer. */
  async #changeMicrophone(): Promise<void> {
    const before = this.#local;
    if (!before) return;
    const session = this.#session;
    const stream = await this.#openMicrophone();
    const track = stream?.getAudioTracks()[0];
    const stop = (gone: MediaStream | null): void => gone?.getTracks().forEach((one) => one.stop());
    if (!stream || !track || session !== this.#session || before !== this.#local) return stop(stream);
    const sender = this.#connection?.getSenders().find((one) => one.track === null || one.track.kind === 'audio');
    try {
      await sender?.replaceTrack(track);
    } catch {
      // The connection has just ended.
      return stop(stream);
    }
    this.#local = stream;
    stop(before);
    this.mute(this.#muted);
  }

  #over(session: RTCSession): void {
    if (session === this.#session) this.#release();
  }

  #release(): void {
    this.#session = null;
    this.#connection = null;
    for (const track of this.#local?.getTracks() ?? []) track.stop();
    this.#local = null;
    this.#muted = false;
    this.audio.srcObject = null;
    this.#setLine('idle');
  }
}
