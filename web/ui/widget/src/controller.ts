// What the widget does: one request at a time, its stream, its sound. Knows no elements.
import type { ChannelChange, InvitationKey, Mode, VoiceMode, ReservationReply, ReservationRequest, ReservationView, SessionReply } from '@warmline/shared/contract';
import { Stream } from '@warmline/shared/socket';
import { rawAudio } from '@warmline/shared/gather';
import { ServerClock } from '@warmline/shared/time';
import { Activity } from './activity.ts';
import { Api, Refusal } from './api.ts';
import { BrowserCall, MediaError, microphoneTrouble, openMicrophone } from './call.ts';
import { fitting, pageAddress, type Config } from './config.ts';
import { isFromHere } from './fallback.ts';
import { type Live, Memory, randomKey } from './memory.ts';
import { Sharing } from './share.ts';
import { clean } from './snapshot/dom.ts';
import { takeSnapshot } from './snapshot/index.ts';
import type { ChatHooks, Pane } from './chat/pane.ts';
import type { CallmeForm, Screen, State } from './state.ts';

export type { CallmeForm, Screen, State } from './state.ts';

/** A page that is left lets go of its call sooner than this. */
const HELD_MS = 1_500;

export class Controller {
  readonly clock = new ServerClock();
  state: State = {
    screen: 'options',
    session: null,
    busy: null,
    problem: null,
    mode: 'dial',
    view: null,
    chat: null,
    link: 'closed',
    media: 'none',
    mic: null,
    muted: false,
    blocked: false,
    poor: false,
  };
  readonly #api: Api;
  readonly memory: Memory;
  #live: Live | null = null;
  #stream: Stream | null = null;
  #call: BrowserCall | null = null;
  /** The ticket whose turn has come. */
  #turned = '';
  #lastForm: CallmeForm | null = null;
  readonly #sharing: Sharing;
  readonly #activity = new Activity(document);
  #pane: Pane | null = null;
  /** Rises with each request: what an older one still brings is not looked at. */
  #turn = 0;
  /** It is being asked what works. */
  #asking = false;
  /** That he follows: what he asks for next says so. */
  invitation: InvitationKey | null = null;

  constructor(
    readonly config: Config,
    private readonly host: Element & { pageAttributes?: Record<string, unknown> },
    private readonly audio: HTMLAudioElement,
    private readonly changed: () => void,
    private readonly chatHooks: () => Pick<ChatHooks, 'close'> & { language: string },
  ) {
    this.#api = new Api(config.origin);
    this.memory = new Memory(config.site);
    this.#sharing = new Sharing(`${config.origin}/widget/live.js`, host, () => void this.allowLive(false));
  }

  #set(part: Partial<State>): void {
    this.state = { ...this.state, ...part };
    this.changed();
  }

  /** A request made on the shop's last page goes on here. */
  resume(): void {
    const chat = this.memory.chat;
    // Where its part cannot be loaded now, the chat is there on the next page.
    if (chat) void this.#talk(chat, true).then(() => this.state.screen === 'options' && this.show('chat'), () => undefined);
    const live = this.memory.live;
    // A call from here goes on from the next page, unless he was about to go on by phone; before somebody speaks it is over with its page.
    const here = live?.mode === 'browser' && live.view.change?.state !== 'held';
    const back = here && live.view.state === 'talking';
    if (!live || (here && !back) || live.mode === 'chat' || live.mode === 'mail' || live.view.state === 'ended') {
      this.memory.live = null;
      return;
    }
    this.#live = live;
    this.clock.skew = live.skew;
    this.#turn += 1;
    this.#set({ screen: 'live', mode: live.mode, view: live.view, media: live.mode === 'browser' ? 'lost' : 'none' });
    if (back) void this.#comeBack(live);
    else this.#listen(live.stream, this.#turn, true);
  }

  /** He speaks on from this page, if none of his others is the phone. Where it cannot be, the call is over: it is said, and he can call again. */
  async #comeBack(live: Live): Promise<void> {
    if (!(await this.#hold(live.id))) return this.#forget();
    await this.comeHere();
    if (this.#live?.id !== live.id) return;
    if (this.#call) this.#listen(live.stream, this.#turn, true);
    else await this.cancel();
  }

  /** Only one page of this browser is the phone of a call. */
  #hold(id: string): Promise<boolean> {
    return new Promise((held) => {
      if (!navigator.locks || this.#free) return held(true);
      const take = () => new Promise<void>((free) => held(!!(this.#free = free)));
      navigator.locks.request(id, { signal: AbortSignal.timeout(HELD_MS) }, take).catch(() => held(false));
    });
  }

  #free: (() => void) | undefined;

  /** Learns who we are and what works; once. */
  prepare(): Promise<void> {
    return (this.#preparing ??= this.#prepare().finally(() => (this.#preparing = null)));
  }

  #preparing: Promise<void> | null = null;

  async #prepare(): Promise<void> {
    if (this.state.session || this.state.busy === 'session') return;
    this.#set({ busy: 'session', problem: null });
    try {
      const session = await this.#ask();
      this.memory.visitor = session.visitor;
      this.#set({ session, busy: null });
    } catch (problem) {
      this.#set({ busy: null, problem });
    }
  }

  /** What works may have changed: a queue has opened, an agent has come, a trunk is down. Quietly: what fails changes nothing. */
  async refresh(): Promise<void> {
    if (!this.state.session || this.state.busy || this.state.screen !== 'options' || this.#asking) return;
    this.#asking = true;
    const session = await this.#ask().catch(() => null);
    this.#asking = false;
    if (session && !this.state.busy) this.#set({ session });
  }

  async #ask(): Promise<SessionReply> {
    void microphoneTrouble().then((mic) => mic !== this.state.mic && this.#set({ mic }));
    return this.#api.session(this.config.site, this.memory.visitor, await this.#identity());
  }

  async #identity(): Promise<string | null> {
    return (await this.config.identity?.()) ?? null;
  }

  /** What is kept of this browser is erased, at the switch as soon as his call is over. Refused: nothing is changed. */
  async forget(): Promise<void> {
    const visitor = this.memory.visitor;
    if (!visitor) return;
    await this.#api.forget(this.config.site, visitor);
    this.memory.visitor = null;
    // His call goes on; who only looks begins anew.
    this.#set({ session: null });
    if (!this.#live) this.chatHooks().close();
  }

  show(screen: Screen): void {
    this.#set({ screen, problem: null });
  }

  /** The request that is live, for who shows more of it. */
  get live(): { id: string; key: string } | null {
    return this.#live;
  }

  /** What the server has said of it elsewhere than on the stream. */
  learn(view: ReservationView): void {
    if (this.#live?.id === view.id) this.#seen(view);
  }

  /** A part that is loaded later. */
  part<T>(file: string): Promise<T> {
    return (this.config.part?.(file) ?? import(/* @vite-ignore */ `${this.config.origin}/${file}`)) as Promise<T>;
  }

  /** What was wanted cannot be loaded. */
  lost(): void {
    this.#set({ screen: 'options', problem: new Refusal(0, 'offline', '', null) });
  }

  /** Who asks. */
  async who(): Promise<Pick<ReservationRequest, 'visitor' | 'identity'>> {
    const identity = await this.#signed();
    return { visitor: this.state.session?.visitor ?? '', ...(identity ? { identity } : {}) };
  }

  /** Who asks, and from which page, as it is now. */
  async page(): Promise<Omit<ReservationRequest, 'mode'> | null> {
    const session = this.state.session;
    if (!session) return null;
    const { mode: _mode, ...page } = this.#request('mail', session, true, await this.#signed());
    return page;
  }

  get pane(): Pane | null {
    return this.#pane;
  }

  /** Begins a chat, or goes back to the one that is on. */
  async chat(): Promise<void> {
    if (this.#pane && this.state.chat?.on) return this.show('chat');
    const session = this.state.session;
    if (this.state.busy || !session) return;
    this.#set({ busy: 'chat', problem: null });
    try {
      const reply = await this.#api.reserve(this.#request('chat', session, true, await this.#signed()), randomKey());
      const { stream, key, token: _token, ice_servers: _ice, ...view } = reply;
      this.invitation = null;
      await this.#talk({ id: view.id, key, stream, mode: 'chat', skew: 0, view }, false);
      this.#set({ busy: null, screen: 'chat' });
    } catch (problem) {
      this.#set({ busy: null, problem });
    }
  }

  /** The chat is a part of its own, loaded when it is needed. */
  async #talk(live: Live, restored: boolean): Promise<void> {
    const { openChat } = await this.part<typeof import('./chat/pane.ts')>('widget-chat.js');
    this.#pane?.destroy();
    this.memory.chat = live.view.mode === 'ticket' ? null : live;
    const hooks = this.chatHooks();
    const pane: Pane = openChat(this.host.shadowRoot!, this.config.origin, hooks.language, live, restored, {
      changed: (view, unread, latest) => {
        const on = view.state !== 'ended' && view.mode !== 'ticket';
        const known = this.memory.chat;
        if (known?.id === live.id) this.memory.chat = on ? { ...known, view } : null;
        const was = this.state.chat;
        if (was?.on !== on || was.unread !== unread || was.latest !== latest) this.#set({ chat: { on, unread, latest } });
      },
      forgotten: () => this.#leaveChat(pane),
      back: () => this.show(this.state.view && this.state.view.state !== 'ended' ? 'live' : 'options'),
      close: hooks.close,
      call: () => void this.prepare().then(() => this.show('options')),
      again: () => {
        this.#leaveChat(pane);
        void this.prepare().then(() => this.chat());
      },
      other: () => {
        this.#leaveChat(pane);
        void this.prepare();
      },
      toCall: () => this.show('live'),
    });
    this.#pane = pane;
  }

  #leaveChat(pane: Pane): void {
    pane.destroy();
    if (this.#pane !== pane) return;
    this.#pane = null;
    this.memory.chat = null;
    this.#set({ chat: null, screen: this.state.screen === 'chat' ? 'options' : this.state.screen });
  }

  async dial(): Promise<void> {
    await this.#begin('dial', {});
  }

  async callMe(form: CallmeForm): Promise<void> {
    this.#lastForm = form;
    const version = this.state.session?.consent_version ?? '';
    const to = { ...(form.number === null ? { on_file: true } : { number: form.number }), consent: { version, call: true, text: form.agreed } };
    if (this.state.view?.state === 'talking') {
      if (await this.change('callme', to)) this.show('live');
      return;
    }
    await this.#begin('callme', { ...to, ...(form.name ? { name: form.name } : {}), ...form.more });
  }

  /** From this page; also where that is what he was granted in place of a number. */
  async talkHere(): Promise<void> {
    if (this.state.busy) return;
    const [turn, view] = [this.#turn, this.state.view];
    const granted = this.#live !== null && view !== null && isFromHere(this.state.mode, view);
    this.#set({ busy: 'browser', problem: null, ...(granted ? {} : { mode: 'browser' }), media: 'asking', muted: false, blocked: false, poor: false });
    let stream: MediaStream;
    try {
      stream = await openMicrophone(rawAudio(location.search));
    } catch (problem) {
      this.#set({ busy: null, media: 'none', problem, ...(granted ? {} : { screen: 'options' }) });
      return;
    }
    this.#set({ busy: null, media: 'connecting' });
    // Asked for as before, it is the same request, now with a token. He may have canceled it while he was asked for the microphone.
    const stands = !granted || (turn === this.#turn && this.#live !== null);
    const reply = stands ? await this.#begin('browser', granted ? { mode: 'dial' } : {}) : null;
    if (!reply) {
      for (const track of stream.getTracks()) track.stop();
      this.#set({ media: 'none' });
      return;
    }
    await this.#connect(reply, stream);
  }

  /** The call goes on, on another channel: asked for here, done when the switch says so. */
  async change(mode: VoiceMode, more: Partial<ChannelChange> = {}): Promise<{ id: string; token: string; ice: RTCIceServer[] | undefined } | null> {
    const live = this.#live;
    if (!live || this.state.busy) return null;
    this.#set({ busy: 'change', problem: null });
    try {
      const { token, ice_servers: ice, ...view } = await this.#api.change(live.id, live.key, { mode, ...more });
      this.#set({ busy: null });
      this.#seen(view);
      return { id: view.change?.id ?? '', token: token ?? '', ice };
    } catch (problem) {
      this.#set({ busy: null, problem });
      return null;
    }
  }

  /** He would rather go on as he is. */
  async stay(): Promise<void> {
    const [live, view] = [this.#live, this.state.view];
    if (!live || !view) return;
    this.#seen({ ...view, change: null });
    await this.#api.stay(live.id, live.key).catch(() => undefined);
  }

  /** From the phone to this page. */
  async comeHere(): Promise<void> {
    if (this.state.busy) return;
    this.#set({ problem: null, media: 'asking', muted: false, blocked: false, poor: false });
    try {
      const stream = await openMicrophone(rawAudio(location.search));
      this.#set({ media: 'connecting' });
      const call = this.#browser(stream);
      const to = await this.change('browser');
      if (!to) return this.#hush();
      await call.start(to.ice, async (sdp) => (await this.#api.offer(to.id, to.token, sdp)).sdp);
    } catch (problem) {
      this.#hush();
      await this.stay();
      this.#set({ problem: problem instanceof MediaError || problem instanceof Refusal ? problem : new MediaError('failed') });
    }
  }

  /** The same way once more, with the page as it is now. */
  async again(): Promise<void> {
    if (this.state.mode === 'dial') await this.dial();
    else if (this.state.mode === 'browser') await this.talkHere();
    // A time that was chosen is over by now.
    else if (this.#lastForm && !this.#lastForm.more?.due) await this.callMe(this.#lastForm);
    else this.show('callme');
  }

  /** Ends the request or the call, and says so to the server. */
  async cancel(): Promise<void> {
    const live = this.#live;
    this.#hush();
    if (!live) {
      this.show('options');
      return;
    }
    const view = this.state.view;
    if (view) this.#seen({ ...view, state: 'ended', reason: view.state === 'talking' ? 'normal' : 'canceled' });
    try {
      await this.#api.cancel(live.id, live.key);
    } catch {
      // It ends by itself when its time is over; the visitor is done here either way.
    }
  }

  tapped(): void {
    if (this.#live) this.#api.dialIntent(this.#live.id, this.#live.key).catch(() => undefined);
  }

  /** The visitor needs his number a little longer; the view says until when he has it. */
  async keep(): Promise<void> {
    const live = this.#live;
    if (!live || this.state.busy) return;
    this.#set({ busy: 'renew', problem: null });
    try {
      await this.#api.renew(live.id, live.key);
      this.#set({ busy: null });
    } catch (problem) {
      this.#set({ busy: null, problem });
    }
  }

  /** Each second: a number whose time is over is over, also where the stream is down. */
  tick(): void {
    const view = this.state.view;
    if (view?.state !== 'held' || !view.expires_at || this.state.mode === 'browser') return;
    if (this.clock.now() > Date.parse(view.expires_at) + 5_000) this.#seen({ ...view, state: 'ended', reason: 'expired' });
  }

  mute(): void {
    const muted = !this.state.muted;
    this.#call?.mute(muted);
    this.#set({ muted });
  }

  hear(): void {
    this.audio.play().then(() => this.#set({ blocked: false }), () => undefined);
  }

  /** The agent may see this page as it is, or no longer: that is so here at once, whatever the network does. */
  async allowLive(allow: boolean): Promise<void> {
    const [live, view] = [this.#live, this.state.view];
    if (!live || !view?.share) return;
    this.#live = { ...live, stopped: !allow };
    if (!allow) this.#seen({ ...view, share: { ...view.share, live: 'no' } });
    try {
      await this.#api.answerLive(live.id, live.key, allow);
    } catch (problem) {
      this.#set({ problem });
    }
  }

  /** The page that the agent suggests; what opens it is the visitor's click. */
  async answerPush(id: number, accept: boolean): Promise<void> {
    const [live, view] = [this.#live, this.state.view];
    if (!live || view?.share?.push?.id !== id) return;
    this.#seen({ ...view, share: { ...view.share, push: null } });
    await this.#api.answerPush(live.id, live.key, id, accept).catch(() => undefined);
  }

  /** Not even a turn is waited where the site signs for nobody. */
  #signed(): Promise<string | null> | null {
    return this.config.identity ? this.#identity() : null;
  }

  /** What is asked for, with the page as it is. A call from a chat leaves on the agent's screen what is there. */
  #request(mode: Mode, session: SessionReply, picture: boolean, identity: string | null): ReservationRequest {
    const snapshot = picture ? takeSnapshot(document, { skip: (element) => element === this.host }) : null;
    return {
      site: this.config.site,
      mode,
      visitor: session.visitor,
      page: {
        url: pageAddress(location.href, this.config.params),
        title: clean([...document.title].slice(0, 300).join('')),
        attributes: fitting({ ...this.config.attributes?.(), ...this.host.pageAttributes }),
      },
      ...(snapshot ? { snapshot } : {}),
      ...(identity ? { identity } : {}),
      ...(this.invitation ? { invitation: this.invitation } : {}),
      ...(mode === 'callme' ? { zone: new Intl.DateTimeFormat().resolvedOptions().timeZone, events: this.#activity.count } : {}),
    };
  }

  async #begin(mode: VoiceMode, more: Partial<ReservationRequest>): Promise<ReservationReply | null> {
    const session = this.state.session;
    if (this.state.busy || !session) return null;
    const before = this.state.view?.state === 'ended' ? null : this.#live;
    this.#drop();
    const turn = this.#turn;
    this.#set({ busy: mode, problem: null, mode });
    const request = { ...this.#request(mode, session, !this.state.chat?.on, await this.#signed()), ...more };
    if (turn !== this.#turn) return null;
    try {
      const reply = await this.#reserve(request);
      if (turn !== this.#turn) return null;
      this.#started(mode, reply);
      return reply;
    } catch (problem) {
      this.#set({ busy: null, problem });
      if (before && turn === this.#turn) this.#goOn(before);
      return null;
    }
  }

  /** Where the server asks for a proof of work, it is done first; once more where the answer to it was lost. */
  async #reserve(request: ReservationRequest, again = 2): Promise<ReservationReply> {
    try {
      return await this.#api.reserve(request, randomKey());
    } catch (problem) {
      if (!(problem instanceof Refusal) || !problem.work || again === 0) throw problem;
      const { solve } = await this.part<typeof import('./proof.ts')>('widget-proof.js');
      const proof = await solve(problem.work.challenge, problem.work.bits);
      return this.#reserve({ ...request, proof }, again - 1);
    }
  }

  /** Another wish was refused: what was there before stands. */
  #goOn(before: Live): void {
    this.#live = before;
    this.#set({ mode: before.mode as VoiceMode });
    this.#listen(before.stream, this.#turn, true);
  }

  #started(asked: VoiceMode, reply: ReservationReply): void {
    const { stream, key, token: _token, ice_servers: _ice, ...view } = reply;
    this.invitation = null;
    // Numbers are to be had again.
    const mode = view.mode === 'dial' ? 'dial' : asked;
    this.clock.heard(view.state === 'held' ? view.since : null);
    this.#live = { id: view.id, key, stream, mode, skew: this.clock.skew, view };
    this.#set({ busy: null, screen: 'live', mode });
    this.#seen(view);
    this.#listen(stream, this.#turn, false);
  }

  async #connect(reply: ReservationReply, stream: MediaStream): Promise<void> {
    const token = reply.token;
    const call = this.#browser(stream);
    if (!token) {
      // Nothing can be connected now (a ticket), or it is dialled after all: the microphone is let go.
      this.#hush();
      return;
    }
    try {
      await call.start(reply.ice_servers, async (sdp) => (await this.#api.offer(reply.id, token, sdp)).sdp);
    } catch (error) {
      if (this.#call !== call) return;
      this.#hush();
      const problem = error instanceof Refusal ? error : new MediaError('failed');
      await this.cancel();
      this.#set({ problem, screen: 'options' });
    }
  }

  #browser(stream: MediaStream): BrowserCall {
    const call = new BrowserCall(stream, this.audio, {
      connected: () => this.#set({ media: 'on' }),
      // Where he goes over to his phone it ends here a moment before that is said.
      lost: () => void setTimeout(() => this.#call === call && this.#set({ media: 'lost' }), this.state.view?.change ? 1_000 : 0),
      blocked: () => this.#set({ blocked: true }),
      poor: (poor) => poor !== this.state.poor && this.#set({ poor }),
    });
    this.#call = call;
    if (this.#live) void this.#hold(this.#live.id);
    return call;
  }

  #listen(path: string, turn: number, restored: boolean): void {
    let known = !restored;
    this.#stream = new Stream({
      url: this.#api.streamUrl(path),
      message: (data) => {
        const notice = data as { type?: string; view?: string; data?: ReservationView };
        if (turn !== this.#turn || notice.type !== 'view' || notice.view !== 'reservation' || !notice.data) return;
        known = true;
        this.#heard(notice.data);
      },
      link: (link, attempts) => {
        if (turn !== this.#turn) return;
        // A remembered request that the server does not know any more.
        if (!known && link === 'lost' && attempts >= 3) this.#forget();
        // A new attempt does not make a lost connection look better: only an open one does.
        else if (link !== 'connecting' || this.state.link !== 'lost') this.#set({ link });
      },
    });
  }

  /** What he has stopped stays so, though the switch may not have heard it yet: it is told until it has. */
  #heard(view: ReservationView): void {
    const live = this.#live;
    if (!live?.stopped || view.share?.live !== 'on') {
      if (live?.stopped) this.#live = { ...live, stopped: false };
      this.#seen(view);
      return;
    }
    this.#api.answerLive(live.id, live.key, false).catch(() => undefined);
    this.#seen({ ...view, share: { ...view.share, live: 'no' } });
  }

  #seen(view: ReservationView): void {
    // He has gone over to his phone, or has come here.
    if (view.channel === 'phone' && this.state.mode === 'browser') this.#moved('dial');
    if (view.channel === 'browser' && this.state.mode !== 'browser' && this.#call) this.#moved('browser');
    if (this.#live) {
      this.#live = { ...this.#live, view };
      this.memory.live = view.state === 'ended' ? null : this.#live;
    }
    this.#sharing.settle(this.#live && view.share?.live === 'on' ? this.#api.liveUrl(this.#live.stream) : null, view.share?.agent);
    if (view.state === 'ended') {
      this.#hush();
      this.#live = null;
      this.#stream?.close();
      this.#stream = null;
    }
    this.#set({ view });
    // It is his turn: what he asked for is to be had now. Once: what is refused would be refused as fast as it can be asked.
    if (view.ticket?.turn && this.#turned !== view.id) {
      this.#turned = view.id;
      void this.again();
    }
  }

  #moved(mode: VoiceMode): void {
    if (mode !== 'browser') this.#hush();
    if (this.#live) this.#live = { ...this.#live, mode };
    this.#set({ mode });
  }

  #hush(): void {
    this.#free?.();
    this.#free = undefined;
    this.#call?.close();
    this.#call = null;
    if (this.state.media !== 'none') this.#set({ media: 'none', muted: false, blocked: false, poor: false });
  }

  #drop(): void {
    this.#turn += 1;
    this.#sharing.settle(null);
    this.#stream?.close();
    this.#stream = null;
    this.#live = null;
    this.memory.live = null;
  }

  #forget(): void {
    this.#drop();
    this.#set({ screen: 'options', view: null, link: 'closed' });
  }
}
