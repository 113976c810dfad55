// The devices of this browser: which are there, which were chosen, what is used; kept here, followed when they come and go.
import { microphone } from '@warmline/shared/gather';
import { recall, remember } from '../language.svelte.ts';
import { listed, parseChoices, resolve, type Choice, type Choices, type Device, type Kind } from './choices.ts';
import { Output, RING, TEST_TONE, WAKING, canChooseRinger, canChooseSpeaker, route } from './output.ts';

const KEY = 'warmline.desktop.sound';
const KINDS: readonly Kind[] = ['microphone', 'speaker', 'ringer'];

/** Escape, for one, is no key that counts. */
const isSilent = (): boolean => !(navigator.userActivation?.hasBeenActive ?? true);

export class Sound {
  choices: Choices = $state.raw(parseChoices(recall(KEY)));
  devices: Record<Kind, Device[]> = $state.raw({ microphone: [], speaker: [], ringer: [] });
  /** A chosen device that is not there, by the name it had: the default takes its place until it is back. */
  lost: Record<Kind, string | null> = $state.raw({ microphone: null, speaker: null, ringer: null });
  /** The browser lets this page ring only once its reader has clicked or pressed a key, as after a reload. */
  silent = $state(isSilent());
  readonly ringer = new Output();
  readonly #test = new Output();
  readonly #elements = new Set<HTMLAudioElement>();
  #using: Record<Kind, string> = { microphone: '', speaker: '', ringer: '' };
  /** Another microphone is to be used from now on. */
  moved: () => void = () => undefined;

  constructor(private readonly raw: boolean) {
    navigator.mediaDevices?.addEventListener?.('devicechange', () => void this.#changed());
    if (this.silent) for (const type of WAKING) addEventListener(type, this.#wake, true);
    void this.look();
  }

  readonly #wake = (): void => {
    this.silent = isSilent();
    if (this.silent) return;
    for (const type of WAKING) removeEventListener(type, this.#wake, true);
    this.unlock();
  };

  /** What the system uses may be another one now, though its name is the same. */
  async #changed(): Promise<void> {
    const before = this.#using.microphone;
    await this.look();
    if (before === this.#using.microphone) this.moved();
  }

  get canChoose(): Record<Kind, boolean> {
    return { microphone: true, speaker: canChooseSpeaker(), ringer: canChooseRinger() };
  }

  /** Which devices there are. Their names are known once the microphone is allowed. */
  async look(): Promise<void> {
    const all = (await navigator.mediaDevices?.enumerateDevices?.().catch(() => [])) ?? [];
    this.devices = { microphone: listed(all, 'microphone'), speaker: listed(all, 'speaker'), ringer: listed(all, 'ringer') };
    this.#settle();
  }

  /** `null`: what the system uses. */
  choose(kind: Kind, id: string | null): void {
    const device = this.devices[kind].find((row) => row.id === id);
    const choice: Choice | null = device ? { ...device } : null;
    this.#keep({ ...this.choices, [kind]: choice });
    this.#settle();
  }

  setVolume(volume: number): void {
    this.#keep({ ...this.choices, volume });
  }

  setCheck(check: boolean): void {
    this.#keep({ ...this.choices, check });
  }

  /** Opens the chosen microphone; the default one where that has gone in the same moment. Throws what the browser throws. */
  async openMicrophone(): Promise<MediaStream> {
    const { id } = resolve(this.choices.microphone, this.devices.microphone);
    const open = (more: MediaTrackConstraints): Promise<MediaStream> => navigator.mediaDevices.getUserMedia({ audio: { ...microphone(this.raw), ...more }, video: false });
    if (!id) return open({});
    try {
      // Exactly: a wish alone is not granted by every browser.
      return await open({ deviceId: { exact: id } });
    } catch (error) {
      const { name = '' } = error as { name?: string };
      if (!['OverconstrainedError', 'NotFoundError', 'NotReadableError'].includes(name)) throw error;
      return open({});
    }
  }

  /** Plays where the speaker is, now and after it has changed. */
  attach(element: HTMLAudioElement): void {
    this.#elements.add(element);
    void route(element, this.#using.speaker);
  }

  detach(element: HTMLAudioElement): void {
    this.#elements.delete(element);
    element.srcObject = null;
  }

  /** Inside a click. */
  unlock(): void {
    this.ringer.unlock();
    void this.ringer.route(this.#using.ringer);
  }

  ring(): void {
    this.ringer.play(RING, this.choices.volume);
  }

  /** Inside a click. */
  async tryOut(kind: 'speaker' | 'ringer'): Promise<void> {
    if (kind === 'ringer') {
      this.unlock();
      await this.ringer.route(this.#using.ringer);
      this.ring();
      return;
    }
    this.#test.unlock();
    await this.#test.route(this.#using.speaker);
    this.#test.play(TEST_TONE, 0.8);
  }

  #keep(choices: Choices): void {
    this.choices = choices;
    remember(KEY, JSON.stringify(choices));
  }

  #settle(): void {
    const before = this.#using;
    const found = KINDS.map((kind) => [kind, resolve(this.choices[kind], this.devices[kind])] as const);
    this.#using = Object.fromEntries(found.map(([kind, { id }]) => [kind, id])) as Record<Kind, string>;
    this.lost = Object.fromEntries(found.map(([kind, { missing }]) => [kind, missing ? (this.choices[kind]?.label ?? '') : null])) as Record<Kind, string | null>;
    if (before.speaker !== this.#using.speaker) for (const element of this.#elements) void route(element, this.#using.speaker);
    if (before.ringer !== this.#using.ringer) void this.ringer.route(this.#using.ringer);
    if (before.microphone !== this.#using.microphone) this.moved();
  }
}
