// A supervisor's reports: which is looked at, for how long a span, and what the switch has counted.
import type { InvitationReport, PageReport } from '@warmline/shared/contract_reports';
import type { Actions } from './actions.svelte.ts';
import { api } from './api.ts';
import { daysOf, type Span } from './report.ts';

export type ReportsTab = 'wall' | 'pages' | 'invitations';
type Kind = Exclude<ReportsTab, 'wall'>;

/** A report, what it is of, and when it was asked for. */
export interface Asked<T> {
  report: T;
  span: Span;
  at: number;
}

/** Counted anew this often while it is looked at, in milliseconds. */
const AGAIN = 60_000;

export class Reports {
  /** They are looked at, in the place of the desk. */
  open = $state(false);
  tab: ReportsTab = $state('wall');
  /** Whose figures the wallboard shows; null: all queues. */
  queue: string | null = $state(null);
  span: Span = $state(28);
  invitations: Asked<InvitationReport> | null = $state.raw(null);
  pages: Asked<PageReport> | null = $state.raw(null);
  #kind: Kind = 'invitations';
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

  watch(kind: Kind): void {
    this.#kind = kind;
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
    [this.open, this.invitations, this.pages, this.queue] = [false, null, null, null];
  }

  async #load(): Promise<void> {
    const [kind, span, at] = [this.#kind, this.span, this.now()];
    const { from, to } = daysOf(span, at);
    // Another was chosen meanwhile: its own answer is on the way.
    const late = (): boolean => span !== this.span;
    await this.acts.run('reports', `${kind} ${from} ${to}`, async () => {
      if (kind === 'pages') {
        const report = await api.pageReport(from, to);
        if (!late()) this.pages = { report, span, at };
      } else {
        const report = await api.invitationReport(from, to);
        if (!late()) this.invitations = { report, span, at };
      }
    });
  }
}
