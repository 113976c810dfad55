// From what the server says to what the visitor reads: one title, one hint, one meaning.
import type { EndReason, ReservationView, VoiceMode } from '@warmline/shared/contract';
import { Refusal } from './api.ts';
import { MediaError, type MediaTrouble } from './call.ts';
import { isFromHere } from './fallback.ts';
import type { Strings } from './strings.ts';

/** Green talks, amber waits, red is trouble, blue informs, grey is over. */
export type Tone = 'talk' | 'wait' | 'trouble' | 'info' | 'over';

export interface Line {
  tone: Tone;
  title: string;
  hint: string;
  /** Shows the time since the state began. */
  clock: boolean;
}

export interface Extras {
  mode: VoiceMode;
  /** In a browser call: what the sound does. */
  media: 'none' | 'asking' | 'connecting' | 'on' | 'lost';
  /** Why this page cannot be a phone. */
  mic?: MediaTrouble | null;
}

export function lineFor(view: ReservationView, extras: Extras, s: Strings): Line {
  const name = view.agent?.display_name ?? s.someone;
  if (view.mode === 'ticket' && view.state !== 'ended') {
    const drawn = view.ticket;
    return drawn
      ? { tone: 'wait', title: drawn.turn ? s.states.connecting : s.states.drawn(drawn.number), hint: `${s.place(view.position ?? 1)}. ${s.hints.drawn}`, clock: false }
      : { tone: 'info', title: s.states.ticket, hint: s.hints.ticket, clock: false };
  }
  switch (view.state) {
    case 'held':
      if (isFromHere(extras.mode, view)) return { tone: 'info', title: s.states.noNumber, hint: extras.mic ? s.media[extras.mic] : s.hints.noNumber, clock: false };
      return extras.mode === 'browser'
        ? { tone: 'wait', title: s.states.connecting, hint: '', clock: false }
        : { tone: 'wait', title: s.states.held, hint: s.hints.held, clock: false };
    case 'waiting':
      return extras.mode === 'callme'
        ? { tone: 'wait', title: view.due ? dueLine(view.due, view.attempts, s) : s.states.callmeWaiting, hint: callmeHint(view, s.hints.callme, s), clock: !view.due }
        : { tone: 'wait', title: s.states.waiting, hint: s.hints.waiting, clock: true };
    case 'dialing':
      return { tone: 'wait', title: s.states.dialing, hint: callmeHint(view, s.hints.dialing, s), clock: true };
    case 'ringing':
      return { tone: 'wait', title: s.states.ringing(name), hint: '', clock: true };
    case 'talking':
      if (view.held) return { tone: 'wait', title: s.states.onHold, hint: '', clock: true };
      return { tone: 'talk', title: s.states.talking(name) + (view.joined ? s.states.joined : ''), hint: extras.mode === 'browser' ? '' : s.hints.onPhone, clock: true };
    case 'ended':
      return endedLine(view, s);
  }
}

/** When he is called, or tried again. */
function dueLine(due: string, attempts: number | undefined, s: Strings): string {
  const when = new Date(due).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' });
  return attempts ? s.states.callmeAgain(when) : s.states.callmeAt(when);
}

function callmeHint(view: ReservationView, other: string, s: Strings): string {
  return view.match_digits ? s.hints.match(view.match_digits) : other;
}

function endedLine(view: ReservationView, s: Strings): Line {
  const reason = view.reason ?? 'normal';
  // A ticket that was missed held no number.
  const words = s.ended[view.mode === 'ticket' && reason === 'expired' ? 'overload' : (reason as EndReason)] ?? s.ended.normal;
  const calm = reason === 'normal' || reason === 'callback' || reason === 'called' || reason === 'met' || reason === 'canceled' || reason === 'expired';
  // His own page could not be the phone: there is no other to try.
  const { title, hint } = view.mode === 'browser' && reason === 'unreachable' ? { title: s.ended.normal.title, hint: s.media.failed } : words;
  return { tone: calm ? 'over' : 'trouble', title, hint, clock: false };
}

/** Minutes to wait; none where nothing is known or nobody has to. */
function minutes(view: ReservationView): number | null {
  return view.wait && view.wait.p50_secs > 0 ? Math.ceil(view.wait.p50_secs / 60) : null;
}

/** How long it may take: for half of those who wait, and for nearly all; and why it is longer than it was. */
function soon(view: ReservationView, s: Strings): string | null {
  const wait = minutes(view);
  if (wait === null) return null;
  const most = Math.ceil((view.wait?.p90_secs ?? 0) / 60);
  const cause = view.wait?.cause;
  return s.soon(wait) + (most > wait ? s.atMost(most) : '') + (cause ? `. ${s.causes[cause]}` : '');
}

/** "You are next · About 2 minutes", as far as it is known. */
export function placeLine(view: ReservationView, s: Strings): string {
  const parts: string[] = [];
  const wait = soon(view, s);
  if (view.position !== null && view.position > 0) parts.push(s.place(view.position));
  if (wait) parts.push(wait);
  return parts.join(' \u00b7 ');
}

/** Who will answer and how soon, and below it what else is known. Nothing is promised where nobody knows. */
export function whoLines(view: ReservationView, s: Strings): [string, string] {
  const wait = soon(view, s);
  const place = view.position ? s.place(view.position) : '';
  if (wait) return [wait, place];
  if (view.agent) return [s.canTalk(view.agent.display_name), place];
  if (!view.wait) return place ? [place, s.waitUnknown] : [s.waitUnknown, ''];
  return [place || s.atOnce, ''];
}

/** A refusal in words: what happened and what to do. */
export function refusalText(error: unknown, s: Strings): string {
  if (error instanceof MediaError) return s.media[error.trouble];
  if (!(error instanceof Refusal)) return s.problem;
  const known = s.problems[error.code] ?? (error.status === 429 ? s.problems.too_many : error.status === 503 ? s.problems.overload : undefined);
  const text = known ?? s.problem;
  return error.retryAfter ? `${text} ${s.retryIn(error.retryAfter)}` : text;
}
