// Shows this page to the agent, loaded only when the visitor has said yes: from the recording to the switch, in small batches, and
// nothing that piles up: where the line is slow, what waits is thrown away for a whole picture later. Back comes where the agent points.
import type { PointMessage } from '@warmline/shared/contract';
import { Stream } from '@warmline/shared/socket';
import type { Event } from './clean.ts';
import { Pointer } from './pointer.ts';
import { recordPage, type Recording } from './record.ts';

/** How often what has changed is sent, in milliseconds. */
const BATCH = 100;
/** Bytes that may wait in the browser, and characters in a batch. */
const BACKLOG = 1_000_000;
/** Bytes that the switch takes in one message, less some. */
const LONGEST = 1_900_000;

export interface Showing {
  stop(): void;
}

type Notice = PointMessage | { type: 'full_wanted' | 'replaced' | 'pong' | 'error' };

/** `url`: where it goes; `host`: the widget's element, which is left out; `agent`: whose pointer is shown. */
export function show(url: string, host: Element, agent: string): Showing {
  const shower = new Shower(url, host, agent);
  return { stop: () => shower.stop() };
}

class Shower {
  #socket: WebSocket | null = null;
  #stream: Stream | null = null;
  #recording: Recording | null = null;
  readonly #pointer: Pointer;
  #batch: Event[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;
  /** The switch has a picture and all since. */
  #whole = false;
  /** Another page of this visitor is shown instead. */
  #replaced = false;
  readonly #seen = (): void => {
    if (!document.hidden && this.#replaced) this.#open();
  };

  constructor(private readonly url: string, private readonly host: Element, agent: string) {
    this.#pointer = new Pointer(host, agent, navigator.language);
    document.addEventListener('visibilitychange', this.#seen);
    this.#open();
  }

  #open(): void {
    this.#replaced = false;
    this.#stream = new Stream({
      url: this.url,
      ping: { type: 'ping' },
      connect: (url) => (this.#socket = new WebSocket(url)),
      message: (data) => this.#hear(data as Notice),
      link: (link) => {
        if (link === 'open') return;
        this.#pause();
        this.#pointer.end();
      },
    });
  }

  #hear(message: Notice): void {
    if (message.type === 'full_wanted') this.#picture();
    else if (message.type === 'point') {
      const element = this.#recording?.element(message.node);
      if (element) this.#pointer.point({ element, x: message.x, y: message.y }, message.mark === true);
      else this.#pointer.end();
    } else if (message.type === 'point_end') this.#pointer.end();
    else if (message.type === 'replaced') {
      this.#replaced = true;
      this.#pointer.end();
      this.#stream?.close();
      this.#pause();
      this.#recording?.stop();
      this.#recording = null;
    }
  }

  #picture(): void {
    if (this.#recording) this.#recording.full();
    else {
      this.#recording = recordPage(this.host.localName, (events) => this.#full(events), (event) => this.#more(event));
      this.#timer ??= setInterval(() => this.#flush(), BATCH);
    }
  }

  #full(events: Event[]): void {
    this.#pause();
    const text = JSON.stringify({ type: 'full', events });
    if (new TextEncoder().encode(text).length > LONGEST) return;
    this.#whole = this.#stream?.send({ type: 'full', events }) ?? false;
  }

  #more(event: Event): void {
    if (this.#whole) this.#batch.push(event);
  }

  #flush(): void {
    if (this.#batch.length === 0) return;
    const events = this.#batch;
    this.#batch = [];
    const message = { type: 'more', events };
    if ((this.#socket?.bufferedAmount ?? 0) > BACKLOG || JSON.stringify(message).length > BACKLOG) {
      // The line does not keep up: it is given a moment, then a whole picture.
      this.#whole = false;
      setTimeout(() => this.#recording?.full(), 2_000);
    } else this.#whole = this.#stream?.send(message) ?? false;
  }

  #pause(): void {
    this.#whole = false;
    this.#batch = [];
  }

  stop(): void {
    this.#pointer.remove();
    clearInterval(this.#timer);
    document.removeEventListener('visibilitychange', this.#seen);
    this.#recording?.stop();
    this.#recording = null;
    this.#stream?.close();
    this.#stream = null;
  }
}
