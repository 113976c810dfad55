// The customer's page beside its picture: as it is now, if the customer lets it be seen, where the agent points on it, and pages
// suggested to the customer.
import type { CurrentView } from '@warmline/shared/contract';
import type { Actions } from './actions.svelte.ts';
import { api, Problem } from './api.ts';
import { callKey, originOf } from './reduce.ts';

type Frame = Pick<HTMLIFrameElement, 'contentWindow' | 'src'>;

export class PageShare {
  /** What the panel shows. */
  shown: 'request' | 'live' = $state('request');
  /** What the live view says of itself. */
  frame: 'loading' | 'live' | 'paused' = $state('loading');
  /** It was live when the call ended. */
  ended = $state(false);
  /** The form for a suggestion is open. */
  suggesting = $state(false);
  /** The customer sees where the agent's pointer is on the live page. */
  pointing = $state(false);
  #key: string | null = null;
  #url: string | null = null;
  #live: Frame | null = null;

  constructor(private readonly acts: Actions) {}

  /** Brings the panel in line with what is in hand. */
  settle(current: CurrentView | null): void {
    const key = callKey(current);
    if (key !== this.#key) {
      [this.#key, this.ended, this.suggesting, this.#url] = [key, false, false, null];
      this.shown = 'request';
      this.acts.dismiss('share');
    }
    const url = current?.share?.live_url ?? null;
    if (url === this.#url) return;
    [this.pointing, this.#live] = [false, null];
    if (url) [this.frame, this.shown, this.ended] = ['loading', 'live', false];
    else {
      this.shown = 'request';
      this.ended = current !== null && !current.share;
    }
    this.#url = url;
  }

  /** A live view's word, if it comes from the origin of the one that is shown. */
  fromFrame(event: { origin: string; data: unknown }, current: CurrentView | null): void {
    const url = current?.share?.live_url;
    const data = event.data as { type?: unknown; state?: unknown; on?: unknown } | null;
    if (!url || event.origin !== originOf(url)) return;
    if (data?.type === 'live' && (data.state === 'live' || data.state === 'paused')) this.frame = data.state;
    // Escape, pressed there.
    if (data?.type === 'point' && data.on === false) this.pointing = false;
  }

  /** The live view has loaded, and knows nothing of pointing. */
  attach(frame: Frame): void {
    this.#live = frame;
    if (this.pointing) this.#tell();
  }

  /** Only what is looked at is pointed at. */
  point(on: boolean): void {
    if (!this.#url || on === this.pointing) return;
    if (on) this.shown = 'live';
    this.pointing = on;
    this.#tell();
  }

  #tell(): void {
    const origin = originOf(this.#live?.src ?? '');
    if (origin) this.#live?.contentWindow?.postMessage({ type: 'point', on: this.pointing }, origin);
  }

  /** The picture of the request, or the page as it is now. */
  show(shown: 'request' | 'live'): void {
    if (shown === 'request') this.point(false);
    this.shown = shown;
  }

  async look(on: boolean): Promise<void> {
    await this.acts.run('share', 'look', () => api.live(on));
  }

  toggle(): void {
    this.suggesting = !this.suggesting;
    this.acts.dismiss('share');
  }

  async suggest(text: string, title: string, allowed: string[]): Promise<void> {
    const url = pageUrl(text, allowed);
    if (!url) this.acts.refuse('share', new Problem(422, 'url_not_allowed', '', null));
    else if (await this.acts.run('share', 'push', () => api.push(url, title.trim()))) this.suggesting = false;
  }
}

/** What an agent typed as an address: whole, without a scheme, or a path of the first site that is allowed. */
export function pageUrl(text: string, allowed: string[]): string | null {
  const typed = text.trim();
  const base = allowed[0] ? originOf(allowed[0]) : null;
  try {
    if (typed === '') return null;
    if (typed.startsWith('/')) return base ? new URL(typed, base).href : null;
    const url = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(typed) ? typed : `${base?.startsWith('http:') ? 'http' : 'https'}://${typed}`);
    return /^https?:$/.test(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}
