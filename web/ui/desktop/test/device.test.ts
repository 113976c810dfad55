// Another microphone in a call: its track takes the old one's place, and nothing is negotiated.
import { expect, test, vi } from 'vitest';
import { follow } from '../src/lib/device.ts';

function track(deviceId: string, groupId = 'g', readyState = 'live') {
  return { kind: 'audio', enabled: true, readyState, stop: vi.fn(), getSettings: () => ({ deviceId, groupId }) };
}

const streamOf = (one: ReturnType<typeof track>) => ({ getAudioTracks: () => [one], getTracks: () => [one] }) as unknown as MediaStream;

function connection(of: ReturnType<typeof track>) {
  const sender = { track: of, replaceTrack: vi.fn(async () => undefined) };
  return { sender, connection: { signalingState: 'stable', getSenders: () => [sender] } as unknown as RTCPeerConnection };
}

test('another device replaces the track, as muted as the last, and the old one is let go', async () => {
  const [old, fresh] = [track('a'), track('b')];
  const { sender, connection: wire } = connection(old);
  const [before, after] = [streamOf(old), streamOf(fresh)];
  expect(await follow(wire, before, async () => after, () => true)).toBe(after);
  expect(sender.replaceTrack).toHaveBeenCalledWith(fresh);
  expect(fresh.enabled).toBe(false);
  expect(old.stop).toHaveBeenCalled();
});

test('the same device stays, an unplugged one does not, "default" is told apart by its group', async () => {
  for (const [old, fresh, replaced] of [
    [track('default', 'g'), track('default', 'g'), false],
    [track('default', 'g', 'ended'), track('default', 'g'), true],
    [track('default', 'g'), track('default', 'h'), true],
  ] as const) {
    const { sender, connection: wire } = connection(old);
    const before = streamOf(old);
    const now = await follow(wire, before, async () => streamOf(fresh), () => false);
    expect(sender.replaceTrack).toHaveBeenCalledTimes(replaced ? 1 : 0);
    expect(now === before).toBe(!replaced);
    expect((replaced ? old : fresh).stop).toHaveBeenCalled();
  }
});

test('where no microphone is to be had, all stays as it was', async () => {
  const old = track('a');
  const { sender, connection: wire } = connection(old);
  const before = streamOf(old);
  expect(await follow(wire, before, async () => null, () => false)).toBe(before);
  expect(sender.replaceTrack).not.toHaveBeenCalled();
  expect(old.stop).not.toHaveBeenCalled();
});
