// A supervisor's reports: which is looked at, for how long a span, and what the switch has counted.
import type { InvitationReport } from '@warmline/shared/contract_reports';
import type { Actions } from './actions.svelte.ts';
import { api } from './api.ts';
import { daysOf, type Span } from './report.ts';

export type ReportsTab = 'wall' | 'invitations';

/** Counted anew this often while it is looked at, in milliseconds. */
const AGAIN = 60_000;

export class Reports {
  /** They are looked at, in the place of the desk. */
  open = $state(false);
  tab: ReportsTab = $state('wall');
  /** Whose figures the wallboard shows; null: all queues. */
  queue: string | null = $state(null);
  span: Span = $state(28);
  report: InvitationReport | null = $state.raw(null);
  /** What `report` is of, and when it was asked for. */
  of: { span: Span; at: number } = $state.raw({ span: 28, at: 0 });
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly acts: Actions,
    private readonly now: () => number,
  ) {}

  /** Another span is asked for; what is there is shown until it comes. */
  choose(span: Span): void {
    this.span = span;
    void this.#load();
  }

  watch(): void {
    clearInterval(this.#timer);
    void this.#load();
    this.#timer = setInterval(() => void this.#load(), AGAIN);
  }

  unwatch(): void {
    clearInterval(this.#timer);
  }

  /** The session is over. */
  leave(): void {
    this.unwatch();
    [this.open, this.report, this.queue] = [false, null, null];
  }

  async #load(): Promise<void> {
    const [span, at] = [this.span, this.now()];
    const { from, to } = daysOf(span, at);
    await this.acts.run('reports', `report ${from} ${to}`, async () => {
      const report = await api.invitationReport(from, to);
      // Another was chosen meanwhile: its own answer is on the way.
      if (span === this.span) [this.report, this.of] = [report, { span, at }];
    });
  }
}
