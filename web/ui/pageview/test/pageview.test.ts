import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { about, fit } from '../src/layout.ts';
import { sha256, sha256Plain } from '../src/sha256.ts';

test('our own SHA-256 agrees with the platform at every length around a block', async () => {
  for (const length of [0, 1, 3, 55, 56, 63, 64, 65, 119, 120, 128, 1000, 300_000]) {
    const data = new Uint8Array(length).map((_, i) => (i * 31 + length) & 255);
    const expected = createHash('sha256').update(data).digest('hex');
    expect(sha256Plain(data)).toBe(expected);
    expect(await sha256(data)).toBe(expected);
  }
});

test('the snapshot says how wide it is and where to open; nonsense is not believed', () => {
  expect(about('<!doctype html><html lang="de" data-wl-width="390" data-wl-at="facts"><head>')).toEqual({ width: 390, at: 'facts' });
  expect(about('<html><body data-wl-width="10">')).toEqual({ width: 1280, at: null });
  expect(about('<html data-wl-width="99999" data-wl-at="a b">')).toEqual({ width: 1280, at: null });
});

test('a wide page is made smaller, a narrow one stands in the middle', () => {
  expect(fit(1280, 640, 400)).toEqual({ scale: 0.5, left: 0, width: 1280, height: 800 });
  expect(fit(390, 728, 500)).toEqual({ scale: 1, left: 169, width: 390, height: 500 });
});
