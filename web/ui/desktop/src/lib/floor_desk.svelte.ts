// A supervisor's floor: watched only while it is shown, with the day's history beside it, and what is ordered on it.
import type { AgentNotice, DesktopMessage, FloorView, StatisticsView } from '@warmline/shared/contract';
import type { Actions } from './actions.svelte.ts';
import { api } from './api.ts';
import { applyFloor } from './floor.ts';

/** The history's newest quarter of an hour is drawn anew this often, in milliseconds, and so soon after a call has counted. */
const HISTORY = 60_000;
const SOON = 2_000;

export class FloorDesk {
  view: FloorView | null = $state.raw(null);
  history: StatisticsView | null = $state.raw(null);
  #shown = false;
  #timer: ReturnType<typeof setInterval> | undefined;
  #soon: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly acts: Actions,
    private readonly send: (message: DesktopMessage) => boolean,
  ) {}

  show(): void {
    if (this.#shown) return;
    this.#shown = true;
    this.send({ type: 'watch', view: 'floor', on: true });
    void this.#load();
    this.#timer = setInterval(() => void this.#load(), HISTORY);
  }

  hide(): void {
    if (this.#shown) this.send({ type: 'watch', view: 'floor', on: false });
    this.leave();
  }

  /** The session is over, or the floor is shown no longer. */
  leave(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#soon);
    this.#soon = undefined;
    this.#shown = false;
    this.view = null;
  }

  /** The stream is there, perhaps again: it knows nothing of what was watched. */
  linked(): void {
    if (this.#shown) this.send({ type: 'watch', view: 'floor', on: true });
  }

  /** Whether the notice was about the floor. */
  hear(notice: AgentNotice): boolean {
    const about = (notice.type === 'view' || notice.type === 'change') && notice.view === 'floor';
    if (about && this.#shown) {
      const before = this.view;
      this.view = applyFloor(before, notice);
      if (before && this.history && counted(this.view) !== counted(before)) this.#soon ??= setTimeout(() => void this.#load(), SOON);
    }
    return about;
  }

  async state(agent: string, state: 'ready' | 'not_ready', reason?: string): Promise<void> {
    await this.acts.run('floor', `order ${agent}`, () => api.orderState(agent, state, reason));
  }

  async logOff(agent: string, now: boolean): Promise<void> {
    await this.acts.run('floor', `order ${agent}`, () => api.orderOff(agent, now));
  }

  async #load(): Promise<void> {
    clearTimeout(this.#soon);
    this.#soon = undefined;
    try {
      this.history = await api.statistics();
    } catch {
      // The next time; the live numbers beside it say how it stands.
    }
  }
}

/** Changes with each call that is offered or decided. */
function counted(view: FloorView | null): number {
  return (view?.queues ?? []).reduce((sum, { today }) => sum + today.offered + today.answered + today.abandoned, 0);
}
