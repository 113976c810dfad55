// A mail server that takes every letter and keeps it.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { until } from './until.mjs';

/** `=E2=80=A6` and broken lines of a quoted-printable text, or base64, as it was written. */
function readable(part) {
  const [head, ...body] = part.split('\r\n\r\n');
  const text = body.join('\r\n\r\n');
  if (/base64/i.test(head)) return Buffer.from(text, 'base64').toString();
  const bytes = text.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}

export class Smtp {
  letters = [];

  static async start() {
    const smtp = new Smtp();
    smtp.server = createServer((socket) => smtp.#serve(socket));
    smtp.server.listen(0, '127.0.0.1');
    await once(smtp.server, 'listening');
    smtp.port = smtp.server.address().port;
    return smtp;
  }

  #serve(socket) {
    let [text, letter] = ['', null];
    const say = (line) => socket.write(`${line}\r\n`);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      for (let end; (end = text.indexOf(letter === null ? '\r\n' : '\r\n.\r\n')) >= 0; ) {
        const said = text.slice(0, end);
        text = text.slice(end + (letter === null ? 2 : 5));
        if (letter !== null) {
          this.letters.push(said);
          [letter] = [null];
          say('250 kept');
        } else if (/^DATA/i.test(said)) {
          letter = '';
          say('354 go on');
        } else if (/^QUIT/i.test(said)) {
          say('221 bye');
          socket.end();
        } else say(/^EHLO/i.test(said) ? '250-here\r\n250 8BITMIME' : '250 ok');
      }
    });
    say('220 here');
  }

  /** The first thing like this in a letter. */
  async find(pattern) {
    return until(`${pattern} in a letter`, () => this.letters.flatMap((letter) => letter.split(/\r\n--[^\r\n]+/)).map((part) => readable(part).match(pattern)).find(Boolean)?.[0]);
  }

  end() {
    this.server.close();
  }
}
