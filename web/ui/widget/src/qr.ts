// A QR code for a short text: byte mode, level M, versions 1 to 3 (at most 42 bytes), ISO/IEC 18004.

/** Data and error-correction codewords by version; one block each. */
const VERSIONS = [
  { data: 16, ecc: 10 },
  { data: 28, ecc: 16 },
  { data: 44, ecc: 26 },
] as const;

const EXP: number[] = [];
const LOG: number[] = [];
for (let i = 0, value = 1; i < 255; i += 1) {
  EXP[i] = value;
  LOG[value] = i;
  value = (value << 1) ^ (value & 0x80 ? 0x11d : 0);
}

function multiply(a: number, b: number): number {
  return a && b ? EXP[(LOG[a]! + LOG[b]!) % 255]! : 0;
}

/** Remainder of the data by the Reed-Solomon generator of `degree`. */
function errorCorrection(data: number[], degree: number): number[] {
  let generator = [1];
  for (let i = 0; i < degree; i += 1) {
    const next = [...generator, 0];
    generator.forEach((value, at) => {
      next[at + 1] = next[at + 1]! ^ multiply(value, EXP[i]!);
    });
    generator = next;
  }
  const rest = [...data, ...new Array<number>(degree).fill(0)];
  for (let i = 0; i < data.length; i += 1) {
    const factor = rest[i]!;
    if (factor) generator.forEach((value, at) => (rest[i + at] = rest[i + at]! ^ multiply(value, factor)));
  }
  return rest.slice(data.length);
}

type Grid = (boolean | null)[][];

const MASKS: ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => ((y >> 1) + Math.floor(x / 3)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

/** Rows of dark (true) and light modules without the quiet zone; null where the text is too long. */
export function qr(text: string): boolean[][] | null {
  const bytes = Array.from(new TextEncoder().encode(text));
  const index = VERSIONS.findIndex(({ data }) => bytes.length + 2 <= data);
  const version = VERSIONS[index];
  if (!version) return null;
  const bits = toBits(bytes, version.data);
  const words: number[] = [];
  for (let i = 0; i < bits.length; i += 8) words.push(parseInt(bits.slice(i, i + 8), 2));
  const stream = [...words, ...errorCorrection(words, version.ecc)].map((word) => word.toString(2).padStart(8, '0')).join('');
  let best: boolean[][] | null = null;
  let least = Infinity;
  MASKS.forEach((mask, number) => {
    const grid = frame(index + 1, number);
    fill(grid, stream, mask);
    const whole = grid as boolean[][];
    const cost = penalty(whole);
    if (cost < least) [best, least] = [whole, cost];
  });
  return best;
}

function toBits(bytes: number[], capacity: number): string {
  let bits = `0100${bytes.length.toString(2).padStart(8, '0')}`;
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0');
  bits += '0000'.slice(0, capacity * 8 - bits.length);
  bits = bits.padEnd(Math.ceil(bits.length / 8) * 8, '0');
  for (let pad = true; bits.length < capacity * 8; pad = !pad) bits += pad ? '11101100' : '00010001';
  return bits;
}

/** Finder, timing and alignment patterns, and the format of level M with this mask. */
function frame(version: number, mask: number): Grid {
  const size = 17 + version * 4;
  const grid: Grid = Array.from({ length: size }, () => new Array<boolean | null>(size).fill(null));
  const set = (x: number, y: number, dark: boolean): void => {
    const row = grid[y];
    if (row && x >= 0 && x < size) row[x] = dark;
  };
  for (const [cx, cy] of [[3, 3], [size - 4, 3], [3, size - 4]] as const) {
    for (let dy = -4; dy <= 4; dy += 1) {
      for (let dx = -4; dx <= 4; dx += 1) {
        const ring = Math.max(Math.abs(dx), Math.abs(dy));
        set(cx + dx, cy + dy, ring !== 2 && ring !== 4);
      }
    }
  }
  for (let i = 8; i < size - 8; i += 1) {
    set(i, 6, i % 2 === 0);
    set(6, i, i % 2 === 0);
  }
  if (version > 1) {
    const centre = size - 7;
    for (let dy = -2; dy <= 2; dy += 1) {
      for (let dx = -2; dx <= 2; dx += 1) set(centre + dx, centre + dy, Math.max(Math.abs(dx), Math.abs(dy)) !== 1);
    }
  }
  writeFormat(size, mask, set);
  return grid;
}

function writeFormat(size: number, mask: number, set: (x: number, y: number, dark: boolean) => void): void {
  // Level M is 00; BCH(15,5) with generator 0x537.
  let rest = mask;
  for (let i = 0; i < 10; i += 1) rest = (rest << 1) ^ ((rest >> 9) * 0x537);
  const format = ((mask << 10) | rest) ^ 0x5412;
  const bit = (i: number): boolean => ((format >> i) & 1) === 1;
  for (let i = 0; i <= 5; i += 1) set(8, i, bit(i));
  set(8, 7, bit(6));
  set(8, 8, bit(7));
  set(7, 8, bit(8));
  for (let i = 9; i < 15; i += 1) set(14 - i, 8, bit(i));
  for (let i = 0; i < 8; i += 1) set(size - 1 - i, 8, bit(i));
  for (let i = 8; i < 15; i += 1) set(8, size - 15 + i, bit(i));
  set(8, size - 8, true);
}

/** Lays the bits in columns of two, upwards and downwards in turn, from the right. */
function fill(grid: Grid, stream: string, mask: (x: number, y: number) => boolean): void {
  const size = grid.length;
  let at = 0;
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step += 1) {
      const upward = ((right + 1) & 2) === 0;
      const y = upward ? size - 1 - step : step;
      for (const x of [right, right - 1]) {
        const row = grid[y]!;
        if (row[x] !== null) continue;
        row[x] = (stream[at] === '1') !== mask(x, y);
        at += 1;
      }
    }
  }
}

/** The standard's rules 1, 2 and 4: runs, blocks, balance. */
function penalty(grid: boolean[][]): number {
  const size = grid.length;
  let cost = 0;
  let dark = 0;
  for (let a = 0; a < size; a += 1) {
    for (const at of [(b: number) => grid[a]![b], (b: number) => grid[b]![a]]) {
      for (let b = 0, run = 0; b < size; b += 1) {
        run = b > 0 && at(b) === at(b - 1) ? run + 1 : 1;
        if (run === 5) cost += 3;
        else if (run > 5) cost += 1;
      }
    }
    for (let b = 0; b < size; b += 1) {
      const value = grid[a]![b];
      if (value) dark += 1;
      if (a && b && value === grid[a - 1]![b] && value === grid[a]![b - 1] && value === grid[a - 1]![b - 1]) cost += 3;
    }
  }
  return cost + Math.floor(Math.abs((dark * 20) / (size * size) - 10)) * 10;
}
