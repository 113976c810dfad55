// The form with which a visitor asks to be called: now, or at a time; out of hours and where all are busy it is the job file (N Fig. 6f).
import type { ReservationRequest, SessionReply } from '@warmline/shared/contract';
import { callingCode, toE164 } from '@warmline/shared/phone';
import type { Refusal } from '../api.ts';
import type { CallmeForm, State } from '../controller.ts';
import { h, icon, present } from '../dom.ts';
import type { AskingApi, Whose } from './api.ts';
import { Picker } from './picker.ts';
import type { AskingWords } from './words.ts';

let groups = 0;

/** Radios under a question; `value` is the place of the one that is chosen. */
export function choices(title: string, optional: string | null, texts: string[], testid: string, pick: (at: number) => void, chosen = -1): HTMLFieldSetElement {
  const name = `wl-choice-${(groups += 1)}`;
  const rows = texts.map((text, at) => {
    const radio = h('input', { testid: `${testid}-${at}`, attrs: { type: 'radio', name } });
    radio.checked = at === chosen;
    radio.addEventListener('change', () => pick(at));
    return h('label', {}, radio, h('span', { text }));
  });
  return h('fieldset', { testid }, h('legend', {}, title, optional && ' ', optional && h('i', { text: optional })), h('div', { class: 'choice' }, ...rows));
}

export function field(label: string, optional: string | null, input: HTMLElement): HTMLLabelElement {
  return h('label', { class: 'field' }, h('span', {}, label, optional && ' ', optional && h('i', { text: optional })), input);
}

/** A list to choose one text from, or none. */
export function list(testid: string, none: string, options: [string, string][]): HTMLSelectElement {
  const select = h('select', { testid }, h('option', { text: none, attrs: { value: '' } }));
  for (const [value, text] of options) select.append(h('option', { text, attrs: { value } }));
  return select;
}

export class Form {
  readonly element: HTMLFormElement;
  readonly picker: Picker;
  readonly #number = h('input', { testid: 'wl-callme-number', attrs: { type: 'tel', autocomplete: 'tel-national', inputmode: 'tel', name: 'tel', required: '', 'aria-describedby': 'wl-error' } });
  readonly #name = h('input', { testid: 'wl-callme-name', attrs: { type: 'text', autocomplete: 'name', name: 'name', maxlength: '100' } });
  readonly #email = h('input', { testid: 'wl-callme-email', attrs: { type: 'email', autocomplete: 'email', name: 'email', maxlength: '254' } });
  readonly #consent = h('input', { testid: 'wl-consent', attrs: { type: 'checkbox', name: 'consent' } });
  readonly #error = h('p', { class: 'error', attrs: { id: 'wl-error', role: 'alert', hidden: '' } });
  readonly #submit = h('button', { class: 'primary', testid: 'wl-submit', attrs: { type: 'submit' } });
  readonly #intro = h('div', { class: 'stack' });
  readonly #rest = h('div', { class: 'rest' });
  #when: HTMLElement | null = null;
  #questions: HTMLElement[] = [];
  #country: HTMLSelectElement | null = null;
  #topic: HTMLSelectElement | null = null;
  #spoken: HTMLSelectElement | null = null;
  #answers: (number | null)[] = [];
  #later = false;
  /** By his clock nobody may be called now, though he wanted that. */
  #notNow = false;
  /** Now keeps the hours of whom is called: they are asked for as soon as his number is known. */
  #keeps = false;
  readonly #why = h('p', { class: 'small', testid: 'wl-not-now', attrs: { role: 'status', hidden: '' } });
  #fromFile = true;
  /** What the form was made for: another session asks other things. */
  #made = '';
  #problem: unknown = null;

  constructor(
    api: AskingApi,
    site: string,
    private readonly w: AskingWords,
    private readonly language: string,
    private readonly send: (form: CallmeForm) => void,
    who: () => Promise<{ visitor?: string; identity?: string }>,
  ) {
    this.picker = new Picker(api, site, w, language, () => this.#whose(), who, () => this.#learnt());
    this.#why.textContent = w.notNow;
    this.#number.addEventListener('input', () => this.#another());
    this.element = h('form', { class: 'asking', testid: 'wl-asking', attrs: { novalidate: '' }, on: { submit: (event) => { event.preventDefault(); this.#go(); } } });
  }

  /** Whose number it is, as far as he has said. */
  #whose(): Whose {
    if (this.#fromFile) return { on_file: true };
    const country = this.#country?.value ?? this.#one;
    const number = toE164(this.#number.value, country);
    return number ? { number } : { country };
  }

  /** Another number, or another country: its times, where they matter. */
  #another(): void {
    if (this.#later || this.#keeps) this.picker.soon();
  }

  /** What is free for his number is known. */
  #learnt(): void {
    const shut = this.picker.slots?.now === false;
    const now = this.#when?.querySelector('input');
    if (now) {
      now.disabled = shut;
      if (shut && this.#why.hidden) setTimeout(() => this.#why.scrollIntoView?.({ block: 'nearest' }));
      this.#why.hidden = !shut;
      // He is offered the times at which he may be called; where it was the number that forbade it, another one gives him back what he wanted.
      const turns = shut ? !this.#later : this.#notNow;
      this.#notNow = shut && (turns || this.#notNow);
      if (turns) this.#pick(shut);
    }
    this.#tell();
  }

  /** He came to leave a request for later. */
  later(): void {
    this.#pick(true);
  }

  /** He came to be called now, where that can be. */
  soon(): void {
    if (this.#when && this.picker.slots?.now !== false) this.#pick(false);
  }

  show(state: State): HTMLElement {
    const session = state.session;
    const talking = state.view?.state === 'talking';
    if (session) {
      const { topics, languages, questions, countries, on_file, callme_later_only, out_of_hours, all_busy, mail, identity, now_keeps_hours } = session;
      const key = JSON.stringify([topics, languages, questions, countries, on_file, callme_later_only, out_of_hours, all_busy, mail, Boolean(identity), now_keeps_hours, talking]);
      if (key !== this.#made) {
        this.#made = key;
        this.#make(session, talking);
      }
    }
    this.#submit.disabled = state.busy !== null;
    this.#busy = state.busy !== null;
    this.#tell();
    // A time that has gone meanwhile is not offered again.
    if (state.problem !== this.#problem) {
      this.#problem = state.problem;
      const code = (state.problem as Partial<Refusal> | null)?.code ?? '';
      if (['slot_full', 'closed_then', 'due_invalid', 'calling_hours'].includes(code)) void this.picker.load(true);
    }
    return this.element;
  }

  #busy = false;

  #make(session: SessionReply, talking: boolean): void {
    const w = this.w;
    const only = Boolean(session.callme_later_only) && !talking;
    const away = !talking && Boolean(session.out_of_hours || session.all_busy);
    this.#keeps = Boolean(session.now_keeps_hours) && !talking;
    if (only) this.#later = true;
    if (talking) this.#later = false;
    this.#intro.replaceChildren();
    if (away) this.#intro.append(h('p', { class: 'lead' }, h('b', { text: nobody(session) ? w.closed : w.busy }), w.lead));
    const topics = session.topics ?? [];
    this.#topic = topics.length > 0 && !talking ? keep(this.#topic, list('wl-topic', w.anyTopic, topics.map((topic) => [topic, topic]))) : null;
    const languages = session.languages ?? [];
    this.#spoken = languages.length > 1 && !talking ? keep(this.#spoken, list('wl-language', w.anyLanguage, languages.map((tag) => [tag, named(tag, this.language)]))) : null;
    const mine = this.language.split('-')[0];
    if (this.#spoken && !this.#spoken.value) this.#spoken.value = languages.find((tag) => tag.split('-')[0] === mine) ?? '';
    const questions = talking ? [] : (session.questions ?? []);
    if (this.#answers.length !== questions.length) this.#answers = questions.map(() => null);
    this.#questions = questions.map(({ ask, choices: texts }, at) => choices(ask, w.optional, texts, `wl-question-${at}`, (chosen) => (this.#answers[at] = chosen), this.#answers[at] ?? -1));
    this.#when = talking || only ? null : choices(w.when, null, [w.now, w.then], 'wl-when', (at) => {
      this.#notNow = false;
      this.#pick(at === 1);
    }, this.#later ? 1 : 0);
    this.#rest.replaceChildren(...this.#who(session, talking));
    const when = only ? h('div', { class: 'stack' }, h('p', { class: 'lead' }, h('b', { text: w.when })), this.picker.element) : h('div', { class: 'stack' }, this.#when, this.picker.element);
    // Where nobody can take a call he is asked first what it is about; else when.
    const about = [this.#topic && field(w.topic, null, this.#topic), this.#spoken && field(w.language, null, this.#spoken), ...this.#questions];
    const asked = talking ? [] : away ? [...about, when] : [when, ...about];
    this.element.replaceChildren(...present([away && this.#intro, ...asked, this.#rest, this.#error, this.#submit]));
    this.#pick(this.#later);
    this.#learnt();
    if (this.#keeps) void this.picker.load();
  }

  /** Number, name, consent. */
  #who(session: SessionReply, talking: boolean): HTMLElement[] {
    const w = this.w;
    const called = session.countries.filter((country) => callingCode(country));
    const prefix = h('span', { class: 'prefix', attrs: { 'aria-hidden': 'true' } });
    const code = (country: string): string => (callingCode(country) ? `+${callingCode(country)}` : '');
    const entry = h('div', { class: 'stack', testid: 'wl-entry' });
    this.#country = null;
    if (called.length > 1) {
      const select = h('select', { testid: 'wl-country', attrs: { name: 'country', autocomplete: 'tel-country-code' } });
      const rows = called.map((country) => [country, `${regionName(country, this.language)} (${code(country)})`] as const);
      for (const [value, text] of rows.sort((a, b) => a[1].localeCompare(b[1], this.language))) select.append(h('option', { text, attrs: { value } }));
      select.value = guess(called, this.language);
      const show = (): void => void (prefix.textContent = code(select.value));
      select.addEventListener('change', () => {
        show();
        this.#another();
      });
      show();
      this.#country = select;
      entry.append(field(w.country, null, select));
    } else if (called[0]) {
      prefix.textContent = `${called[0]} ${code(called[0])}`;
      this.#one = called[0];
    }
    entry.append(field(w.number, null, h('span', { class: 'number' }, prefix.textContent ? prefix : null, this.#number)));
    const end = session.on_file;
    const known = session.identity ? w.onFile : w.lastTime;
    const which = end ? choices(w.number, null, [known(end.replaceAll(' ', '\u00a0')), w.otherNumber], 'wl-which', (at) => {
      this.#fromFile = at === 0;
      entry.hidden = this.#fromFile;
      this.#another();
      if (!this.#fromFile) this.#number.focus();
    }, this.#fromFile ? 0 : 1) : null;
    this.#fromFile &&= Boolean(end);
    entry.hidden = this.#fromFile;
    const rows = [
      which,
      entry,
      // Where he looks: at the number.
      this.#why,
      !session.identity && !talking && field(w.name, w.optional, this.#name),
      session.mail && !talking && field(w.confirm, w.optional, this.#email),
      h('label', { class: 'tick' }, this.#consent, h('span', {}, w.consent, h('small', { text: w.version(session.consent_version) }))),
    ];
    return present(rows);
  }

  #one = '';

  #pick(later: boolean): void {
    this.#later = later;
    this.picker.element.hidden = !later;
    const radio = this.#when?.querySelectorAll('input')[later ? 1 : 0];
    if (radio) radio.checked = true;
    // What is urgent counts for who waits; whoever is called at once is asked nothing more.
    const away = this.element.contains(this.#intro);
    for (const question of this.#questions) question.hidden = !later && !away;
    if (later) void this.picker.load();
    this.#tell();
  }

  #tell(): void {
    this.#submit.textContent = this.#busy ? this.w.sending : this.#later ? this.w.submit.then : this.w.submit.now;
  }

  #go(): void {
    const w = this.w;
    const number = this.#fromFile ? null : toE164(this.#number.value, this.#country?.value ?? this.#one);
    const missing = !this.#fromFile && !number;
    const due = this.#later ? this.picker.chosen : null;
    const email = this.#email.value.trim();
    const unfit = email !== '' && !/^\S+@\S+\.\S+$/.test(email);
    const wrong = this.#later && !due ? w.pickTime : missing ? w.invalidNumber : unfit ? w.mail.invalid : !this.#consent.checked ? w.consentNeeded : null;
    this.#error.hidden = wrong === null;
    this.#error.textContent = wrong ?? '';
    this.#number.setAttribute('aria-invalid', String(wrong === w.invalidNumber));
    this.#email.setAttribute('aria-invalid', String(unfit));
    if (wrong === w.pickTime) this.picker.focus();
    else if (wrong === w.invalidNumber) this.#number.focus();
    else if (wrong === w.mail.invalid) this.#email.focus();
    else if (wrong) this.#consent.focus();
    else this.send({ number, name: this.#name.value.trim().slice(0, 100), agreed: w.consent, more: this.#more(due, email) });
  }

  #more(due: string | null, email: string): Partial<ReservationRequest> {
    const answered = this.#questions.some((question) => !question.hidden) && this.#answers.some((answer) => answer !== null);
    return {
      ...(due ? { due } : {}),
      ...(this.#topic?.value ? { topic: this.#topic.value } : {}),
      ...(this.#spoken?.value ? { language: this.#spoken.value } : {}),
      ...(answered ? { answers: this.#answers } : {}),
      ...(email ? { email } : {}),
    };
  }
}

/** A new list that shows what was chosen in the one before. */
function keep(before: HTMLSelectElement | null, now: HTMLSelectElement): HTMLSelectElement {
  if (before && [...now.options].some(({ value }) => value === before.value)) now.value = before.value;
  return now;
}

function named(tag: string, language: string): string {
  try {
    return new Intl.DisplayNames([tag], { type: 'language' }).of(tag) ?? tag;
  } catch {
    return new Intl.DisplayNames([language], { type: 'language', fallback: 'code' }).of(tag.split('-')[0]!) ?? tag;
  }
}

function regionName(country: string, language: string): string {
  return new Intl.DisplayNames([language], { type: 'region' }).of(country) ?? country;
}

/** The country of the browser's language, where one may be called there. */
function guess(countries: string[], language: string): string {
  const region = language.split('-')[1]?.toUpperCase() ?? language.slice(0, 2).toUpperCase();
  return countries.includes(region) ? region : (countries[0] ?? '');
}

/** Closed, or open with nobody at work. */
function nobody({ out_of_hours, callme_later_only }: SessionReply): boolean {
  return Boolean(out_of_hours || callme_later_only);
}

/** What is said of where nobody can take a call, above the ways to talk. */
export function notice(session: SessionReply, w: AskingWords, leave: () => void): HTMLElement | null {
  if (!session.modes.includes('callme') || !(session.out_of_hours || session.all_busy)) return null;
  const act = h('button', { class: 'primary', testid: 'wl-leave-request', attrs: { type: 'button' }, text: w.title.request, on: { click: leave } });
  const text = h('div', { class: 'grow' }, h('b', { text: nobody(session) ? w.closed : w.busy }), h('small', { text: w.lead }));
  return h('section', { class: 'request', testid: 'wl-request' }, h('div', { class: 'line wait' }, h('span', { class: 'mark' }, icon('clock')), text), act);
}
