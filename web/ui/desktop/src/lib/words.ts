// What the desktop calls things, in the reader's language.
import type { AgentState, ChatCard, ConsultState, CurrentView, HistoryView, MeNotice, MeView, Page, WaitingView } from '@warmline/shared/contract';
import { duration } from '@warmline/shared/time';
import { de } from './words/de.ts';
import { en, type Words } from './words/en.ts';
import { es } from './words/es.ts';

export type { Words };
export type Tone = 'green' | 'amber' | 'red' | 'blue' | 'grey';

export const LANGUAGES: Record<string, Words> = { en, de, es };

/** The first of these languages that we speak; English where there is none. */
export function wordsFor(languages: readonly string[]): Words {
  for (const language of languages) {
    const words = LANGUAGES[language.toLowerCase().split('-')[0] ?? ''];
    if (words) return words;
  }
  return en;
}

export const TONES: Record<AgentState, Tone> = {
  not_ready: 'grey', ready: 'blue', claimed: 'amber', ringing: 'amber', talking: 'green', wrapup: 'amber', unreachable: 'red',
};

export const CONSULT_TONES: Record<ConsultState, Tone> = { ringing: 'amber', talking: 'green', held: 'amber', conference: 'green' };

/** The customer's name, or the best we know instead. */
export function callerName(current: CurrentView, w: Words): string {
  return current.contact.name || current.contact.numbers[0] || (current.page ? w.people.visitor : w.people.unknown);
}

export function waitingName(row: WaitingView, w: Words): string {
  return row.name || (row.page ? w.people.visitor : w.people.caller);
}

/** `shop.test/printers/42`: the address without what every address has. Text, never a link. */
export function shortAddress(page: Page | null): string {
  if (!page) return '';
  try {
    const url = new URL(page.url);
    return `${url.host}${url.pathname === '/' ? '' : url.pathname}${url.search}`;
  } catch {
    return page.url;
  }
}

/** A word for how long ago: "just now", "20 s ago", "3 min ago". */
export function ago(seconds: number, w: Words): string {
  if (seconds < 3) return w.ago.now;
  if (seconds < 90) return w.ago.seconds(Math.floor(seconds));
  if (seconds < 5400) return w.ago.minutes(Math.round(seconds / 60));
  return w.ago.hours(Math.round(seconds / 3600));
}

/** Who and why, in one line. */
export function reasonLine(current: CurrentView, secondsAgo: number, w: Words): string {
  const when = ago(secondsAgo, w);
  if (current.guest) return w.reasons.guest(current.from ?? w.reasons.colleague);
  if (current.from) return w.reasons.handed(current.from);
  if (current.channel === 'outbound') return w.reasons.outbound(when);
  if (current.channel === 'callme') return w.reasons.callme(when);
  if (current.channel === 'browser') return w.reasons.browser(when);
  return current.page ? w.reasons.dial(when) : w.reasons.direct(when);
}

export function outcomeLine(row: HistoryView, w: Words): string {
  const word = w.outcomes[row.outcome] ?? row.outcome.replaceAll('_', ' ');
  const timed = row.talk_secs > 0 ? `${word} ${duration(row.talk_secs)}` : word;
  return row.agent ? w.outcomeWith(timed, row.agent) : timed;
}

/** "3 Nov, 14:05" in the reader's zone and language; with the year where it is another. */
export function dayAndTime(time: string, now: number, language?: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return '';
  const sameYear = date.getFullYear() === new Date(now).getFullYear();
  return date.toLocaleString(regional(language), {
    day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', ...(sameYear ? {} : { year: 'numeric' }),
  });
}

/** Who chats. */
export function chatName(card: ChatCard, w: Words): string {
  return card.contact.name || card.contact.numbers[0] || w.people.visitor;
}

/** A language as the reader's region writes it, where his browser says: English in Britain has "20:05", not "8:05 PM". */
export function regional(language: string | undefined, his: readonly string[] = globalThis.navigator?.languages ?? []): string | undefined {
  return language && (his.find((tag) => tag.startsWith(`${language}-`)) ?? language);
}

/** "14:05" in the reader's zone and language. */
export function clockTime(time: string, language?: string): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? '' : date.toLocaleTimeString(regional(language), { hour: '2-digit', minute: '2-digit' });
}

/** What the switch said about the agent's state, by its code; nothing where this page is older than the code. */
export function noticeText(notice: MeNotice | null, w: Words): string {
  return notice ? (w.notices[notice.code]?.(notice.name ?? notice.by ?? '') ?? '') : '';
}

/** Why the phone cannot ring, and what to do; null where all is well. */
export function phoneTrouble(
  me: MeView,
  phone: { registered: boolean; microphone: 'unknown' | 'granted' | 'denied' | 'missing' | 'insecure' },
  w: Words,
): { title: string; text: string } | null {
  if (me.station !== 'browser') {
    if (me.phone) return null;
    return me.station === 'account' ? w.phone.desk : w.phone.number;
  }
  if (phone.microphone === 'denied') return w.phone.denied;
  if (phone.microphone === 'missing') return w.phone.missing;
  if (phone.microphone === 'insecure') return w.phone.insecure;
  if (me.state !== 'not_ready' && !phone.registered) return w.phone.connecting;
  return null;
}

/** What a listener is told when it changes: my state, and in a call who is heard. */
export function spokenState(me: MeView, current: CurrentView | null, w: Words): string {
  const state = w.states[me.state] + (me.state === 'not_ready' && me.reason ? `, ${me.reason}` : '');
  if (!current) return `${state}.`;
  const parts = [`${w.states[current.state]}: ${callerName(current, w)}.`];
  if (current.dialing) parts.push(w.out.states[current.dialing]);
  if (current.held) parts.push(`${w.call.onHold}. ${w.call.heldHint}`);
  if (current.consult) parts.push(w.spoken.consult(current.consult.name, w.consult.states[current.consult.state]), w.consult.hints[current.consult.state]);
  if (current.muted) parts.push(current.guest ? w.call.mutedHintGuest : w.call.mutedHint);
  return parts.join(' ');
}

/** In whose name somebody is answered, where the firm has several clients, and the page he came from. */
export function whereFrom(row: { client?: string | null; page: Page | null }, w: Words): string {
  return [row.client ? w.call.inName(row.client) : '', row.page?.url ? shortAddress(row.page) : ''].filter(Boolean).join(' · ');
}
