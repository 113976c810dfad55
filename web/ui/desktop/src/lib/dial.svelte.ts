// A call that the agent makes: what he types, which number he shows, and the panel for it.
import type { Actions } from './actions.svelte.ts';
import { api } from './api.ts';
import { recall, remember } from './language.svelte.ts';
import { typedNumber } from './targets.ts';

const SHOWN = 'warmline.desktop.caller-id';
const LONGEST = 40;

export class Dial {
  open = $state(false);
  number = $state('');
  /** E.164 of the number that is shown; empty: the firm's first. */
  callerId = $state(recall(SHOWN) ?? '');

  constructor(
    private readonly acts: Actions,
    private readonly kept: () => Promise<boolean>,
    private readonly canSpeak: () => Promise<boolean>,
  ) {}

  /** Opens with a number, or with what was typed last. */
  show(number?: string): void {
    if (number !== undefined) this.number = number;
    this.acts.dismiss('dial');
    this.open = true;
  }

  toggle(): void {
    if (this.open) this.close();
    else this.show();
  }

  close(): void {
    this.open = false;
  }

  /** Something has come: there is nothing to dial now. */
  settle(possible: boolean): void {
    if (!possible) this.open = false;
  }

  press(key: string): void {
    if (this.number.length < LONGEST) this.number += key;
  }

  choose(number: string): void {
    this.callerId = number;
    remember(SHOWN, number);
  }

  get valid(): boolean {
    return typedNumber(this.number) !== null;
  }

  /** `shown`: what the agent may show; a choice of former days that is none of these any more is left out. */
  async call(shown: readonly string[]): Promise<void> {
    if (!this.valid) return;
    const callerId = shown.includes(this.callerId) ? this.callerId : undefined;
    await this.acts.run('dial', 'call', async () => {
      // It ends the wrap-up: what was typed in it comes first.
      await this.kept();
      if (await this.canSpeak()) await api.call(this.number.trim(), callerId);
    });
  }
}
