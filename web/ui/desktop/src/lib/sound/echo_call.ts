// A call of the browser phone to the switch's echo: what is said comes back, with its figures.
import { usable } from '@warmline/shared/gather';
import type JsSIP from 'jssip';
import type { RTCSession } from 'jssip/lib/RTCSession';
import { Meter } from './meter.ts';
import type { EchoFigures } from './echo.ts';
import { readStats } from './quality.ts';

const GATHER_LIMIT = 200;

export interface EchoHooks {
  /** It is answered: speak now. */
  answered: () => void;
  /** Levels, in decibels below full scale. */
  sent: (db: number) => void;
  back: (db: number) => void;
  /** It is over, by whomever; `reached`: it was answered. */
  over: (reached: boolean) => void;
}

export class EchoCall {
  readonly #session: RTCSession;
  readonly #meters: Meter[] = [];
  #connection: RTCPeerConnection | null = null;
  #answered = false;
  #over = false;
  #sent = -100;
  #back = -100;

  /** `stream`: the microphone; it stays its owner's. `audio` plays what comes back. */
  constructor(ua: JsSIP.UA, target: string, stream: MediaStream, ice: RTCIceServer[], audio: HTMLAudioElement, private readonly hooks: EchoHooks) {
    let timer: ReturnType<typeof setTimeout> | undefined;
    this.#session = ua.call(target, {
      mediaStream: stream,
      mediaConstraints: { audio: true, video: false },
      pcConfig: { iceServers: ice, bundlePolicy: 'max-bundle' },
      eventHandlers: {
        peerconnection: ({ peerconnection }: { peerconnection: RTCPeerConnection }) => this.#play(peerconnection, audio),
        icecandidate: ({ candidate, ready }: { candidate: RTCIceCandidate; ready: () => void }) => {
          if (usable(candidate.candidate)) {
            clearTimeout(timer);
            ready();
          } else timer ??= setTimeout(ready, GATHER_LIMIT);
        },
        confirmed: () => {
          this.#answered = true;
          this.#meters.push(new Meter(stream, (db) => {
            this.#sent = Math.max(this.#sent, db);
            this.hooks.sent(db);
          }));
          this.hooks.answered();
        },
        ended: () => this.#finish(),
        failed: () => this.#finish(),
      },
    }) as RTCSession;
  }

  /** How it stands. */
  async figures(): Promise<EchoFigures> {
    const reports = await this.#connection?.getStats().catch(() => null);
    const stats = readStats(reports?.values() ?? [], 0, true);
    const all = stats.received + stats.lost;
    const roundTrip = stats.roundTrip === null ? null : stats.roundTrip + (stats.buffer ?? 0);
    return { sent: this.#sent, back: this.#back, received: stats.received, loss: all ? stats.lost / all : 0, jitter: stats.jitter, roundTrip };
  }

  end(): void {
    if (this.#over) return;
    try {
      this.#session.terminate();
    } catch {
      // It was over already, and has not said so yet.
    }
    this.#finish();
  }

  #play(connection: RTCPeerConnection, audio: HTMLAudioElement): void {
    this.#connection = connection;
    connection.addEventListener('track', (event) => {
      const stream = event.streams[0] ?? new MediaStream([event.track]);
      audio.srcObject = stream;
      void audio.play().catch(() => undefined);
      this.#meters.push(new Meter(stream, (db) => {
        this.#back = Math.max(this.#back, db);
        this.hooks.back(db);
      }));
    });
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    for (const meter of this.#meters) meter.close();
    this.hooks.over(this.#answered);
  }
}
