// Whoever is called through the carrier, to the millisecond: a SIP peer over UDP that rings, answers, speaks and listens packet by packet.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { share } from './tone.mjs';

/** How long it rings, in milliseconds. */
const RINGS = 300;
const SILENCE = Buffer.alloc(160, 0xd5);

const header = (message, name) => message.split('\r\n').filter((line) => line.toLowerCase().startsWith(`${name}:`)).join('\r\n');
const value = (message, name) => header(message, name).split('\r\n')[0].slice(name.length + 1).trim();

/** G.711 A-law to 16 bits (ITU-T G.711). */
function linear(byte) {
  const coded = byte ^ 0x55;
  const [exponent, mantissa] = [(coded >> 4) & 7, coded & 15];
  const level = exponent === 0 ? (mantissa << 4) + 8 : ((mantissa << 4) + 264) << (exponent - 1);
  return coded & 0x80 ? level : -level;
}

export class Callee {
  #sip = createSocket('udp4');
  #rtp = createSocket('udp4');
  #speech;
  #waits = [];

  /** `hz`: the tone that it waits to hear. */
  static async start(port, hz) {
    const callee = new Callee(hz);
    callee.#sip.bind(port, '127.0.0.1');
    callee.#rtp.bind(0, '127.0.0.1');
    await Promise.all([once(callee.#sip, 'listening'), once(callee.#rtp, 'listening')]);
    return callee;
  }

  constructor(hz) {
    this.hz = hz;
    this.#sip.on('message', (data, from) => this.#request(data.toString(), from));
    this.#rtp.on('message', (data) => this.#packet(data));
  }

  /** The next call: when it was answered and when the tone was heard first, wall clock in milliseconds; it is hung up then. */
  next() {
    return new Promise((resolve) => this.#waits.push(resolve));
  }

  #say(text, to) {
    this.#sip.send(text, to.port, to.address);
  }

  #request(text, from) {
    const method = text.slice(0, text.indexOf(' '));
    if (method === 'INVITE') this.#invited(text, from);
    else if (method === 'BYE' || method === 'OPTIONS' || method === 'CANCEL') this.#say(this.#reply(text, '200 OK'), from);
  }

  #reply(request, status, tag = '', more = '', body = '') {
    const to = value(request, 'to');
    const lines = [`SIP/2.0 ${status}`, header(request, 'via'), header(request, 'record-route'), header(request, 'from'), `To: ${to}${tag && !to.includes('tag=') ? `;tag=${tag}` : ''}`, header(request, 'call-id'), header(request, 'cseq'), more, `Content-Length: ${body.length}`];
    return `${lines.filter((line) => line !== '').join('\r\n')}\r\n\r\n${body}`;
  }

  #invited(invite, from) {
    // A repetition of one that rings or speaks already.
    if (this.call?.id === value(invite, 'call-id')) return;
    const tag = Math.random().toString(36).slice(2);
    const { port } = this.#rtp.address();
    const [, there] = /m=audio (\d+)/.exec(invite);
    this.call = { id: value(invite, 'call-id'), answered: 0, from, there: Number(there), tag, invite };
    this.#say(this.#reply(invite, '100 Trying'), from);
    this.#say(this.#reply(invite, '180 Ringing', tag), from);
    setTimeout(() => {
      const contact = `Contact: <sip:callee@127.0.0.1:${this.#sip.address().port}>\r\nContent-Type: application/sdp`;
      const sdp = `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio ${port} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n`;
      this.#say(this.#reply(invite, '200 OK', tag, contact, sdp), from);
      this.call.answered = Date.now();
      this.#speak();
    }, RINGS);
  }

  #speak() {
    let sequence = 0;
    clearInterval(this.#speech);
    this.#speech = setInterval(() => {
      const packet = Buffer.alloc(12);
      packet.writeUInt8(0x80, 0);
      packet.writeUInt8(8, 1);
      packet.writeUInt16BE(sequence & 0xffff, 2);
      packet.writeUInt32BE((sequence * 160) >>> 0, 4);
      packet.writeUInt32BE(7, 8);
      sequence += 1;
      this.#rtp.send(Buffer.concat([packet, SILENCE]), this.call.there, '127.0.0.1');
    }, 20);
  }

  #packet(data) {
    if (!this.call?.answered || data.length < 172 || (data[1] & 0x7f) !== 8) return;
    const samples = Array.from(data.subarray(12), linear);
    if (share(8_000, samples, this.hz, 10_000) < 0.5) return;
    const { answered } = this.call;
    this.#hangup();
    this.#waits.shift()?.({ answered, heard: Date.now() });
  }

  #hangup() {
    clearInterval(this.#speech);
    const { invite, from, tag, id } = this.call;
    const target = /<(.+)>/.exec(value(invite, 'contact'))?.[1] ?? value(invite, 'contact');
    const lines = [`BYE ${target} SIP/2.0`, `Via: SIP/2.0/UDP 127.0.0.1:${this.#sip.address().port};branch=z9hG4bK${Math.random().toString(36).slice(2)}`, 'Max-Forwards: 70', `From: ${value(invite, 'to')};tag=${tag}`, `To: ${value(invite, 'from')}`, `Call-ID: ${id}`, 'CSeq: 1 BYE', 'Content-Length: 0'];
    this.call = { id };
    this.#say(`${lines.join('\r\n')}\r\n\r\n`, from);
  }

  end() {
    clearInterval(this.#speech);
    this.#sip.close();
    this.#rtp.close();
  }
}
