import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const css = readFileSync(join(import.meta.dirname, '../src/style.css'), 'utf8');
const [light, dark] = css.split('@media (prefers-color-scheme: dark)').map((part) => new Map([...part.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g)].map(([, name, hex]) => [name!, hex!])));

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

const GROUNDS = ['bg', 'sunk', 'raised', 'hover'];
const TEXT: [string, string][] = [
  ...['ink', 'ink2', 'ink3', 'accent-text', 'red', 'amber', 'green', 'blue'].flatMap((ink) => GROUNDS.map((ground): [string, string] => [ink, ground])),
  ...['green', 'amber', 'red', 'blue', 'grey'].map((tone): [string, string] => [tone, `${tone}-soft`]),
  ['accent-text', 'accent-soft'],
  ['ink', 'accent-soft'],
  ['ink2', 'accent-soft'],
  ['on-accent', 'accent'],
  ['on-accent', 'accent-hover'],
  ['on-accent', 'green-solid'],
];

test.each([['light', light], ['dark', dark]] as const)('text can be read in %s (WCAG AA, 4.5 to 1)', (_, colours) => {
  const poor = TEXT.map(([ink, ground]) => [ink, ground, contrast(colours!.get(ink)!, colours!.get(ground)!)] as const).filter(([, , ratio]) => !(ratio >= 4.5));
  expect(poor).toEqual([]);
});
