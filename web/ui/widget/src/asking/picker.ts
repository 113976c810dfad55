// Day and time: the slots that are free and that the number's clock allows, in the visitor's zone. Native controls, so that keyboards and
// readers know them.
import { Refusal } from '../api.ts';
import { h } from '../dom.ts';
import type { AskingApi, Whose } from './api.ts';
import { byDay, city, differs, ownZone, slotText, type Day, type Places, type Slots } from './times.ts';
import type { AskingWords } from './words.ts';

/** Days that are asked for. */
const DAYS = 14;
/** So long nothing is typed before it is asked for another number, in ms. */
const PAUSE = 400;

let pickers = 0;

export class Picker {
  readonly element = h('div', { class: 'when', testid: 'wl-times' });
  readonly places: Places;
  slots: Slots | null = null;
  /** RFC 3339: what is chosen. */
  chosen: string | null = null;
  #days: Day[] = [];
  /** For whom they were asked; another question makes its answer worthless. */
  #asked = '';
  #turn = 0;
  #waits: ReturnType<typeof setTimeout> | undefined;
  /** What was chosen is not to be had for this number. */
  #gone = false;
  readonly #name = `wl-time-${(pickers += 1)}`;
  readonly #picked = h('p', { class: 'picked', testid: 'wl-picked', attrs: { 'aria-live': 'polite' } });

  constructor(
    private readonly api: AskingApi,
    private readonly site: string,
    private readonly w: AskingWords,
    language: string,
    /** Whose number it is, as far as that is known. */
    private readonly whose: () => Whose,
    /** Who he is, where his number is on file. */
    private readonly who: () => Promise<{ visitor?: string; identity?: string }>,
    private readonly changed: () => void = () => undefined,
  ) {
    this.places = { language, own: ownZone(), firm: 'UTC', elsewhere: w.elsewhere };
  }

  /** The number may be another: asks for its times once nothing more is typed, if the form is still there then. */
  soon(): void {
    clearTimeout(this.#waits);
    this.#waits = setTimeout(() => this.element.isConnected && void this.load(), PAUSE);
  }

  /** Asks what is free, where that is not known for this number; `again`: it has changed. What is shown stays until there is an answer. */
  async load(again = false): Promise<void> {
    clearTimeout(this.#waits);
    const whose = this.whose();
    const key = JSON.stringify(whose);
    if (this.#asked === key && !again) return;
    this.#asked = key;
    const turn = (this.#turn += 1);
    if (again) this.chosen = null;
    if (!this.slots) this.element.replaceChildren(h('p', { class: 'small', attrs: { role: 'status' }, text: this.w.loading }));
    else this.element.setAttribute('aria-busy', 'true');
    try {
      const of = 'on_file' in whose ? { ...whose, ...(await this.who()) } : whose;
      const slots = await this.api.slots(this.site, DAYS, of);
      if (turn !== this.#turn) return;
      this.#learn(slots, again);
    } catch (problem) {
      if (turn !== this.#turn) return;
      this.#asked = '';
      if (!(problem instanceof Refusal)) throw problem;
      if (!this.slots) this.element.replaceChildren(h('p', { class: 'error', attrs: { role: 'alert' }, text: this.w.noTimes }));
    }
    this.element.removeAttribute('aria-busy');
    this.changed();
  }

  focus(): void {
    this.element.querySelector<HTMLElement>('select,input')?.focus();
  }

  /** A moment in words; with the slot's length where it is one. */
  text(at: string, slot = true): string {
    return slotText(at, slot ? (this.slots?.slot_minutes ?? null) : null, this.places);
  }

  #learn(slots: Slots, anew: boolean): void {
    // The same times are not drawn anew: whoever is choosing among them is not disturbed.
    const same = this.slots && JSON.stringify(this.slots.slots) === JSON.stringify(slots.slots) && this.slots.narrowed === slots.narrowed;
    const before = this.slots?.slots ?? [];
    this.slots = slots;
    this.places.firm = slots.zone;
    const kept = this.chosen === null || slots.slots.includes(this.chosen);
    // Taken by somebody else it is told by the refusal.
    this.#gone = !kept && slots.narrowed && before.length > 0;
    if (!kept) this.chosen = null;
    if (same && kept && !anew && this.#days.length > 0) return;
    this.#days = byDay(slots, this.places);
    this.#draw();
  }

  #draw(): void {
    if (this.#days.length === 0) {
      const text = this.slots?.narrowed ? this.w.noTimesNumber : this.w.noTimes;
      this.element.replaceChildren(h('p', { class: 'note wait', testid: 'wl-no-times', attrs: { role: 'status' }, text }));
      return;
    }
    const root = this.element.getRootNode() as Document | ShadowRoot;
    const inside = root.activeElement && this.element.contains(root.activeElement);
    const day = h('select', { testid: 'wl-day', attrs: { name: 'day' } });
    this.#days.forEach(({ label }, at) => day.append(h('option', { text: label, attrs: { value: String(at) } })));
    const times = h('div', { class: 'times', attrs: { role: 'radiogroup', 'aria-label': this.w.time } });
    const current = Math.max(0, this.#days.findIndex(({ slots }) => slots.some(({ at }) => at === this.chosen)));
    day.value = String(current);
    day.addEventListener('change', () => {
      this.chosen = null;
      this.#times(times, Number(day.value));
    });
    const first = this.slots?.slots[0];
    const other = first !== undefined && differs(new Date(first), this.places);
    this.element.replaceChildren(
      h('label', { class: 'field' }, h('span', { text: this.w.day }), day),
      h('div', { class: 'stack' }, times, other && h('p', { class: 'small', testid: 'wl-zone', text: this.w.yours(city(this.places.own)) })),
      this.#picked,
    );
    this.#times(times, current);
    if (inside) this.focus();
  }

  #times(into: HTMLElement, day: number): void {
    const rows = (this.#days[day]?.slots ?? []).map(({ at, label }) => {
      const radio = h('input', { attrs: { type: 'radio', name: this.#name, value: at, 'aria-label': label } });
      radio.checked = at === this.chosen;
      radio.addEventListener('change', () => {
        this.chosen = at;
        this.#gone = false;
        this.#say();
      });
      return h('label', { testid: 'wl-time' }, radio, h('span', { text: label }));
    });
    into.replaceChildren(...rows);
    this.#say();
  }

  #say(): void {
    this.#picked.textContent = this.chosen ? this.w.chosen(this.text(this.chosen)) : this.#gone ? this.w.notThen : '';
    this.#picked.classList.toggle('gone', this.#gone && !this.chosen);
    this.changed();
  }
}
