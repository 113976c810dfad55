// Where the focus goes when the part that had it is taken away.
import { tick } from 'svelte';

/** After the next drawing: to the first of these that is there, unless the focus is somewhere already where it is of use. */
export async function rescueFocus(...selectors: string[]): Promise<void> {
  await tick();
  const now = document.activeElement;
  if (now && now !== document.body && !now.matches(':disabled')) return;
  for (const selector of selectors) {
    const element = document.querySelector<HTMLElement>(selector);
    if (element) return element.focus();
  }
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
