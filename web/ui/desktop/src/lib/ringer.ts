// What calls the agent when a call arrives: the ring tone and, where the tab is not looked at, a notification and a title that blinks.
import type { Sound } from './sound/sound.svelte.ts';

const EVERY = 3_000;
const BLINK = 1_000;
const TITLE = 'Warmline';

export class Ringer {
  #timer: ReturnType<typeof setInterval> | undefined;
  #blink: ReturnType<typeof setInterval> | undefined;
  #note: Notification | null = null;
  #usual = TITLE;
  #calling: string | null = null;

  constructor(private readonly sound: Sound) {}

  /** Two soft tones every three seconds, until it is stopped. */
  start(title: string, body: string): void {
    if (this.#timer !== undefined) return;
    this.sound.ring();
    this.#timer = setInterval(() => this.sound.ring(), EVERY);
    this.#notify(title, body);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#note?.close();
    this.#note = null;
  }

  /** What the tab is called: `calling` while somebody calls, changing with the usual name while nobody looks; null: the usual, with so many messages unread. */
  title(calling: string | null, unread = 0): void {
    const usual = unread > 0 ? `(${unread}) ${TITLE}` : TITLE;
    if (calling === this.#calling && usual === this.#usual) return;
    clearInterval(this.#blink);
    [this.#calling, this.#usual] = [calling, usual];
    document.title = calling ?? usual;
    if (calling === null) return;
    let on = true;
    this.#blink = setInterval(() => {
      on = document.hidden ? !on : true;
      document.title = on ? calling : usual;
    }, BLINK);
  }

  #notify(title: string, body: string): void {
    if (typeof Notification === 'undefined' || Notification.permission !== 'granted' || !document.hidden) return;
    try {
      this.#note = new Notification(title, { body, tag: 'warmline-call', requireInteraction: true });
      this.#note.onclick = () => window.focus();
    } catch {
      // Some phones have no notifications from pages: the tone is enough.
    }
  }
}
