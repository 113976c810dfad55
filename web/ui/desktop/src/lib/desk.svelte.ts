// The desktop's state and what the agent can do with it. Parts read it; only this file changes it.
import type { AgentNotice, AgentState, AgentViews, CurrentView, DesktopMessage } from '@warmline/shared/contract';
import { rawAudio } from '@warmline/shared/gather';
import { Stream } from '@warmline/shared/socket';
import { ServerClock } from '@warmline/shared/time';
import { Actions } from './actions.svelte.ts';
import { api, sessionLost } from './api.ts';
import { can, type Can } from './can.ts';
import { Chats } from './chats.svelte.ts';
import { Contacts } from './contacts.svelte.ts';
import { Controls } from './controls.svelte.ts';
import { Dial } from './dial.svelte.ts';
import { language } from './language.svelte.ts';
import { Lead } from './lead.ts';
import { PageView } from './page_view.ts';
import { PoolNotices } from './pools.svelte.ts';
import { Phone, type Line, type Microphone } from './phone.ts';
import { FloorDesk } from './floor_desk.svelte.ts';
import { applyNotice, frameMessage, probeAnswer } from './reduce.ts';
import { Ringer } from './ringer.ts';
import { PageShare } from './share.svelte.ts';
import { EchoTest } from './sound/echo_test.svelte.ts';
import { PreShift } from './sound/preshift.svelte.ts';
import { Sound } from './sound/sound.svelte.ts';
import { Watch } from './sound/watch.svelte.ts';
import { Outbound } from './outbound.svelte.ts';
import { Reports } from './reports.svelte.ts';
import { Visitors } from './visitors.svelte.ts';
import { callerName, chatName, shortAddress } from './words.ts';

export type Stage = 'loading' | 'login' | 'desk' | 'waiting' | 'replaced';
export type PageState = 'none' | 'loading' | 'drawn' | 'failed';

export type Shown = Pick<CurrentView, 'reservation' | 'page' | 'snapshot'> & { snapshot_url: string | null };

export class Desk {
  stage: Stage = $state('loading');
  views: AgentViews | null = $state.raw(null);
  /** The stream was there and is gone; the first connection is not worth a word. */
  reconnecting = $state(false);
  registered = $state(false);
  microphone: Microphone = $state('unknown');
  line: Line = $state('idle');
  /** The browser wants a click before it plays sound. */
  blocked = $state(false);
  page: PageState = $state('none');
  pageTrouble = $state('');
  /** Why the desk could not be opened. */
  problem: unknown = $state.raw(null);
  localMute = $state(false);
  /** The server's now, in milliseconds; ticks. */
  now = $state(Date.now());

  readonly clock = new ServerClock();
  readonly acts = new Actions((error) => {
    const lost = sessionLost(error);
    if (lost) this.#leave(lost);
    return lost !== null;
  });
  readonly controls = new Controls(this.acts, () => this.clock.now(), () => this.#canSpeak());
  readonly chats: Chats = new Chats(this.acts, (name, notes) => (this.controls.lost = { name, notes }));
  readonly contacts = new Contacts(this.acts);
  readonly visitors = new Visitors(this.acts);
  readonly dial = new Dial(this.acts, () => this.controls.saveNotes(), () => this.#canSpeak());
  readonly floor = new FloorDesk(this.acts, (message) => this.#stream?.send(message) ?? false);
  readonly reports = new Reports(this.acts, () => this.clock.now());
  readonly outbound = new Outbound(this.acts);
  /** The session was ended: by which supervisor; null: the configuration has this agent no more. */
  loggedOff = $state<{ by: string | null } | null>(null);
  readonly sound = new Sound(rawAudio(location.search));
  readonly watch = new Watch();
  readonly echo = new EchoTest(
    () => this.line === 'idle' && this.current === null,
    async (hooks) => {
      const [stream, audio] = [await this.#phone.openMicrophone(), new Audio()];
      const end = (): void => {
        for (const track of stream?.getTracks() ?? []) track.stop();
        this.sound.detach(audio);
      };
      this.sound.attach(audio);
      const call = stream && this.#phone.echo(stream, audio, { ...hooks, over: (reached) => [end(), hooks.over(reached)] });
      if (!call) end();
      return call;
    },
  );
  readonly check = new PreShift(this.echo, {
    who: () => `${this.me?.firm}/${this.me?.agent}`,
    wanted: () => this.sound.choices.check,
    roundTrip: () => this.#roundTrip(),
  });
  readonly share = new PageShare(this.acts);
  readonly pools = new PoolNotices();
  readonly #lead = new Lead({
    won: () => void this.begin(),
    lost: () => {
      if (this.stage !== 'desk') return;
      this.#leave('replaced');
      this.#lead.wait();
    },
  });
  readonly #ringer = new Ringer(this.sound);
  readonly #phone: Phone;
  #stream: Stream | null = null;
  #leaving = false;
  #drawn: { reservation: string | null; snapshot: string } | null = null;
  /** For which request `rendered` was sent on this connection. */
  #told = '';

  constructor(audio: HTMLAudioElement) {
    this.#phone = new Phone(audio, this.sound, {
      registered: (on) => (this.registered = on),
      microphone: (state) => (this.microphone = state),
      blocked: () => (this.blocked = true),
      autoAnswer: () => this.#shouldAutoAnswer(),
      interrupted: () => this.echo.stop(),
      resumes: (token) => (this.current?.resume === token ? { muted: this.current.muted } : null),
      line: (line) => {
        this.line = line;
        this.watch.follow(line === 'talking' ? this.#phone.connection : null);
        if (line === 'idle') [this.localMute, this.blocked] = [false, false];
        this.#ring();
      },
    });
    setInterval(() => (this.now = this.clock.now()), 500);
    addEventListener('message', (event) => this.#fromFrame(event));
    // A page that the browser kept has left its phone when it went.
    addEventListener('pageshow', (event) => event.persisted && location.reload());
  }

  get me() {
    return this.views?.me ?? null;
  }

  get current(): CurrentView | null {
    return this.views?.current ?? null;
  }

  /** What is on the page's place: the call's page, or that of the chat which is looked at. */
  get shown(): Shown | null {
    const { current } = this;
    const card = current ? null : this.chats.card;
    const shown = current ?? (card ? { ...card, reservation: null } : null);
    if (!shown) return null;
    const { reservation, page, snapshot } = shown;
    return { reservation, page, snapshot, snapshot_url: this.#address(snapshot, shown.snapshot_url ?? null) };
  }

  /** The same picture keeps its first address, also where a chat becomes a call: nothing changes under the agent's eyes (C8). */
  #address(snapshot: string | null, url: string | null): string | null {
    if (!snapshot || !url) return null;
    if (this.#pictured?.snapshot !== snapshot) this.#pictured = { snapshot, url };
    return this.#pictured.url;
  }

  readonly view = new PageView();
  #pictured: { snapshot: string; url: string } | null = null;

  get state(): AgentState {
    return this.views?.me.state ?? 'not_ready';
  }

  get muted(): boolean {
    return this.localMute || (this.current?.muted ?? false);
  }

  get can(): Can {
    return can(this.current, this.line, this.me?.outbound ?? false);
  }

  // ---- coming and going

  /** After a reload: the session may still be there. */
  async begin(): Promise<void> {
    try {
      const { value, date } = await api.session();
      if (await this.#lead.begin()) this.#enter(value, date);
      else this.stage = 'waiting';
    } catch (error) {
      const lost = sessionLost(error);
      if (lost) this.stage = lost;
      else {
        this.stage = 'loading';
        this.problem = error;
        setTimeout(() => void this.begin(), 3000);
      }
    }
  }

  /** Null where it worked, else why not. */
  async login(agent: string, password: string, firm?: string, takeOver = false): Promise<unknown> {
    this.sound.unlock();
    try {
      const { value, date } = await api.login(agent, password, firm, takeOver);
      await this.#lead.take();
      this.#enter(value, date);
      return null;
    } catch (error) {
      return error;
    }
  }

  async logout(): Promise<void> {
    await this.controls.saveNotes();
    await this.acts.run('desk', 'logout', async () => {
      // The stream may say that the session is over before the answer does: that is no other tab's doing.
      this.#leaving = true;
      try {
        await api.logout();
      } finally {
        this.#leaving = false;
      }
      this.check.forget();
      this.#leave('login');
      this.#lead.leave();
    });
  }

  /** All that is kept of a contact, over the desk. */
  async openContact(id: string): Promise<void> {
    this.contacts.show();
    await this.contacts.read(id);
  }

  /** This tab takes the phone back from another. */
  async takeOver(): Promise<void> {
    this.stage = 'loading';
    await this.#lead.take();
    await this.begin();
  }

  #enter(views: AgentViews, date: string | null): void {
    this.clock.heard(date);
    this.now = this.clock.now();
    this.views = views;
    this.stage = 'desk';
    this.loggedOff = null;
    this.problem = null;
    this.#connect();
    this.#settle();
  }

  #leave(stage: Stage): void {
    this.#stream?.close();
    this.#stream = null;
    this.check.close();
    // Another page goes on with the call; who has logged out ends it.
    if (stage === 'replaced' && !this.#leaving) this.#phone.abandon();
    else this.#phone.stop();
    this.#ringer.stop();
    this.#ringer.title(null);
    this.#drawn = null;
    this.controls.settle(null, '');
    this.floor.leave();
    this.share.settle(null);
    this.chats.settle([]);
    this.visitors.leave();
    this.reports.leave();
    this.outbound.leave();
    if (stage === 'login') this.contacts.forget();
    else this.contacts.close();
    this.views = null;
    this.stage = stage;
  }

  #connect(): void {
    this.#stream?.close();
    const url = new URL('/v1/agent/stream', location.href);
    url.protocol = url.protocol === 'http:' ? 'ws:' : 'wss:';
    this.#stream = new Stream({
      url: url.href,
      ping: { type: 'ping' } satisfies DesktopMessage,
      message: (data) => this.#hear(data as AgentNotice),
      link: (link, attempts) => {
        if (link === 'open') {
          [this.#told, this.reconnecting] = ['', false];
          this.floor.linked();
          this.chats.reconnected();
        }
        if (link === 'lost') this.reconnecting = true;
        if (link === 'lost' && attempts > 1) void this.#stillIn();
      },
    });
  }

  /** A stream that does not open may mean that the session is over. */
  async #stillIn(): Promise<void> {
    try {
      await api.session();
    } catch (error) {
      const lost = sessionLost(error);
      if (lost) this.#leave(lost);
    }
  }

  // ---- what the stream brings

  /** To the switch and back over the stream, in milliseconds; Infinity: no answer. */
  #roundTrip(): Promise<number> {
    const began = performance.now();
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(Infinity), 4_000);
      this.#pong = () => {
        clearTimeout(timer);
        resolve(performance.now() - began);
      };
      this.#stream?.send({ type: 'ping' } satisfies DesktopMessage);
    });
  }

  #pong: () => void = () => undefined;

  #hear(notice: AgentNotice): void {
    if (notice.type === 'pong') this.#pong();
    if (notice.type === 'probe') {
      const answer = probeAnswer(notice, {
        reservation: this.#drawn?.reservation ?? null,
        drawn: this.#drawn?.snapshot ?? null,
        hidden: document.hidden,
        microphone: this.me?.station !== 'browser' || this.microphone === 'granted',
      });
      this.#stream?.send(answer);
    } else if (notice.type === 'replaced') this.#leave('replaced');
    else if (notice.type === 'logged_off') {
      this.#leave('login');
      this.loggedOff = { by: notice.by };
    } else if (this.floor.hear(notice)) return;
    else if ((notice.type === 'view' || notice.type === 'change') && this.views) {
      this.views = applyNotice(this.views, notice);
      this.#settle();
    } else if (notice.type === 'message' || notice.type === 'typing') this.chats.hear(notice);
    else if (notice.type === 'event') {
      this.clock.heard(notice.time);
      if (notice.event === 'contact.changed' && notice.subject) this.contacts.heard(notice.subject);
    }
    // A program's word: for the call that rings here, and no other.
    else if (notice.type === 'answer' && this.current?.call === notice.call && this.line === 'ringing') this.answer();
  }

  /** Brings phone, page and ring tone in line with the views. */
  #settle(): void {
    const views = this.views;
    if (!views) return;
    const { me, current } = views;
    this.dial.settle(this.can.call);
    this.pools.settle(me.pools);
    this.controls.settle(views, current ? callerName(current, language.words) : '');
    this.share.settle(current);
    if (me.station === 'browser' && me.sip_password && me.sip_ws) {
      this.#phone.ice = me.ice_servers;
      this.#phone.start({ user: me.sip_user, password: me.sip_password, firm: me.firm, server: me.sip_ws });
    }
    this.chats.settle(views.chats);
    this.visitors.settle(views);
    this.settlePage();
    if (this.line === 'ringing' && this.#shouldAutoAnswer()) void this.#phone.answer();
    this.#ring();
  }

  /** The page of what is looked at, after another chat was chosen, too. */
  settlePage(): void {
    const current = this.current;
    const picture = this.shown;
    const shown = picture?.snapshot_url ? picture.snapshot : null;
    this.view.show(picture?.snapshot_url ?? null);
    if (!shown) {
      this.#drawn = null;
      this.page = 'none';
      if (current?.reservation) this.#tell(current.reservation, null);
      // The same request may come again, for example when a colleague asks twice: its page is drawn anew then.
      else if (!current) this.#told = '';
    } else if (this.#drawn?.snapshot === shown) {
      this.#drawn = { reservation: current?.reservation ?? null, snapshot: shown };
      if (current?.reservation) this.#tell(current.reservation, shown);
    } else if (this.page !== 'failed' || this.#failed !== shown) {
      this.#drawn = null;
      this.page = 'loading';
    }
    if (this.line === 'ringing' && this.#shouldAutoAnswer()) void this.#phone.answer();
    this.#phone.settle();
    this.#ring();
  }

  #failed = '';

  #tell(reservation: string, snapshot: string | null): void {
    const key = `${reservation} ${snapshot ?? ''}`;
    if (key === this.#told) return;
    if (this.#stream?.send({ type: 'rendered', reservation, snapshot } satisfies DesktopMessage)) this.#told = key;
  }

  #fromFrame(event: MessageEvent): void {
    const shown = this.shown;
    this.share.fromFrame(event, this.current);
    if (!shown?.snapshot || !shown.snapshot_url) return;
    const message = frameMessage(event, shown.snapshot_url, shown.snapshot);
    if (!message) return;
    if (message.type === 'drawn') {
      this.page = 'drawn';
      this.#drawn = { reservation: shown.reservation, snapshot: shown.snapshot };
      if (shown.reservation) this.#tell(shown.reservation, shown.snapshot);
    } else {
      this.page = 'failed';
      this.#failed = shown.snapshot;
      this.pageTrouble = message.reason ?? '';
    }
  }

  #shouldAutoAnswer(): boolean {
    return this.current?.auto_answer === true;
  }

  #ring(): void {
    const rings = this.line === 'ringing' || (this.state === 'ringing' && this.line === 'idle' && this.me?.station === 'browser');
    const [current, w] = [this.current, language.words];
    const { unread, offered } = this.chats;
    this.#ringer.title(this.line === 'ringing' || this.state === 'ringing' ? `☎ ${current ? callerName(current, w) : w.people.aCall}` : null, unread);
    // In a call the tone would be in his ear: the row says it.
    if (!rings && offered && this.line === 'idle' && !current) this.#ringer.start(chatName(offered, w), shortAddress(offered.page));
    else if (rings && !this.#shouldAutoAnswer()) this.#ringer.start(current ? callerName(current, w) : w.people.aCall, current ? shortAddress(current.page) : '');
    else this.#ringer.stop();
  }

  // ---- what the agent does

  async ready(on: boolean, reason?: string): Promise<void> {
    this.sound.unlock();
    if (on && this.echo.free() && this.check.isDue()) return void this.check.show();
    await this.acts.run('state', 'ready', async () => {
      if (on && this.me?.station === 'browser') {
        const microphone = await this.#phone.askMicrophone();
        // Why not stands at the top.
        if (microphone !== 'granted') return;
      }
      await api.presence(on ? 'ready' : 'not_ready', reason);
    });
  }

  /** Whether the microphone may be used, where this phone needs one. Asks where nobody has been asked yet; why not stands at the top. */
  async #canSpeak(): Promise<boolean> {
    if (this.me?.station !== 'browser' || this.microphone === 'granted') return true;
    return (await this.#phone.askMicrophone()) === 'granted';
  }

  /** The microphone, for a look at its level; whoever asks for it stops it. */
  openMicrophone(): Promise<MediaStream | null> {
    return this.#phone.openMicrophone();
  }

  answer(): void {
    this.#ringer.stop();
    void this.#phone.answer();
  }

  async mute(): Promise<void> {
    const on = !this.muted;
    const browser = this.line === 'talking';
    if (browser) {
      // Here first: nobody hears a word more, whatever the network does.
      this.#phone.mute(on);
      this.localMute = on;
    }
    await this.acts.run('call', 'mute', () => api.mute(on));
  }

  async end(): Promise<void> {
    this.#ringer.stop();
    const [rang, call] = [this.line, this.#phone.call];
    await this.acts.run('call', 'end', async () => {
      try {
        await api.hangup();
        // The switch ends our leg; where that does not come, we do.
        setTimeout(() => {
          if (this.line === rang) this.#phone.terminate(call);
        }, 1500);
      } catch (error) {
        if (this.line === 'idle') throw error;
        this.#phone.terminate(call);
      }
    });
  }

  hear(): void {
    this.blocked = false;
    this.#phone.hear();
  }
}
