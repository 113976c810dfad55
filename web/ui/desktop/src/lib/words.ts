// What the desktop calls things.
import type { AgentState, CurrentView, HistoryView, MeView, Page, WaitingView } from '@warmline/shared/contract';
import { duration } from '@warmline/shared/time';

export type Tone = 'green' | 'amber' | 'red' | 'blue' | 'grey';

export const STATES: Record<AgentState, { word: string; tone: Tone }> = {
  not_ready: { word: 'Not ready', tone: 'grey' },
  ready: { word: 'Ready', tone: 'blue' },
  claimed: { word: 'Call coming', tone: 'amber' },
  ringing: { word: 'Ringing', tone: 'amber' },
  talking: { word: 'Talking', tone: 'green' },
  wrapup: { word: 'Wrap-up', tone: 'amber' },
  unreachable: { word: 'Unreachable', tone: 'red' },
};

export function channelWord(channel: string): string {
  return channel === 'callme' ? 'Call me' : channel === 'browser' ? 'Browser call' : 'Phone call';
}

/** The customer's name, or the best we know instead. */
export function callerName(current: CurrentView): string {
  return current.contact.name || current.contact.numbers[0] || (current.page ? 'New visitor' : 'Unknown caller');
}

export function waitingName(row: WaitingView): string {
  return row.name || (row.page ? 'New visitor' : 'Caller');
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
export function ago(seconds: number): string {
  if (seconds < 3) return 'just now';
  if (seconds < 90) return `${Math.floor(seconds)} s ago`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`;
  return `${Math.round(seconds / 3600)} h ago`;
}

/** Who and why, in one line. */
export function reasonLine(current: CurrentView, secondsAgo: number): string {
  const how = current.channel === 'callme' ? 'asked to be called' : current.channel === 'browser' ? 'wants to talk from the browser' : current.page ? 'asked for a number' : 'calls directly';
  return `${how} ${ago(secondsAgo)}`;
}

const OUTCOMES: Record<string, string> = {
  talked: 'Talked',
  normal: 'Ended',
  busy: 'Busy',
  no_answer: 'No answer',
  declined: 'Declined',
  not_found: 'Wrong number',
  unreachable: 'Unreachable',
  expired: 'Never called',
  canceled: 'Canceled',
  overload: 'Lines busy',
};

export function outcomeLine(row: HistoryView): string {
  const word = OUTCOMES[row.outcome] ?? row.outcome.replaceAll('_', ' ');
  return row.talk_secs > 0 ? `${word} ${duration(row.talk_secs)}` : word;
}

/** "3 Nov, 14:05" in the reader's zone and language; with the year where it is another. */
export function dayAndTime(time: string, now: number, language?: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return '';
  const sameYear = date.getFullYear() === new Date(now).getFullYear();
  return date.toLocaleString(language, {
    day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', ...(sameYear ? {} : { year: 'numeric' }),
  });
}

/** Why the phone cannot ring, and what to do; null where all is well. */
export function phoneTrouble(
  me: MeView,
  phone: { registered: boolean; microphone: 'unknown' | 'granted' | 'denied' | 'missing' | 'insecure' },
): { title: string; text: string } | null {
  if (me.station !== 'browser') {
    if (me.phone) return null;
    return me.station === 'account'
      ? { title: 'Your desk phone is not registered.', text: 'Calls cannot reach you. Check its cable and account.' }
      : { title: 'Your phone number cannot be reached.', text: 'No trunk is up that could call it. The operator has been told.' };
  }
  if (phone.microphone === 'denied') {
    return { title: 'The microphone is blocked.', text: 'Callers would not hear you. Click the icon left of the address, allow the microphone, then go ready again.' };
  }
  if (phone.microphone === 'missing') return { title: 'No microphone was found.', text: 'Plug in a headset, then go ready again.' };
  if (phone.microphone === 'insecure') return { title: 'This page may not use a microphone.', text: 'Open the desktop over HTTPS or on localhost.' };
  if (me.state !== 'not_ready' && !phone.registered) return { title: 'Your phone is connecting.', text: 'Calls reach you again in a moment.' };
  return null;
}
