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
