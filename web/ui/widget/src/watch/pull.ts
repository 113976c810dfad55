// Where invitations come from while the page is open: a WebSocket, after two failures an event stream, else only what answers bring.
import type { VisitNotice } from '@warmline/shared/contract_watch';
import { Stream } from '@warmline/shared/socket';

/** So often each is tried in vain. */
const SOCKETS = 2;
const SOURCES = 3;

export class Pull {
  #path: string | null = null;
  #socket: Stream | null = null;
  #source: EventSource | null = null;
  /** Sockets do not come through here. */
  #sourced = false;

  constructor(
    private readonly origin: string,
    private readonly hear: (notice: VisitNotice) => void,
  ) {}

  /** From there now; the same again changes nothing while it is open. Another one is somebody else's. */
  open(path: string): void {
    if (this.#socket || this.#source) {
      if (path === this.#path) return;
      this.close();
    }
    this.#path = path;
    if (this.#sourced) this.#events();
    else this.#connect(path);
  }

  close(): void {
    this.#socket?.close();
    this.#source?.close();
    [this.#socket, this.#source, this.#path] = [null, null, null];
  }

  #connect(path: string): void {
    const url = new URL(path, this.origin);
    url.protocol = url.protocol === 'http:' ? 'ws:' : 'wss:';
    const socket = new Stream({
      url: url.href,
      message: (data) => this.#heard(data),
      link: (link, attempts) => {
        if (link !== 'lost' || attempts < SOCKETS) return;
        this.#socket = null;
        this.#sourced = true;
        socket.close();
        this.#events();
      },
      // A page's policy may forbid it: as any that does not come about.
      connect: (to) => {
        try {
          return new WebSocket(to);
        } catch {
          return refused();
        }
      },
    });
    this.#socket = socket;
  }

  #events(): void {
    if (!this.#path || typeof EventSource === 'undefined') return;
    const url = new URL(this.#path, this.origin);
    url.pathname += '/events';
    let failures = 0;
    try {
      const source = new EventSource(url.href);
      this.#source = source;
      source.onopen = () => (failures = 0);
      source.onmessage = (event) => this.#heard(parse(event.data));
      source.onerror = () => {
        failures += 1;
        if (source.readyState !== EventSource.CLOSED && failures < SOURCES) return;
        source.close();
        // The next answer brings where to try again.
        if (this.#source === source) this.#source = null;
      };
    } catch {
      this.#source = null;
    }
  }

  #heard(data: unknown): void {
    const notice = data as Partial<VisitNotice> | null | undefined;
    if (notice?.type === 'invitation') this.hear({ type: 'invitation', invitation: notice.invitation ?? null });
  }
}

/** A connection that fails in a moment. */
function refused(): WebSocket {
  const wire = { onopen: null, onmessage: null, onclose: null as (() => void) | null, onerror: null, send: () => undefined, close: () => undefined };
  setTimeout(() => wire.onclose?.());
  return wire as unknown as WebSocket;
}

function parse(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return null;
  }
}
