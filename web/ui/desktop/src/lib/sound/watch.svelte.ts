// Watches the sound of a call: a sample of the browser's figures each second, judged.
import { QualityJudge, readStats, type Figures, type Trouble } from './quality.ts';

const EVERY = 1_000;

export class Watch {
  trouble: Trouble | null = $state(null);
  figures: Figures | null = $state.raw(null);
  #timer: ReturnType<typeof setInterval> | undefined;
  #connection: RTCPeerConnection | null = null;
  #judge = new QualityJudge();

  /** `null`: there is no call. A new connection of the same call begins anew. */
  follow(connection: RTCPeerConnection | null): void {
    if (connection === this.#connection) return;
    clearInterval(this.#timer);
    [this.#connection, this.#judge, this.trouble, this.figures] = [connection, new QualityJudge(), null, null];
    if (connection) this.#timer = setInterval(() => void this.#look(connection), EVERY);
  }

  async #look(connection: RTCPeerConnection): Promise<void> {
    const reports = await connection.getStats().catch(() => null);
    if (!reports || connection !== this.#connection) return;
    const connected = !['failed', 'disconnected', 'closed'].includes(connection.connectionState);
    const trouble = this.#judge.judge(readStats(reports.values(), performance.now(), connected));
    this.trouble = trouble;
    if (trouble) this.figures = this.#judge.figures;
  }
}
