// The proof of work (E13): what is found is right by another SHA-256, and it is the first that is.
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { begin, tries } from '@warmline/shared/sha256_work';
import { solve } from '../src/proof.ts';

const challenge = '65f0aa10.0011223344556677.'.padEnd(64, 'c');
const zeros = (text: string): number => Math.clz32(createHash('sha256').update(text).digest().readUInt32BE(0));

test('e13: the number that is found is the first whose SHA-256 begins so', async () => {
  const proof = await solve(challenge, 11);
  const found = Number(proof.slice(65));
  expect(proof.startsWith(`${challenge}:`)).toBe(true);
  expect(zeros(proof)).toBeGreaterThanOrEqual(11);
  for (let n = 0; n < found; n += 1) expect(zeros(`${challenge}:${n}`)).toBeLessThan(11);
});

test('e13: it goes on where it has stopped, and numbers of any length are right', () => {
  const work = begin(challenge, 32);
  expect(tries(work, 1_500)).toBeNull();
  expect(work.next).toBe(1_500);
  for (const next of [0, 9, 10, 99_999, 12_345_678]) {
    const wanted = zeros(`${challenge}:${next}`);
    const at = { ...begin(challenge, wanted), next };
    expect(tries(at, 1)).toBe(next);
    expect(tries({ ...begin(challenge, wanted + 1), next }, 1)).toBeNull();
  }
  expect(() => begin('short', 8)).toThrow();
});
