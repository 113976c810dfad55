// A request to be called, as it stands: when, what to key in, what became of the last attempt, and the way to another time.
import type { ReservationView } from '@warmline/shared/contract';
import type { State } from '../controller.ts';
import { h, icon, present } from '../dom.ts';
import type { AskingApi } from './api.ts';
import { Picker } from './picker.ts';
import { clockText } from './times.ts';
import type { AskingWords } from './words.ts';

export interface CardHooks {
  now: () => number;
  live: () => { id: string; key: string } | null;
  learn: (view: ReservationView) => void;
  problem: (problem: unknown) => string;
  /** He would rather be called at another number. */
  elsewhere: () => void;
  /** What it says of the call has changed. */
  changed: () => void;
}

export class Card {
  readonly element = h('section', { class: 'later asking', testid: 'wl-callback' });
  #picker: Picker;
  #choosing = false;
  #busy = false;
  #said = '';
  #error = '';
  #view: ReservationView | null = null;
  #later = false;
  #key = '';
  #zone = '';

  constructor(
    private readonly api: AskingApi,
    private readonly site: string,
    private readonly w: AskingWords,
    private readonly language: string,
    private readonly hooks: CardHooks,
  ) {
    this.#picker = this.#fresh();
  }

  #fresh(): Picker {
    const whose = (): { id: string; key: string } => {
      const { id, key } = this.hooks.live() ?? { id: '', key: '' };
      return { id, key };
    };
    const picker: Picker = new Picker(this.api, this.site, this.w, this.language, whose, async () => ({}), () => {
      this.#draw();
      if (this.#zone === (picker.slots?.zone ?? '')) return;
      this.#zone = picker.slots?.zone ?? '';
      this.hooks.changed();
    });
    return picker;
  }

  show(state: State, view: ReservationView): HTMLElement | null {
    if (view.mode !== 'callme' || !['waiting', 'dialing'].includes(view.state)) return null;
    if (this.#view && this.#view.id !== view.id) {
      [this.#choosing, this.#said, this.#error] = [false, '', ''];
      this.#picker = this.#fresh();
    }
    this.#view = view;
    this.#later = Boolean(state.session?.callme_later_only);
    // The zone of the firm is learnt with its times.
    if (view.due) void this.#picker.load();
    if (view.state === 'dialing') this.#choosing = false;
    this.#draw();
    return this.element;
  }

  /** What the line of the call says of it; nothing: what the widget says of every call. */
  line(view: ReservationView): { title: string; hint: string } | null {
    if (view.reason === 'never_again') return { title: this.w.never, hint: this.w.neverHint };
    if (view.reason === 'unmatched') return { title: this.w.digits.over, hint: this.w.digits.overHint };
    if (view.mode !== 'callme' || view.state !== 'waiting') return null;
    const w = this.w.card;
    // The digits are shown below.
    if (!view.due) return view.match_digits ? { title: w.soon, hint: w.near } : null;
    const hint = view.match_digits ? w.note : w.keep;
    if (!view.attempts) return { title: w.at(this.#picker.text(view.due)), hint };
    const clock = (at: string): string => clockText(at, this.hooks.now(), this.#picker.places);
    return { title: w.again(clock(view.since), clock(view.due)), hint };
  }

  #draw(): void {
    const view = this.#view;
    if (!view) return;
    const key = JSON.stringify([view.due, view.state, view.too_long, view.attempts, view.match_digits, this.#choosing, this.#busy, this.#said, this.#error, this.#later, this.#picker.slots?.slots.length, this.#picker.slots?.now, this.#picker.chosen]);
    if (key === this.#key) return;
    this.#key = key;
    const root = this.element.getRootNode() as Document | ShadowRoot;
    const focused = root.activeElement instanceof HTMLElement && this.element.contains(root.activeElement) ? root.activeElement : null;
    const parts = [
      view.match_digits ? this.#digits(view.match_digits) : null,
      this.#said ? h('div', { class: 'note info', testid: 'wl-saved', attrs: { role: 'status' } }, icon('check', 18), h('span', { text: this.#said })) : null,
      this.#error ? h('div', { class: 'note', testid: 'wl-callback-problem', attrs: { role: 'alert' } }, icon('warn', 18), h('span', { text: this.#error })) : null,
      ...(view.state === 'waiting' ? this.#times(view) : []),
    ];
    this.element.replaceChildren(...present(parts));
    const again = focused?.dataset.testid;
    if (focused && this.element.contains(focused)) focused.focus();
    else if (again) this.element.querySelector<HTMLElement>(`[data-testid="${again}"]`)?.focus();
  }

  #times(view: ReservationView): HTMLElement[] {
    const w = this.w.card;
    const button = (name: string, testid: string, text: string, act: () => void): HTMLButtonElement => {
      const made = h('button', { class: name, testid, attrs: { type: 'button' }, text, on: { click: act } });
      made.disabled = this.#busy;
      return made;
    };
    if (!this.#choosing) {
      const long = view.too_long && !view.due ? h('div', { class: 'note info', testid: 'wl-long' }, icon('clock', 18), h('span', {}, h('b', { text: this.w.long.title }), ' ', this.w.long.hint)) : null;
      return [...present([long]), button('second', 'wl-another-time', w.another, () => {
        [this.#choosing, this.#said, this.#error] = [true, '', ''];
        void this.#picker.load(true).then(() => this.#picker.focus());
        this.#draw();
      }), button('plain', 'wl-another-number', w.elsewhere, () => this.hooks.elsewhere())];
    }
    const change = button('primary', 'wl-reschedule', w.change, () => void this.#move(this.#picker.chosen));
    change.disabled ||= this.#picker.chosen === null;
    const may = this.#picker.slots?.now !== false;
    const soon = view.due && !this.#later && may ? button('second', 'wl-as-soon', this.w.now, () => void this.#move(null)) : null;
    const leave = button('plain', 'wl-leave', w.leave, () => {
      this.#choosing = false;
      this.#draw();
    });
    return present([this.#picker.element, change, soon, leave]);
  }

  #digits(digits: string): HTMLElement {
    const keys = [...digits].map((digit) => h('span', { text: digit }));
    const shown = h('div', { class: 'keys', testid: 'wl-digits', attrs: { role: 'img', 'aria-label': [...digits].join(' ') } }, ...keys);
    return h('div', { class: 'digits' }, h('b', { text: this.w.digits.title }), shown, h('small', { text: this.w.digits.why }));
  }

  async #move(due: string | null): Promise<void> {
    const live = this.hooks.live();
    if (!live || this.#busy) return;
    this.#busy = true;
    this.#draw();
    try {
      const view = await this.api.reschedule(live.id, live.key, due);
      [this.#choosing, this.#busy, this.#error] = [false, false, ''];
      this.#said = this.w.card.saved;
      this.#draw();
      this.hooks.learn(view);
    } catch (problem) {
      [this.#busy, this.#error] = [false, this.hooks.problem(problem)];
      this.#draw();
      await this.#picker.load(true);
    }
  }
}
