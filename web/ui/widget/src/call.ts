// A call from the browser: microphone in, one peer connection, the agent's voice out.
import { gathered, microphone } from '@warmline/shared/gather';

export type MediaTrouble = 'insecure' | 'denied' | 'no_microphone' | 'failed';

export class MediaError extends Error {
  constructor(readonly trouble: MediaTrouble) {
    super(trouble);
  }
}

/** Browsers give a page without a secure context no microphone. */
const able = (): boolean => Boolean(navigator.mediaDevices?.getUserMedia) && typeof RTCPeerConnection !== 'undefined';

/** Why this page cannot be a phone, as far as that is known without asking anybody. */
export async function microphoneTrouble(): Promise<MediaTrouble | null> {
  if (!able()) return 'insecure';
  // Not every browser answers these.
  const permission = await navigator.permissions?.query({ name: 'microphone' as PermissionName }).catch(() => null);
  if (permission?.state === 'denied') return 'denied';
  const known = await navigator.mediaDevices.enumerateDevices?.().catch(() => null);
  return known && !known.some(({ kind }) => kind === 'audioinput') ? 'no_microphone' : null;
}

/** Asks for the microphone; throws a `MediaError` that says what is wrong. */
export async function openMicrophone(raw: boolean): Promise<MediaStream> {
  if (!able()) throw new MediaError('insecure');
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: microphone(raw), video: false });
  } catch (error) {
    const name = error instanceof DOMException ? error.name : '';
    if (name === 'NotAllowedError' || name === 'SecurityError') throw new MediaError('denied');
    throw new MediaError('no_microphone');
  }
}

export interface Hooks {
  connected: () => void;
  lost: () => void;
  /** The browser wants a tap before it plays sound. */
  blocked: () => void;
  /** Much of what the other side says is lost on its way, or no longer. */
  poor: (on: boolean) => void;
}

/** So often it is looked at what is lost. */
const LOOK_MS = 3_000;
/** More of it than this is heard as a bad line. */
const POOR = 0.05;

export class BrowserCall {
  readonly #pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
  #closed = false;
  #look = 0;

  constructor(
    private readonly stream: MediaStream,
    private readonly audio: HTMLAudioElement,
    private readonly hooks: Hooks,
  ) {}

  /** Offers, and connects with what `exchange` answers. */
  async start(iceServers: RTCIceServer[] | undefined, exchange: (sdp: string) => Promise<string>): Promise<void> {
    const pc = this.#pc;
    if (iceServers) pc.setConfiguration({ ...pc.getConfiguration(), iceServers });
    for (const track of this.stream.getAudioTracks()) pc.addTrack(track, this.stream);
    pc.addEventListener('track', (event) => {
      this.audio.srcObject = event.streams[0] ?? new MediaStream([event.track]);
      this.audio.play().catch(() => this.hooks.blocked());
    });
    pc.addEventListener('connectionstatechange', () => {
      if (this.#closed) return;
      if (pc.connectionState === 'connected') {
        this.hooks.connected();
        this.#watch();
      }
      if (pc.connectionState === 'failed') this.hooks.lost();
    });
    await pc.setLocalDescription(await pc.createOffer());
    await gathered(pc);
    const answer = await exchange(pc.localDescription?.sdp ?? '');
    if (!this.#closed) await pc.setRemoteDescription({ type: 'answer', sdp: answer });
  }

  /** What was lost of the last seconds. */
  #watch(): void {
    if (this.#look) return;
    let [lost, all] = [0, 0];
    this.#look = window.setInterval(async () => {
      for (const row of (await this.#pc.getStats()).values() as Iterable<RTCInboundRtpStreamStats>) {
        if (row.type !== 'inbound-rtp') continue;
        const [gone, came] = [row.packetsLost ?? 0, row.packetsReceived ?? 0];
        const [more, whole] = [gone - lost, gone + came - all];
        [lost, all] = [gone, gone + came];
        if (!this.#closed && whole > 0) this.hooks.poor(more / whole > POOR);
      }
    }, LOOK_MS);
  }

  mute(on: boolean): void {
    for (const track of this.stream.getAudioTracks()) track.enabled = !on;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#look);
    this.#pc.close();
    for (const track of this.stream.getTracks()) track.stop();
    this.audio.srcObject = null;
  }
}
