// The microphone in a call: where it is unplugged or another one becomes the browser's choice, that one goes on, without a word to the switch.

/** The stream to go on with: a fresh one that has taken the place of `local`, or `local` where nothing is to be changed. */
export async function follow(
  connection: RTCPeerConnection,
  local: MediaStream,
  open: () => Promise<MediaStream | null>,
  muted: () => boolean,
): Promise<MediaStream> {
  const old = local.getAudioTracks()[0];
  const stream = await open();
  const fresh = stream?.getAudioTracks()[0];
  if (!stream || !fresh) return local;
  const same = old?.readyState === 'live' && deviceOf(old) === deviceOf(fresh);
  const sender = connection.getSenders().find((sender) => sender.track === old || sender.track?.kind === 'audio');
  if (same || !sender || connection.signalingState === 'closed') {
    stop(stream);
    return local;
  }
  fresh.enabled = !muted();
  await sender.replaceTrack(fresh);
  stop(local);
  return stream;
}

/** What a track hears: "default" is another device after another one was plugged in, which only the group tells. */
function deviceOf(track: MediaStreamTrack): string {
  const { deviceId, groupId } = track.getSettings();
  return `${deviceId ?? ''} ${groupId ?? ''}`;
}

export function stop(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}
