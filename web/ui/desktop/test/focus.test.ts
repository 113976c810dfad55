// @vitest-environment jsdom
import { expect, test } from 'vitest';
import { keepFocus, rescueFocus, watchPointer } from '../src/lib/focus.ts';

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

test('the focus goes on where its part is taken away or disabled, and stays away where somebody left it', async () => {
  const root = document.body.appendChild(document.createElement('main'));
  const add = (id: string): HTMLButtonElement => Object.assign(root.appendChild(document.createElement('button')), { id });
  const [answer, call] = [add('answer'), add('call')];
  keepFocus(root, '#gone', '#call', '#answer');
  const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
  answer.focus();
  answer.remove();
  await settled();
  expect(document.activeElement).toBe(call);
  const other = add('other');
  other.focus();
  other.disabled = true;
  await settled();
  expect(document.activeElement).toBe(call);
  call.blur();
  await settled();
  add('more').remove();
  await settled();
  expect(document.activeElement).toBe(document.body);
});

test('while a dialog is open the focus stays within: its first field or button that takes it, else its heading', async () => {
  document.body.innerHTML = '<button id="behind"></button><dialog open><h2>About</h2><input disabled><button id="inside"></button></dialog>';
  await rescueFocus('#behind');
  expect(document.activeElement?.id).toBe('inside');
  document.querySelector('#inside')!.remove();
  await rescueFocus('#behind');
  expect(document.activeElement?.tagName).toBe('H2');
  document.querySelector('dialog')!.remove();
  await rescueFocus('#behind');
  expect(document.activeElement?.id).toBe('behind');
});
