// Development only: just enough of a registrar for the browser phone to say that it is there, and to ring.

const header = (text, name) => new RegExp(`^${name}:\\s*(.*)$`, 'im').exec(text)?.[1]?.trim() ?? '';

export function answerSip(socket, { ring }) {
  socket.onMessage((data) => {
    const text = String(data);
    if (!/^REGISTER /.test(text)) return;
    const contact = header(text, 'Contact');
    const copied = ['Via', 'From', 'Call-ID', 'CSeq'].map((name) => `${name}: ${header(text, name)}`);
    socket.send(['SIP/2.0 200 OK', ...copied, `To: ${header(text, 'To')};tag=r1`, `Contact: ${contact};expires=120`, 'Content-Length: 0', '', ''].join('\r\n'));
    if (ring) setTimeout(() => socket.send(invite(/<([^>]+)>/.exec(contact)?.[1] ?? '')), 150);
  });
}

function invite(target) {
  const sdp = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 't=0 0', 'm=audio 9 UDP/TLS/RTP/SAVPF 0', 'c=IN IP4 127.0.0.1', ''].join('\r\n');
  return [
    `INVITE ${target} SIP/2.0`, 'Via: SIP/2.0/WS 127.0.0.1;branch=z9hG4bKring1', 'Max-Forwards: 70', 'From: <sip:030@acme>;tag=f1', `To: <${target}>`, 'Call-ID: ring-1',
    'CSeq: 1 INVITE', 'Contact: <sip:127.0.0.1;transport=ws>', 'Content-Type: application/sdp', `Content-Length: ${sdp.length}`, '', sdp,
  ].join('\r\n');
}
