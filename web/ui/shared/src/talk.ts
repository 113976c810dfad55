// What is written in a chat, as one side has it: lines in their order, gaps seen, and an outbox that sends each text once.
import type { ChatMessage } from './contract.ts';

/** A text that is not known to be kept. */
export interface Pending {
  client_id: string;
  text: string;
  state: 'sending' | 'failed';
  /** Why it was refused. */
  error?: unknown;
}

export interface TalkHooks {
  /** What comes after a number. */
  read: (after: number) => Promise<{ messages: ChatMessage[]; more: boolean }>;
  send: (text: string, clientId: string) => Promise<ChatMessage>;
  changed: () => void;
  /** A line that came while this side looked on; not those that were read back. */
  arrived?: (message: ChatMessage) => void;
  /** Seconds after which a refused text is sent again; null: it stays refused. */
  again: (error: unknown) => number | null;
  /** The outbox is another: to be kept over a reload. */
  kept?: (pending: Pending[]) => void;
}

export class Talk {
  messages: ChatMessage[] = [];
  pending: Pending[];
  #reading: Promise<void> | null = null;
  #sending = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(
    private readonly hooks: TalkHooks,
    pending: Pending[] = [],
  ) {
    this.pending = pending.map((text) => ({ ...text, state: 'sending' }));
    if (this.pending.length > 0) void this.#flush();
  }

  get last(): number {
    return this.messages.at(-1)?.seq ?? 0;
  }

  /** A line has come by the stream. One that is missing before it is read back. */
  hear(message: ChatMessage): void {
    if (message.seq <= this.last) return;
    if (message.seq === this.last + 1) this.#take([message], true);
    else void this.catchUp(message.seq);
  }

  /** Reads what is there up to a number that is known to be there. */
  async catchUp(upTo: number): Promise<void> {
    while (this.last < upTo && !this.#closed) {
      this.#reading ??= this.#read().finally(() => (this.#reading = null));
      const before = this.last;
      try {
        await this.#reading;
      } catch {
        return; // The next word of the stream asks again.
      }
      if (this.last === before) return;
    }
  }

  async #read(): Promise<void> {
    const fresh = this.messages.length > 0;
    const { messages } = await this.hooks.read(this.last);
    this.#take(messages, fresh);
  }

  #take(messages: ChatMessage[], fresh: boolean): void {
    const news = messages.filter((message) => message.seq > this.last);
    if (news.length === 0) return;
    this.messages = [...this.messages, ...news];
    const ours = new Set(news.map((message) => message.client_id));
    if (this.pending.some((text) => ours.has(text.client_id))) this.#outbox(this.pending.filter((text) => !ours.has(text.client_id)));
    if (fresh) for (const message of news) this.hooks.arrived?.(message);
    this.hooks.changed();
  }

  send(text: string, clientId: string): void {
    this.#outbox([...this.pending, { client_id: clientId, text, state: 'sending' }]);
    this.hooks.changed();
    void this.#flush();
  }

  /** Once more what was refused. */
  retry(): void {
    this.#outbox(this.pending.map((text) => ({ client_id: text.client_id, text: text.text, state: 'sending' })));
    this.hooks.changed();
    void this.#flush();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #outbox(pending: Pending[]): void {
    this.pending = pending;
    this.hooks.kept?.(pending);
  }

  /** One after the other, so that they stand in the order in which they were written. */
  async #flush(): Promise<void> {
    if (this.#sending || this.#closed) return;
    this.#sending = true;
    clearTimeout(this.#timer);
    try {
      for (let next = this.#next(); next && !this.#closed; next = this.#next()) await this.#deliver(next);
    } finally {
      this.#sending = false;
    }
  }

  #next(): Pending | undefined {
    // What is refused keeps those behind it back: an answer must not stand before its question.
    const first = this.pending[0];
    return first?.state === 'sending' ? first : undefined;
  }

  async #deliver(text: Pending): Promise<void> {
    try {
      const message = await this.hooks.send(text.text, text.client_id);
      this.#outbox(this.pending.filter((other) => other.client_id !== text.client_id));
      this.hear(message);
      this.hooks.changed();
    } catch (error) {
      const again = this.hooks.again(error);
      if (again !== null) {
        await new Promise((resolve) => (this.#timer = setTimeout(resolve, again * 1000)));
        return;
      }
      this.#outbox(this.pending.map((other) => (other.client_id === text.client_id ? { ...other, state: 'failed', error } : other)));
      this.hooks.changed();
    }
  }
}
