// Notes as they are typed: saved after a pause, in order, for the call they were typed in and no other.

/** A pause in typing, in milliseconds. */
const PAUSE = 700;
export const NOTES_LONGEST = 4_000;

export type DraftState = 'saved' | 'unsaved' | 'saving' | 'failed';

export interface DraftView {
  text: string;
  state: DraftState;
}

export interface DraftHooks {
  /** Throws where they were refused. */
  save: (notes: string) => Promise<void>;
  changed: (view: DraftView) => void;
  /** The call is gone and this was not saved. */
  lost: (notes: string) => void;
}

export class Draft {
  /** Whose notes these are; null where there is no call. */
  #of: string | null = null;
  #text = '';
  /** What the switch has, as far as it said. */
  #kept = '';
  #state: DraftState = 'saved';
  #timer: ReturnType<typeof setTimeout> | undefined;
  #saving: Promise<void> | null = null;
  /** What was sent lately: a view that still shows one of these is late, not news. */
  #sent: string[] = [];

  constructor(private readonly hooks: DraftHooks) {}

  get text(): string {
    return this.#text;
  }

  /** The views show this call with these notes. What is being typed in it stays. */
  show(of: string | null, notes: string): void {
    if (of !== this.#of) {
      clearTimeout(this.#timer);
      if (this.#of !== null && this.#text !== this.#kept && this.#state !== 'saving') this.hooks.lost(this.#text);
      this.#saving = null;
      this.#sent = [];
      [this.#of, this.#text, this.#kept] = [of, notes, notes];
      this.#set('saved');
    } else if (![this.#kept, ...this.#sent].some((ours) => plain(ours) === plain(notes))) {
      const untouched = this.#text === this.#kept;
      this.#kept = notes;
      if (untouched) this.#text = notes;
      if (untouched) this.#set('saved');
    }
  }

  /** `soon`: the time for it runs out, no pause is waited for. */
  type(text: string, soon = false): void {
    this.#text = text;
    clearTimeout(this.#timer);
    if (this.#of === null) return;
    this.#set(text === this.#kept && !this.#saving ? 'saved' : 'unsaved');
    if (this.#state === 'unsaved') this.#timer = setTimeout(() => void this.flush(), soon ? 0 : PAUSE);
  }

  /** Saves what is not saved; true where all is. */
  async flush(): Promise<boolean> {
    clearTimeout(this.#timer);
    const of = this.#of;
    while (this.#of === of && of !== null) {
      if (this.#saving) {
        await this.#saving;
        continue;
      }
      const text = this.#text;
      if (text === this.#kept) break;
      if ([...text].length > NOTES_LONGEST) {
        this.#set('failed');
        return false;
      }
      this.#saving = this.#save(of, text);
      await this.#saving;
      if (this.#of === of && this.#state === 'failed') return false;
    }
    return this.#of === of;
  }

  async #save(of: string, text: string): Promise<void> {
    this.#set('saving');
    this.#sent = [...this.#sent.slice(-7), text];
    let taken = true;
    try {
      await this.hooks.save(text);
    } catch {
      taken = false;
    }
    if (this.#of !== of) {
      if (!taken) this.hooks.lost(text);
      return;
    }
    this.#saving = null;
    if (taken) this.#kept = text;
    this.#set(!taken ? 'failed' : this.#text === text ? 'saved' : 'unsaved');
  }

  #set(state: DraftState): void {
    this.#state = state;
    this.hooks.changed({ text: this.#text, state });
  }
}

/** Without what the switch takes out before it keeps it: a cleaned copy of what was typed is no news to him who goes on typing. */
function plain(text: string): string {
  return text.replace(/[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, '').replace(/\s+/g, ' ').trim();
}
