// A place for tones to be heard: the system's speaker, or another where the browser lets one choose.

/** What newer browsers can do and their types do not say yet. */
type Routed = AudioContext & { setSinkId?: (id: string) => Promise<void> };

/** Whether an audio element can be sent to another speaker than the system's. */
export function canChooseSpeaker(): boolean {
  return typeof HTMLMediaElement !== 'undefined' && 'setSinkId' in HTMLMediaElement.prototype;
}

/** Whether tones can be. */
export function canChooseRinger(): boolean {
  return typeof AudioContext !== 'undefined' && 'setSinkId' in AudioContext.prototype;
}

/** Sends an element to a device; one that is gone leaves it where it was. */
export async function route(element: HTMLAudioElement, id: string): Promise<void> {
  if (!canChooseSpeaker() || element.sinkId === id) return;
  await element.setSinkId(id).catch(() => undefined);
}

/** One note: when it begins, its pitch, how long it lasts; seconds and hertz. */
export type Note = readonly [at: number, hz: number, lasts: number];

/** What lets a page be heard, and listen. */
export const WAKING = ['keydown', 'pointerdown'] as const;

export class Output {
  #context: Routed | null = null;

  /** Inside a click, so that sound is allowed later. */
  unlock(): void {
    this.#context ??= typeof AudioContext === 'undefined' ? null : new AudioContext();
    void this.#context?.resume().catch(() => undefined);
  }

  async route(id: string): Promise<void> {
    await this.#context?.setSinkId?.(id).catch(() => undefined);
  }

  /** Nothing where the browser has not let us play yet. `volume`: 0 to 1. */
  play(notes: readonly Note[], volume: number): void {
    this.#context ??= typeof AudioContext === 'undefined' ? null : new AudioContext();
    const context = this.#context;
    if (!context || context.state !== 'running' || volume <= 0) return;
    const start = context.currentTime;
    for (const [at, hz, lasts] of notes) {
      const tone = context.createOscillator();
      const level = context.createGain();
      tone.type = 'sine';
      tone.frequency.value = hz;
      level.gain.setValueAtTime(0, start + at);
      level.gain.linearRampToValueAtTime(0.2 * volume, start + at + 0.02);
      level.gain.exponentialRampToValueAtTime(0.0005, start + at + lasts);
      tone.connect(level).connect(context.destination);
      tone.start(start + at);
      tone.stop(start + at + lasts + 0.02);
    }
  }
}

/** Three rising notes for "can you hear this?". */
export const TEST_TONE: readonly Note[] = [[0, 523, 0.35], [0.3, 659, 0.35], [0.6, 784, 0.6]];
/** How an arriving call sounds. */
export const RING: readonly Note[] = [[0, 587, 0.32], [0.22, 784, 0.32], [0.55, 587, 0.32], [0.77, 784, 0.32]];
