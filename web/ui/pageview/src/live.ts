// A visitor's page as it is now. What comes is a stranger's: only what the cleaner lets through is built, in a frame without scripts,
// under a policy that fetches nothing. Where the agent points on it goes back, when the desktop says so.
import '@rrweb/replay/dist/style.css';
import { Replayer } from '@rrweb/replay';
import { Stream } from '@warmline/shared/socket';
import { Cleaner } from '../../widget/src/live/clean.ts';
import type { Place } from './pace.ts';
import { placeAt, Pointing } from './point.ts';

/** Bytes after which everything is begun anew: the player keeps what it has played. */
const KEPT = 32_000_000;
/** Of the visitor's page: boxes where something is left out, and no motion that nobody needs. */
const STYLES = [
  '.wl-box,img:not([src]){display:inline-flex;box-sizing:border-box;max-width:100%;overflow:hidden;align-items:center;justify-content:center;background:repeating-linear-gradient(135deg,#8883 0 6px,#8881 6px 12px);border-radius:4px;font:12px system-ui,sans-serif}',
  'html{scroll-behavior:auto!important}',
];

type Message = { type: 'full' | 'more'; events: unknown } | { type: 'paused' } | { type: 'pong' };

const stage = document.getElementById('stage')!;
let width = 1280;
let height = 720;

/** Who may frame us: the server has checked it with the token. */
const desktop = new URLSearchParams(location.search).get('desktop');

function say(message: { type: 'live'; state: 'live' | 'paused' } | { type: 'point'; on: false }): void {
  if (desktop && parent !== window) parent.postMessage(message, desktop);
}

function tell(state: 'live' | 'paused'): void {
  say({ type: 'live', state });
  stage.classList.toggle('paused', state === 'paused');
}

class Player {
  readonly #cleaner = new Cleaner();
  readonly #replayer: Replayer;
  #played = 0;
  #begun = false;

  constructor() {
    this.#replayer = new Replayer([], {
      root: stage, liveMode: true, mouseTail: false, showWarning: false, showDebug: false, triggerFocus: false, UNSAFE_replayCanvas: false,
      useVirtualDom: false, pauseAnimation: false, loadTimeout: 0, insertStyleRules: STYLES,
    });
    this.#replayer.on('resize', (size) => {
      ({ width, height } = size as { width: number; height: number });
      place();
    });
    this.#replayer.iframe.title = 'The page as the visitor sees it';
    this.#replayer.iframe.setAttribute('referrerpolicy', 'no-referrer');
    this.#replayer.iframe.tabIndex = -1;
    this.#replayer.startLive(Date.now() - 1);
  }

  /** Whether it has played so much that it should be begun anew. */
  get old(): boolean {
    return this.#played > KEPT;
  }

  play(events: unknown, whole: boolean): void {
    this.#begun ||= whole;
    if (!this.#begun || !Array.isArray(events)) return;
    for (const raw of events) {
      const event = this.#cleaner.event(raw);
      if (!event) continue;
      this.#played += JSON.stringify(event).length;
      // The visitor's clock is not ours: what comes is shown when it comes.
      event.timestamp = Date.now();
      this.#replayer.addEvent(event as unknown as Parameters<Replayer['addEvent']>[0]);
    }
  }

  /** What of the visitor's page is under a point of our window. */
  at(x: number, y: number): Place | null {
    const { iframe } = this.#replayer;
    const box = iframe.getBoundingClientRect();
    const page = iframe.contentDocument;
    if (!page || x < box.left || x >= box.right || y < box.top || y >= box.bottom) return null;
    const scale = box.width / iframe.offsetWidth;
    const mirror = this.#replayer.getMirror();
    return placeAt(page, (x - box.left) / scale, (y - box.top) / scale, (element) => mirror.getId(element));
  }

  end(): void {
    this.#replayer.destroy();
    stage.replaceChildren();
  }
}

let player: Player | null = null;

function place(): void {
  const wrapper = stage.querySelector<HTMLElement>('.replayer-wrapper');
  if (!wrapper) return;
  const scale = Math.min(1, stage.clientWidth / width, stage.clientHeight / height);
  wrapper.style.transform = `scale(${scale})`;
  wrapper.style.left = `${Math.max(0, (stage.clientWidth - width * scale) / 2)}px`;
}

function connect(): Stream {
  const url = new URL(`${location.pathname}/stream${location.search}`, location.href);
  url.protocol = url.protocol === 'http:' ? 'ws:' : 'wss:';
  return new Stream({ url: url.href, ping: { type: 'ping' }, message: hear, link: (link) => link === 'lost' && tell('paused') });
}

function hear(data: unknown): void {
  const message = data as Message | null;
  if (message?.type === 'paused') tell('paused');
  else if (message?.type === 'full' || message?.type === 'more') {
    if (player?.old && message.type === 'full') {
      player.end();
      player = null;
    }
    player ??= new Player();
    player.play(message.events, message.type === 'full');
    if (message.type === 'full') tell('live');
    if (player.old) restart();
  }
}

let stream = connect();

/** A new connection is sent a whole picture. */
let restarts: ReturnType<typeof setTimeout> | undefined;
function restart(): void {
  restarts ??= setTimeout(() => {
    restarts = undefined;
    stream.close();
    stream = connect();
  }, 1_000);
}

const pointing = new Pointing(
  stage,
  (x, y) => (stage.classList.contains('paused') ? null : (player?.at(x, y) ?? null)),
  (message) => stream.send(message),
  () => say({ type: 'point', on: false }),
);

addEventListener('message', (event: MessageEvent) => {
  if (event.source !== parent || parent === window || event.origin !== desktop) return;
  const data = event.data as { type?: unknown; on?: unknown } | null;
  if (data?.type === 'point') pointing.set(data.on === true);
});
addEventListener('resize', place);
