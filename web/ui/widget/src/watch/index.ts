// Watching, a part of its own that is loaded where the script tag says `data-watch`: tells the switch of the visit, and shows the invitations that come. Nothing of it ever fails into the page.
import type { ActivityEvent, ActivityReply, ActivityRequest, Consent, Invitation } from '@warmline/shared/contract_watch';
import type { openInvite } from '../invite/index.ts';
import { pageAddress } from '../config.ts';
import { clean } from '../snapshot/dom.ts';
import { Keep } from './keep.ts';
import { Look } from './look.ts';
import { Pull } from './pull.ts';
import { watchRoute } from './route.ts';
import { Sender, type At } from './sender.ts';
import { widgetOf, type Said, type Widget } from './widget.ts';

/** Pages that change often within this time are one, in milliseconds. */
const SETTLED = 400;

/** For the widget: from now on it is watched. */
export function watch(...parts: Parameters<typeof widgetOf>): void {
  follow(widgetOf(...parts));
}

export function follow(widget: Widget): void {
  const watching = new Watching(widget);
  for (const said of widget.said.splice(0)) quietly(() => watching.hear(said));
  widget.said.push = (...all: Said[]) => {
    for (const said of all) quietly(() => watching.hear(said));
    return 0;
  };
  // A page that is only prepared in case somebody goes there is no visit yet.
  const { prerendering } = document as { prerendering?: boolean };
  if (prerendering) document.addEventListener('prerenderingchange', () => quietly(() => watching.begin()), { once: true });
  else quietly(() => watching.begin());
}

class Watching {
  #consent: Consent;
  /** The shop will ask him: until then it is as if he had refused. */
  #asks: boolean;
  readonly #keep: Keep;
  readonly #sender: Sender;
  readonly #pull: Pull;
  #look: Look | null = null;
  #page: At | null = null;
  #end: AbortController | null = null;
  /** What is in the cart, for a consent that comes later. */
  #cart: ActivityEvent | null = null;
  #card: ReturnType<typeof openInvite> | null = null;
  #loading = false;
  #next: Invitation | null = null;

  constructor(private readonly widget: Widget) {
    this.#asks = widget.consent === 'ask';
    this.#consent = widget.consent === 'granted' || widget.consent === 'refused' ? widget.consent : 'unknown';
    this.#keep = new Keep(widget.site, () => this.#consent);
    this.#sender = new Sender({
      url: `${widget.origin}/v1/web/activity`,
      frame: (page) => this.#frame(page),
      answered: (reply) => quietly(() => this.#answered(reply)),
      refused: () => this.#stop(),
    });
    this.#pull = new Pull(widget.origin, ({ invitation }) => quietly(() => this.#invite(invitation)));
  }

  /** From this page on, where he has not refused. */
  begin(): void {
    if (this.#consent === 'refused') return this.#withdraw();
    if (this.#asks || this.#end) return;
    this.#end = new AbortController();
    const { signal } = this.#end;
    const look = new Look((event) => quietly(() => this.#tell(event)), signal);
    this.#look = look;
    let timer: ReturnType<typeof setTimeout>;
    // The title often comes after the address.
    const route = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => quietly(() => this.#enter(false)), SETTLED);
    };
    watchRoute(route, signal);
    signal.addEventListener('abort', () => clearTimeout(timer));
    document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && quietly(() => this.#away()), { signal });
    addEventListener('pagehide', () => quietly(() => this.#leave()), { signal });
    // Kept by the browser and shown again: he is back.
    addEventListener('pageshow', (event) => event.persisted && quietly(() => this.#enter(true)), { signal });
    // Withdrawn or forgotten in another tab: here, too, until this page is told otherwise.
    addEventListener('storage', (event) => quietly(() => this.#keep.isGone(event) && this.#stop()), { signal });
    this.#page = null;
    this.#enter(true);
    if (this.#cart) this.#tell(this.#cart);
  }

  hear(said: Said): void {
    if (said[0] === 'consent') this.#choose(said[1]);
    else if (said[0] === 'forget') this.#anew();
    else this.#activity(said[1], said[2]);
  }

  #choose(choice: unknown): void {
    if (choice !== 'granted' && choice !== 'refused') return;
    const same = this.#consent === choice && !this.#asks;
    [this.#consent, this.#asks] = [choice, false];
    if (choice === 'refused') return this.#withdraw();
    // Said again it changes nothing, also where the switch does not watch.
    if (same) return;
    // Told anew: what was not sent for want of it is sent from now on.
    this.#stop();
    this.begin();
  }

  /** Who was here is nobody any more: what he did is not told, and what comes is another's. */
  #anew(): void {
    const on = this.#end !== null;
    this.#stop();
    this.#keep.forget();
    this.#cart = null;
    if (on) this.begin();
  }

  /** At once, and all that lies here; the switch is told where it knows him. */
  #withdraw(): void {
    const { kept, visit, unanswered } = this.#keep;
    const page = this.#page ?? this.#here(false);
    this.#stop();
    this.#keep.forget();
    this.widget.forget();
    if (!kept && !visit && !unanswered) return;
    const known = { ...(kept ? { identity: kept } : {}), ...(visit ? { visit } : {}), ...(unanswered ? { nonce: unanswered } : {}) };
    const body = JSON.stringify({ ...this.#frame(page), ...known, consent: 'refused', events: [] });
    navigator.sendBeacon(`${this.widget.origin}/v1/web/activity`, body);
  }

  #stop(): void {
    this.#end?.abort();
    this.#end = null;
    this.#look = null;
    this.#sender.stop();
    this.#pull.close();
    this.#next = null;
    this.#card?.gone();
  }

  #activity(name: string, data: unknown): void {
    const event = activity(name, data);
    if (event?.kind === 'cart') this.#cart = event;
    if (event) this.#tell(event);
  }

  #tell(event: ActivityEvent): void {
    if (this.#end && this.#page) this.#sender.add(event, this.#page, event.kind === 'cart' || event.kind === 'purchase');
  }

  /** The page that is there now, unless it is still the same one. */
  #enter(anew: boolean): void {
    const page = this.#here(this.#page === null);
    if (!anew && page.url === this.#page?.url) return;
    this.#look?.dwell();
    this.#look?.page();
    this.#page = page;
    this.#sender.add({ kind: 'view', url: page.url, title: page.title }, page, true);
  }

  /** Not looked at for now: on a telephone nothing more may be heard of it. */
  #away(): void {
    this.#look?.dwell();
    this.#sender.leave();
  }

  #leave(): void {
    this.#look?.dwell();
    this.#tell({ kind: 'leave' });
    this.#sender.leave();
    // A page with an open socket is kept by no browser for the way back.
    this.#pull.close();
  }

  #here(first: boolean): At {
    const { params } = this.widget;
    const referrer = first ? from(document.referrer, params) : '';
    return { url: pageAddress(location.href, params), title: clean([...document.title].slice(0, 300).join('')), ...(referrer ? { referrer } : {}) };
  }

  #frame(page: At): Omit<ActivityRequest, 'events'> {
    const { identity, nonce, visit, storage } = this.#keep;
    return {
      site: this.widget.site,
      consent: this.#consent,
      storage,
      ...(identity ? { identity } : {}),
      ...(nonce ? { nonce } : {}),
      ...(visit ? { visit } : {}),
      page,
      language: this.widget.language,
    };
  }

  #answered(reply: ActivityReply): void {
    if (!reply.watch) return this.#stop();
    if (reply.identity) this.#keep.identity = reply.identity;
    if (reply.visit) this.#keep.visit = reply.visit;
    if (reply.visitor) this.widget.knows(reply.visitor, this.#consent === 'granted');
    if (this.#look && reply.next_secs >= 5) this.#look.every = Math.min(3600, reply.next_secs);
    if (reply.stream) this.#pull.open(reply.stream);
    // Null says nothing here: the stream may have brought one since.
    if (reply.invitation) this.#invite(reply.invitation);
  }

  /** Null: what was shown is gone. */
  #invite(invitation: Invitation | null): void {
    this.#next = invitation;
    if (!invitation) return this.#card?.gone();
    if (this.#keep.wasAnswered(invitation.id)) return;
    if (this.#card) return this.#card.show(invitation);
    if (this.#loading) return;
    this.#loading = true;
    this.widget.part<{ openInvite: typeof openInvite }>('widget-invite.js').then(
      (part) => quietly(() => {
        this.#card = part.openInvite({
          origin: this.widget.origin,
          language: this.widget.language,
          host: this.widget.host,
          root: this.widget.root,
          busy: this.widget.busy,
          open: this.widget.open,
          answered: (id) => this.#keep.answered(id),
        });
        if (this.#next) this.#card.show(this.#next);
      }),
      // Tried again with the next one.
      () => (this.#loading = false),
    );
  }
}

/** What the shop's script says, as an event; null where it has not the form of one. */
export function activity(name: string, data: unknown): ActivityEvent | null {
  const { value, items } = (typeof data === 'object' && data !== null ? data : { value: data }) as { value?: unknown; items?: unknown };
  if (name === 'cart') return isAmount(value) && (items === undefined || isAmount(items)) ? { kind: 'cart', value, items: Math.round(items ?? 0) } : null;
  if (name === 'purchase') return isAmount(value) ? { kind: 'purchase', value } : null;
  if (typeof name !== 'string' || !/^[a-z0-9_-]{1,40}$/.test(name)) return null;
  if (value === undefined || value === null) return { kind: 'custom', name };
  if (typeof value === 'number') return Number.isFinite(value) ? { kind: 'custom', name, value } : null;
  return typeof value === 'string' ? { kind: 'custom', name, value: clean([...value].slice(0, 100).join('')) } : null;
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

/** From where he came: of other sites no more than their name. */
function from(referrer: string, params: string[]): string {
  try {
    const url = new URL(referrer);
    if (!/^https?:$/.test(url.protocol)) return '';
    return url.origin === location.origin ? pageAddress(referrer, params) : `${url.origin}/`;
  } catch {
    return '';
  }
}

/** Whatever goes wrong here is none of the page's concern. */
function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // The visit is not watched, and nothing else has happened.
  }
}
