// Writing to the firm: what he writes goes to whoever answers later, and the answer to his address.
import type { MessageRequest, SessionReply } from '@warmline/shared/contract';
import { h, icon, present } from '../dom.ts';
import { field, list } from './form.ts';
import type { AskingApi } from './api.ts';
import type { AskingWords } from './words.ts';

const LONGEST = 4_000;
/** From here on it is told how much is left. */
const TELL = 500;

export interface MailHooks {
  /** Who asks, from which page. */
  page: () => Promise<Pick<MessageRequest, 'site' | 'visitor' | 'page' | 'snapshot' | 'identity'> | null>;
  problem: (problem: unknown) => string;
}

export class Mail {
  readonly element = h('div', { class: 'asking', testid: 'wl-mail' });
  readonly #name = h('input', { testid: 'wl-mail-name', attrs: { type: 'text', autocomplete: 'name', name: 'name', maxlength: '100' } });
  readonly #email = h('input', { testid: 'wl-mail-email', attrs: { type: 'email', autocomplete: 'email', name: 'email', maxlength: '254', required: '', 'aria-describedby': 'wl-error' } });
  readonly #text = h('textarea', { testid: 'wl-mail-text', attrs: { rows: '5', maxlength: String(LONGEST), dir: 'auto', required: '', 'aria-describedby': 'wl-error wl-left' } });
  readonly #error = h('p', { class: 'error', testid: 'wl-mail-problem', attrs: { id: 'wl-error', role: 'alert', hidden: '' } });
  readonly #left = h('p', { class: 'small', attrs: { id: 'wl-left', hidden: '' } });
  readonly #send: HTMLButtonElement;
  readonly #form: HTMLFormElement;
  #topic: HTMLSelectElement | null = null;
  #topics = '';

  constructor(
    private readonly api: AskingApi,
    private readonly w: AskingWords,
    private readonly hooks: MailHooks,
  ) {
    this.#send = h('button', { class: 'primary', testid: 'wl-mail-send', attrs: { type: 'submit' }, text: w.mail.send });
    this.#form = h('form', { attrs: { novalidate: '' }, on: { submit: (event) => { event.preventDefault(); void this.#go(); } } });
    this.#text.addEventListener('input', () => {
      const left = LONGEST - this.#text.value.length;
      this.#left.hidden = left > TELL;
      this.#left.textContent = w.mail.left(left);
    });
    this.element.append(this.#form);
  }

  show(session: SessionReply | null): HTMLElement {
    const topics = session?.topics ?? [];
    const key = JSON.stringify(topics);
    if (key !== this.#topics) {
      this.#topics = key;
      this.#topic = topics.length > 0 ? list('wl-mail-topic', this.w.anyTopic, topics.map((topic) => [topic, topic])) : null;
      const rows = [
        this.#topic && field(this.w.topic, null, this.#topic),
        h('div', { class: 'stack' }, field(this.w.mail.text, null, this.#text), this.#left),
        field(this.w.email, null, this.#email),
        field(this.w.name, this.w.optional, this.#name),
        this.#error,
        this.#send,
      ];
      this.#form.replaceChildren(...present(rows));
    }
    return this.element;
  }

  async #go(): Promise<void> {
    const [email, text] = [this.#email.value.trim(), this.#text.value.trim()];
    const unfit = !/^\S+@\S+\.\S+$/.test(email);
    this.#say(text === '' ? this.w.mail.missing : unfit ? this.w.mail.invalid : '', text === '' ? this.#text : this.#email);
    if (text === '' || unfit || this.#send.disabled) return;
    this.#send.disabled = true;
    this.#send.textContent = this.w.sending;
    try {
      const page = await this.hooks.page();
      if (!page) return;
      const name = this.#name.value.trim();
      await this.api.write({ ...page, email, text, ...(name ? { name } : {}), ...(this.#topic?.value ? { topic: this.#topic.value } : {}) });
      this.#done(email);
    } catch (problem) {
      this.#say(this.hooks.problem(problem), null);
    } finally {
      this.#send.disabled = false;
      this.#send.textContent = this.w.mail.send;
    }
  }

  #say(wrong: string, field: HTMLElement | null): void {
    this.#error.hidden = wrong === '';
    this.#error.textContent = wrong;
    for (const each of [this.#text, this.#email]) each.setAttribute('aria-invalid', String(wrong !== '' && each === field));
    if (wrong !== '') field?.focus();
  }

  #done(email: string): void {
    this.#text.value = '';
    this.#left.hidden = true;
    const more = h('button', { class: 'plain', testid: 'wl-mail-more', attrs: { type: 'button' }, text: this.w.mail.more, on: { click: () => {
      this.element.replaceChildren(this.#form);
      this.#text.focus();
    } } });
    const done = h('div', { class: 'done', testid: 'wl-mail-done', attrs: { role: 'status', tabindex: '-1' } }, icon('check', 32), h('b', { text: this.w.mail.done }), h('p', { text: this.w.mail.doneHint(email) }), more);
    this.element.replaceChildren(done);
    done.focus();
  }
}
