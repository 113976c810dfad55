// Which tab of this browser has the desk: one, by a lock. The others wait until it is free, or take it over when they are told to.

const LOCK = 'warmline.desktop';
const MARK = 'warmline.desktop.leads';
/** A tab that is loaded anew gets its lock back so soon, from whoever was given it meanwhile. */
const SETTLE = 1_500;

interface Hooks {
  /** It is this tab's turn: the one that had it is gone. */
  won: () => void;
  /** Another tab has taken it. */
  lost: () => void;
}

export class Lead {
  #release: (() => void) | null = null;
  #waiting: AbortController | null = null;

  constructor(private readonly hooks: Hooks) {}

  /** Whether this tab has the desk. Where another one has, this one waits for it. */
  async begin(): Promise<boolean> {
    if (this.#release || !locks()) return true;
    if (await this.#ask({ ifAvailable: true })) return true;
    if (wasLeading() && (await this.#ask({ steal: true }))) return true;
    this.wait();
    return false;
  }

  /** Takes the desk from whichever tab has it. */
  async take(): Promise<void> {
    this.#stopWaiting();
    if (!this.#release && locks()) await this.#ask({ steal: true });
  }

  /** Lets another tab have it. */
  leave(): void {
    this.#stopWaiting();
    this.#release?.();
    this.#release = null;
    mark(false);
  }

  /** Waits until it is free. */
  wait(): void {
    const manager = locks();
    if (this.#waiting || this.#release || !manager) return;
    const waiting = new AbortController();
    this.#waiting = waiting;
    let given = true;
    const turn = async (): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, SETTLE));
      if (!given || waiting.signal.aborted) return;
      this.#waiting = null;
      const held = this.#hold();
      this.hooks.won();
      await held;
    };
    manager.request(LOCK, { signal: waiting.signal }, turn).catch(() => {
      given = false;
      if (this.#waiting === waiting) {
        this.#waiting = null;
        this.wait();
      } else if (!waiting.signal.aborted) this.#robbed();
    });
  }

  #stopWaiting(): void {
    this.#waiting?.abort();
    this.#waiting = null;
  }

  #ask(options: LockOptions): Promise<boolean> {
    return new Promise((resolve) => {
      const answer = (lock: Lock | null): Promise<void> | undefined => {
        const held = lock ? this.#hold() : undefined;
        resolve(lock !== null);
        return held;
      };
      locks()!
        .request(LOCK, options, answer)
        .catch(() => {
          resolve(false);
          this.#robbed();
        });
    });
  }

  /** Until it is let go. */
  #hold(): Promise<void> {
    mark(true);
    return new Promise((release) => (this.#release = release));
  }

  #robbed(): void {
    if (!this.#release) return;
    this.#release = null;
    mark(false);
    this.hooks.lost();
  }
}

/** None where the page is not served securely: then there is no browser phone either. */
function locks(): LockManager | null {
  return (navigator as Partial<Navigator>).locks ?? null;
}

function mark(on: boolean): void {
  try {
    if (on) sessionStorage.setItem(MARK, '1');
    else sessionStorage.removeItem(MARK);
  } catch {
    // A browser that keeps nothing: after a reload the tab waits like any other.
  }
}

/** Whether this very tab had the desk before it was loaded anew; one that was duplicated from it did not. */
function wasLeading(): boolean {
  const [entry] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  try {
    return entry?.type === 'reload' && sessionStorage.getItem(MARK) === '1';
  } catch {
    return false;
  }
}
