import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

const script = readFileSync(join(import.meta.dirname, '../../dist/widget.js'));

test('the script tag costs at most 30 kB', () => expect(gzipSync(script).length).toBeLessThanOrEqual(30_000));

test('what asks for a call costs at most 15.5 kB more', () => {
  const part = readFileSync(join(import.meta.dirname, '../../dist/widget-asking.js'));
  expect(gzipSync(part).length).toBeLessThanOrEqual(15_500);
});

test.each([['watch', 6_500], ['invite', 6_000]])('the part that is there to %s costs at most %i bytes more', (name, most) => {
  const part = readFileSync(join(import.meta.dirname, `../../dist/widget-${name}.js`));
  expect(gzipSync(part).length).toBeLessThanOrEqual(most);
  expect(part.toString('utf8')).not.toMatch(/\beval\(|new Function\(|\.innerHTML|document\.write|setAttribute\(["'`]style/);
});

test('it is one classic script that any policy lets run', () => {
  const text = script.toString('utf8');
  expect(text).not.toMatch(/\beval\(|new Function\(|\.innerHTML|document\.write|setAttribute\(["'`]style|^\s*(?:import|export)\b/m);
});
