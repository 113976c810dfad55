// The agent's chats: which is looked at, what was written in each, and what he writes. What it shows is what the views say.
import type { AgentNotice, ChatCard, ChatMessage, Target } from '@warmline/shared/contract';
import { Talk, type Pending } from '@warmline/shared/talk';
import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import type { Actions } from './actions.svelte.ts';
import { Problem, api } from './api.ts';
import { Draft, NOTHING_TYPED, notTaken, type DraftView } from './draft.ts';

/** So often it is told that the agent writes, in milliseconds; twice that without a word, the other does not any more. */
const TYPING = 3_000;
export const LONGEST = 2_000;

export interface Lines {
  messages: ChatMessage[];
  pending: Pending[];
}

const NOTHING: Lines = { messages: [], pending: [] };

export class Chats {
  cards: ChatCard[] = $state.raw([]);
  /** Which one is looked at; an old one of the history may be. */
  selected: string | null = $state(null);
  /** Of the history, read only. */
  past: string | null = $state(null);
  notes: DraftView = $state.raw(NOTHING_TYPED);
  readonly lines = new SvelteMap<string, Lines>();
  /** What is typed and not sent, by chat: another one can be looked at meanwhile. */
  readonly drafts = new SvelteMap<string, string>();
  /** In which the visitor is writing. */
  readonly typing = new SvelteSet<string>();
  readonly #talks = new Map<string, Talk>();
  readonly #silent = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #draft: Draft;
  #typed = new Map<string, number>();
  #quiet: ReturnType<typeof setTimeout> | undefined;
  #told = new Map<string, number>();

  constructor(
    private readonly acts: Actions,
    lost: (name: string, notes: string) => void,
  ) {
    this.#draft = new Draft({
      save: async (notes, read) => {
        const id = this.selected;
        this.acts.dismiss('chat');
        try {
          if (id) await api.chatOutcome(id, { notes, notes_read: read });
        } catch (error) {
          throw notTaken(error, () => this.acts.refuse('chat', error));
        }
      },
      changed: (view) => (this.notes = view),
      lost: (notes) => lost(this.card?.contact.name ?? '', notes),
    });
    globalThis.document?.addEventListener('visibilitychange', () => this.look());
  }

  get card(): ChatCard | null {
    return this.cards.find((card) => card.id === this.selected) ?? null;
  }

  get unread(): number {
    return this.cards.reduce((sum, card) => sum + card.unread, 0);
  }

  get offered(): ChatCard | null {
    return this.cards.find((card) => card.state === 'offered') ?? null;
  }

  of(id: string): Lines {
    return this.lines.get(id) ?? NOTHING;
  }

  /** Brings what is kept here in line with the views. */
  settle(cards: ChatCard[]): void {
    this.cards = cards;
    const ids = new Set(cards.map((card) => card.id));
    for (const id of [...this.#talks.keys()]) if (!ids.has(id) && id !== this.past) this.#forget(id);
    for (const card of cards) void this.#talk(card.id).catchUp(card.last);
    if (!this.card) this.selected = (this.offered ?? cards[0])?.id ?? null;
    this.#settleNotes();
    this.look();
  }

  hear(notice: AgentNotice): void {
    if (notice.type === 'message') {
      if (notice.message.from === 'visitor') this.#writes(notice.chat, false);
      this.#talk(notice.chat).hear(notice.message);
    } else if (notice.type === 'typing') this.#writes(notice.chat, notice.on);
  }

  /** The connection is new: what came meanwhile is asked for, and what was seen is told again. */
  reconnected(): void {
    this.#told.clear();
  }

  select(id: string): void {
    this.past = null;
    this.selected = id;
    this.acts.dismiss('chat');
    this.#settleNotes();
    this.look();
  }

  next(): void {
    const at = this.cards.findIndex((card) => card.id === this.selected);
    const card = this.cards[(at + 1) % this.cards.length];
    if (card) this.select(card.id);
  }

  /** The transcript of a chat of the history. */
  open(id: string): void {
    this.past = id;
    void this.acts.run('chat', `read ${id}`, async () => {
      const first = await api.chatMessages(id, 0);
      const talk = this.#talk(id);
      for (const message of first.messages) talk.hear(message);
      if (first.more) await talk.catchUp(Infinity);
    });
  }

  shut(): void {
    if (this.past && !this.cards.some((card) => card.id === this.past)) this.#forget(this.past);
    this.past = null;
  }

  #talk(id: string): Talk {
    const known = this.#talks.get(id);
    if (known) return known;
    const talk = new Talk({
      read: (after) => api.chatMessages(id, after),
      send: (text, clientId) => api.chatPost(id, text, clientId),
      changed: () => {
        this.lines.set(id, { messages: talk.messages, pending: talk.pending });
        this.look();
      },
      again: (error) => (error instanceof Problem && (error.status === 0 || error.status >= 500) ? 2 : null),
    });
    this.#talks.set(id, talk);
    return talk;
  }

  #forget(id: string): void {
    this.#talks.get(id)?.close();
    this.#talks.delete(id);
    this.#told.delete(id);
    this.lines.delete(id);
    this.drafts.delete(id);
    this.#writes(id, false);
  }

  #writes(id: string, on: boolean): void {
    clearTimeout(this.#silent.get(id));
    if (on) {
      this.typing.add(id);
      this.#silent.set(id, setTimeout(() => this.#writes(id, false), TYPING * 2));
    } else {
      this.typing.delete(id);
      this.#silent.delete(id);
    }
  }

  /** What is on the screen has been seen. */
  look(): void {
    const card = this.card;
    if (!card || card.state !== 'open' || this.past || globalThis.document?.hidden) return;
    const last = this.#talks.get(card.id)?.last ?? 0;
    if (card.unread === 0 || last <= (this.#told.get(card.id) ?? 0)) return;
    this.#told.set(card.id, last);
    api.chatRead(card.id, last).catch(() => this.#told.delete(card.id));
  }

  // ---- what the agent does

  type(id: string, text: string): void {
    this.drafts.set(id, text);
    const now = Date.now();
    if (text && now - (this.#typed.get(id) ?? 0) > TYPING) {
      this.#typed.set(id, now);
      api.chatTyping(id, true).catch(() => undefined);
    }
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => {
      if (this.#typed.delete(id)) api.chatTyping(id, false).catch(() => undefined);
    }, text ? TYPING : 0);
  }

  send(id: string): void {
    const text = (this.drafts.get(id) ?? '').trim();
    if (!text || [...text].length > LONGEST) return;
    clearTimeout(this.#quiet);
    this.#typed.delete(id);
    this.drafts.delete(id);
    this.#talk(id).send(text, crypto.randomUUID?.() ?? String(Math.random()).slice(2));
  }

  retry(id: string): void {
    this.#talk(id).retry();
  }

  accept(id: string): Promise<boolean> {
    this.select(id);
    return this.acts.run('chat', 'chat-accept', () => api.chatDoes(id, 'accept'));
  }

  decline(id: string): Promise<boolean> {
    return this.acts.run('chat', 'chat-decline', () => api.chatDoes(id, 'decline'));
  }

  proposeCall(id: string): Promise<boolean> {
    return this.acts.run('chat', 'chat-call', () => api.chatDoes(id, 'propose-call'));
  }

  end(id: string): Promise<boolean> {
    return this.acts.run('chat', 'chat-end', () => api.chatDoes(id, 'end'));
  }

  transfer(id: string, target: Target): Promise<boolean> {
    return this.acts.run('chat', 'chat-transfer', async () => {
      await this.#draft.flush();
      await api.chatTransfer(id, target);
    });
  }

  code(id: string, code: string): Promise<boolean> {
    return this.acts.run('chat', 'chat-code', () => api.chatOutcome(id, { code }));
  }

  typeNotes(notes: string): void {
    this.#draft.type(notes);
  }

  saveNotes(): Promise<boolean> {
    return this.#draft.flush();
  }

  /** Not before the notes are kept. */
  close(id: string): Promise<boolean> {
    return this.acts.run('chat', 'chat-close', async () => {
      if (!(await this.#draft.flush())) throw new Problem(409, 'notes_unsaved', '', null);
      await api.chatDoes(id, 'close');
    });
  }

  #settleNotes(): void {
    const card = this.card && this.card.state !== 'offered' ? this.card : null;
    this.#draft.show(card?.id ?? null, card?.contact.notes ?? '');
  }
}
