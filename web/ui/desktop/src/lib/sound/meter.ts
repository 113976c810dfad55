// Listens to a stream and tells its level twenty times a second, outside of what the page draws by itself.
import { decibels } from './level.ts';

const EVERY = 50;

/** Opens at construction; `close()` ends it. The stream stays its owner's. */
export class Meter {
  readonly #context = new AudioContext();
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(stream: MediaStream, level: (db: number) => void) {
    const analyser = this.#context.createAnalyser();
    analyser.fftSize = 2_048;
    this.#context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    void this.#context.resume().catch(() => undefined);
    this.#timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      level(decibels(samples));
    }, EVERY);
  }

  close(): void {
    clearInterval(this.#timer);
    void this.#context.close().catch(() => undefined);
  }
}
