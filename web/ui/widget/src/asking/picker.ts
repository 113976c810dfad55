// Day and time: the slots that are free, in the visitor's zone. Native controls, so that keyboards and readers know them.
import { Refusal, type Api } from '../api.ts';
import { h } from '../dom.ts';
import { byDay, city, differs, ownZone, slotText, type Day, type Places, type Slots } from './times.ts';
import type { AskingWords } from './words.ts';

/** Days that are asked for. */
const DAYS = 14;

let pickers = 0;

export class Picker {
  readonly element = h('div', { class: 'when', testid: 'wl-times' });
  readonly places: Places;
  slots: Slots | null = null;
  /** RFC 3339: what is chosen. */
  chosen: string | null = null;
  #days: Day[] = [];
  #asked = false;
  readonly #name = `wl-time-${(pickers += 1)}`;
  readonly #picked = h('p', { class: 'picked', testid: 'wl-picked', attrs: { 'aria-live': 'polite' } });

  constructor(
    private readonly api: Api,
    private readonly site: string,
    private readonly w: AskingWords,
    language: string,
    private readonly changed: () => void = () => undefined,
  ) {
    this.places = { language, own: ownZone(), firm: 'UTC', elsewhere: w.elsewhere };
  }

  /** Asks what is free; `again`: it has changed. */
  async load(again = false): Promise<void> {
    if (this.#asked && !again) return;
    this.#asked = true;
    if (again) this.chosen = null;
    if (!this.slots) this.element.replaceChildren(h('p', { class: 'small', attrs: { role: 'status' }, text: this.w.loading }));
    try {
      this.slots = await this.api.slots(this.site, DAYS);
      this.places.firm = this.slots.zone;
      this.#days = byDay(this.slots, this.places);
      if (this.chosen && !this.slots.slots.includes(this.chosen)) this.chosen = null;
      this.#draw();
    } catch (problem) {
      this.#asked = false;
      if (!(problem instanceof Refusal)) throw problem;
      this.element.replaceChildren(h('p', { class: 'error', attrs: { role: 'alert' }, text: this.w.noTimes }));
    }
    this.changed();
  }

  focus(): void {
    this.element.querySelector<HTMLElement>('select,input')?.focus();
  }

  /** A moment in words; with the slot's length where it is one. */
  text(at: string, slot = true): string {
    return slotText(at, slot ? (this.slots?.slot_minutes ?? null) : null, this.places);
  }

  #draw(): void {
    if (this.#days.length === 0) {
      this.element.replaceChildren(h('p', { class: 'note wait', testid: 'wl-no-times', attrs: { role: 'status' }, text: this.w.noTimes }));
      return;
    }
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
  }

  #times(into: HTMLElement, day: number): void {
    const rows = (this.#days[day]?.slots ?? []).map(({ at, label }) => {
      const radio = h('input', { attrs: { type: 'radio', name: this.#name, value: at, 'aria-label': label } });
      radio.checked = at === this.chosen;
      radio.addEventListener('change', () => {
        this.chosen = at;
        this.#say();
      });
      return h('label', { testid: 'wl-time' }, radio, h('span', { text: label }));
    });
    into.replaceChildren(...rows);
    this.#say();
  }

  #say(): void {
    this.#picked.textContent = this.chosen ? this.w.chosen(this.text(this.chosen)) : '';
    this.changed();
  }
}
