// The work of a proof: a number behind a text of 64 letters whose SHA-256 (FIPS 180-4) begins with zeros. Pure.

/** What is left of the text's own block. */
export interface Work {
  state: Int32Array;
  bits: number;
  next: number;
}

const K = new Int32Array(64);
const START = new Int32Array(8);
const W = new Int32Array(64);

/** The fractional parts of roots of the first primes, as the standard derives its constants. */
function fill(): void {
  const fraction = (value: number): number => ((value - Math.floor(value)) * 2 ** 32) | 0;
  for (let n = 2, found = 0; found < 64; n += 1) {
    let prime = true;
    for (let d = 2; d * d <= n; d += 1) if (n % d === 0) prime = false;
    if (!prime) continue;
    if (found < 8) START[found] = fraction(Math.sqrt(n));
    K[found] = fraction(Math.cbrt(n));
    found += 1;
  }
}

/** `text` has 64 letters of ASCII: one block, whose hash so far is the same for all tries. */
export function begin(text: string, bits: number): Work {
  if (text.length !== 64) throw new RangeError('64 letters');
  if (!K[0]) fill();
  const state = START.slice();
  for (let i = 0; i < 16; i += 1) W[i] = (text.charCodeAt(4 * i) << 24) | (text.charCodeAt(4 * i + 1) << 16) | (text.charCodeAt(4 * i + 2) << 8) | text.charCodeAt(4 * i + 3);
  compress(state);
  return { state, bits, next: 0 };
}

/** Tries so many numbers; the one that is right, or null. */
export function tries(work: Work, count: number): number | null {
  const state = new Int32Array(8);
  for (const until = work.next + count; work.next < until; work.next += 1) {
    const text = `:${work.next}`;
    W.fill(0, 0, 16);
    for (let i = 0; i < text.length; i += 1) W[i >> 2]! |= text.charCodeAt(i) << (24 - 8 * (i & 3));
    W[text.length >> 2]! |= 0x80 << (24 - 8 * (text.length & 3));
    W[15] = (64 + text.length) << 3;
    state.set(work.state);
    compress(state);
    if (Math.clz32(state[0]!) >= work.bits) return work.next;
  }
  return null;
}

function compress(state: Int32Array): void {
  for (let i = 16; i < 64; i += 1) {
    const x = W[i - 15]!;
    const y = W[i - 2]!;
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    W[i] = (W[i - 16]! + s0 + W[i - 7]! + s1) | 0;
  }
  let a = state[0]!, b = state[1]!, c = state[2]!, d = state[3]!, e = state[4]!, f = state[5]!, g = state[6]!, h = state[7]!;
  for (let i = 0; i < 64; i += 1) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const one = (h + s1 + ((e & f) ^ (~e & g)) + K[i]! + W[i]!) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + two) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((value, i) => (state[i] = (state[i]! + value) | 0));
}
