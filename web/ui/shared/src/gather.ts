// When an offer or answer may leave: at the first usable ICE candidate, 200 ms after the start at the latest.

/** A candidate a peer without name resolution can reach. */
export function usable(candidate: string): boolean {
  if (candidate === '') return false;
  const parts = candidate.split(' ');
  const address = parts[4] ?? '';
  return (parts[2] ?? '').toLowerCase() === 'udp' && !address.endsWith('.local');
}

/** Resolves when the local description of `pc` is worth sending. */
export function gathered(pc: RTCPeerConnection, limit = 200): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      pc.removeEventListener('icecandidate', candidate);
      pc.removeEventListener('icegatheringstatechange', state);
      resolve();
    };
    const candidate = (event: RTCPeerConnectionIceEvent): void => {
      if (!event.candidate || usable(event.candidate.candidate)) done();
    };
    const state = (): void => {
      if (pc.iceGatheringState === 'complete') done();
    };
    const timer = setTimeout(done, limit);
    pc.addEventListener('icecandidate', candidate);
    pc.addEventListener('icegatheringstatechange', state);
    state();
  });
}

/** The microphone as people want it; as it is where a test measures tones. */
export function microphone(raw: boolean): MediaTrackConstraints {
  return { echoCancellation: !raw, noiseSuppression: !raw, autoGainControl: !raw };
}

/** Whether the page's address asks for the microphone as it is. */
export function rawAudio(search: string): boolean {
  return new URLSearchParams(search).has('raw-audio');
}
