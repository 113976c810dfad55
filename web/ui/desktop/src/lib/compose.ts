// What an invitation says: a text of the library in a language, or the agent's own words. Pure.
import type { AlertRow, MessageRow } from '@warmline/shared/contract_watch';

/** Most letters of an invitation. */
export const LONGEST_TEXT = 500;

export interface Composed {
  /** Of the library; null: his own words from the beginning. */
  message: string | null;
  language: string;
  text: string;
}

/** Those that fit first, in their order, then the rest by name. */
export function offered(messages: readonly MessageRow[], suggestions: readonly string[]): { message: MessageRow; suggested: boolean }[] {
  const first = suggestions.flatMap((id) => messages.filter((message) => message.id === id));
  const rest = messages.filter(({ id }) => !suggestions.includes(id)).toSorted((a, b) => a.name.localeCompare(b.name));
  return [...first.map((message) => ({ message, suggested: true })), ...rest.map((message) => ({ message, suggested: false }))];
}

/** The language of a text that suits somebody best: his, one of its kind, English, the first. */
export function bestLanguage(message: MessageRow, wanted: string | null): string {
  const all = Object.keys(message.texts);
  const base = (tag: string): string => tag.toLowerCase().split('-')[0] ?? '';
  const like = wanted ? (all.find((tag) => tag.toLowerCase() === wanted.toLowerCase()) ?? all.find((tag) => base(tag) === base(wanted))) : undefined;
  return like ?? all.find((tag) => base(tag) === 'en') ?? all[0] ?? 'en';
}

/** A text chosen, in a language that it has. */
export function choose(message: MessageRow, wanted: string | null): Composed {
  const language = bestLanguage(message, wanted);
  return { message: message.id, language, text: message.texts[language] ?? '' };
}

/** What an alert begins with: the first suggestion, else nothing written. */
export function beginning(alert: AlertRow, messages: readonly MessageRow[]): Composed {
  const first = offered(messages, alert.suggestions).find(({ suggested }) => suggested);
  return first ? choose(first.message, alert.language) : { message: null, language: alert.language ?? '', text: '' };
}

/** The text is not the library's any more. */
export function isOwn(composed: Composed, messages: readonly MessageRow[]): boolean {
  const message = messages.find(({ id }) => id === composed.message);
  return message?.texts[composed.language] !== composed.text;
}

/** As it is sent; the library's own text by its name, so that the switch knows which one works. */
export function invitationOf(composed: Composed, messages: readonly MessageRow[]): { message?: string; text?: string; language?: string } {
  const what = isOwn(composed, messages) || composed.message === null ? { text: composed.text.trim() } : { message: composed.message };
  return { ...what, ...(composed.language ? { language: composed.language } : {}) };
}
