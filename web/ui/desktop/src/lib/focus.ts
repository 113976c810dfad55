// Where the focus goes when the part that had it is taken away.
import { tick } from 'svelte';

/** What a dialog is worked with; its heading where it has nothing of that kind. */
const [WORKED, HEADING] = ['input, select, textarea, button, a[href]', 'h1, h2, h3'];

/** True where it takes the focus: what is hidden, disabled or behind a modal dialog does not. */
function takes(element: HTMLElement): boolean {
  element.focus();
  return document.activeElement === element;
}

/** After the next drawing: to the first of these that is there, unless the focus is somewhere already where it is of use. While a dialog is open all beside it is inert: then it stays within. */
export async function rescueFocus(...selectors: string[]): Promise<void> {
  await tick();
  const now = document.activeElement;
  if (now && now !== document.body && !now.matches(':disabled')) return;
  const dialog = [...document.querySelectorAll<HTMLElement>('dialog[open]')].at(-1);
  for (const selector of selectors) {
    const element = (dialog ?? document).querySelector<HTMLElement>(selector);
    if (element && takes(element)) return;
  }
  if (!dialog || [...dialog.querySelectorAll<HTMLElement>(WORKED)].some(takes)) return;
  const heading = dialog.querySelector<HTMLElement>(HEADING);
  heading?.setAttribute('tabindex', '-1');
  heading?.focus();
}

/** Marks the page (`data-pointer`) while it is worked with a pointer: what was clicked shows no ring then, though a letter is pressed as a shortcut. */
export function watchPointer(root: HTMLElement): void {
  let pointing = false;
  const keyboard = (): void => void delete root.dataset.pointer;
  addEventListener('pointerdown', () => {
    pointing = true;
    root.dataset.pointer = '';
  }, true);
  addEventListener('keydown', (event) => {
    pointing = false;
    if (event.key.length > 1) keyboard();
  }, true);
  // Moved by a key, or by the page after one: whoever works with keys must see where to.
  addEventListener('focusin', () => {
    if (!pointing) keyboard();
  }, true);
}

/** The part that has the focus goes or can do nothing any more: it is at the first of these that is there, never nowhere. Where somebody clicks beside everything it stays. */
export function keepFocus(root: HTMLElement, ...selectors: string[]): void {
  let last: Element | null = null;
  root.addEventListener('focusin', (event) => (last = event.target as Element));
  root.addEventListener('focusout', (event) => {
    const left = event.target as Element;
    // What is taken away is left as well: a moment later it shows which of both it was.
    queueMicrotask(() => left.isConnected && !left.matches(':disabled') && last === left && (last = null));
  });
  new MutationObserver(() => {
    if (!last || (last.isConnected && !last.matches(':disabled'))) return;
    last = null;
    void rescueFocus(...selectors);
  }).observe(root, { childList: true, subtree: true, attributes: true, attributeFilter: ['disabled'] });
}
