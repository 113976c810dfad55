// The way between a browser's media and the switch, which can be cut and come back from another address, as when a laptop changes its network.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { freePort } from './ports.mjs';

export class Relay {
  /** Where the browser sends to; from there it is passed on to `port` of the switch. */
  static async start(port) {
    const relay = new Relay(port);
    relay.here = await freePort();
    relay.#front.bind(relay.here, '127.0.0.1');
    await once(relay.#front, 'listening');
    await relay.restore();
    return relay;
  }

  #front = createSocket('udp4');
  #back = null;
  #browser = null;
  #cut = false;

  constructor(port) {
    this.port = port;
    this.#front.on('message', (packet, from) => {
      this.#browser = from;
      if (!this.#cut) this.#back.send(packet, this.port, '127.0.0.1');
    });
  }

  /** Nothing passes any more. */
  cut() {
    this.#cut = true;
  }

  /** It passes again, from another port of this side. */
  async restore() {
    this.#back?.close();
    const back = createSocket('udp4');
    back.bind(0, '127.0.0.1');
    await once(back, 'listening');
    back.on('message', (packet) => this.#browser && !this.#cut && this.#front.send(packet, this.#browser.port, this.#browser.address));
    this.#back = back;
    this.#cut = false;
  }

  /** Where the switch saw it last. */
  get there() {
    return this.#back.address().port;
  }

  /** A SIP message in which the switch's place is the relay's. */
  through(text) {
    return String(text).replaceAll(`127.0.0.1 ${this.port} typ host`, `127.0.0.1 ${this.here} typ host`);
  }

  end() {
    this.#front.close();
    this.#back.close();
  }
}
