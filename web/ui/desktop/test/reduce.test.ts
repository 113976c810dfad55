import type { AgentNotice, AgentViews, CurrentView, MeView } from '@warmline/shared/contract';
import { expect, test } from 'vitest';
import { Problem, problemText, sessionLost } from '../src/lib/api.ts';
import { applyNotice, asksAutoAnswer, frameMessage, keepAddress, probeAnswer } from '../src/lib/reduce.ts';
import { ago, callerName, dayAndTime, outcomeLine, phoneTrouble, reasonLine, shortAddress } from '../src/lib/words.ts';

const me: MeView = {
  firm: 'acme', agent: 'alice', display_name: 'Alice', state: 'ready', since: '2026-11-22T10:00:00Z', pending_not_ready: false, phone: true, station: 'browser',
  sip_user: 'alice', sip_password: 's', sip_ws: 'ws://x/sip', wrapup_ends: null, notice: null,
};
const current: CurrentView = {
  reservation: 'rsv_1', call: null, state: 'claimed', since: '2026-11-22T10:00:00Z', asked_at: '2026-11-22T10:00:00Z', claim_ends: null, channel: 'phone', confidence: 'exact',
  page: { url: 'https://shop.test/printers/42', title: 'Printer 42' }, snapshot: 'aa', snapshot_url: 'https://view.test/view/aa?token=1',
  contact: { id: null, name: '', numbers: [], notes: '', priority: 0, history: [] }, muted: false, auto_answer: false,
};
const views: AgentViews = { me, current: null, waiting: [], stats: { waiting: 0, longest_secs: 0, agents_ready: 1, agents_in: 1, trunk_up: true } };

test('each view replaces its own and nothing else', () => {
  const notices: AgentNotice[] = [
    { type: 'view', view: 'me', data: { ...me, state: 'claimed' } },
    { type: 'view', view: 'current', data: current },
    { type: 'view', view: 'stats', data: { ...views.stats, waiting: 2 } },
    { type: 'pong' },
    { type: 'event', event: 'call.ringing', time: '', seq: 4 },
    { type: 'view', view: 'unheard_of', data: {} } as unknown as AgentNotice,
  ];
  const after = notices.reduce(applyNotice, views);
  expect(after).toEqual({ ...views, me: { ...me, state: 'claimed' }, current, stats: { ...views.stats, waiting: 2 } });
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

test('words', () => {
  expect(callerName(current)).toBe('New visitor');
  expect(callerName({ ...current, page: null })).toBe('Unknown caller');
  expect(callerName({ ...current, contact: { ...current.contact, numbers: ['030 1'] } })).toBe('030 1');
  expect(shortAddress(current.page)).toBe('shop.test/printers/42');
  expect(shortAddress({ url: 'javascript', title: '' })).toBe('javascript');
  expect([1, 20, 180, 7200].map(ago)).toEqual(['just now', '20 s ago', '3 min ago', '2 h ago']);
  expect(reasonLine({ ...current, channel: 'callme' }, 20)).toBe('asked to be called 20 s ago');
  expect(outcomeLine({ time: '', channel: 'phone', page: '', outcome: 'talked', talk_secs: 312, agent: null })).toBe('Talked 5:12');
  expect(outcomeLine({ time: '', channel: 'phone', page: '', outcome: 'odd_thing', talk_secs: 0, agent: null })).toBe('odd thing');
  expect(dayAndTime('2025-12-11T09:30:00Z', Date.parse('2026-11-22T00:00:00Z'), 'en-GB')).toMatch(/Dec 2025/);
  expect(dayAndTime('never', 0)).toBe('');
});

test('a phone that cannot ring says why and what to do', () => {
  const ok = { registered: true, microphone: 'granted' as const };
  expect(phoneTrouble(me, ok)).toBeNull();
  expect(phoneTrouble(me, { ...ok, microphone: 'denied' })?.title).toBe('The microphone is blocked.');
  expect(phoneTrouble(me, { ...ok, registered: false })?.title).toBe('Your phone is connecting.');
  expect(phoneTrouble({ ...me, state: 'not_ready' }, { ...ok, registered: false })).toBeNull();
  expect(phoneTrouble({ ...me, station: 'account', phone: false }, ok)?.title).toBe('Your desk phone is not registered.');
});

test('a lost session leads to the log-in, a taken one to "another tab", all else is said', () => {
  expect(sessionLost(new Problem(401, 'no_session', '', null))).toBe('login');
  expect(sessionLost(new Problem(409, 'not_logged_in', '', null))).toBe('login');
  expect(sessionLost(new Problem(409, 'replaced', '', null))).toBe('replaced');
  expect(sessionLost(new Problem(409, 'no_call', '', null))).toBeNull();
  expect(sessionLost(new TypeError('x'))).toBeNull();
  expect(problemText(new Problem(409, 'no_call', 'There is no call to end.', null))).toBe('There is no call to end.');
  expect(problemText(new Problem(429, 'too_many', '', 30))).toBe('Too many tries. Try again in 30 seconds.');
  expect(problemText(new Problem(0, 'offline', '', null))).toMatch(/cannot be reached/);
});
