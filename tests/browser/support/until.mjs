// Waiting for what must come: asked again and again until a deadline, never a fixed sleep.
import { setTimeout as pause } from 'node:timers/promises';

/** How long anything may take that a test waits for, in milliseconds. */
export const PATIENCE = 20_000;

/** Asks until the answer is neither null, undefined nor false, and returns it; fails with `what` where it never is. */
export async function until(what, ask, patience = PATIENCE) {
  const end = Date.now() + patience;
  for (;;) {
    const found = await ask();
    if (found !== null && found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`never happened: ${typeof what === 'function' ? what() : what}`);
    await pause(25);
  }
}
