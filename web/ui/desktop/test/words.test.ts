import { expect, test } from 'vitest';
import { ago, callerName, dayAndTime, LANGUAGES, noticeText, outcomeLine, phoneTrouble, reasonLine, regional, shortAddress, spokenState, whereFrom, wordsFor } from '../src/lib/words.ts';
import { de } from '../src/lib/words/de.ts';
import { en } from '../src/lib/words/en.ts';
import { es } from '../src/lib/words/es.ts';
import { current, me, talking } from './views.ts';

/** Every word with the way to it; functions said with examples. */
function leaves(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value === 'function') return [1, 2, 5].map((n) => [`${path}(${n})`, String((value as (a: number, b: number) => string)(n, 9))]);
  return Object.entries(value as object).flatMap(([key, part]) => leaves(part, `${path}.${key}`));
}

/** Words that are the same in two languages and right in both. */
const SAME = new Set(['.outcome.priorities.1', '.outcome.priorities.2', '.outcome.priorities.3', '.outcome.priorities.4', '.outcome.priorities.5', '.outcome.priorities.6', '.help.escape', '.share.live', '.channels.chat']);

test('every language has every word, and no English is left in the others', () => {
  const english = new Map(leaves(en));
  expect(english.size).toBeGreaterThan(250);
  for (const words of [de, es]) {
    const all = leaves(words);
    expect(all.map(([path]) => path)).toEqual([...english.keys()]);
    const bare = (text: string): string => text.replace(/[\d\W_]|\bmin\b|\bs\b|\bh\b/g, '');
    expect(all.filter(([path, word]) => !SAME.has(path) && bare(word) !== '' && word === english.get(path))).toEqual([]);
    expect(all.filter(([, word]) => word.trim() === '')).toEqual([]);
    expect(all.filter(([, word]) => /\b(?:the|your|you|call|agent|please|with|wait)\b/i.test(word))).toEqual([]);
  }
});

test('the first language of the browser that we speak', () => {
  expect(wordsFor(['fr-FR', 'de-AT', 'en'])).toBe(de);
  expect(wordsFor(['es-MX'])).toBe(es);
  expect(wordsFor(['EN-us'])).toBe(en);
  expect(wordsFor(['fr'])).toBe(en);
  expect(wordsFor([])).toBe(en);
  for (const [tag, words] of Object.entries(LANGUAGES)) expect(words.tag).toBe(tag);
});

test('words', () => {
  expect(callerName(current, en)).toBe('New visitor');
  expect(callerName({ ...current, page: null }, en)).toBe('Unknown caller');
  expect(callerName({ ...current, contact: { ...current.contact, numbers: ['030 1'] } }, en)).toBe('030 1');
  expect(shortAddress(current.page)).toBe('shop.test/printers/42');
  expect(shortAddress({ url: 'javascript', title: '' })).toBe('javascript');
  expect([1, 20, 180, 7200].map((seconds) => ago(seconds, en))).toEqual(['just now', '20 s ago', '3 min ago', '2 h ago']);
  const row = { time: '', channel: 'phone', page: '', outcome: 'talked', talk_secs: 312, agent: null, code: null };
  expect(outcomeLine(row, en)).toBe('Talked 5:12');
  expect(outcomeLine({ ...row, agent: 'Bob' }, de)).toBe('Gesprochen 5:12 mit Bob');
  expect(outcomeLine({ ...row, outcome: 'odd_thing', talk_secs: 0 }, en)).toBe('odd thing');
  expect(dayAndTime('2025-12-11T09:30:00Z', Date.parse('2026-11-22T00:00:00Z'), 'en-GB')).toMatch(/Dec 2025/);
  expect(dayAndTime('never', 0)).toBe('');
  expect([regional('en', ['de-DE', 'en-GB']), regional('es', ['de-DE', 'en-GB']), regional(undefined, ['en-GB'])]).toEqual(['en-GB', 'es', undefined]);
  expect(noticeText({ code: 'declined' }, es)).toBe('Ha rechazado una llamada.');
  expect(noticeText({ code: 'asked_no_answer', name: 'Bob B.' }, de)).toBe('Bob B. hat nicht abgenommen.');
  expect(noticeText({ code: 'asked_unreachable', name: 'Bob' }, en)).toBe('Bob cannot be reached.');
  expect(noticeText({ code: 'forced_ready', by: 'Carla' }, es)).toBe('Carla le ha puesto disponible.');
  expect(noticeText({ code: 'of_a_later_year' }, es)).toBe('');
  expect(noticeText(null, es)).toBe('');
});

test('who and why, in one line', () => {
  expect(reasonLine({ ...current, channel: 'callme' }, 20, en)).toBe('asked to be called 20 s ago');
  expect(reasonLine({ ...talking, from: 'Bob' }, 20, en)).toBe('Handed on by Bob');
  expect(reasonLine({ ...talking, from: 'Bob', guest: true }, 20, en)).toBe('Bob asks you about this customer');
  expect(reasonLine({ ...talking, from: 'Bob', guest: true }, 20, de)).toBe('Bob fragt Sie zu diesem Kunden');
});

test('a phone that cannot ring says why and what to do', () => {
  const ok = { registered: true, microphone: 'granted' as const };
  expect(phoneTrouble(me, ok, en)).toBeNull();
  expect(phoneTrouble(me, { ...ok, microphone: 'denied' }, en)?.title).toBe('The microphone is blocked.');
  expect(phoneTrouble(me, { ...ok, registered: false }, en)?.title).toBe('Your phone is connecting.');
  expect(phoneTrouble({ ...me, state: 'not_ready' }, { ...ok, registered: false }, en)).toBeNull();
  expect(phoneTrouble({ ...me, station: 'account', phone: false }, ok, en)?.title).toBe('Your desk phone is not registered.');
});

test('a listener is told who hears whom', () => {
  expect(spokenState({ ...me, state: 'not_ready', reason: 'Lunch' }, null, en)).toBe('Not ready, Lunch.');
  const jane = { ...talking, contact: { ...talking.contact, name: 'Jane' } };
  expect(spokenState({ ...me, state: 'talking' }, jane, en)).toBe('Talking: Jane.');
  expect(spokenState(me, { ...jane, held: true }, en)).toBe('Talking: Jane. Customer on hold. The customer hears music.');
  expect(spokenState(me, { ...jane, consult: { name: 'Bob', state: 'ringing' } }, en)).toBe('Talking: Jane. Bob: Ringing. The customer hears music.');
  expect(spokenState(me, { ...jane, consult: { name: 'Bob', state: 'conference' } }, de)).toBe('Im Gespräch: Jane. Bob: In der Konferenz. Alle drei hören einander.');
  expect(spokenState(me, { ...jane, muted: true }, en)).toBe('Talking: Jane. The customer does not hear you.');
});

test('in whose name somebody is answered stands before his page, where there are several clients', () => {
  const page = { url: 'https://shop.test/printers/42', title: 'Printer 42' };
  expect(whereFrom({ client: 'Hats', page }, en)).toBe('For Hats · shop.test/printers/42');
  expect(whereFrom({ client: 'Hats', page: null }, de)).toBe('Für Hats');
  expect(whereFrom({ client: null, page }, es)).toBe('shop.test/printers/42');
  expect(whereFrom({ page: null }, en)).toBe('');
});

test('who has taken a call that rang at several is said quietly', () => {
  expect([en, de, es].map((w) => noticeText({ code: 'answered_by', name: 'Bob' }, w))).toEqual(['Bob took the call.', 'Bob hat den Anruf angenommen.', 'Bob ha atendido la llamada.']);
});
