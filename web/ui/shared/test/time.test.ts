import { expect, test } from 'vitest';
import { duration, ServerClock } from '../src/time.ts';

test('durations are written as people read them', () => {
  expect([0, 42, 725, 3790, 59.9, -3].map(duration)).toEqual(['0:00', '0:42', '12:05', '1:03:10', '0:59', '0:00']);
});

test('a device an hour behind still counts down rightly', () => {
  let local = Date.parse('2026-11-22T09:00:00Z');
  const clock = new ServerClock(() => local);
  clock.heard('2026-11-22T10:00:00Z');
  expect(clock.until('2026-11-22T10:05:00Z')).toBe(300);
  local += 60_000;
  expect(clock.until('2026-11-22T10:05:00Z')).toBe(240);
  expect(clock.since('2026-11-22T10:00:00Z')).toBe(60);
});

test('the delay of the network is no difference of clocks, and nonsense is not heard', () => {
  const clock = new ServerClock(() => 1_000_000);
  clock.heard(new Date(999_500).toISOString());
  expect(clock.now()).toBe(1_000_000);
  clock.heard('yesterday');
  clock.heard(null);
  expect(clock.now()).toBe(1_000_000);
  expect(clock.until('soon')).toBe(0);
});
