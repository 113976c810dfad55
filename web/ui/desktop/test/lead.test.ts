// @vitest-environment jsdom
// One tab of a browser leads: by a lock as browsers have it (Web Locks), stolen only when somebody says so.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Lead } from '../src/lib/lead.ts';

interface Asked {
  answer: (lock: object | null) => unknown;
  resolve: () => void;
  reject: (error: Error) => void;
}

/** The browser's lock manager, as far as it is used. */
class Locks {
  holder: Asked | null = null;
  queue: Asked[] = [];

  request(_name: string, options: LockOptions, answer: (lock: object | null) => unknown): Promise<void> {
    return new Promise((resolve, reject) => {
      const asked: Asked = { answer, resolve, reject };
      options.signal?.addEventListener('abort', () => {
        this.queue = this.queue.filter((other) => other !== asked);
        if (this.holder !== asked) reject(new DOMException('', 'AbortError'));
      });
      if (options.steal) {
        this.holder?.reject(new DOMException('', 'AbortError'));
        this.#grant(asked);
      } else if (!this.holder) this.#grant(asked);
      else if (options.ifAvailable) void Promise.resolve(answer(null)).then(() => resolve());
      else this.queue.push(asked);
    });
  }

  #grant(asked: Asked): void {
    this.holder = asked;
    void Promise.resolve(asked.answer({})).then(() => {
      asked.resolve();
      if (this.holder === asked) this.free();
    });
  }

  /** Its holder is gone. */
  free(): void {
    this.holder = null;
    const next = this.queue.shift();
    if (next) this.#grant(next);
  }
}

let locks: Locks;
let told: string[];
const tab = (name: string): Lead => new Lead({ won: () => told.push(`${name} won`), lost: () => told.push(`${name} lost`) });
const turns = async (ms = 0): Promise<void> => void (await vi.advanceTimersByTimeAsync(ms));

beforeEach(() => {
  vi.useFakeTimers();
  [locks, told] = [new Locks(), []];
  sessionStorage.clear();
  Object.defineProperty(navigator, 'locks', { value: locks, configurable: true });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  delete (navigator as unknown as Record<string, unknown>).locks;
});

test('the first tab leads, the second waits and leads when the first is gone', async () => {
  const [one, two] = [tab('one'), tab('two')];
  expect(await one.begin()).toBe(true);
  expect(await one.begin()).toBe(true);
  expect(await two.begin()).toBe(false);
  one.leave();
  await turns(1_400);
  expect(told).toEqual([]);
  await turns(200);
  expect(told).toEqual(['two won']);
  expect(await two.begin()).toBe(true);
  expect(await one.begin()).toBe(false);
});

test('a tab takes over when it is told to, and gives it back when it goes', async () => {
  const [one, two] = [tab('one'), tab('two')];
  await one.begin();
  await two.begin();
  await two.take();
  await turns();
  expect(told).toEqual(['one lost']);
  expect(locks.queue).toHaveLength(0);
  one.wait();
  one.wait();
  expect(locks.queue).toHaveLength(1);
  two.leave();
  await turns(1_500);
  expect(told).toEqual(['one lost', 'one won']);
});

test('a reload gets its lead back from the one that was waiting', async () => {
  const [two, three] = [tab('two'), tab('three')];
  const one = tab('one');
  await one.begin();
  await two.begin();
  await three.begin();
  locks.free();
  await turns(300);
  vi.spyOn(performance, 'getEntriesByType').mockReturnValue([{ type: 'reload' }] as unknown as PerformanceEntryList);
  sessionStorage.setItem('warmline.desktop.leads', '1');
  const again = tab('again');
  expect(await again.begin()).toBe(true);
  await turns(5_000);
  expect(told).toEqual([]);
  again.leave();
  await turns(5_000);
  expect(told).toEqual(['three won']);
});

test('a copy of the leading tab is another tab', async () => {
  await tab('one').begin();
  vi.spyOn(performance, 'getEntriesByType').mockReturnValue([{ type: 'navigate' }] as unknown as PerformanceEntryList);
  expect(sessionStorage.getItem('warmline.desktop.leads')).toBe('1');
  expect(await tab('two').begin()).toBe(false);
});

test('without locks every tab leads, as it was', async () => {
  delete (navigator as unknown as Record<string, unknown>).locks;
  expect(await tab('one').begin()).toBe(true);
  await tab('two').take();
  expect(told).toEqual([]);
});
