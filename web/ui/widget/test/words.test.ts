import type { EndReason, ReservationView } from '@warmline/shared/contract';
import { expect, test } from 'vitest';
import { Refusal } from '../src/api.ts';
import { MediaError } from '../src/call.ts';
import { pageAddress, readConfig } from '../src/config.ts';
import { stringsFor } from '../src/strings.ts';
import { lineFor, placeLine, refusalText, whoLine } from '../src/words.ts';

const en = stringsFor('en-GB');
const de = stringsFor('de-AT');

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

test('each way to end has its own words in both languages', () => {
  const reasons: EndReason[] = ['normal', 'busy', 'no_answer', 'declined', 'not_found', 'unreachable', 'expired', 'canceled', 'overload'];
  for (const strings of [en, de]) {
    const titles = reasons.map((reason) => lineFor(view({ state: 'ended', reason }), dial, strings).title);
    expect(new Set(titles).size).toBe(reasons.length);
  }
  expect(lineFor(view({ state: 'ended', reason: 'something_new' as EndReason }), dial, en).title).toBe('Call ended');
});

test('who answers and how soon', () => {
  expect(whoLine(view({}), en)).toBe('Alice can talk now');
  expect(whoLine(view({ agent: null, wait: { p50_secs: 150, p90_secs: 300 } }), en)).toBe('About 3 minutes to wait');
  expect(placeLine(view({ position: 3, wait: { p50_secs: 150, p90_secs: 300 } }), de)).toBe('Sie sind auf Platz 3 · Etwa 3 Minuten Wartezeit');
  expect(placeLine(view({}), en)).toBe('');
});

test('every refusal is a sentence', () => {
  expect(refusalText(new Refusal(422, 'number_not_allowed', '', null), en)).toMatch(/cannot call this number/);
  expect(refusalText(new Refusal(429, 'whatever', '', 30), en)).toBe('That was a lot of requests. Try again in 30 seconds.');
  expect(refusalText(new Refusal(503, 'draining', '', 120), de)).toBe('Alle Leitungen sind besetzt. Neuer Versuch in 2 Minuten.');
  expect(refusalText(new Refusal(500, 'http_500', '', null), en)).toBe(en.problem);
  expect(refusalText(new MediaError('denied'), en)).toMatch(/microphone is blocked/);
  expect(refusalText(new TypeError('x'), en)).toBe(en.problem);
});

test('both languages know the same problems', () => expect(Object.keys(de.problems)).toEqual(Object.keys(en.problems)));

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
