// Requests under way and the last refusal, by the place of the screen where the agent asked.
import { SvelteMap, SvelteSet } from 'svelte/reactivity';

/** Where on the screen an action is, and its refusal is said. */
export type Place = 'desk' | 'state' | 'call' | 'transfer' | 'keypad' | 'waiting' | 'outcome' | 'dial' | 'parked' | 'warm-line' | 'floor' | 'share' | 'chat' | 'contacts' | 'contact' | 'alerts' | 'visitors' | 'invite' | 'reports' | 'jobs' | 'job-times' | 'campaigns' | 'campaign-new' | 'never' | 'breaker' | 'evidence';

export class Actions {
  /** Names of what is under way. */
  readonly pending = new SvelteSet<string>();
  readonly refusals = new SvelteMap<Place, unknown>();

  /** `lost` is told each refusal first and says whether it ended the session. */
  constructor(private readonly lost: (error: unknown) => boolean) {}

  /** Runs `work` unless it already runs; true where it was done. Throws nothing: a refusal is kept for its place. */
  async run(place: Place, name: string, work: () => Promise<unknown>): Promise<boolean> {
    if (this.pending.has(name)) return false;
    this.pending.add(name);
    this.refusals.delete(place);
    try {
      await work();
      return true;
    } catch (error) {
      if (!this.lost(error)) this.refusals.set(place, error);
      return false;
    } finally {
      this.pending.delete(name);
    }
  }

  refuse(place: Place, error: unknown): void {
    if (!this.lost(error)) this.refusals.set(place, error);
  }

  dismiss(place: Place): void {
    this.refusals.delete(place);
  }
}
