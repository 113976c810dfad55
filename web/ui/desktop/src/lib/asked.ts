// What a request asked for, in words: what it is about, what was answered, when he wants to be called, how often that was tried.
import type { AskedView } from '@warmline/shared/contract';
import type { Words } from './words/en.ts';

/** A time as agents read it: of today the time of day, else with its day. */
export function moment(at: string, now: number, tag: string): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return '';
  const clock = date.toLocaleTimeString(tag, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  if (date.toDateString() === new Date(now).toDateString()) return clock;
  return `${date.toLocaleDateString(tag, { weekday: 'short', day: 'numeric', month: 'short' })}, ${clock}`;
}

/** The name of a language in the reader's; what has none is shown as it is. */
export function languageName(tag: string, reader: string): string {
  try {
    return new Intl.DisplayNames([reader], { type: 'language' }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

/** The parts of the line, the most telling first. */
export function askedParts(asked: AskedView | null | undefined, now: number, w: Words): string[] {
  if (!asked) return [];
  return [
    asked.topic ?? '',
    ...(asked.answers ?? []).map(({ choice }) => choice),
    asked.language ? languageName(asked.language, w.tag) : '',
    asked.wanted ? w.asked.wanted(moment(asked.wanted, now, w.tag)) : '',
    asked.attempts > 0 ? w.asked.tried(asked.attempts) : '',
  ].filter(Boolean);
}

/** The same with the questions, for who looks longer. */
export function askedWhole(asked: AskedView | null | undefined): string {
  return [asked?.topic, ...(asked?.answers ?? []).map(({ ask, choice }) => `${ask} ${choice}`)].filter(Boolean).join(' · ');
}
