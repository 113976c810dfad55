import type { AgentNotice } from '@warmline/shared/contract';
import { expect, test } from 'vitest';
import { Problem, problemText, sessionLost } from '../src/lib/api.ts';
import { applyNotice, asksAutoAnswer, callKey, frameMessage, keepAddress, probeAnswer } from '../src/lib/reduce.ts';
import { de } from '../src/lib/words/de.ts';
import { en } from '../src/lib/words/en.ts';
import { bob, current, me, views } from './views.ts';

test('each view replaces its own and nothing else', () => {
  const notices: AgentNotice[] = [
    { type: 'view', view: 'me', data: { ...me, state: 'claimed' } },
    { type: 'view', view: 'current', data: current },
    { type: 'view', view: 'stats', data: { ...views.stats, waiting: 2 } },
    { type: 'view', view: 'colleagues', data: [bob] },
    { type: 'pong' },
    { type: 'event', event: 'call.ringing', time: '', seq: 4 },
    { type: 'view', view: 'unheard_of', data: {} } as unknown as AgentNotice,
  ];
  const after = notices.reduce(applyNotice, views);
  expect(after).toEqual({ ...views, me: { ...me, state: 'claimed' }, current, stats: { ...views.stats, waiting: 2 }, colleagues: [bob] });
  expect(applyNotice(after, { type: 'view', view: 'current', data: null }).current).toBeNull();
});

test('a fresh token does not load the same page again', () => {
  const fresh = { ...current, state: 'ringing' as const, snapshot_url: 'https://view.test/view/aa?token=2' };
  expect(keepAddress(current, fresh)).toMatchObject({ state: 'ringing', snapshot_url: current.snapshot_url });
  expect(keepAddress(current, { ...fresh, snapshot: 'bb' })?.snapshot_url).toBe(fresh.snapshot_url);
  expect(keepAddress(current, { ...fresh, reservation: 'rsv_2' })?.snapshot_url).toBe(fresh.snapshot_url);
});

test('a probe is answered with what is on screen for that reservation', () => {
  const seen = { reservation: 'rsv_1', drawn: 'aa', hidden: true, microphone: false };
  expect(probeAnswer({ id: 'prb_1', reservation: 'rsv_1', snapshot: 'aa' }, seen)).toEqual({ type: 'probe_answer', probe: 'prb_1', drawn: 'aa', hidden: true, microphone: false });
  expect(probeAnswer({ id: 'prb_2', reservation: 'rsv_2', snapshot: 'bb' }, seen)).toMatchObject({ drawn: null });
});

test('only the page view may say that the page is drawn', () => {
  const url = 'https://view.test:8444/view/aa?token=1';
  const drawn = { type: 'drawn', snapshot: 'aa' };
  expect(frameMessage({ origin: 'https://view.test:8444', data: drawn }, url, 'aa')).toEqual(drawn);
  expect(frameMessage({ origin: 'https://view.test', data: drawn }, url, 'aa')).toBeNull();
  expect(frameMessage({ origin: 'null', data: drawn }, url, 'aa')).toBeNull();
  expect(frameMessage({ origin: 'https://view.test:8444', data: { type: 'drawn', snapshot: 'bb' } }, url, 'aa')).toBeNull();
  expect(frameMessage({ origin: 'https://view.test:8444', data: null }, url, 'aa')).toBeNull();
  expect(frameMessage({ origin: 'null', data: drawn }, 'not a url', 'aa')).toBeNull();
});

test('auto-answer is asked for by Call-Info or Alert-Info', () => {
  expect(asksAutoAnswer(['<sip:x>;answer-after=0'], [])).toBe(true);
  expect(asksAutoAnswer(['<sip:x>; Answer-After = 0'], [])).toBe(true);
  expect(asksAutoAnswer(['<sip:x>;answer-after=05'], [])).toBe(false);
  expect(asksAutoAnswer(['<https://x/>;purpose=icon'], ['<http://x>;info=alert-autoanswer'])).toBe(true);
  expect(asksAutoAnswer([], [])).toBe(false);
});

test('a lost session leads to the log-in, a taken one to "another tab", all else is said', () => {
  expect(sessionLost(new Problem(401, 'no_session', '', null))).toBe('login');
  expect(sessionLost(new Problem(409, 'not_logged_in', '', null))).toBe('login');
  expect(sessionLost(new Problem(409, 'replaced', '', null))).toBe('replaced');
  expect(sessionLost(new Problem(409, 'no_call', '', null))).toBeNull();
  expect(sessionLost(new TypeError('x'))).toBeNull();
});

test('a refusal is a sentence in the reader\u2019s language', () => {
  expect(problemText(new Problem(409, 'no_call', 'There is no call to end.', null), en)).toBe('There is no call to end.');
  expect(problemText(new Problem(409, 'no_call', 'There is no call to end.', null), de)).toBe('Es gibt keinen Anruf mehr.');
  expect(problemText(new Problem(409, 'unheard_of', 'Some English.', null), de)).toBe('Das geht gerade nicht.');
  expect(problemText(new Problem(500, 'internal', 'Some English.', null), de)).toBe('Das hat nicht geklappt. Bitte versuchen Sie es noch einmal.');
  expect(problemText(new Problem(409, 'gone', '', null), en)).toBe('Another agent was faster.');
  expect(problemText(new Problem(429, 'too_many', '', 30), en)).toBe('Too many tries. Try again in 30 seconds.');
  expect(problemText(new Problem(429, 'number_limit', 'x', null), de)).toBe('Zu viele Versuche. Warten Sie eine Minute.');
  expect(problemText(new Problem(0, 'offline', '', null), en)).toMatch(/cannot be reached/);
  expect(problemText(new TypeError('x'), en)).toBe('That did not work. Please try again.');
});

test('notes typed for one call are not for the next', () => {
  expect(callKey(null)).toBeNull();
  expect(callKey(current)).toBe('rsv_1');
  expect(callKey({ ...current, call: 'cal_1', contact: { ...current.contact, id: 'con_1' } })).toBe('rsv_1');
  expect(callKey({ ...current, reservation: null, call: 'cal_2' })).toBe('cal_2');
});
