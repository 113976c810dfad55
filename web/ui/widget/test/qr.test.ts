import jsQR from 'jsqr';
import { expect, test } from 'vitest';
import { qr } from '../src/qr.ts';

/** A picture with four light modules around and eight pixels a module. */
function read(grid: boolean[][]): string | undefined {
  const size = (grid.length + 8) * 8;
  const pixels = new Uint8ClampedArray(size * size * 4).fill(255);
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      if (grid[Math.floor(y / 8) - 4]?.[Math.floor(x / 8) - 4]) pixels.fill(0, (y * size + x) * 4, (y * size + x) * 4 + 3);
    }
  }
  return jsQR(pixels, size, size)?.data;
}

test.each(['tel:110', 'tel:+493012345003', 'tel:+12025550143', 'tel:+493012345003,,483026#', 'tel:+999999999999999', 'x'.repeat(42)])('%s can be read', (text) => {
  expect(read(qr(text)!)).toBe(text);
});

test('what is too long is not drawn', () => expect(qr('x'.repeat(43))).toBeNull());
