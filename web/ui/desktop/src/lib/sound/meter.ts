// Listens to a stream and tells its level twenty times a second, outside of what the page draws by itself.
import { decibels } from './level.ts';
import { WAKING } from './output.ts';

const EVERY = 50;

/** Opens at construction; `close()` ends it. The stream stays its owner's. */
export class Meter {
  readonly #context = new AudioContext();
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #wake = (): void => void this.#context.resume().catch(() => undefined);

  constructor(stream: MediaStream, level: (db: number) => void) {
    const analyser = this.#context.createAnalyser();
    analyser.fftSize = 2_048;
    this.#context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.#wake();
    // A page that was only loaded may not listen yet: the first key or click allows it.
    for (const type of WAKING) addEventListener(type, this.#wake, true);
    this.#timer = setInterval(() => {
      // Silence now would be blamed on the microphone.
      if (this.#context.state !== 'running') return;
      analyser.getFloatTimeDomainData(samples);
      level(decibels(samples));
    }, EVERY);
  }

  close(): void {
    for (const type of WAKING) removeEventListener(type, this.#wake, true);
    clearInterval(this.#timer);
    void this.#context.close().catch(() => undefined);
  }
}
