// The button and the sheet: draws the controller's state, moves the focus, announces what changes.
import type { Mode, ReservationView } from '@warmline/shared/contract';
import { pinGroups } from '@warmline/shared/phone';
import { duration } from '@warmline/shared/time';
import type { Controller, State } from './controller.ts';
import { h, icon, ring, svg, type IconName } from './dom.ts';
import type { Asking, openAsking } from './asking/index.ts';
import type { Pane } from './chat/pane.ts';
import type { qr } from './qr.ts';
import { changing, offers } from './change.ts';
import { askingNote, fallback, isFromHere, speaks } from './fallback.ts';
import { shareCards } from './share_cards.ts';
import type { Strings } from './strings.ts';
import { lineFor, placeLine, refusalText, whoLines, type Line } from './words.ts';

type Tick = () => void;

/** So shortly before its end a number may be kept longer. */
const LAST_SECS = 90;
/** So often an open sheet asks what works, in seconds; a page whose sheet is closed asks nothing. */
const REFRESH_SECS = 10;

const MODES: { mode: Mode; icon: IconName }[] = [
  { mode: 'dial', icon: 'phone' },
  { mode: 'callme', icon: 'incoming' },
  { mode: 'browser', icon: 'mic' },
  { mode: 'chat', icon: 'chat' },
  { mode: 'mail', icon: 'mail' },
];

export class Ui {
  readonly #launcher: HTMLButtonElement;
  readonly #sheet: HTMLElement;
  readonly #announce: HTMLElement;
  /** What the agent asks of this page or sees: beside the button, or in the sheet while that is open. */
  readonly #share = h('div', { class: 'share', attrs: { 'aria-live': 'polite' } });
  readonly #dock: HTMLElement;
  #shared = '';
  #ticks: Tick[] = [];
  #open = false;
  /** What is drawn, as a key: the sheet is drawn anew only when it changes. */
  #drawn = '';
  #said = '';
  /** A button is held down: what is under the pointer stays where it is, or its click would be lost. */
  #pressed = false;
  #held: { until: string; secs: number } | null = null;
  #sinceAsked = 0;

  constructor(
    root: ShadowRoot,
    private readonly host: HTMLElement,
    private readonly s: Strings,
    private readonly language: string,
    private readonly control: () => Controller,
  ) {
    this.#launcher = h('button', { class: 'launcher', testid: 'wl-button', attrs: { type: 'button', 'aria-haspopup': 'dialog', 'aria-expanded': 'false' } });
    this.#sheet = h('section', { class: 'sheet', attrs: { role: 'dialog', 'aria-labelledby': 'wl-title', hidden: '', tabindex: '-1' } });
    this.#announce = h('div', { class: 'sr', attrs: { role: 'status', 'aria-live': 'polite' } });
    this.#dock = h('div', { class: 'dock' }, this.#share, this.#launcher);
    root.append(this.#sheet, this.#dock, this.#announce);
    this.#launcher.addEventListener('click', () => this.toggle());
    this.#launcher.addEventListener('pointerenter', () => void this.control().prepare(), { once: true });
    this.#sheet.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.close();
    });
    root.addEventListener('pointerdown', (event) => (this.#pressed = (event.target as Element).closest('button,a') !== null));
    root.addEventListener('click', () => (this.#pressed = false), true);
    // A click comes in the same turn as the pointer's end; a press that becomes none ends here.
    for (const end of ['pointerup', 'pointercancel']) addEventListener(end, () => setTimeout(() => this.#released()), true);
    // The window's own: a field of the page loses the focus to the very press.
    addEventListener('blur', (event) => event.target === window && this.#released());
    document.addEventListener('visibilitychange', () => this.#refresh(REFRESH_SECS));
    setInterval(() => {
      this.#tick();
      this.#refresh(1);
    }, 1000);
  }

  toggle(): void {
    if (this.#open) this.close();
    else this.open();
  }

  open(): void {
    if (this.#open) return;
    this.#open = true;
    this.host.setAttribute('open', '');
    this.#sheet.hidden = false;
    this.#launcher.setAttribute('aria-expanded', 'true');
    void this.control().prepare();
    this.#refresh(REFRESH_SECS);
    this.draw();
    this.#focusFirst();
  }

  /** So many seconds more have gone by: an open sheet that is looked at asks what works now. */
  #refresh(secs: number): void {
    if (!this.#open || document.hidden) return;
    this.#sinceAsked += secs;
    if (this.#sinceAsked < REFRESH_SECS) return;
    this.#sinceAsked = 0;
    void this.control().refresh();
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.host.removeAttribute('open');
    this.#sheet.hidden = true;
    this.#launcher.setAttribute('aria-expanded', 'false');
    this.draw();
    this.#launcher.focus();
  }

  #released(): void {
    if (!this.#pressed) return;
    this.#pressed = false;
    this.draw();
  }

  /** After each change of the state. */
  draw(): void {
    if (this.#pressed) return;
    const state = this.control().state;
    this.#applyBrand(state);
    const key = JSON.stringify([this.#open, state, refusalText(state.problem, this.s)]);
    if (key === this.#drawn) return;
    this.#drawn = key;
    this.#ticks = [];
    this.#drawLauncher(state);
    if (this.#open) this.#drawSheet(state);
    this.#drawShare(state);
    this.control().pane?.show(this.#open && state.screen === 'chat');
    this.#say(state);
    this.#tick();
  }

  #tick(): void {
    this.control().tick();
    for (const tick of this.#ticks) tick();
  }

  #applyBrand(state: State): void {
    const brand = state.session?.brand;
    const accent = typeof brand === 'object' && brand?.accent ? brand.accent : null;
    if (!accent || !/^#[0-9a-f]{6}$/i.test(accent) || this.host.style.getPropertyValue('--warmline-accent') === accent) return;
    this.host.style.setProperty('--warmline-accent', accent);
    this.host.style.setProperty('--warmline-on-accent', luminance(accent) > 0.36 ? '#10181c' : '#ffffff');
  }

  #drawLauncher(state: State): void {
    const view = state.view;
    const talking = view?.state === 'talking';
    this.#launcher.className = `launcher${talking ? ' talk' : ''}`;
    this.#launcher.replaceChildren(icon(this.#open ? 'close' : 'phone', 24));
    const line = view && view.state !== 'ended' ? this.#line(state, view) : null;
    const unread = this.#open ? 0 : (state.chat?.unread ?? 0);
    const label = line && !this.#open ? line.title : this.#open ? this.s.close : this.s.launcher;
    this.#launcher.setAttribute('aria-label', unread ? `${label}, ${this.s.unread(unread)}` : label);
    if (unread) this.#launcher.append(h('span', { class: 'count', testid: 'wl-unread', text: String(Math.min(99, unread)) }));
    else if (state.chat?.on && !this.#open && !line) this.#launcher.append(h('span', { class: 'dot' }));
    if (!line || this.#open || !view) return;
    if (talking || view.state === 'ringing') this.#launcher.append(this.#elapsed(view.since));
    else if (view.state === 'held' && view.expires_at) this.#launcher.append(this.#countdown(view.expires_at));
    else this.#launcher.append(h('span', { class: 'dot' }));
  }

  #drawShare(state: State): void {
    if (this.#open) this.#sheet.firstElementChild?.after(this.#share);
    else if (this.#share.parentElement !== this.#dock) this.#dock.prepend(this.#share);
    const share = state.view?.state === 'ended' ? null : (state.view?.share ?? null);
    const key = JSON.stringify(share);
    if (key === this.#shared) return;
    this.#shared = key;
    this.#share.replaceChildren(...(share ? shareCards(share, state.mode === 'browser', this.control(), this.s) : []));
  }

  #drawSheet(state: State): void {
    const pane = state.screen === 'chat' ? this.control().pane : null;
    if (pane) return this.#drawChat(pane, state);
    const root = this.#sheet.getRootNode() as ShadowRoot;
    const before = root.activeElement;
    const focused = before instanceof HTMLElement && this.#sheet.contains(before) ? before.dataset.testid ?? before.dataset.key ?? '' : null;
    const screen = state.screen === 'live' && state.view ? this.#liveScreen(state, state.view) : state.screen === 'callme' || state.screen === 'mail' ? this.#askingScreen(state, state.screen) : this.#optionsScreen(state);
    this.#sheet.replaceChildren(...screen);
    if (focused !== null) {
      const same = focused ? this.#sheet.querySelector<HTMLElement>(`[data-testid="${focused}"],[data-key="${focused}"]`) : null;
      if (same) same.focus();
      else this.#focusFirst();
    }
  }

  /** The chat draws itself: it is put in its place once. */
  #drawChat(pane: Pane, state: State): void {
    const view = state.view && state.view.state !== 'ended' ? state.view : null;
    pane.voice(view ? this.#line(state, view).title : null);
    if (this.#sheet.contains(pane.element)) return;
    this.#sheet.replaceChildren(pane.element);
    pane.focus();
  }

  #focusFirst(): void {
    const first = this.#sheet.querySelector<HTMLElement>('.compose textarea,.row:not(:disabled),.asking :is(input,select,textarea):not([hidden] *),a.tel,.primary:not(:disabled)');
    (first ?? this.#sheet).focus();
  }

  #header(title: string, sub: string | null, back: (() => void) | null): HTMLElement {
    const close = h('button', { class: 'tool', attrs: { type: 'button', 'aria-label': this.s.close, 'data-key': 'close' }, on: { click: () => this.close() } }, icon('close'));
    const text = h('div', { class: 'grow' }, h('h2', { text: title, attrs: { id: 'wl-title' } }), sub !== null && h('p', { text: sub }));
    const arrow = back && h('button', { class: 'tool', attrs: { type: 'button', 'aria-label': this.s.back, 'data-key': 'back' }, on: { click: back } }, icon('back'));
    return h('header', { class: back ? 'head bar back' : sub === null ? 'head bar' : 'head' }, arrow, text, close);
  }

  #problem(state: State): HTMLElement | null {
    if (!state.problem) return null;
    return h('div', { class: 'note', testid: 'wl-problem', attrs: { role: 'alert' } }, icon('warn', 18), h('span', { text: this.#part?.refusal(state.problem) ?? refusalText(state.problem, this.s) }));
  }

  #optionsScreen(state: State): HTMLElement[] {
    const name = typeof state.session?.brand === 'object' ? state.session.brand?.name : state.session?.brand;
    const rows = h('div', { class: 'rows' });
    const busy = state.busy;
    if (!state.session && busy === 'session') rows.append(h('div', { class: 'skeleton' }), h('div', { class: 'skeleton' }), h('div', { class: 'skeleton' }), h('span', { class: 'sr', text: this.s.loading }));
    const modes = state.session?.modes ?? [];
    const part = modes.includes('callme') || modes.includes('mail') ? this.#asking() : null;
    const request = state.session && part?.notice(state.session);
    for (const option of MODES) {
      // What is asked for above is not offered twice.
      const above = option.mode === 'callme' && request && state.session?.callme_later_only;
      const here = (option.mode !== 'chat' || !state.chat?.on) && !above;
      if (here && state.session?.modes.includes(option.mode)) rows.append(this.#option(option.mode, option.icon, state));
    }
    const session = state.session;
    if (session && rows.childElementCount === 0 && !request) rows.append(h('div', { class: 'note wait', testid: 'wl-closed', attrs: { role: 'status' } }, icon('clock', 18), h('span', { text: `${this.s.states.ticket}. ${this.s.hints.ticket}` })));
    const signed = session?.identity && h('div', { class: 'foot signed', testid: 'wl-signed' }, icon('check', 16), h('span', { text: session.identity.name ? this.s.signedInAs(session.identity.name) : this.s.signedIn }));
    const asking = busy === 'browser' && state.media === 'asking' && askingNote(this.s);
    const foot = h('div', { class: 'foot' }, icon('eye', 16), h('span', { text: this.s.privacy }));
    return [this.#header(this.s.title, name || this.s.subtitle, null), h('div', { class: 'body' }, this.#toChat(state), this.#problem(state), asking, request, rows, signed, foot)];
  }

  /** A way to talk; `later`: at another time. */
  choose(mode: Mode, later = false): void {
    const control = this.control();
    if (mode === 'dial') void control.dial();
    else if (mode === 'browser') void control.talkHere();
    else if (mode === 'chat') void control.chat();
    else {
      if (mode === 'callme') this.#wish(later);
      control.show(mode);
    }
  }

  /** When he would be called; said again to the part that is not there yet. */
  #wish(later: boolean): void {
    this.#later = later;
    if (later) this.#part?.later();
    else this.#part?.soon();
  }

  #later = false;

  #toChat(state: State): HTMLElement | null {
    if (!state.chat?.on) return null;
    const count = state.chat.unread;
    return h('button', { class: 'row tochat', testid: 'wl-to-chat', attrs: { type: 'button' }, on: { click: () => void this.control().chat() } }, icon('chat'), h('span', { class: 'grow' }, h('b', { text: this.s.backToChat })), count > 0 && h('span', { class: 'count', text: String(Math.min(99, count)), attrs: { 'aria-label': this.s.unread(count) } }), icon('next', 18));
  }

  #option(mode: Mode, glyph: IconName, state: State): HTMLElement {
    const { busy, mic } = state;
    const words = this.s.options[mode];
    const here = mode === 'browser';
    const act = (): void => this.choose(mode);
    const row = h(
      'button',
      { class: `row${busy === mode ? ' busy' : ''}`, testid: `wl-option-${mode}`, attrs: { type: 'button' }, on: { click: act } },
      h('span', { class: 'glyph' }, icon(glyph)),
      h('span', { class: 'grow' }, h('b', { text: words.title }), h('small', { text: here && mic ? this.s.media[mic] : words.hint })),
      busy === mode ? h('span', { class: 'spin' }) : icon('next', 18),
    );
    row.disabled = busy !== null || (here && !speaks(state));
    return row;
  }

  /** What asks for a call or a message is a part of its own. */
  #askingScreen(state: State, screen: 'callme' | 'mail'): HTMLElement[] {
    const part = this.#asking();
    const back = (): void => this.control().show(state.view && state.view.state !== 'ended' ? 'live' : 'options');
    const body = part ? (screen === 'mail' ? part.mail(state) : part.form(state)) : h('div', { class: 'skeleton' }, h('span', { class: 'sr', text: this.s.loading }));
    const title = part?.title(screen, state.session) ?? this.s.options[screen].title;
    return [this.#header(title, null, back), h('div', { class: 'body' }, this.#problem(state), body)];
  }

  #part: Asking | null = null;
  #loading = false;

  /** Loaded as soon as it is near; none yet: it draws when it is there, or says that it cannot be had. */
  #asking(): Asking | null {
    if (this.#part || this.#loading) return this.#part;
    this.#loading = true;
    const control = this.control();
    control.part<{ openAsking: typeof openAsking }>('widget-asking.js').then(
      ({ openAsking }) => {
        this.#part = openAsking(this.#sheet.getRootNode() as ShadowRoot, {
          origin: control.config.origin,
          site: control.config.site,
          language: this.language,
          now: () => control.clock.now(),
          callMe: (form) => void control.callMe(form),
          page: () => control.page(),
          live: () => control.live,
          who: () => control.who(),
          learn: (view) => control.learn(view),
          show: (screen) => control.show(screen),
          changed: () => this.#again(),
          problem: (problem) => refusalText(problem, this.s),
        });
        if (this.#later) this.#part.later();
        this.#again();
        if (this.#open && control.state.screen !== 'live') this.#focusFirst();
      },
      () => {
        this.#loading = false;
        if (control.state.screen === 'callme' || control.state.screen === 'mail') control.lost();
      },
    );
    return null;
  }

  #again(): void {
    this.#drawn = '';
    this.draw();
  }

  #line(state: State, view: ReservationView): Line {
    return { ...lineFor(view, state, this.s), ...this.#part?.line(view) };
  }

  #liveScreen(state: State, view: ReservationView): HTMLElement[] {
    const control = this.control();
    const ended = view.state === 'ended';
    const lost = state.media === 'lost' && !ended;
    const showNumber = view.number !== null && (view.state === 'held' || view.state === 'waiting') && state.mode !== 'callme' && state.mode !== 'browser';
    const body = h(
      'div',
      { class: 'live' },
      !ended && view.state !== 'talking' && view.mode !== 'ticket' && !view.due && this.#who(view),
      showNumber && this.#number(view),
      this.#liveLine(state, view),
      lost && h('div', { class: 'note', attrs: { role: 'alert' } }, icon('warn', 18), h('span', { text: this.s.lostSound })),
      !ended && state.mode === 'callme' && this.#asking()?.card(state, view),
      !ended && view.too_long && canCall(state) && this.#asking()?.tooLong(),
      !ended && changing(state, view, this.s, { number: (to) => this.#number(to), control }),
      !ended && state.link === 'lost' && h('div', { class: 'note wait' }, icon('clock', 18), h('span', { text: this.s.reconnecting })),
      this.#actions(state, view),
    );
    // What was an offer is a call once it rings.
    const begun = view.state === 'ringing' || view.state === 'talking' || ended;
    const title = begun ? this.s.yourCall : this.s.options[isFromHere(state.mode, view) ? 'browser' : state.mode].title;
    const back = ended ? () => this.control().show('options') : null;
    return [this.#header(title, null, back), h('div', { class: 'body' }, this.#toChat(state), this.#problem(state), body)];
  }

  #who(view: ReservationView): HTMLElement {
    const first = view.agent ? [...view.agent.display_name][0]?.toUpperCase() ?? '' : '';
    const [line, more] = whoLines(view, this.s);
    return h(
      'div',
      { class: 'who' },
      h('span', { class: 'face', attrs: { 'aria-hidden': 'true' } }, first || icon('phone')),
      h('span', { class: 'grow' }, h('b', { text: line }), more && h('small', { text: more })),
    );
  }

  #number(view: ReservationView): HTMLElement {
    const number = view.number ?? '';
    const shown = view.number_display ?? number;
    // Pauses, then the code that a shared number asks for.
    const code = view.shared && view.pin ? `,,${view.pin}` : '';
    const uri = number.startsWith('sip:') ? number : `tel:${number}${code}`;
    const link = h('a', { class: 'tel', testid: 'wl-number', attrs: { href: uri, 'aria-label': this.s.dialNow(shown) }, on: { click: () => this.control().tapped() } });
    // Broken only between groups.
    shown.split(' ').forEach((group, at) => link.append(at ? ' ' : '', h('span', { text: group })));
    const side = h('div', { class: 'grow' });
    if (view.expires_at && view.state === 'held') side.append(this.#reserved(view.expires_at, this.control().state.busy !== null));
    if (view.pin) side.append(h('div', { class: 'pin' }, h('span', { text: view.shared ? this.s.code : this.s.pin }), h('b', { text: pinGroups(view.pin) })));
    const desktop = !matchMedia('(pointer:coarse)').matches;
    const pair = h('div', { class: 'pair' }, side);
    if (desktop) this.#qr(uri, (code) => {
      side.append(h('div', { class: 'caption', text: this.s.scan }));
      pair.append(code);
    });
    return h('div', { class: 'dial' }, link, pair);
  }

  /** How long the number is his yet; towards the end, the way to keep it. */
  #reserved(expires: string, busy: boolean): HTMLElement {
    const circle = ring(20);
    const clock = this.control().clock;
    if (this.#held?.until !== expires) this.#held = { until: expires, secs: Math.max(1, clock.until(expires)) };
    const whole = this.#held.secs;
    const keep = h('button', { class: 'keep', testid: 'wl-keep', attrs: { type: 'button' }, text: this.s.keep, on: { click: () => void this.control().keep() } });
    keep.disabled = busy;
    this.#ticks.push(() => {
      const left = clock.until(expires);
      circle.set(left / whole);
      keep.hidden = left <= 0 || left > LAST_SECS;
    });
    return h('div', { class: 'held' }, circle.element, h('span', {}, `${this.s.reserved} `, this.#countdown(expires)), keep);
  }

  /** A part of its own, loaded for the first code; where it cannot be, there is none. */
  #qr(text: string, place: (code: HTMLElement) => void): void {
    const draw = (make: typeof qr): void => {
      const grid = make(text);
      if (grid) place(this.#code(grid));
    };
    if (this.#make) return draw(this.#make);
    this.control().part<{ qr: typeof qr }>('widget-qr.js').then((part) => draw((this.#make = part.qr)), () => undefined);
  }

  #make: typeof qr | null = null;

  #code(grid: boolean[][]): HTMLElement {
    const path = grid.map((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : '')).join('')).join('');
    const size = String(grid.length);
    const drawing = svg('svg', { viewBox: `0 0 ${size} ${size}`, role: 'img', 'aria-label': this.s.scan, 'shape-rendering': 'crispEdges' }, svg('path', { d: path, fill: '#000' }));
    return h('span', { class: 'qr', attrs: { title: this.s.scan } }, drawing);
  }

  #liveLine(state: State, view: ReservationView): HTMLElement {
    const line = this.#line(state, view);
    const glyph: Record<Line['tone'], Node> = {
      talk: icon('phone'), wait: h('span', { class: 'dot' }), trouble: icon('warn'), info: icon('clock'), over: icon('check'),
    };
    return h(
      'div',
      { class: `line ${line.tone}` },
      h('span', { class: 'mark' }, glyph[line.tone]),
      h('span', { class: 'grow' }, h('b', { testid: 'wl-state', text: line.title, attrs: { 'data-state': view.state } }), line.hint && h('small', { text: line.hint })),
      line.clock && this.#elapsed(view.since),
    );
  }

  #actions(state: State, view: ReservationView): HTMLElement {
    const control = this.control();
    const other = offers(state, view, this.s, control);
    if (view.state === 'ended' || (state.media === 'lost' && !view.channel)) {
      const again = h('button', { class: 'primary', testid: 'wl-again', attrs: { type: 'button' }, text: view.reason === 'expired' ? this.s.newNumber : this.s.again[state.mode], on: { click: () => void control.again() } });
      again.disabled = state.busy !== null || !state.session;
      return h('div', { class: 'actions' }, again, this.#plain(this.s.other, 'other', () => control.show('options')));
    }
    const instead = fallback(state, view, this.s, control);
    if (instead) return h('div', { class: 'actions' }, ...instead, this.#plain(this.s.cancel, 'cancel', () => void control.cancel()));
    if (state.mode === 'browser') {
      const mute = h(
        'button',
        { class: 'second', testid: 'wl-mute', attrs: { type: 'button', 'aria-pressed': String(state.muted) }, on: { click: () => control.mute() } },
        icon(state.muted ? 'micOff' : 'mic'),
        state.muted ? this.s.unmute : this.s.mute,
      );
      const end = h('button', { class: 'primary red', testid: 'wl-hangup', attrs: { type: 'button' }, on: { click: () => void control.cancel() } }, icon('hangup'), this.s.hangup);
      const hear = state.blocked && h('button', { class: 'primary', attrs: { type: 'button', 'data-key': 'hear' }, text: this.s.playSound, on: { click: () => control.hear() } });
      return h('div', { class: 'actions' }, hear, h('div', { class: 'pair' }, state.media === 'lost' ? null : mute, end), other);
    }
    if (view.state === 'talking') {
      return h('div', { class: 'actions' }, other, h('button', { class: 'plain', testid: 'wl-hangup', attrs: { type: 'button' }, text: this.s.hangup, on: { click: () => void control.cancel() } }));
    }
    const called = view.state === 'waiting' && state.mode === 'dial' && view.mode !== 'ticket' && !view.too_long && canCall(state);
    return h('div', { class: 'actions' }, other, called && this.#instead(), this.#plain(state.mode === 'callme' ? this.s.cancelCallme : this.s.cancel, 'cancel', () => void control.cancel()));
  }

  /** Who waits on his phone may be called: he keeps his place. */
  #instead(): HTMLElement {
    return h('button', { class: 'second', testid: 'wl-instead', attrs: { type: 'button' }, on: { click: () => this.control().show('callme') } }, icon('incoming', 18), this.s.callInstead);
  }

  #plain(text: string, key: string, act: () => void): HTMLElement {
    return h('button', { class: 'plain', testid: `wl-${key}`, attrs: { type: 'button' }, text, on: { click: act } });
  }

  #elapsed(since: string): HTMLElement {
    const time = h('time', { class: 'time', attrs: { 'aria-hidden': 'true' } });
    this.#ticks.push(() => (time.textContent = duration(this.control().clock.since(since))));
    return time;
  }

  #countdown(until: string): HTMLElement {
    const time = h('b', { class: 'time' });
    this.#ticks.push(() => (time.textContent = duration(Math.ceil(this.control().clock.until(until)))));
    return time;
  }

  /** Each new line of the call is said once to those who listen instead of look. */
  #say(state: State): void {
    const view = state.view;
    // What is written in an open chat is said by its own log.
    const fresh = state.chat?.unread && !(this.#open && state.screen === 'chat') ? `${this.s.unread(state.chat.unread)}. ${state.chat.latest}` : '';
    const text = fresh || (state.screen === 'live' && view ? [this.#line(state, view).title, placeLine(view, this.s)].filter(Boolean).join('. ') : '');
    if (text === this.#said) return;
    this.#said = text;
    this.#announce.textContent = text;
  }
}

/** Whether he can be called instead. */
function canCall({ session, mode }: State): boolean {
  return mode !== 'callme' && Boolean(session?.modes.includes('callme') && session.countries.length > 0);
}

function luminance(hex: string): number {
  const channel = (at: number): number => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}
