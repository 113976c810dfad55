// Whether this page is shown to the agent: the part that does it is loaded when the visitor has said yes, and not before.
import type { Showing } from './live/index.ts';

type Part = { show(url: string, own: string): Showing };

export class Sharing {
  #showing: Showing | null = null;
  #url: string | null = null;

  /** `part`: where the part is; `own`: our element's name, which is left out; `failed`: it could not be loaded. */
  constructor(
    private readonly part: string,
    private readonly own: string,
    private readonly failed: () => void,
  ) {}

  /** Shown there from now on, or not. */
  settle(url: string | null): void {
    if (url === this.#url) return;
    this.#url = url;
    this.#showing?.stop();
    this.#showing = null;
    if (url) void this.#begin(url);
  }

  async #begin(url: string): Promise<void> {
    try {
      const part = (await import(/* @vite-ignore */ this.part)) as Part;
      // Taken back meanwhile.
      if (this.#url === url && !this.#showing) this.#showing = part.show(url, this.own);
    } catch {
      if (this.#url === url) this.failed();
    }
  }
}
