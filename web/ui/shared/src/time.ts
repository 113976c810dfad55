// Durations as people read them, and a clock that agrees with the server's.

/** 0:42, 12:05, 1:03:10. Never negative. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const h = Math.floor(whole / 3600);
  const m = Math.floor((whole % 3600) / 60);
  const s = String(whole % 60).padStart(2, '0');
  return h > 0 ? `${h}:${String(m).padStart(2, '0')}:${s}` : `${m}:${s}`;
}

/** The server's time as far as this machine's clock lets us know: a device an hour off still counts down rightly. */
export class ServerClock {
  #skew = 0;

  constructor(private readonly local: () => number = Date.now) {}

  /** Milliseconds since 1970 by the server. */
  now(): number {
    return this.local() + this.#skew;
  }

  /** The server said it is `time` (RFC 3339 or an HTTP date). Small differences are the network's and are ignored. */
  heard(time: string | null | undefined): void {
    const server = time ? Date.parse(time) : NaN;
    if (Number.isNaN(server)) return;
    const skew = server - this.local();
    this.#skew = Math.abs(skew) < 2000 ? 0 : skew;
  }

  get skew(): number {
    return this.#skew;
  }

  set skew(milliseconds: number) {
    this.#skew = Number.isFinite(milliseconds) ? milliseconds : 0;
  }

  /** Seconds since `time`, at least 0. */
  since(time: string): number {
    const then = Date.parse(time);
    return Number.isNaN(then) ? 0 : Math.max(0, (this.now() - then) / 1000);
  }

  /** Seconds until `time`, at least 0. */
  until(time: string): number {
    const then = Date.parse(time);
    return Number.isNaN(then) ? 0 : Math.max(0, (then - this.now()) / 1000);
  }
}
