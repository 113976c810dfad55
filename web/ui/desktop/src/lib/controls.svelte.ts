// Call control beyond answer and end: hold, keys, consultation, transfer, taking, outcome. What it shows is what the views say.
import type { AgentViews, Target } from '@warmline/shared/contract';
import { Problem, api } from './api.ts';
import type { Actions } from './actions.svelte.ts';
import { Draft, NOTHING_TYPED, notTaken, type DraftView } from './draft.ts';
import { KeyQueue, type Keys } from './key_queue.ts';
import { callKey } from './reduce.ts';

/** Notes typed so shortly before the wrap-up ends, in milliseconds, are saved without a pause. */
const HURRY = 3_000;

export class Controls {
  /** Which panel of the call is open. */
  panel: 'none' | 'keypad' | 'transfer' = $state('none');
  keys: Keys = $state.raw({ sent: '', waiting: '' });
  notes: DraftView = $state.raw(NOTHING_TYPED);
  /** He is asked back whether the customer is never to be called again. */
  asksNever = $state(false);
  /** Notes that came too late to be saved. */
  lost: { name: string; notes: string } | null = $state.raw(null);

  readonly #queue: KeyQueue;
  readonly #draft: Draft;
  /** The call that outcome and notes are about: they must not reach the next one. */
  #call: { call?: string } = {};
  /** Of whom the draft is. */
  #name = '';
  #key: string | null = null;
  #wrapupEnds: string | null = null;

  constructor(
    private readonly acts: Actions,
    private readonly now: () => number,
    private readonly canSpeak: () => Promise<boolean>,
  ) {
    this.#queue = new KeyQueue(
      async (digits) => {
        try {
          await api.digits(digits);
        } catch (error) {
          this.acts.refuse('keypad', error);
          throw error;
        }
      },
      (keys) => (this.keys = keys),
    );
    this.#draft = new Draft({
      save: async (notes, read) => {
        this.acts.dismiss('outcome');
        try {
          await api.outcome({ notes, notes_read: read, ...this.#call });
        } catch (error) {
          throw notTaken(error, () => this.acts.refuse('outcome', error));
        }
      },
      changed: (view) => (this.notes = view),
      lost: (notes) => (this.lost = { name: this.#name, notes }),
    });
  }

  /** Brings panels and notes in line with the views; `null` where the desk is left. */
  settle(views: AgentViews | null, name: string): void {
    const current = views?.current ?? null;
    const mine = current && !current.guest && (current.state === 'talking' || current.state === 'wrapup') ? current : null;
    const about = mine?.call ? { call: mine.call } : {};
    this.#draft.show(mine ? callKey(mine) : null, mine?.contact.notes ?? '');
    this.#call = about;
    if (mine) this.#name = name;
    this.#wrapupEnds = views?.me.wrapup_ends ?? null;
    const key = current?.state === 'talking' ? (callKey(current) ?? '') : null;
    if (key !== this.#key) {
      this.#key = key;
      this.panel = 'none';
      this.asksNever = false;
      this.#queue.clear();
      for (const place of ['call', 'transfer', 'keypad', 'outcome'] as const) if (!current || place !== 'outcome') this.acts.dismiss(place);
    } else if (this.panel === 'transfer' && (current?.consult || current?.guest)) this.panel = 'none';
  }

  toggle(panel: 'keypad' | 'transfer'): void {
    this.panel = this.panel === panel ? 'none' : panel;
    this.acts.dismiss('transfer');
    this.acts.dismiss('keypad');
  }

  close(): void {
    this.panel = 'none';
  }

  async hold(on: boolean): Promise<void> {
    await this.acts.run('call', 'hold', () => api.hold(on));
  }

  press(key: string): void {
    this.acts.dismiss('keypad');
    this.#queue.press(key);
  }

  async consult(target: Target): Promise<void> {
    if (await this.acts.run('transfer', 'consult', () => api.consult(target))) this.close();
  }

  async transfer(target: Target): Promise<void> {
    await this.#draft.flush();
    if (await this.acts.run('transfer', 'transfer', () => api.transfer(target))) this.close();
  }

  async swap(): Promise<void> {
    await this.acts.run('call', 'swap', () => api.swap());
  }

  async conference(): Promise<void> {
    await this.acts.run('call', 'conference', () => api.conference());
  }

  async complete(): Promise<void> {
    await this.acts.run('call', 'complete', () => api.transfer());
  }

  async back(): Promise<void> {
    await this.acts.run('call', 'back', () => api.consultEnd());
  }

  /** `speaks`: it is a call; who only writes needs no microphone, and no wrap-up ends. */
  async take(waiting: string, speaks = true): Promise<void> {
    await this.acts.run('waiting', `take ${waiting}`, async () => {
      if (!speaks) return api.take(waiting);
      // It ends the wrap-up: what was typed in it comes first.
      await this.#kept();
      // The phone is rung at once, and whoever takes may never have gone ready.
      if (await this.canSpeak()) await api.take(waiting);
    });
  }

  /** The call of the request that he looks at begins, or it is left to another. */
  async job(start: boolean): Promise<void> {
    await this.acts.run('call', start ? 'start' : 'skip', async () => {
      if (!start) await api.skipJob();
      else if (await this.canSpeak()) await api.startJob();
    });
  }

  /** The agent wraps up after it; what he has typed stays with the customer. */
  async park(): Promise<void> {
    await this.acts.run('call', 'park', async () => {
      await this.#kept();
      await api.park();
    });
  }

  async unpark(slot: number): Promise<void> {
    await this.acts.run('parked', `unpark ${slot}`, async () => {
      await this.#kept();
      if (await this.canSpeak()) await api.unpark(slot);
    });
  }

  /** His phone is on the warm line already. */
  async warmLine(number: string): Promise<void> {
    await this.acts.run('warm-line', 'warm-line', () => api.warmLine(number));
  }

  async code(code: string): Promise<void> {
    await this.acts.run('outcome', 'code', () => api.outcome({ code, ...this.#call }));
  }

  async priority(priority: number): Promise<void> {
    await this.acts.run('outcome', 'priority', () => api.outcome({ priority, ...this.#call }));
  }

  /** The customer is never called again. */
  async never(): Promise<void> {
    if (await this.acts.run('outcome', 'never', () => api.neverCall(this.#call))) this.asksNever = false;
  }

  /** Of who waits. */
  async rate(waiting: string, priority: number): Promise<void> {
    await this.acts.run('waiting', `rate ${waiting}`, () => api.rate(waiting, priority));
  }

  type(notes: string): void {
    const ends = this.#wrapupEnds;
    this.#draft.type(notes, ends !== null && Date.parse(ends) - this.now() < HURRY);
  }

  saveNotes(): Promise<boolean> {
    return this.#draft.flush();
  }

  /** Not before the notes are kept. */
  async wrapupDone(): Promise<void> {
    await this.acts.run('call', 'wrapup', async () => {
      await this.#kept();
      await api.wrapupDone();
    });
  }

  async #kept(): Promise<void> {
    if (!(await this.#draft.flush())) throw new Problem(409, 'notes_unsaved', '', null);
  }
}
