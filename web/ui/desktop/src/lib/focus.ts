// Where the focus goes when the part that had it is taken away.
import { tick } from 'svelte';

/** After the next drawing: to the first of these that is there, unless the focus is somewhere already. */
export async function rescueFocus(...selectors: string[]): Promise<void> {
  await tick();
  if (document.activeElement && document.activeElement !== document.body) return;
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
