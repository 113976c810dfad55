// Devices, levels, the quality of a call, the echo's verdict and the check before a shift: all that is decided without a browser.
import { expect, test } from 'vitest';
import { check, isDue, overall, passed, type Facts } from '../src/lib/sound/check.ts';
import { DEFAULTS, listed, parseChoices, resolve } from '../src/lib/sound/choices.ts';
import { gravity, judgeEcho, type EchoFigures } from '../src/lib/sound/echo.ts';
import { MicrophoneJudge, decibels, filled } from '../src/lib/sound/level.ts';
import { QualityJudge, readStats, type Sample } from '../src/lib/sound/quality.ts';
import { LANGUAGES } from '../src/lib/words.ts';

test('choices are kept, and what makes no sense is as if nothing had been chosen', () => {
  expect(parseChoices(null)).toEqual(DEFAULTS);
  const choices = { microphone: { id: 'm1', label: 'Headset' }, speaker: null, ringer: { id: 'r1', label: '' }, volume: 0.3, check: false };
  expect(parseChoices(JSON.stringify(choices))).toEqual(choices);
  for (const odd of ['', 'null', '7', '{"microphone":5,"volume":"loud"}', '{"microphone":{"id":""},"volume":null}', `{"speaker":{"id":"${'x'.repeat(400)}"}}`, '{']) {
    expect(parseChoices(odd)).toEqual(DEFAULTS);
  }
  expect(parseChoices('{"volume":9}').volume).toBe(1);
  expect(parseChoices('{"volume":-1}').volume).toBe(0);
});

test('a device that is gone gives way to the default and is used again once it is back', () => {
  const headset = { id: 'h', label: 'Headset' };
  const [built, other] = [{ id: 'b', label: 'Built-in' }, { id: 'h2', label: 'Headset' }];
  expect(resolve(null, [built])).toEqual({ id: '', missing: false });
  expect(resolve(headset, [built, headset])).toEqual({ id: 'h', missing: false });
  expect(resolve(headset, [built])).toEqual({ id: '', missing: true });
  expect(resolve(headset, [built, other])).toEqual({ id: 'h2', missing: false });
  expect(resolve({ id: 'h', label: '' }, [built, { id: 'x', label: '' }])).toEqual({ id: '', missing: true });
  expect(resolve(headset, [])).toEqual({ id: 'h', missing: false });
  const row = (kind: MediaDeviceKind, deviceId: string): MediaDeviceInfo => ({ kind, deviceId, label: deviceId.toUpperCase(), groupId: '', toJSON: () => ({}) });
  const all = [row('audioinput', 'default'), row('audioinput', 'a'), row('audiooutput', 'communications'), row('audiooutput', 'b'), row('audioinput', ''), row('videoinput', 'c')];
  expect(listed(all, 'microphone')).toEqual([{ id: 'a', label: 'A' }]);
  expect(listed(all, 'ringer')).toEqual([{ id: 'b', label: 'B' }]);
});

test('levels', () => {
  expect(decibels(new Float32Array(100))).toBe(-100);
  expect(decibels(new Float32Array(0))).toBe(-100);
  expect(decibels(new Float32Array(100).fill(1))).toBeCloseTo(0);
  expect(decibels(new Float32Array(100).fill(0.1))).toBeCloseTo(-20);
  expect([-100, -60, -33, -6, 0].map(filled)).toEqual([0, 0, 0.5, 1, 1]);
});

/** What is said of a microphone that has this level for so long, asked twenty times a second. */
function listen(judge: MicrophoneJudge, db: number, from: number, ms: number): string {
  let said = '';
  for (let at = from; at <= from + ms; at += 50) said = judge.hear(db, at);
  return said;
}

test('a silent microphone is called silent, not a quiet room', () => {
  const judge = new MicrophoneJudge();
  expect(listen(judge, -90, 0, 2_900)).toBe('listening');
  expect(listen(judge, -90, 2_950, 100)).toBe('nothing');
  expect(listen(judge, -20, 3_100, 0)).toBe('good');
  expect(listen(judge, -90, 3_150, 3_500)).toBe('good');
  expect(listen(judge, -90, 6_700, 1_000)).toBe('nothing');
  expect(listen(new MicrophoneJudge(), -55, 0, 2_900)).toBe('listening');
  expect(listen(new MicrophoneJudge(), -55, 0, 4_000)).toBe('quiet');
  expect(listen(new MicrophoneJudge(), -1, 0, 100)).toBe('loud');
});

const fine: Sample = { at: 0, received: 0, lost: 0, jitter: 5, roundTrip: 40, sentLost: 0, connected: true };

/** Feeds a sample a second, changed by what happens then; what was said each second. */
function call(judge: QualityJudge, seconds: number, each: Partial<Sample> & { losing?: number; silent?: boolean }, start: Sample = fine): { said: (string | null)[]; last: Sample } {
  const said: (string | null)[] = [];
  let last = start;
  for (let second = 0; second < seconds; second += 1) {
    const { losing = 0, silent = false, ...more } = each;
    const lost = Math.round(50 * losing);
    last = { ...fine, ...more, at: last.at + 1_000, received: last.received + (silent ? 0 : 50 - lost), lost: last.lost + (silent ? 0 : lost) };
    said.push(judge.judge(last));
  }
  return { said, last };
}

test('a good call is never warned of', () => {
  expect(call(new QualityJudge(), 60, { losing: 0.02, jitter: 30, roundTrip: 300 }).said.every((one) => one === null)).toBe(true);
});

test('a short burst is nothing, lasting loss is said and taken back late', () => {
  const judge = new QualityJudge();
  const before = call(judge, 10, {});
  const burst = call(judge, 1, { losing: 0.3 }, before.last);
  const calm = call(judge, 10, {}, burst.last);
  expect([...burst.said, ...calm.said].every((one) => one === null)).toBe(true);
  const bad = call(judge, 10, { losing: 0.2 }, calm.last);
  expect(bad.said[0]).toBe(null);
  expect(bad.said.at(-1)).toBe('loss');
  expect(judge.figures.loss).toBeGreaterThan(0.15);
  // Between the two limits it neither comes nor goes.
  const between = call(judge, 20, { losing: 0.04 }, bad.last);
  expect(between.said.every((one) => one === 'loss')).toBe(true);
  const good = call(judge, 20, {}, between.last);
  expect(good.said.slice(0, 5)).toEqual(Array(5).fill('loss'));
  expect(good.said.at(-1)).toBe(null);
  expect(call(judge, 20, { losing: 0.04 }, good.last).said.at(-1)).toBe(null);
});

test('silence of three seconds, a cut connection, and both are over at once', () => {
  const judge = new QualityJudge();
  const start = call(judge, 5, {});
  const silent = call(judge, 4, { silent: true }, start.last);
  expect(silent.said).toEqual([null, null, 'nothing', 'nothing']);
  const back = call(judge, 2, {}, silent.last);
  expect(back.said).toEqual([null, null]);
  const cut = call(judge, 2, { connected: false, silent: true }, back.last);
  expect(cut.said).toEqual(['cut', 'cut']);
  expect(call(judge, 1, {}, cut.last).said).toEqual([null]);
});

test('what affects the customer comes first', () => {
  const last = (each: Parameters<typeof call>[2]): string | null | undefined => call(new QualityJudge(), 20, each).said.at(-1);
  expect(last({ jitter: 90 })).toBe('jitter');
  expect(last({ roundTrip: 900 })).toBe('delay');
  expect(last({ sentLost: 0.2, losing: 0.2, jitter: 90 })).toBe('sent-loss');
  expect(last({ jitter: null, roundTrip: null, sentLost: null })).toBe(null);
});

test('the browser\u2019s report is read, whatever is missing in it', () => {
  const reports = [
    { type: 'inbound-rtp', kind: 'audio', packetsReceived: 100, packetsLost: -2, jitter: 0.012, jitterBufferDelay: 6, jitterBufferEmittedCount: 100 },
    { type: 'candidate-pair', nominated: true, currentRoundTripTime: 0.03 },
    { type: 'candidate-pair', nominated: false, currentRoundTripTime: 9 },
    { type: 'inbound-rtp', kind: 'video', packetsReceived: 7 },
  ];
  expect(readStats(reports, 5, true)).toEqual({ at: 5, received: 100, lost: 0, jitter: 12, roundTrip: 30, sentLost: null, connected: true, buffer: 60 });
  const told = readStats([...reports, { type: 'remote-inbound-rtp', kind: 'audio', fractionLost: 0.1, roundTripTime: 0.05 }], 5, true);
  expect([told.sentLost, told.roundTrip]).toEqual([0.1, 50]);
  expect(readStats([], 1, false)).toEqual({ at: 1, received: 0, lost: 0, jitter: null, roundTrip: null, sentLost: null, connected: false, buffer: null });
});

test('the echo\u2019s verdict', () => {
  const good: EchoFigures = { sent: -20, back: -22, received: 300, loss: 0, jitter: 3, roundTrip: 80 };
  const of = (more: Partial<EchoFigures>): string => judgeEcho({ ...good, ...more });
  expect(of({})).toBe('good');
  expect(of({ received: 0, back: -100 })).toBe('nothing-back');
  expect(of({ sent: -80, back: -90 })).toBe('unheard');
  expect(of({ back: -60 })).toBe('faint');
  expect(of({ loss: 0.1 })).toBe('lossy');
  expect(of({ jitter: 90 })).toBe('unsteady');
  expect(of({ roundTrip: 900 })).toBe('slow');
  expect(of({ jitter: null, roundTrip: null })).toBe('good');
  expect((['good', 'faint', 'unheard'] as const).map(gravity)).toEqual(['green', 'amber', 'red']);
});

const facts: Facts = { station: 'browser', microphone: 'granted', input: 'good', heardOnce: true, speaker: true, registered: true, echo: 'good', notifications: 'granted', connection: 20 };

test('the check looks at what this phone needs, and says how it stands', () => {
  expect(check(facts).map(({ item }) => item)).toEqual(['microphone', 'input', 'speaker', 'phone', 'echo', 'notifications', 'connection']);
  expect(overall(check(facts))).toBe('green');
  expect(check({ ...facts, station: 'account' }).map(({ item }) => item)).toEqual(['phone', 'notifications', 'connection']);
  const light = (more: Partial<Facts>): string => overall(check({ ...facts, ...more }));
  expect(light({ speaker: null })).toBe('waiting');
  expect(light({ speaker: false })).toBe('red');
  expect(light({ echo: 'running' })).toBe('running');
  expect(light({ echo: 'lossy' })).toBe('amber');
  expect(light({ notifications: 'denied' })).toBe('amber');
  expect(light({ microphone: 'denied' })).toBe('red');
  expect(light({ station: 'account', registered: false })).toBe('red');
  expect(light({ connection: Infinity })).toBe('red');
  expect(light({ connection: 400 })).toBe('amber');
  expect(light({ input: 'nothing', heardOnce: true })).toBe('green');
  expect(light({ input: 'nothing', heardOnce: false })).toBe('red');
});

test('every light of the check has its words in every language', () => {
  const microphones: Facts['microphone'][] = ['unknown', 'granted', 'denied', 'missing', 'insecure'];
  const variants: Partial<Facts>[] = [
    ...microphones.map((microphone) => ({ microphone })),
    ...(['listening', 'good', 'quiet', 'loud', 'nothing'] as const).map((input) => ({ input, heardOnce: false })),
    ...[null, true, false].map((speaker) => ({ speaker })),
    ...(['browser', 'account', 'number'] as const).map((station) => ({ station, registered: false })),
    ...([null, 'running', 'good', 'unheard', 'nothing-back', 'faint', 'lossy', 'unsteady', 'slow'] as const).map((echo) => ({ echo })),
    ...(['granted', 'denied', 'default', 'unsupported'] as const).map((notifications) => ({ notifications })),
    ...[null, Infinity, 400].map((connection) => ({ connection })),
  ];
  for (const { sound } of Object.values(LANGUAGES)) {
    for (const more of variants) for (const { item, word } of check({ ...facts, ...more })) expect(sound.check.words[item][word], `${item} ${word}`).toBeTruthy();
  }
});

test('the check comes once a shift, for the one who logged in, unless it is not wanted', () => {
  const now = 1_800_000_000_000;
  const kept = passed('acme/alice', now);
  expect(isDue(true, null, 'acme/alice', now)).toBe(true);
  expect(isDue(true, kept, 'acme/alice', now + 3_600_000)).toBe(false);
  expect(isDue(true, kept, 'acme/bob', now)).toBe(true);
  expect(isDue(true, kept, 'acme/alice', now + 13 * 3_600_000)).toBe(true);
  expect(isDue(true, passed('acme/alice', now + 60_000), 'acme/alice', now)).toBe(true);
  expect(isDue(true, 'acme/alice\nnonsense', 'acme/alice', now)).toBe(true);
  expect(isDue(false, null, 'acme/alice', now)).toBe(false);
});
