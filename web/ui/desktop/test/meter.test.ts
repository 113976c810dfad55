// @vitest-environment jsdom
import { afterEach, expect, test, vi } from 'vitest';
import { Meter } from '../src/lib/sound/meter.ts';

/** A browser that lets no page listen before somebody has touched it. */
class Quiet {
  static touched = false;
  state = 'suspended';
  resume = async (): Promise<void> => void (Quiet.touched && (this.state = 'running'));
  close = async (): Promise<void> => undefined;
  createAnalyser = () => ({ fftSize: 0, getFloatTimeDomainData: (samples: Float32Array) => samples.fill(0.5) });
  createMediaStreamSource = () => ({ connect: () => undefined });
}

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('a page that may not listen yet tells no level, and listens from the first key or click on', async () => {
  vi.useFakeTimers();
  vi.stubGlobal('AudioContext', Quiet);
  const level = vi.fn();
  const meter = new Meter({} as MediaStream, level);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(level, 'silence is blamed on the microphone').not.toHaveBeenCalled();
  Quiet.touched = true;
  dispatchEvent(new Event('pointerdown'));
  await vi.advanceTimersByTimeAsync(200);
  expect(level).toHaveBeenCalled();
  expect(level.mock.lastCall![0]).toBeGreaterThan(-10);
  meter.close();
  level.mockClear();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(level).not.toHaveBeenCalled();
});
