// Whether this page is shown to the agent: the part that does it is loaded when the visitor has said yes, and not before.
import type { Showing } from './live/index.ts';

type Part = { show(url: string, host: Element, agent: string): Showing };

export class Sharing {
  #showing: Showing | null = null;
  #url: string | null = null;

  /** `part`: where the part is; `host`: our element, which is left out; `failed`: it could not be loaded. */
  constructor(
    private readonly part: string,
    private readonly host: Element,
    private readonly failed: () => void,
  ) {}

  /** Shown there to this agent from now on, or not. */
  settle(url: string | null, agent = ''): void {
    if (url === this.#url) return;
    this.#url = url;
    this.#showing?.stop();
    this.#showing = null;
    if (url) void this.#begin(url, agent);
  }

  async #begin(url: string, agent: string): Promise<void> {
    try {
      const part = (await import(/* @vite-ignore */ this.part)) as Part;
      // Taken back meanwhile.
      if (this.#url === url && !this.#showing) this.#showing = part.show(url, this.host, agent);
    } catch {
      if (this.#url === url) this.failed();
    }
  }
}
