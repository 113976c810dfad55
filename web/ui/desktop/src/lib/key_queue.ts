// Keys for the other side, in the order they were pressed, one request at a time: two at once could overtake each other.

const LONGEST = 32;

export interface Keys {
  /** Taken by the switch; the last ones. */
  sent: string;
  /** On their way, or waiting for those. */
  waiting: string;
}

export class KeyQueue {
  #keys: Keys = { sent: '', waiting: '' };
  #busy = false;
  /** Rises when the call ends: what is still on its way belongs to the last one. */
  #turn = 0;

  /** `send` is given 1 to 32 keys and throws where they were refused. */
  constructor(
    private readonly send: (digits: string) => Promise<void>,
    private readonly changed: (keys: Keys) => void,
  ) {}

  press(key: string): void {
    this.#set({ ...this.#keys, waiting: this.#keys.waiting + key });
    void this.#run();
  }

  /** Forgets everything: another call, or none. */
  clear(): void {
    this.#turn += 1;
    this.#busy = false;
    this.#set({ sent: '', waiting: '' });
  }

  async #run(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    const turn = this.#turn;
    while (turn === this.#turn && this.#keys.waiting) {
      const digits = this.#keys.waiting.slice(0, LONGEST);
      try {
        await this.send(digits);
      } catch {
        // Keys after refused ones would mean something else: none is sent.
        if (turn === this.#turn) this.#set({ ...this.#keys, waiting: '' });
        break;
      }
      if (turn !== this.#turn) return;
      this.#set({ sent: (this.#keys.sent + digits).slice(-LONGEST), waiting: this.#keys.waiting.slice(digits.length) });
    }
    if (turn === this.#turn) this.#busy = false;
  }

  #set(keys: Keys): void {
    this.#keys = keys;
    this.changed(keys);
  }
}
