import { expect, test } from 'vitest';
import { settled, toTell, type PutAway } from '../src/lib/pools.svelte.ts';

const low = { pool: 'web', state: 'low' } as const;
const dry = { pool: 'web', state: 'dry' } as const;

test('a pool that runs out is told once, again when it gets worse, and anew once it had recovered', () => {
  const nothing: PutAway = {};
  expect(toTell([low], nothing)).toEqual([low]);
  const away: PutAway = { web: 1 };
  expect(toTell([low], away)).toEqual([]);
  expect(toTell([dry, { ...low, pool: 'fair' }], away)).toEqual([dry, { ...low, pool: 'fair' }]);
  const worse: PutAway = { web: 2 };
  expect(toTell([dry], worse)).toEqual([]);
  expect(toTell([low], worse), 'one is free again: no news').toEqual([]);
  expect(settled([low], worse)).toEqual(worse);
  expect(settled([], worse)).toEqual({});
  expect(toTell([low], settled([], worse))).toEqual([low]);
});
