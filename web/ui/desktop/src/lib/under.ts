// Where a panel opens: under the button that opens it, as far as there is room.
import type { Action } from 'svelte/action';

/** Sets `--left` of a panel, in its offset parent, from the button that `selector` finds there. */
export const under: Action<HTMLElement, string> = (panel, selector) => {
  const place = (): void => {
    const around = panel.offsetParent;
    const button = around?.querySelector<HTMLElement>(selector);
    if (!around || !button) return;
    const start = button.getBoundingClientRect().left - around.getBoundingClientRect().left;
    panel.style.setProperty('--left', `${Math.max(16, Math.min(start, around.clientWidth - panel.offsetWidth - 16))}px`);
  };
  place();
  addEventListener('resize', place);
  return { destroy: () => removeEventListener('resize', place) };
};
