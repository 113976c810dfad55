// @vitest-environment jsdom
import { expect, test } from 'vitest';
import { watchPointer } from '../src/lib/focus.ts';

test('a click hides the ring until keys move the focus', () => {
  const root = document.documentElement;
  watchPointer(root);
  const button = document.body.appendChild(document.createElement('button'));
  const pointing = (): boolean => 'pointer' in root.dataset;
  const press = (key: string): boolean => button.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
  const focus = (): boolean => button.dispatchEvent(new Event('focusin', { bubbles: true }));
  button.dispatchEvent(new Event('pointerdown', { bubbles: true }));
  focus();
  expect(pointing()).toBe(true);
  press('g');
  expect(pointing()).toBe(true);
  focus();
  expect(pointing()).toBe(false);
  button.dispatchEvent(new Event('pointerdown', { bubbles: true }));
  press('Tab');
  expect(pointing()).toBe(false);
});
