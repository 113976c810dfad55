// Asking to be called and writing to the firm, a part of its own that is loaded when it is near: dist/widget-asking.js.
import type { MessageRequest, ReservationView, SessionReply } from '@warmline/shared/contract';
import { Refusal } from '../api.ts';
import type { CallmeForm, State } from '../controller.ts';
import { h, icon } from '../dom.ts';
import { AskingApi } from './api.ts';
import { Card } from './card.ts';
import { Form, notice } from './form.ts';
import { Mail } from './mail.ts';
import { ASKING_STYLES } from './styles.ts';
import { askingWords, type AskingWords } from './words.ts';

export interface AskingHooks {
  origin: string;
  site: string;
  language: string;
  now: () => number;
  callMe: (form: CallmeForm) => void;
  page: () => Promise<Pick<MessageRequest, 'site' | 'visitor' | 'page' | 'snapshot' | 'identity'> | null>;
  live: () => { id: string; key: string } | null;
  /** Who asks, where his number is on file. */
  who: () => Promise<{ visitor?: string; identity?: string }>;
  learn: (view: ReservationView) => void;
  show: (screen: 'callme' | 'mail') => void;
  /** What is drawn of it has changed. */
  changed: () => void;
  /** The widget's own words of a refusal. */
  problem: (problem: unknown) => string;
}

export class Asking {
  readonly #w: AskingWords;
  readonly #form: Form;
  readonly #card: Card;
  readonly #mail: Mail;

  constructor(root: ShadowRoot, private readonly hooks: AskingHooks) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(ASKING_STYLES);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    this.#w = askingWords(hooks.language);
    const api = new AskingApi(hooks.origin);
    const problem = (problem: unknown): string => this.refusal(problem) ?? hooks.problem(problem);
    this.#form = new Form(api, hooks.site, this.#w, hooks.language, hooks.callMe, hooks.who);
    this.#card = new Card(api, hooks.site, this.#w, hooks.language, { now: hooks.now, live: hooks.live, learn: hooks.learn, changed: hooks.changed, problem, elsewhere: () => hooks.show('callme') });
    this.#mail = new Mail(api, this.#w, { page: hooks.page, problem });
  }

  title(screen: 'callme' | 'mail', session: SessionReply | null): string {
    if (screen === 'mail') return this.#w.title.mail;
    return session?.out_of_hours || session?.all_busy ? this.#w.title.request : this.#w.title.now;
  }

  form(state: State): HTMLElement {
    return this.#form.show(state);
  }

  mail(state: State): HTMLElement {
    return this.#mail.show(state.session);
  }

  card(state: State, view: ReservationView): HTMLElement | null {
    return this.#card.show(state, view);
  }

  line(view: ReservationView): { title: string; hint: string } | null {
    return this.#card.line(view);
  }

  /** He wants to be called as soon as can be, whatever he chose before. */
  soon(): void {
    this.#form.soon();
  }

  /** At a time he chooses. */
  later(): void {
    this.#form.later();
  }

  /** Above the ways to talk, where nobody can take a call. */
  notice(session: SessionReply): HTMLElement | null {
    return notice(session, this.#w, () => {
      this.later();
      this.hooks.show('callme');
    });
  }

  /** For who waits too long. */
  tooLong(): HTMLElement {
    const act = h('button', { class: 'second', testid: 'wl-too-long', attrs: { type: 'button' }, text: this.#w.long.act, on: { click: () => {
      this.later();
      this.hooks.show('callme');
    } } });
    const text = h('div', { class: 'grow' }, h('b', { text: this.#w.long.title }), h('small', { text: this.#w.long.hint }));
    return h('section', { class: 'later' }, h('div', { class: 'line info' }, h('span', { class: 'mark' }, icon('clock')), text), act);
  }

  /** Refusals of which this part knows more to say. */
  refusal(problem: unknown): string | null {
    return problem instanceof Refusal || isRefusal(problem) ? (this.#w.problems[problem.code] ?? null) : null;
  }
}

/** One of the widget's own: another copy of the same class. */
function isRefusal(problem: unknown): problem is Refusal {
  return problem instanceof Error && 'code' in problem && 'status' in problem;
}

export function openAsking(root: ShadowRoot, hooks: AskingHooks): Asking {
  return new Asking(root, hooks);
}
