// The echo test as the desktop runs it: a few seconds, then a verdict; given up at once when a call comes.
import type { EchoCall, EchoHooks } from './echo_call.ts';
import { judgeEcho, type EchoFigures, type EchoVerdict } from './echo.ts';

/** Time to say a sentence, and for the switch to answer, in milliseconds. */
const LASTS = 7_000;
const ANSWER = 6_000;

export type EchoState = 'idle' | 'calling' | 'speak' | 'done' | 'failed' | 'refused';

export class EchoTest {
  state: EchoState = $state('idle');
  figures: EchoFigures | null = $state.raw(null);
  verdict: EchoVerdict | null = $state(null);
  /** Told levels as they come, without the page drawing anything anew. */
  levels: { sent: (db: number) => void; back: (db: number) => void } = { sent: () => undefined, back: () => undefined };
  #call: EchoCall | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `free`: no call is there or comes. `begin` makes the call; null: the phone cannot. */
  constructor(
    readonly free: () => boolean,
    private readonly begin: (hooks: EchoHooks) => Promise<EchoCall | null>,
  ) {}

  get running(): boolean {
    return this.state === 'calling' || this.state === 'speak';
  }

  async start(): Promise<void> {
    if (this.running) return;
    if (!this.free()) {
      this.state = 'refused';
      return;
    }
    [this.state, this.verdict, this.figures] = ['calling', null, null];
    this.#timer = setTimeout(() => this.#fail(), ANSWER);
    const call = await this.begin({
      answered: () => this.#answered(),
      sent: (db) => this.levels.sent(db),
      back: (db) => this.levels.back(db),
      over: () => this.#fail(),
    });
    // Meanwhile it may have been given up.
    if (!call || !this.running) {
      call?.end();
      this.#fail();
    } else this.#call = call;
  }

  /** As if it had never run. */
  reset(): void {
    this.stop();
    [this.state, this.verdict, this.figures] = ['idle', null, null];
  }

  /** Without a verdict: the window is closed, or a call comes. */
  stop(): void {
    clearTimeout(this.#timer);
    const call = this.#call;
    this.#call = null;
    if (this.running) this.state = 'idle';
    call?.end();
  }

  #answered(): void {
    if (this.state !== 'calling') return;
    clearTimeout(this.#timer);
    this.state = 'speak';
    this.#timer = setTimeout(() => void this.#judge(), LASTS);
  }

  async #judge(): Promise<void> {
    const figures = await this.#call?.figures();
    if (!figures || this.state !== 'speak') return;
    [this.figures, this.verdict, this.state] = [figures, judgeEcho(figures), 'done'];
    this.stop();
  }

  #fail(): void {
    clearTimeout(this.#timer);
    if (!this.running) return;
    this.state = 'failed';
    this.stop();
  }
}
