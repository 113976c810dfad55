// How loud something is, and what is to be said of a microphone that is listened to. Pure.

/** In decibels below full scale, -100 at the least. */
export function decibels(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.max(-100, 10 * Math.log10(sum / Math.max(1, samples.length) + 1e-12));
}

/** How much of a bar a level fills: -60 dB is nothing, -6 dB all. */
export function filled(db: number): number {
  return Math.min(1, Math.max(0, (db + 60) / 54));
}

export type Heard = 'listening' | 'good' | 'quiet' | 'loud' | 'nothing';

/** Below it there is nobody: a muted microphone, or another than the one spoken into. A quiet room is above it. */
const NOTHING = -65;
const SPEECH = -42;
const CLIPPED = -3;
/** Milliseconds without a sound until that is said; how long good news lasts. */
const PATIENCE = 3_000;
const LASTS = 4_000;

/** Judges a microphone from its levels. Time in milliseconds. */
export class MicrophoneJudge {
  #since: number | null = null;
  #anything = -Infinity;
  #speech = -Infinity;
  #clipped = -Infinity;

  hear(db: number, now: number): Heard {
    this.#since ??= now;
    if (db > NOTHING) this.#anything = now;
    if (db > SPEECH) this.#speech = now;
    if (db > CLIPPED) this.#clipped = now;
    if (now - this.#clipped < LASTS / 4) return 'loud';
    if (now - this.#speech < LASTS) return 'good';
    if (now - Math.max(this.#anything, this.#since) >= PATIENCE) return 'nothing';
    return now - this.#since >= PATIENCE ? 'quiet' : 'listening';
  }
}
