// How well the two sides of a call hear each other, from the browser's figures: smoothed, and slow to change its mind. Pure.

/** What is known at one moment. Counts are totals; times in milliseconds; null: the browser does not tell. */
export interface Sample {
  at: number;
  received: number;
  lost: number;
  jitter: number | null;
  roundTrip: number | null;
  /** Share of what we send that does not arrive, 0 to 1. */
  sentLost: number | null;
  connected: boolean;
}

/** Who is affected, and by what. */
export type Trouble = 'cut' | 'nothing' | 'sent-loss' | 'loss' | 'jitter' | 'delay';

export interface Figures {
  /** 0 to 1. */
  loss: number;
  sentLoss: number;
  /** Milliseconds. */
  jitter: number;
  roundTrip: number;
}

type Measured = keyof Figures;

/** From `bad` on it is trouble; it stays so until it is below `good`. */
const LIMITS: Record<Measured, { bad: number; good: number }> = {
  sentLoss: { bad: 0.05, good: 0.02 },
  loss: { bad: 0.05, good: 0.02 },
  jitter: { bad: 60, good: 35 },
  roundTrip: { bad: 500, good: 350 },
};
const TROUBLES: [Measured, Trouble][] = [['sentLoss', 'sent-loss'], ['loss', 'loss'], ['jitter', 'jitter'], ['roundTrip', 'delay']];
/** Weight of a new figure among the earlier ones. */
const WEIGHT = 0.35;
/** So long it is bad before that is said, and good before it is taken back. */
const BEFORE = 2_500;
const AFTER = 5_000;
/** So long nothing comes before that is said. */
const SILENCE = 3_000;

/** One call. Give it a sample a second. */
export class QualityJudge {
  figures: Figures = { loss: 0, sentLoss: 0, jitter: 0, roundTrip: 0 };
  #last: Sample | null = null;
  #arrived = 0;
  #said: Trouble | null = null;
  readonly #since = new Map<Measured, number>();
  #fine = 0;

  /** The gravest trouble, or null. */
  judge(sample: Sample): Trouble | null {
    const before = this.#last;
    this.#last = sample;
    if (!before || sample.received > before.received) this.#arrived = sample.at;
    if (before) this.#measure(before, sample);
    const found = this.#find(sample);
    if (found) {
      this.#fine = sample.at;
      this.#said = found;
    } else if (this.#said && sample.at - this.#fine >= (this.#said === 'cut' || this.#said === 'nothing' ? 0 : AFTER)) this.#said = null;
    return this.#said;
  }

  #measure(before: Sample, sample: Sample): void {
    const received = sample.received - before.received;
    const lost = Math.max(0, sample.lost - before.lost);
    // Where nothing comes at all there is nothing to say of how it comes.
    if (received > 0) this.#blend('loss', lost / (lost + received));
    if (sample.jitter !== null && received > 0) this.#blend('jitter', sample.jitter);
    if (sample.roundTrip !== null) this.#blend('roundTrip', sample.roundTrip);
    if (sample.sentLost !== null) this.#blend('sentLoss', sample.sentLost);
  }

  #blend(name: Measured, value: number): void {
    this.figures = { ...this.figures, [name]: this.figures[name] * (1 - WEIGHT) + value * WEIGHT };
  }

  #find(sample: Sample): Trouble | null {
    if (!sample.connected) return 'cut';
    if (sample.at - this.#arrived >= SILENCE) return 'nothing';
    let found: Trouble | null = null;
    for (const [name, trouble] of TROUBLES) {
      const limit = this.#said === trouble ? LIMITS[name].good : LIMITS[name].bad;
      if (this.figures[name] < limit) this.#since.delete(name);
      else if (!this.#since.has(name)) this.#since.set(name, sample.at);
      const since = this.#since.get(name);
      if (since !== undefined && sample.at - since >= (this.#said === trouble ? 0 : BEFORE)) found ??= trouble;
    }
    return found;
  }
}

interface Report {
  type: string;
  kind?: string;
  [key: string]: unknown;
}

const number = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);
const milliseconds = (value: unknown): number | null => (number(value) === null ? null : number(value)! * 1_000);

/** The figures of a connection's report. */
export function readStats(reports: Iterable<unknown>, at: number, connected: boolean): Sample & { buffer: number | null } {
  const sample: Sample & { buffer: number | null } = { at, received: 0, lost: 0, jitter: null, roundTrip: null, sentLost: null, connected, buffer: null };
  for (const report of reports as Iterable<Report>) {
    if (report.type === 'inbound-rtp' && report.kind === 'audio') {
      sample.received += number(report.packetsReceived) ?? 0;
      sample.lost += Math.max(0, number(report.packetsLost) ?? 0);
      sample.jitter = milliseconds(report.jitter);
      const [delay, count] = [number(report.jitterBufferDelay), number(report.jitterBufferEmittedCount)];
      if (delay !== null && count) sample.buffer = (delay / count) * 1_000;
    } else if (report.type === 'remote-inbound-rtp' && report.kind === 'audio') {
      sample.sentLost = number(report.fractionLost);
      sample.roundTrip = milliseconds(report.roundTripTime) ?? sample.roundTrip;
    } else if (report.type === 'candidate-pair' && report.nominated === true) {
      sample.roundTrip ??= milliseconds(report.currentRoundTripTime);
    }
  }
  return sample;
}
