import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

const script = readFileSync(join(import.meta.dirname, '../../dist/widget.js'));

test('the script tag costs at most 30 kB', () => expect(gzipSync(script).length).toBeLessThanOrEqual(30_000));

test('it is one classic script that any policy lets run', () => {
  const text = script.toString('utf8');
  expect(text).not.toMatch(/\beval\(|new Function\(|\.innerHTML|document\.write|setAttribute\(["'`]style|^\s*(?:import|export)\b/m);
});
