import type { EndReason, ReservationView } from '@warmline/shared/contract';
import { expect, test } from 'vitest';
import { Refusal } from '../src/api.ts';
import { MediaError } from '../src/call.ts';
import { fitting, pageAddress, readConfig } from '../src/config.ts';
import { stringsFor } from '../src/strings.ts';
import { lineFor, placeLine, refusalText, whoLines } from '../src/words.ts';

const en = stringsFor('en-GB');
const de = stringsFor('de-AT');
const es = stringsFor('es-MX');

function view(more: Partial<ReservationView>): ReservationView {
  return {
    id: 'rsv_1', mode: 'dial', state: 'held', since: '2026-11-22T10:00:00Z', number: '+493012345003', number_display: '030 12345003', pin: '483026', expires_at: null,
    agent: { display_name: 'Alice' }, wait: { p50_secs: 0, p90_secs: 0 }, position: null, trace_id: '', reason: null, ...more,
  };
}

const dial = { mode: 'dial', media: 'none' } as const;

test('a call from held to ended', () => {
  const line = (more: Partial<ReservationView>) => lineFor(view(more), dial, en);
  expect(line({})).toMatchObject({ tone: 'wait', title: 'Waiting for your call', clock: false });
  expect(line({ state: 'ringing' })).toMatchObject({ tone: 'wait', title: 'Ringing Alice', clock: true });
  expect(line({ state: 'talking' })).toMatchObject({ tone: 'talk', title: 'Talking with Alice', clock: true });
  expect(line({ state: 'ended', reason: 'normal' })).toMatchObject({ tone: 'over', title: 'Call ended' });
  expect(line({ mode: 'ticket', state: 'waiting' })).toMatchObject({ tone: 'info' });
});

test('each way to end has its own words in every language', () => {
  const reasons: EndReason[] = ['normal', 'busy', 'no_answer', 'declined', 'not_found', 'unreachable', 'expired', 'canceled', 'overload'];
  for (const strings of [en, de, es]) {
    const titles = reasons.map((reason) => lineFor(view({ state: 'ended', reason }), dial, strings).title);
    expect(new Set(titles).size).toBe(reasons.length);
  }
  expect(lineFor(view({ state: 'ended', mode: 'browser', reason: 'unreachable' }), dial, en)).toMatchObject({ title: 'Call ended', hint: en.media.failed });
  expect(lineFor(view({ state: 'ended', reason: 'something_new' as EndReason }), dial, en).title).toBe('Call ended');
});

test('who answers and how soon', () => {
  expect(whoLines(view({}), en)).toEqual(['Alice can talk now', '']);
  expect(whoLines(view({ wait: null }), en)).toEqual(['Alice can talk now', '']);
  expect(whoLines(view({ agent: null, wait: { p50_secs: 150, p90_secs: 300 }, position: 2 }), en)).toEqual(['About 3 minutes to wait, in most cases at most 5', 'You are number 2 in line']);
  expect(whoLines(view({ agent: null }), en)).toEqual(['Someone can talk now', '']);
  expect(placeLine(view({ position: 3, wait: { p50_secs: 150, p90_secs: 300 } }), de)).toBe('Sie sind auf Platz 3 · Etwa 3 Minuten Wartezeit, meist höchstens 5');
  expect(placeLine(view({}), en)).toBe('');
  const longer = view({ agent: null, wait: { p50_secs: 150, p90_secs: 300, cause: 'agents_left' }, position: 2 });
  expect(whoLines(longer, en)[0]).toBe('About 3 minutes to wait, in most cases at most 5. Fewer agents now');
  expect(placeLine(longer, de)).toBe('Sie sind auf Platz 2 · Etwa 3 Minuten Wartezeit, meist höchstens 5. Jetzt weniger Mitarbeiter');
});

test('how long nearly all wait is told beside how long half of them do', () => {
  const wait = (p50_secs: number, p90_secs: number) => whoLines(view({ agent: null, wait: { p50_secs, p90_secs } }), en)[0];
  expect(wait(150, 600)).toBe('About 3 minutes to wait, in most cases at most 10');
  expect(wait(60, 170)).toBe('About 1 minute to wait, in most cases at most 3');
  expect(wait(60, 120)).toBe('About 1 minute to wait, in most cases at most 2');
  expect(wait(70, 120)).toBe('About 2 minutes to wait');
  expect(wait(300, 540)).toBe('About 5 minutes to wait, in most cases at most 9');
  expect(wait(0, 600)).toBe('Someone can talk now');
  expect(placeLine(view({ position: 1, wait: { p50_secs: 150, p90_secs: 600 } }), de)).toBe('Sie sind als Nächstes dran · Etwa 3 Minuten Wartezeit, meist höchstens 10');
});

test('music and a third one are told', () => {
  const line = (more: Partial<ReservationView>) => lineFor(view({ state: 'talking', ...more }), dial, en);
  expect(line({ held: true, joined: false })).toMatchObject({ tone: 'wait', title: 'You are on hold', clock: true });
  expect(line({ held: false, joined: true })).toMatchObject({ tone: 'talk', title: 'Talking with Alice and one more' });
  expect(line({ held: false, joined: false }).title).toBe('Talking with Alice');
});

test('where nothing is known nothing is promised', () => {
  expect(whoLines(view({ agent: null, wait: null }), en)).toEqual(['We cannot say yet how long it takes', '']);
  expect(whoLines(view({ agent: null, wait: null, position: 1 }), es)).toEqual(['Es el siguiente', 'Aún no podemos decir cuánto tardará']);
  expect(placeLine(view({ agent: null, wait: null, position: 1 }), de)).toBe('Sie sind als Nächstes dran');
});

test('every refusal is a sentence', () => {
  expect(refusalText(new Refusal(422, 'number_invalid', '', null), en)).toMatch(/not a phone number/);
  expect(refusalText(new Refusal(429, 'whatever', '', 30), en)).toBe('That was a lot of requests. Try again in 30 seconds.');
  for (const strings of [en, de, es]) {
    const [limited, full, many] = ['callme_limited', 'callme_not_now', 'whatever'].map((code) => refusalText(new Refusal(429, code, '', null), strings));
    expect(new Set([limited, full, many, strings.problem]).size).toBe(4);
  }
  expect(refusalText(new Refusal(429, 'callme_not_now', '', 120), en)).toBe('We cannot call you just now. Try again in 2 minutes.');
  expect(refusalText(new Refusal(503, 'draining', '', 120), de)).toBe('Alle Leitungen sind besetzt. Neuer Versuch in 2 Minuten.');
  expect(refusalText(new Refusal(500, 'http_500', '', null), en)).toBe(en.problem);
  expect(refusalText(new MediaError('denied'), en)).toMatch(/microphone is blocked/);
  expect(refusalText(new TypeError('x'), en)).toBe(en.problem);
});

/** Every word with the way to it; functions said with examples. */
function leaves(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value === 'function') return [[path, [1, 2, 90].map((n) => String((value as (n: number) => string)(n))).join(' | ')]];
  return Object.entries(value as object).flatMap(([key, part]) => leaves(part, `${path}.${key}`));
}

test('every language has every word, and none of another', () => {
  const english = new Map(leaves(en));
  for (const strings of [de, es]) {
    const words = leaves(strings);
    expect(words.map(([path]) => path)).toEqual([...english.keys()]);
    expect(words.filter(([path, word]) => word === '' || word === english.get(path))).toEqual([]);
  }
  expect(stringsFor('fr')).toBe(en);
  expect(stringsFor(undefined)).toBe(en);
});

test('the page is named without what is nobody’s business', () => {
  expect(pageAddress('https://u:p@shop.test/p/42?id=7&session=abc&email=a@b.test#frag', ['id'])).toBe('https://shop.test/p/42?id=7');
  expect(pageAddress(`https://shop.test/?id=${'x'.repeat(3000)}`, ['id'])).toBe('https://shop.test/');
  expect(pageAddress(`https://shop.test/${'x'.repeat(3000)}`, [])).toBe('https://shop.test');
});

test('the switch is where the script came from', () => {
  const script = { src: 'https://switch.test:8443/widget.js?v=1', dataset: { site: 'shop', params: 'a, b' } } as unknown as HTMLScriptElement;
  expect(readConfig(script)).toMatchObject({ origin: 'https://switch.test:8443', site: 'shop' });
  expect(readConfig(script)?.params).toEqual(expect.arrayContaining(['a', 'b', 'id']));
  expect(readConfig(null)).toBeNull();
  expect(readConfig({ src: 'https://x.test/', dataset: {} } as unknown as HTMLScriptElement)).toBeNull();
});

test('what the page says has a form, and what has none is left out', () => {
  const said = fitting({ plan: 'pro', 'cart-total': 129.5, vip: true, Plan: 'x', 'a b': 'x', '': 'x', note: { a: 1 }, none: null, long: 'ä'.repeat(300), bad: 'a\u0000\ud800' });
  expect(said).toEqual({ plan: 'pro', 'cart-total': '129.5', vip: 'true', long: 'ä'.repeat(200), bad: 'a\ufffd' });
  expect(Object.keys(fitting(Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`k${n}`, 'x']))))).toHaveLength(20);
});

test('a time that was chosen and the next attempt are told, and the digits to key in', () => {
  const due = new Date(Date.now() + 3 * 86_400_000).toISOString();
  const line = (more: Partial<ReservationView>) => lineFor(view({ mode: 'callme', state: 'waiting', ...more }), { ...dial, mode: 'callme' }, en);
  expect(line({ due, attempts: 0 }).title).toMatch(/^We call you .*\d/);
  expect(line({ due, attempts: 1, match_digits: '42' })).toMatchObject({ title: expect.stringMatching(/^We try again .*\d/), hint: expect.stringContaining('42') });
  expect(line({ due: null }).title).toBe(en.states.callmeWaiting);
});
