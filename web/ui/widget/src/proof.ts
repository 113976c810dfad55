// The proof of work that a request to be called may need, loaded when it does: dist/widget-proof.js. In short turns, so that the page goes
// on: a worker would need a policy of the shop's.
import { begin, tries } from '@warmline/shared/sha256_work';

/** Tries between two looks at the clock. */
const TRIES = 500;
/** How long a turn takes, in milliseconds. */
const TURN = 12;

/** `challenge:number`, whose SHA-256 begins with so many zero bits. */
export async function solve(challenge: string, bits: number): Promise<string> {
  const work = begin(challenge, bits);
  for (;;) {
    const start = performance.now();
    while (performance.now() - start < TURN) {
      const found = tries(work, TRIES);
      if (found !== null) return `${challenge}:${found}`;
    }
    await turn();
  }
}

/** Not a timer: those are held up in pages that nobody looks at. */
function turn(): Promise<void> {
  return new Promise((done) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      channel.port1.close();
      done();
    };
    channel.port2.postMessage(null);
  });
}
