// The ring tone and the notification that go with an arriving call.

/** Two soft tones, one second on, two off; nothing where the browser has not let us play yet. */
export class Ringer {
  #context: AudioContext | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;
  #note: Notification | null = null;

  /** Inside a click, so that sound is allowed later. */
  unlock(): void {
    this.#context ??= typeof AudioContext === 'undefined' ? null : new AudioContext();
    void this.#context?.resume().catch(() => undefined);
    if (typeof Notification !== 'undefined' && Notification.permission === 'default') void Notification.requestPermission();
  }

  start(title: string, body: string): void {
    if (this.#timer !== undefined) return;
    this.#context ??= typeof AudioContext === 'undefined' ? null : new AudioContext();
    this.#ring();
    this.#timer = setInterval(() => this.#ring(), 3000);
    this.#notify(title, body);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#note?.close();
    this.#note = null;
  }

  #ring(): void {
    const context = this.#context;
    if (!context || context.state !== 'running') return;
    const start = context.currentTime;
    for (const [at, hz] of [[0, 587], [0.22, 784], [0.55, 587], [0.77, 784]] as const) {
      const tone = context.createOscillator();
      const level = context.createGain();
      tone.type = 'sine';
      tone.frequency.value = hz;
      level.gain.setValueAtTime(0, start + at);
      level.gain.linearRampToValueAtTime(0.12, start + at + 0.02);
      level.gain.exponentialRampToValueAtTime(0.001, start + at + 0.32);
      tone.connect(level).connect(context.destination);
      tone.start(start + at);
      tone.stop(start + at + 0.34);
    }
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
