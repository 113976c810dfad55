// The page view that is kept open: what it is to show, told as soon as it is known and again when it has loaded anew.
import { originOf } from './reduce.ts';

export class PageView {
  #frame: Pick<HTMLIFrameElement, 'contentWindow' | 'src'> | null = null;
  #url: string | null = null;

  /** It has loaded, and shows nothing. */
  attach(frame: Pick<HTMLIFrameElement, 'contentWindow' | 'src'>): void {
    this.#frame = frame;
    if (this.#url) this.#tell();
  }

  /** This page from now on; null: none. */
  show(url: string | null): void {
    if (url === this.#url) return;
    this.#url = url;
    this.#tell();
  }

  #tell(): void {
    const origin = originOf(this.#frame?.src ?? '');
    if (origin) this.#frame?.contentWindow?.postMessage(this.#url ? { type: 'show', url: this.#url } : { type: 'clear' }, origin);
  }
}
