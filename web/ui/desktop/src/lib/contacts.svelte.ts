// Contacts looked for, read and changed: what is found, which one is open, and what is being typed about it.
import type { ContactCard, ContactRow } from '@warmline/shared/contract';
import type { ImportReport } from '@warmline/shared/contract_outbound';
import type { Actions } from './actions.svelte.ts';
import { api, Problem } from './api.ts';
import { changeOf, draftOf, type ContactDraft, rebased } from './contact_draft.ts';
import { textOf } from './file.ts';

/** A pause in typing, in milliseconds, after which is looked. */
const PAUSE = 180;

/** A number of which so little is typed leads to nobody yet. */
function isTooShort(query: string): boolean {
  return query.trim() === '' || (/^[\d\s+()./-]*$/.test(query) && query.replace(/\D/g, '').length < 4);
}

export class Contacts {
  open = $state(false);
  query = $state('');
  rows: ContactRow[] = $state.raw([]);
  /** Where the list goes on. */
  next: string | null = $state(null);
  /** What the rows were found by; null: nothing was looked for yet. */
  found: string | null = $state(null);
  looking = $state(false);
  card: ContactCard | null = $state.raw(null);
  /** What is being typed; null: nothing. */
  draft: ContactDraft | null = $state(null);
  /** Somebody else was faster: what he changed is in the card. */
  overtaken = $state(false);
  saved = $state(false);
  /** What came of the last list. */
  imported: { file: string; report: ImportReport } | null = $state.raw(null);
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts questions: an answer to an older one is not looked at. */
  #asked = 0;
  #opened = 0;
  /** Counts cards shown: an answer about one that was left is not looked at. */
  #shown = 0;
  /** Counts what was begun to be typed: an answer to what was saved before ends nothing that is typed since. */
  #typed = $state.raw(0);
  #once = '';

  constructor(private readonly acts: Actions) {}

  show(): void {
    this.open = true;
  }

  close(): void {
    this.open = false;
  }

  /** The session is over. */
  forget(): void {
    clearTimeout(this.#timer);
    [this.#asked, this.#opened] = [this.#asked + 1, this.#opened + 1];
    [this.open, this.query, this.rows, this.next, this.found, this.looking] = [false, '', [], null, null, false];
    this.#shown += 1;
    this.#anew();
    [this.card, this.draft, this.overtaken, this.saved, this.imported] = [null, null, false, false, null];
  }

  // ---- many at once

  async importList(file: File): Promise<void> {
    await this.acts.run('contact', 'contacts', async () => (this.imported = { file: file.name, report: await api.importContacts(await textOf(file)) }));
  }

  // ---- looking

  type(query: string): void {
    this.query = query;
    clearTimeout(this.#timer);
    if (isTooShort(query)) {
      this.#asked += 1;
      [this.rows, this.next, this.found, this.looking] = [[], null, null, false];
      this.acts.dismiss('contacts');
    } else this.#timer = setTimeout(() => void this.look(), PAUSE);
  }

  /** At once: the reader does not wait for a pause. */
  async look(): Promise<void> {
    clearTimeout(this.#timer);
    const [asked, query] = [(this.#asked += 1), this.query.trim()];
    if (query === '') return;
    this.looking = true;
    await this.#list(asked, query, null);
  }

  async more(): Promise<void> {
    if (this.next === null || this.found === null || this.looking) return;
    this.looking = true;
    await this.#list((this.#asked += 1), this.found, this.next);
  }

  async #list(asked: number, query: string, after: string | null): Promise<void> {
    this.acts.dismiss('contacts');
    try {
      const { contacts, next } = await api.findContacts(query, after);
      if (asked !== this.#asked) return;
      this.rows = after === null ? contacts : [...this.rows, ...contacts];
      [this.next, this.found] = [next, query];
    } catch (error) {
      if (asked !== this.#asked) return;
      if (after === null) [this.rows, this.next, this.found] = [[], null, null];
      this.acts.refuse('contacts', error);
    } finally {
      if (asked === this.#asked) this.looking = false;
    }
  }

  // ---- reading

  /** Nothing that was typed about another is lost by it: true where it is done. */
  async read(id: string): Promise<boolean> {
    if (this.dirty && this.card?.id !== id) return false;
    const opened = (this.#opened += 1);
    if (this.card?.id !== id) {
      this.#anew();
      [this.draft, this.overtaken, this.saved] = [null, false, false];
    }
    const fits = await this.acts.run('contact', `contact ${id}`, async () => {
      const card = await api.contact(id);
      if (opened === this.#opened) this.#learn(card);
    });
    return fits && opened === this.#opened;
  }

  leave(): void {
    this.#opened += 1;
    this.#shown += 1;
    this.#anew();
    [this.card, this.draft, this.overtaken, this.saved] = [null, null, false, false];
    this.acts.dismiss('contact');
  }

  /** Somebody has changed a contact. */
  heard(id: string): void {
    if (this.card?.id === id && !this.saving) void this.read(id);
  }

  #learn(card: ContactCard): void {
    if (card.id !== this.card?.id) this.#shown += 1;
    if (this.draft && this.card && card.version !== this.card.version) {
      this.draft = rebased(this.draft, this.card, card);
      this.overtaken = true;
    }
    this.card = card;
    this.rows = this.rows.map((row) => (row.id === card.id ? { ...row, name: card.name, company: card.company, priority: card.priority } : row));
  }

  // ---- changing

  get dirty(): boolean {
    return this.draft !== null && this.card !== null && changeOf(this.draft, this.card) !== null;
  }

  get saving(): boolean {
    return this.acts.pending.has(`save contact ${this.#typed}`);
  }

  /** Nothing that was sent so far is about what is typed from here on. */
  #anew(): void {
    this.#typed += 1;
    this.#once = '';
  }

  edit(): void {
    this.#anew();
    if (this.card) [this.draft, this.overtaken, this.saved] = [draftOf(this.card), false, false];
    this.acts.dismiss('contact');
  }

  discard(): void {
    this.#anew();
    [this.draft, this.overtaken] = [null, false];
    this.acts.dismiss('contact');
  }

  /** True where it is kept. */
  async save(): Promise<boolean> {
    const { card, draft } = this;
    if (!card || !draft) return false;
    const change = changeOf(draft, card);
    if (change === null) {
      this.discard();
      return true;
    }
    const [shown, typed] = [this.#shown, this.#typed];
    const once = (this.#once ||= crypto.randomUUID());
    let kept = false;
    await this.acts.run('contact', `save contact ${typed}`, async () => {
      try {
        const now = await api.changeContact(card.id, card.version, change, once);
        if (typed === this.#typed) [this.draft, this.#once, kept] = [null, '', true];
        if (shown === this.#shown) this.#learn(now);
        if (kept) [this.overtaken, this.saved] = [false, true];
      } catch (error) {
        // Who said that it may go, or has logged out, is told nothing of it any more.
        if (typed !== this.#typed) return;
        // What was not answered may have been done: the same again is then answered the same.
        const known = error instanceof Problem && error.status >= 400 && error.status < 500;
        if (known) this.#once = '';
        if (!(error instanceof Problem && error.code === 'contact_changed')) throw error;
        await this.#overtake(card.id, shown, typed);
      }
    });
    return kept;
  }

  /** Somebody was faster: what he made of it is read. */
  async #overtake(id: string, shown: number, typed: number): Promise<void> {
    try {
      const now = await api.contact(id);
      if (shown === this.#shown) this.#learn(now);
      if (typed === this.#typed) this.overtaken = true;
    } catch (error) {
      if (typed === this.#typed) throw error;
    }
  }
}
