// Notes as they are typed: saved after a pause, in order, for the call they were typed in and no other, and together with what others
// have written there meanwhile.

/** A pause in typing, in milliseconds. */
const PAUSE = 700;
export const NOTES_LONGEST = 4_000;

import { Problem } from './api.ts';

export type DraftState = 'saved' | 'unsaved' | 'saving' | 'failed';

export interface DraftView {
  text: string;
  state: DraftState;
  /** Somebody else wrote meanwhile, and the text has both. */
  merged: boolean;
}

export const NOTHING_TYPED: DraftView = { text: '', state: 'saved', merged: false };

/** Somebody else has changed the notes since they were read; how they are now the views show. */
export class Overtaken extends Error {}

/** What a refusal means for the notes; `told`: he is told of it, where he has to do something. */
export function notTaken(error: unknown, told: () => void): unknown {
  if (error instanceof Problem && error.code === 'notes_changed') return new Overtaken();
  told();
  return error;
}

/** So long the views are waited for that show them, in milliseconds. */
const NEWS = 2_000;

export interface DraftHooks {
  /** `read`: as they were before. Throws where they were refused, `Overtaken` where they are others by now. */
  save: (notes: string, read: string) => Promise<void>;
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
  #merged = false;
  /** They are others by now, and the views do not show them yet. */
  #overtaken: (() => void) | null = null;
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
      this.#merged = false;
      this.#overtaken?.();
      [this.#of, this.#text, this.#kept] = [of, notes, notes];
      this.#set('saved');
    } else if (this.#overtaken ? plain(this.#kept) !== plain(notes) : ![this.#kept, ...this.#sent].some((ours) => plain(ours) === plain(notes))) {
      this.#join(notes);
    } else if (this.#saving && plain(this.#sent.at(-1) ?? '') === plain(notes)) {
      // What is being saved is there, before the answer is.
      this.#kept = this.#sent.at(-1) ?? '';
    }
  }

  /** Somebody else's notes are there: what was typed here goes in among them. */
  #join(notes: string): void {
    const untouched = this.#text === this.#kept;
    if (!untouched) this.#text = together(this.#kept, this.#text, notes);
    else this.#text = notes;
    this.#kept = notes;
    this.#overtaken?.();
    if (untouched) return this.#set('saved');
    this.type(this.#text);
    this.#merged = true;
    this.#set(this.#state);
  }

  /** `soon`: the time for it runs out, no pause is waited for. */
  type(text: string, soon = false): void {
    if (this.#state === 'saved' && text !== this.#text) this.#merged = false;
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
    const read = this.#kept;
    this.#sent = [...this.#sent.slice(-7), text];
    let taken = true;
    let joined = false;
    try {
      await this.hooks.save(text, read);
    } catch (error) {
      taken = false;
      if (this.#of === of && error instanceof Overtaken) {
        this.#sent = this.#sent.filter((sent) => sent !== text);
        joined = this.#kept !== read || (await this.#expect());
      }
    }
    if (this.#of !== of) {
      if (!taken) this.hooks.lost(text);
      return;
    }
    this.#saving = null;
    if (taken && this.#kept === read) this.#kept = text;
    this.#set(!taken && !joined ? 'failed' : this.#text === this.#kept ? 'saved' : 'unsaved');
  }

  /** Whether the views show it in time. */
  #expect(): Promise<boolean> {
    return new Promise((done) => {
      const end = (there: boolean): void => {
        clearTimeout(late);
        this.#overtaken = null;
        done(there);
      };
      const late = setTimeout(() => end(false), NEWS);
      this.#overtaken = () => end(true);
    });
  }

  #set(state: DraftState): void {
    this.#state = state;
    this.hooks.changed({ text: this.#text, state, merged: this.#merged });
  }
}

/** What two have made of the same notes, nothing of either lost: what one has added at the end stands behind the other's. */
export function together(before: string, mine: string, theirs: string): string {
  if (before === '') return theirs === '' || mine.startsWith(theirs) ? mine : `${theirs}\n${mine}`;
  const behind = (first: string, rest: string): string => first + (rest === '' || rest.startsWith('\n') ? rest : `\n${rest.trimStart()}`);
  if (mine.startsWith(before)) return behind(theirs, mine.slice(before.length));
  if (theirs.startsWith(before)) return behind(mine, theirs.slice(before.length));
  const there = new Set([...before.split('\n'), ...theirs.split('\n')]);
  const added = mine.split('\n').filter((line) => !there.has(line));
  return [theirs, ...added].filter((part) => part !== '').join('\n');
}

/** Without what the switch takes out before it keeps it: a cleaned copy of what was typed is no news to him who goes on typing. */
function plain(text: string): string {
  return text.replace(/[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, '').replace(/\s+/g, ' ').trim();
}
