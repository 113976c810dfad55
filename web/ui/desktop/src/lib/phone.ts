// The browser phone: registers, rings, answers, mutes. One call at a time; says what it does by callbacks.
// A call that is lost with its page, network or tab is the switch's to keep: it calls again, with a token, and is answered at once.
import { usable } from '@warmline/shared/gather';
import JsSIP from 'jssip';
import type { RTCSession } from 'jssip/lib/RTCSession';
import type { IncomingRTCSessionEvent, RTCSessionEvent } from 'jssip/lib/UA';
import { follow, stop } from './device.ts';
import { recall, remember } from './language.svelte.ts';
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
  /** Whether a token is that of the call that this desktop lost; and if so, whether the agent is muted. */
  resumes: (token: string) => { muted: boolean } | null;
}

const GATHER_LIMIT = 200;
/** How long a token may be known to the switch's call before the desktop is told of it; then it is a call like any other. */
const STRANGE = 3_000;
/** A browser that hears nothing of the switch for so long comes by its new network. */
const TROUBLE = 2_000;
const RESUME = 'X-Warmline-Resume';
const INSTANCE = 'warmline.desktop.phone';

export class Phone {
  /** The way round a network that lets no UDP out. */
  ice: RTCIceServer[] = [];
  #ua: JsSIP.UA | null = null;
  #account = '';
  #session: RTCSession | null = null;
  #line: Line = 'idle';
  #local: MediaStream | null = null;
  #muted = false;
  #connection: RTCPeerConnection | null = null;
  #following: Promise<void> = Promise.resolve();
  /** A call of ours is being made. */
  #calling = false;
  /** A call with a token that nobody has told this desktop of yet. */
  #strange: { session: RTCSession; token: string; timer: ReturnType<typeof setTimeout> } | null = null;
  #trouble: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly audio: HTMLAudioElement,
    private readonly sound: Sound,
    private readonly hooks: Hooks,
  ) {
    sound.attach(audio);
    sound.moved = () => void this.#followDevice();
    void this.#watchPermission();
    addEventListener('online', () => this.#online());
    // Said before the page is gone, so that the switch need not find out.
    addEventListener('pagehide', () => this.abandon());
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
      instance_id: instance(),
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

  /** Leaves everything to the next page or tab: no word to anybody, so that the switch keeps the call. */
  abandon(): void {
    const [ua, session] = [this.#ua, this.#session];
    this.#account = '';
    this.#ua = null;
    this.#release();
    session?.connection?.close();
    ua?.removeAllListeners();
    (ua as unknown as { transport: { disconnect(): void } | null } | null)?.transport?.disconnect();
    this.hooks.registered(false);
  }

  /** The way to the switch is lost: by a new one it calls again. */
  #comeAgain(): void {
    const account = this.#account;
    if (!account) return;
    this.abandon();
    this.start(JSON.parse(account) as Account);
  }

  /** Another network: what has no way over it now is fetched; what rings is not disturbed. */
  #online(): void {
    if (this.#line === 'ringing' || this.#line === 'answering') return;
    const state = this.#session?.connection?.iceConnectionState;
    if (state !== 'connected' && state !== 'completed') this.#comeAgain();
  }

  /** What a desktop is told may be what a call waits for. */
  settle(): void {
    const strange = this.#strange;
    const known = strange && this.hooks.resumes(strange.token);
    if (strange && known) this.#resume(strange.session, known.muted);
  }

  /** Asks for the microphone and gives it back: from then on a call finds it open. */
  async askMicrophone(): Promise<Microphone> {
    stop(await this.#openMicrophone());
    return this.#microphone;
  }

  async answer(): Promise<void> {
    const session = this.#session;
    if (!session || this.#line !== 'ringing') return;
    this.#setLine('answering');
    const stream = this.#local ?? (await this.#openMicrophone());
    if (session !== this.#session) return stop(stream);
    this.#keep(stream);
    if (!stream) {
      session.terminate({ status_code: 480 });
      return;
    }
    this.mute(this.#muted);
    session.answer({ mediaStream: stream, mediaConstraints: { audio: true, video: false }, pcConfig: { iceServers: this.ice, bundlePolicy: 'max-bundle' } });
  }

  mute(on: boolean): void {
    this.#muted = on;
    for (const track of this.#local?.getAudioTracks() ?? []) track.enabled = !on;
  }

  /** The call that it has now, to be known again. */
  get call(): unknown {
    return this.#session;
  }

  /** Ends this call here, whatever the switch says; never another one that has come since. */
  terminate(call: unknown): void {
    const session = this.#session;
    if (!session || session !== call) return;
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
      return new EchoCall(ua, `sip:echo@${firm}`, stream, this.ice, audio, hooks);
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
      return stream;
    } catch (error) {
      const name = error instanceof DOMException ? error.name : '';
      this.#setMicrophone(name === 'NotAllowedError' || name === 'SecurityError' ? 'denied' : 'missing');
      return null;
    }
  }

  #incoming(event: IncomingRTCSessionEvent): void {
    const { session, request } = event;
    const token = request.getHeader(RESUME) as string | undefined;
    if (token) return this.#incomingAgain(session, token);
    const auto = asksAutoAnswer(request.getHeaders('Call-Info') as string[], request.getHeaders('Alert-Info') as string[]);
    if (this.#session) {
      session.terminate({ status_code: 486 });
      return;
    }
    this.hooks.interrupted();
    this.#session = session;
    this.#attend(session);
    this.#setLine('ringing');
    if (auto || this.hooks.autoAnswer()) void this.answer();
    else if (this.#microphone === 'granted') void this.#warmUp(session);
  }

  #attend(session: RTCSession): void {
    session.on('peerconnection', ({ peerconnection }) => {
      this.#play(peerconnection);
      this.#watch(peerconnection);
    });
    this.#hurryIce(session);
    session.on('confirmed', () => {
      if (session === this.#session) this.#setLine('talking');
    });
    session.on('ended', () => this.#over(session));
    session.on('failed', () => this.#over(session));
  }

  /** The switch brings a lost call back. Only one that this desktop was told of is answered without the agent. */
  #incomingAgain(session: RTCSession, token: string): void {
    const known = this.hooks.resumes(token);
    if (known) return this.#resume(session, known.muted);
    this.#forgetStrange();
    session.on('failed', () => this.#strange?.session === session && this.#forgetStrange());
    const timer = setTimeout(() => {
      this.#strange = null;
      session.terminate({ status_code: 480 });
    }, STRANGE);
    this.#strange = { session, token, timer };
  }

  #resume(session: RTCSession, muted: boolean): void {
    this.#forgetStrange();
    const before = this.#session;
    this.#session = session;
    if (before) {
      // The switch has given it up already.
      before.connection?.close();
      try {
        before.terminate();
      } catch {
        // It was over.
      }
    }
    this.#attend(session);
    void this.#answerAgain(session, muted);
  }

  async #answerAgain(session: RTCSession, muted: boolean): Promise<void> {
    const stream = this.#local ?? (await this.#openMicrophone());
    if (session !== this.#session) return stop(stream);
    this.#keep(stream);
    if (!stream) {
      session.terminate({ status_code: 480 });
      return;
    }
    this.mute(muted);
    session.answer({ mediaStream: stream, mediaConstraints: { audio: true, video: false }, pcConfig: { iceServers: this.ice, bundlePolicy: 'max-bundle' } });
  }

  #forgetStrange(): void {
    clearTimeout(this.#strange?.timer);
    this.#strange = null;
  }

  /** Media that does not come through for a while is fetched by another way. */
  #watch(connection: RTCPeerConnection): void {
    connection.addEventListener('iceconnectionstatechange', () => {
      if (connection !== this.#session?.connection) return;
      clearTimeout(this.#trouble);
      if (connection.iceConnectionState === 'disconnected') this.#trouble = setTimeout(() => this.#comeAgain(), TROUBLE);
    });
  }

  #keep(stream: MediaStream | null): void {
    this.#local = stream;
    stream?.getAudioTracks()[0]?.addEventListener('ended', () => {
      if (stream === this.#local) void this.#followDevice();
    });
  }

  /** Another microphone is to be used: in a call it takes the place of the one before, without a new offer. One after the other. */
  #followDevice(): Promise<void> {
    return (this.#following = this.#following.then(() => this.#follow()).catch(() => undefined));
  }

  async #follow(): Promise<void> {
    const [session, local] = [this.#session, this.#local];
    if (local && this.#line === 'ringing') {
      this.#local = null;
      return stop(local);
    }
    if (!session?.connection || !local || this.#line !== 'talking') return;
    const stream = await follow(session.connection, local, () => this.#openMicrophone(), () => this.#muted);
    if (stream === local) return;
    if (session === this.#session && local === this.#local) this.#keep(stream);
    else stop(stream);
  }

  /** The microphone opens while it rings, so that the first word is heard. */
  async #warmUp(session: RTCSession): Promise<void> {
    const stream = await this.#openMicrophone();
    if (session === this.#session && this.#line === 'ringing' && !this.#local) this.#local = stream;
    else if (stream !== this.#local) stop(stream);
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

  #over(session: RTCSession): void {
    if (session === this.#session) this.#release();
  }

  #release(): void {
    this.#session = null;
    this.#connection = null;
    this.#forgetStrange();
    clearTimeout(this.#trouble);
    stop(this.#local);
    this.#local = null;
    this.#muted = false;
    this.audio.srcObject = null;
    this.#setLine('idle');
  }
}

/** Names this browser to the switch: the same after a reload. */
function instance(): string {
  const known = recall(INSTANCE);
  if (known && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(known)) return known;
  const fresh = crypto.randomUUID();
  remember(INSTANCE, fresh);
  return fresh;
}
