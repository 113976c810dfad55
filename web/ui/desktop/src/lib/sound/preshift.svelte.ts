// The check before a shift: whether its window is open, what the agent said himself, and what was measured so far.
import { recall, remember } from '../language.svelte.ts';
import { isDue, passed, type Facts } from './check.ts';
import type { EchoTest } from './echo_test.svelte.ts';
import type { Heard } from './level.ts';

const KEY = 'warmline.desktop.check';

interface Around {
  /** Whose shift it is. */
  who: () => string;
  /** Whether this browser wants the check before the first Ready. */
  wanted: () => boolean;
  /** Milliseconds; Infinity: no answer. */
  roundTrip: () => Promise<number>;
}

export class PreShift {
  open = $state(false);
  input: Heard | null = $state(null);
  heardOnce = $state(false);
  speaker: boolean | null = $state(null);
  notifications: Facts['notifications'] = $state('default');
  connection: number | null = $state(null);

  constructor(
    private readonly echo: EchoTest,
    private readonly around: Around,
  ) {}

  isDue(): boolean {
    return isDue(this.around.wanted(), recall(KEY), this.around.who(), Date.now());
  }

  show(): void {
    [this.open, this.input, this.heardOnce, this.speaker] = [true, null, false, null];
    this.echo.reset();
    this.#readNotifications();
    void this.measure();
  }

  close(): void {
    this.open = false;
    this.echo.stop();
  }

  /** Passed, or skipped: it does not come again in this shift. */
  pass(): void {
    remember(KEY, passed(this.around.who(), Date.now()));
    this.close();
  }

  /** The shift is over. */
  forget(): void {
    remember(KEY, '');
  }

  hear(heard: Heard): void {
    this.input = heard;
    if (heard === 'good') this.heardOnce = true;
  }

  async measure(): Promise<void> {
    this.connection = null;
    this.connection = await this.around.roundTrip();
  }

  /** Inside a click. */
  async askNotifications(): Promise<void> {
    if (typeof Notification !== 'undefined') await Notification.requestPermission().catch(() => undefined);
    this.#readNotifications();
  }

  #readNotifications(): void {
    this.notifications = typeof Notification === 'undefined' ? 'unsupported' : Notification.permission;
  }
}
