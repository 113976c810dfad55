import { afterEach, expect, test, vi } from 'vitest';
import { gathered, microphone, rawAudio, usable } from '../src/gather.ts';

class Peer extends EventTarget {
  iceGatheringState = 'gathering';
  candidate(text: string | null): void {
    this.dispatchEvent(Object.assign(new Event('icecandidate'), { candidate: text === null ? null : { candidate: text } }));
  }
}

const HOST = 'candidate:1 1 udp 2122260223 192.0.2.7 51234 typ host';
const HIDDEN = 'candidate:1 1 udp 2122260223 1a2b.local 51234 typ host';
const TCP = 'candidate:2 1 tcp 1518280447 192.0.2.7 9 typ host tcptype active';

afterEach(() => vi.useRealTimers());

test('only candidates a plain peer can reach are usable', () => {
  expect([HOST, HIDDEN, TCP, ''].map(usable)).toEqual([true, false, false, false]);
});

async function settled(promise: Promise<void>): Promise<boolean> {
  return Promise.race([promise.then(() => true), Promise.resolve().then(() => Promise.resolve()).then(() => false)]);
}

test('the first usable candidate ends the wait', async () => {
  vi.useFakeTimers();
  const peer = new Peer();
  const done = gathered(peer as unknown as RTCPeerConnection);
  peer.candidate(HIDDEN);
  peer.candidate(TCP);
  expect(await settled(done)).toBe(false);
  peer.candidate(HOST);
  await done;
});

test('200 ms are the most', async () => {
  vi.useFakeTimers();
  const done = gathered(new Peer() as unknown as RTCPeerConnection);
  vi.advanceTimersByTime(199);
  expect(await settled(done)).toBe(false);
  vi.advanceTimersByTime(1);
  await done;
});

test('the microphone is cleaned up for people and left alone for measurements', () => {
  expect(microphone(rawAudio('?a=1'))).toEqual({ echoCancellation: true, noiseSuppression: true, autoGainControl: true });
  expect(microphone(rawAudio('?raw-audio'))).toEqual({ echoCancellation: false, noiseSuppression: false, autoGainControl: false });
});
