// The chat in the sheet. It owns its elements for as long as it lasts: a text half written is not lost to a redraw.
import type { ChatMessage, ReservationView } from '@warmline/shared/contract';
import { Stream, type Link } from '@warmline/shared/socket';
import { Talk, type Pending } from '@warmline/shared/talk';
import { Api, Refusal } from '../api.ts';
import { h, icon, svg } from '../dom.ts';
import { randomKey } from '../memory.ts';
import { CHAT_STYLES } from './styles.ts';
import { chatWords, type ChatWords } from './words.ts';

export interface ChatLive {
  id: string;
  key: string;
  stream: string;
  view: ReservationView;
}

export interface ChatHooks {
  /** What the launcher and the other screens show of it. */
  changed: (view: ReservationView, unread: number, latest: string) => void;
  /** The server does not know it any more. */
  forgotten: () => void;
  back: () => void;
  close: () => void;
  /** By voice, with the same person. */
  call: () => void;
  again: () => void;
  other: () => void;
  /** To the call that is on beside it. */
  toCall: () => void;
}

/** So often it is told that the visitor writes, in milliseconds; twice that without a word, he does not any more. */
const TYPING = 3_000;
const LONGEST = 2_000;

let looks: CSSStyleSheet | undefined;

function styled(): CSSStyleSheet {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(CHAT_STYLES);
  return sheet;
}

export class Pane {
  readonly element: HTMLElement;
  readonly #w: ChatWords;
  readonly #api: Api;
  readonly #talk: Talk;
  readonly #stream: Stream;
  readonly #log: HTMLElement;
  readonly #typing: HTMLElement;
  readonly #area: HTMLTextAreaElement;
  readonly #go: HTMLButtonElement;
  readonly #top: HTMLElement;
  readonly #bottom: HTMLElement;
  readonly #form: HTMLFormElement;
  readonly #times: Intl.DateTimeFormat;
  #view: ReservationView;
  #link: Link = 'connecting';
  #shown = false;
  /** The last line that was on the visitor's screen. */
  #seen = 0;
  #told = '';
  #drawn = 0;
  #sure = false;
  #known: boolean;
  #typed = 0;
  #quiet: ReturnType<typeof setTimeout> | undefined;
  #silent: ReturnType<typeof setTimeout> | undefined;
  #voice: string | null = null;
  #topKey = '';
  #bottomKey = '';

  constructor(
    root: ShadowRoot,
    origin: string,
    language: string,
    private readonly live: ChatLive,
    restored: boolean,
    private readonly hooks: ChatHooks,
  ) {
    const sheet = (looks ??= styled());
    if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    this.#w = chatWords(language);
    this.#api = new Api(origin);
    this.#times = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit' });
    this.#view = live.view;
    this.#known = !restored;
    const w = this.#w;
    this.#top = h('div', {});
    this.#log = h('ol', { class: 'log', testid: 'wl-chat-log', attrs: { role: 'log', 'aria-live': 'polite', 'aria-label': w.log, tabindex: '0' } });
    this.#typing = h('div', { class: 'typing', testid: 'wl-chat-typing', attrs: { 'aria-live': 'polite' } });
    this.#area = h('textarea', { testid: 'wl-chat-text', attrs: { rows: '1', 'aria-label': w.write, placeholder: w.write, dir: 'auto', enterkeyhint: 'send' }, on: { input: () => this.#input(), keydown: (event) => this.#key(event as KeyboardEvent) } });
    this.#area.value = recall(this.#draftKey) ?? '';
    this.#go = h('button', { class: 'go', testid: 'wl-chat-send', attrs: { type: 'submit', 'aria-label': w.send } }, arrow());
    this.#form = h('form', { class: 'compose', on: { submit: (event) => { event.preventDefault(); this.#submit(); } } }, this.#area, this.#go);
    this.#bottom = h('div', {});
    this.element = h('div', { class: 'chat', testid: 'wl-chat' }, this.#top, this.#log, this.#typing, this.#bottom);
    this.#talk = new Talk(
      {
        read: (after) => this.#api.messages(live.id, live.key, after),
        send: (text, clientId) => this.#api.post(live.id, live.key, text, clientId),
        changed: () => this.#draw(),
        arrived: (message) => this.#arrived(message),
        again: (error) => wait(error),
        kept: (pending) => keep(this.#outboxKey, pending.length > 0 ? JSON.stringify(pending) : null),
      },
      outbox(recall(this.#outboxKey)),
    );
    this.#seen = Number(recall(this.#seenKey)) || 0;
    this.#stream = new Stream({ url: this.#api.streamUrl(live.stream), message: (data) => this.#hear(data), link: (link, attempts) => this.#linked(link, attempts) });
    this.#draw();
  }

  get #draftKey(): string {
    return `warmline.chat.draft.${this.live.id}`;
  }

  get #outboxKey(): string {
    return `warmline.chat.outbox.${this.live.id}`;
  }

  get #seenKey(): string {
    return `warmline.chat.seen.${this.live.id}`;
  }

  get over(): boolean {
    return this.#view.state === 'ended' || this.#view.mode === 'ticket';
  }

  /** Whether the visitor sees it now. */
  show(shown: boolean): void {
    if (this.#shown === shown) return;
    this.#shown = shown;
    if (shown) this.#log.scrollTop = this.#log.scrollHeight;
    this.#look();
  }

  /** What stands of the call beside it. */
  voice(line: string | null): void {
    this.#voice = line;
    this.element.classList.toggle('voice', line !== null);
    this.#drawTop();
  }

  focus(): void {
    if (this.over) this.#bottom.querySelector<HTMLElement>('button')?.focus();
    else this.#area.focus();
  }

  /** Ends it here; on the server where that is asked. */
  async end(): Promise<void> {
    try {
      await this.#api.cancel(this.live.id, this.live.key);
    } catch {
      // It ends by itself once this page is gone.
    }
    if (!this.over) this.#saw({ ...this.#view, state: 'ended', reason: 'normal' });
  }

  destroy(): void {
    this.#stream.close();
    this.#talk.close();
    clearTimeout(this.#quiet);
    clearTimeout(this.#silent);
    for (const key of [this.#draftKey, this.#outboxKey, this.#seenKey]) keep(key, null);
  }

  #linked(link: Link, attempts: number): void {
    if (!this.#known && link === 'lost' && attempts >= 3) return this.hooks.forgotten();
    if (link === 'connecting' && this.#link === 'lost') return;
    this.#link = link;
    this.#told = '';
    this.#drawTop();
  }

  #hear(data: unknown): void {
    const notice = data as { type?: string; view?: string; data?: ReservationView; message?: ChatMessage; on?: boolean };
    if (notice.type === 'view' && notice.view === 'reservation' && notice.data) {
      this.#known = true;
      this.#saw(notice.data);
    } else if (notice.type === 'message' && notice.message) this.#talk.hear(notice.message);
    else if (notice.type === 'typing') this.#writes(notice.on === true);
  }

  #saw(view: ReservationView): void {
    this.#view = view;
    void this.#talk.catchUp(view.chat?.last ?? 0).then(() => {
      if (this.over) this.#stream.close();
    });
    this.#draw();
  }

  #arrived(message: ChatMessage): void {
    if (message.from === 'agent') this.#writes(false);
  }

  #writes(on: boolean): void {
    clearTimeout(this.#silent);
    const name = this.#view.agent?.display_name ?? this.#w.someone;
    this.#typing.textContent = on && !this.over ? this.#w.typing(name) : '';
    if (on) this.#silent = setTimeout(() => this.#writes(false), TYPING * 2);
  }

  // ---- what the visitor does

  #input(): void {
    keep(this.#draftKey, this.#area.value || null);
    this.#grow();
    const now = Date.now();
    if (this.#area.value && now - this.#typed > TYPING) {
      this.#typed = now;
      this.#stream.send({ type: 'typing', on: true });
    }
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => this.#rest(), this.#area.value ? TYPING : 0);
    this.#drawBottom();
  }

  #rest(): void {
    if (this.#typed) this.#stream.send({ type: 'typing', on: false });
    this.#typed = 0;
  }

  #key(event: KeyboardEvent): void {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#submit();
  }

  #submit(): void {
    const text = this.#area.value.trim();
    if (!text || [...text].length > LONGEST || this.over) return;
    this.#area.value = '';
    keep(this.#draftKey, null);
    clearTimeout(this.#quiet);
    this.#typed = 0;
    this.#grow();
    this.#talk.send(text, randomKey());
    this.#log.scrollTop = this.#log.scrollHeight;
    this.#area.focus();
  }

  #grow(): void {
    this.#area.style.height = '';
    if (this.#area.scrollHeight > 46) this.#area.style.height = `${Math.min(132, this.#area.scrollHeight + 2)}px`;
  }

  // ---- what is shown

  #draw(): void {
    const near = this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight < 60;
    this.#drawTop();
    this.#drawLog();
    this.#drawBottom();
    if (near) this.#log.scrollTop = this.#log.scrollHeight;
    this.#look();
  }

  /** What is on the screen has been seen, and is told so. */
  #look(): void {
    const last = this.#talk.last;
    if (this.#shown && !document.hidden && last > this.#seen) {
      this.#seen = last;
      keep(this.#seenKey, String(last));
    }
    const told = `${last} ${this.#seen}`;
    if (told !== this.#told && last > 0 && this.#stream?.send({ type: 'seen', delivered: last, read: Math.min(last, this.#seen) })) this.#told = told;
    const fresh = this.#talk.messages.filter((message) => message.from === 'agent' && message.kind !== 'joined' && message.seq > this.#seen);
    const latest = fresh.at(-1);
    this.hooks.changed(this.#view, fresh.length, latest ? `${latest.name ?? this.#w.someone}: ${latest.text}` : '');
  }

  #drawTop(): void {
    const { agent, state, position } = this.#view;
    const [w, voice] = [this.#w, this.#voice];
    const key = JSON.stringify([agent, state, position, this.#link, voice, this.over]);
    if (key === this.#topKey) return;
    this.#topKey = key;
    const sub = this.over ? '' : state === 'talking' ? '' : state === 'ringing' ? w.waiting : position ? w.place(position) : w.waiting;
    const face = h('span', { class: 'face', attrs: { 'aria-hidden': 'true' } }, agent ? ([...agent.display_name][0] ?? '').toUpperCase() : icon('person'));
    const tool = (name: string, glyph: Parameters<typeof icon>[0], act: () => void, id?: string): HTMLElement =>
      h('button', { class: 'tool', ...(id ? { testid: id } : {}), attrs: { type: 'button', 'aria-label': name, title: name }, on: { click: act } }, icon(glyph));
    this.#top.replaceChildren(
      h(
        'header',
        { class: 'head bar back' },
        tool(w.back, 'back', () => this.hooks.back()),
        face,
        h('div', { class: 'grow' }, h('h2', { text: agent ? w.with(agent.display_name) : w.title, testid: 'wl-chat-with', attrs: { id: 'wl-title', 'data-state': state } }), sub && h('p', { text: sub })),
        !this.over && voice === null && tool(w.call, 'phone', () => this.hooks.call(), 'wl-chat-call'),
        tool(w.close, 'close', () => this.hooks.close()),
      ),
      ...(voice !== null ? [h('button', { class: 'strip', testid: 'wl-chat-voice', attrs: { type: 'button' }, on: { click: () => this.hooks.toCall() } }, icon('phone', 18), h('span', { class: 'grow', text: voice }), icon('next', 18))] : []),
      ...(this.#link === 'lost' && !this.over ? [h('div', { class: 'note wait', attrs: { role: 'status' } }, icon('clock', 18), h('span', { text: w.reconnecting }))] : []),
    );
  }

  #drawLog(): void {
    for (const child of [...this.#log.querySelectorAll('.pending')]) child.remove();
    for (const message of this.#talk.messages) {
      if (message.seq > this.#drawn) this.#log.append(this.#line(message));
    }
    this.#drawn = this.#talk.last;
    const mine = [...this.#log.querySelectorAll<HTMLElement>('li.mine')];
    mine.forEach((line, at) => {
      const status = line.querySelector<HTMLElement>('.status');
      const read = Number(line.dataset.seq) <= (this.#view.chat?.read ?? 0);
      if (status) status.textContent = at === mine.length - 1 && this.#talk.pending.length === 0 ? ` · ${read ? this.#w.read : this.#w.sent}` : '';
    });
    for (const text of this.#talk.pending) this.#log.append(this.#pendingLine(text));
  }

  #line(message: ChatMessage): HTMLElement {
    const name = message.name ?? this.#w.someone;
    const w = this.#w;
    if (message.kind === 'text') {
      const mine = message.from === 'visitor';
      const who = h('span', { class: 'sr', text: `${mine ? w.you : name}: ` });
      const time = h('time', { text: this.#times.format(new Date(message.time)), attrs: { datetime: message.time } });
      return h(
        'li',
        { class: mine ? 'mine' : '', attrs: { 'data-seq': String(message.seq) } },
        h('p', { class: 'said', attrs: { dir: 'auto' } }, who, message.text),
        h('small', {}, time, mine && h('span', { class: 'status' })),
      );
    }
    const said = message.kind === 'joined' ? w.joined(name) : message.kind === 'handed_on' ? w.handedOn(name) : w.callProposed(name);
    const call = message.kind === 'call_proposed' && h('button', { class: 'primary', testid: 'wl-chat-proposed', attrs: { type: 'button' }, on: { click: () => this.hooks.call() } }, icon('phone', 18), w.call);
    return h('li', { class: 'mark', attrs: { 'data-seq': String(message.seq), 'data-kind': message.kind } }, h('span', { text: said, attrs: { dir: 'auto' } }), call);
  }

  #pendingLine(text: Pending): HTMLElement {
    const w = this.#w;
    const failed = text.state === 'failed';
    const status = failed
      ? h('small', {}, `${why(text.error, w)} `, h('button', { text: w.retry, attrs: { type: 'button' }, on: { click: () => this.#talk.retry() } }))
      : h('small', { text: w.sending });
    return h('li', { class: `mine pending${failed ? ' failed' : ''}` }, h('p', { class: 'said', attrs: { dir: 'auto' } }, h('span', { class: 'sr', text: `${w.you}: ` }), text.text), status);
  }

  #drawBottom(): void {
    const w = this.#w;
    const long = [...this.#area.value].length > LONGEST;
    this.#go.disabled = this.#area.value.trim() === '' || long;
    const key = JSON.stringify([this.over, this.#view.reason, this.#sure, long]);
    if (key === this.#bottomKey) return;
    const typing = this.#area.matches(':focus');
    this.#bottomKey = key;
    const plain = (text: string, id: string, act: () => void): HTMLElement => h('button', { class: 'plain', testid: id, text, attrs: { type: 'button' }, on: { click: act } });
    if (this.over) {
      const reason = this.#view.reason;
      const text = this.#view.mode === 'ticket' ? w.ticket : reason === 'away' || reason === 'idle' ? w.ended[reason] : w.ended.normal;
      this.#bottom.replaceChildren(
        h('div', { class: 'over' }, h('p', { text, testid: 'wl-chat-over', attrs: { role: 'status' } }),
          h('button', { class: 'primary', testid: 'wl-chat-again', text: w.again, attrs: { type: 'button' }, on: { click: () => this.hooks.again() } }), plain(w.other, 'wl-other', () => this.hooks.other())),
      );
    } else if (this.#sure) {
      this.#bottom.replaceChildren(
        h('div', { class: 'over' }, h('p', { text: w.endSure }), h('div', { class: 'pair' },
          h('button', { class: 'second', text: w.endNo, attrs: { type: 'button' }, on: { click: () => this.#ask(false) } }),
          h('button', { class: 'primary red', testid: 'wl-chat-end-yes', text: w.endYes, attrs: { type: 'button' }, on: { click: () => { this.#sure = false; void this.end(); } } }))),
      );
    } else {
      const note = long && h('div', { class: 'note', attrs: { role: 'alert' } }, icon('warn', 18), h('span', { text: w.tooLong }));
      this.#bottom.replaceChildren(...(note ? [note] : []), this.#form, plain(w.end, 'wl-chat-end', () => this.#ask(true)));
      if (typing) this.#area.focus();
    }
  }

  #ask(sure: boolean): void {
    this.#sure = sure;
    this.#drawBottom();
    this.focus();
  }
}

/** A network that fails, a server that starts anew, and too much at once pass by; anything else stays refused. */
function wait(error: unknown): number | null {
  if (!(error instanceof Refusal)) return null;
  if (error.status === 0 || error.status >= 500) return 2;
  return error.status === 429 ? (error.retryAfter ?? 5) : null;
}

function why(error: unknown, w: ChatWords): string {
  const code = error instanceof Refusal ? error.code : '';
  return code === 'chat_full' ? w.full : code === 'too_long' ? w.tooLong : code === 'over' ? w.ended.normal : w.failed;
}

function arrow(): SVGElement {
  return svg('svg', { viewBox: '0 0 24 24', width: '20', height: '20', fill: 'none', stroke: 'currentColor', 'stroke-width': '1.75', 'stroke-linecap': 'round', 'stroke-linejoin': 'round', 'aria-hidden': 'true' }, svg('path', { d: 'M4 12 20 4.5 15 20l-3.5-6.500L4 12Zm7.500 1.500L20 4.500' }));
}

function outbox(text: string | null): Pending[] {
  try {
    const kept = JSON.parse(text ?? '[]') as Pending[];
    return Array.isArray(kept) ? kept.filter((row) => typeof row?.text === 'string' && typeof row.client_id === 'string') : [];
  } catch {
    return [];
  }
}

function recall(key: string): string | null {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

/** Storage may be forbidden: then a reload loses what was not sent. */
function keep(key: string, text: string | null): void {
  try {
    if (text === null) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, text);
  } catch {
    // As said.
  }
}

/** What `widget.js` asks this part for. */
export function openChat(...args: ConstructorParameters<typeof Pane>): Pane {
  return new Pane(...args);
}
