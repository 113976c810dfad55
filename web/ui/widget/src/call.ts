// A call from the browser: microphone in, one peer connection, the agent's voice out.
import { gathered, microphone } from '@warmline/shared/gather';

export type MediaTrouble = 'insecure' | 'denied' | 'no_microphone' | 'failed';

export class MediaError extends Error {
  constructor(readonly trouble: MediaTrouble) {
    super(trouble);
  }
}

/** Asks for the microphone; throws a `MediaError` that says what is wrong. */
export async function openMicrophone(raw: boolean): Promise<MediaStream> {
  if (!navigator.mediaDevices?.getUserMedia || typeof RTCPeerConnection === 'undefined') throw new MediaError('insecure');
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
}

export class BrowserCall {
  readonly #pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
  #closed = false;

  constructor(
    private readonly stream: MediaStream,
    private readonly audio: HTMLAudioElement,
    private readonly hooks: Hooks,
  ) {}

  /** Offers, and connects with what `exchange` answers. */
  async start(exchange: (sdp: string) => Promise<string>): Promise<void> {
    const pc = this.#pc;
    for (const track of this.stream.getAudioTracks()) pc.addTrack(track, this.stream);
    pc.addEventListener('track', (event) => {
      this.audio.srcObject = event.streams[0] ?? new MediaStream([event.track]);
      this.audio.play().catch(() => this.hooks.blocked());
    });
    pc.addEventListener('connectionstatechange', () => {
      if (this.#closed) return;
      if (pc.connectionState === 'connected') this.hooks.connected();
      if (pc.connectionState === 'failed') this.hooks.lost();
    });
    await pc.setLocalDescription(await pc.createOffer());
    await gathered(pc);
    const answer = await exchange(pc.localDescription?.sdp ?? '');
    if (!this.#closed) await pc.setRemoteDescription({ type: 'answer', sdp: answer });
  }

  mute(on: boolean): void {
    for (const track of this.stream.getAudioTracks()) track.enabled = !on;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#pc.close();
    for (const track of this.stream.getTracks()) track.stop();
    this.audio.srcObject = null;
  }
}
