// What the snapshot says about itself, and how it fits on the agent's screen.

export interface About {
  /** The visitor's window in CSS pixels. */
  width: number;
  /** The id of the element at the top of what the visitor sees. */
  at: string | null;
}

/** Read from the attributes of `<html>`, which the widget writes; a stranger's text: only sane values count. */
export function about(text: string): About {
  const head = text.slice(0, 4000).match(/<html\b[^>]*>/)?.[0] ?? '';
  const width = Number(head.match(/ data-wl-width="(\d{1,5})"/)?.[1] ?? 0);
  return {
    width: width >= 240 && width <= 2560 ? width : 1280,
    at: head.match(/ data-wl-at="([\w.:-]{1,80})"/)?.[1] ?? null,
  };
}

export interface Fit {
  scale: number;
  left: number;
  width: number;
  height: number;
}

/** The visitor's width, never enlarged, in the middle where there is room. */
export function fit(page: number, width: number, height: number): Fit {
  const scale = Math.min(1, width / page);
  return { scale, left: Math.max(0, Math.floor((width - page * scale) / 2)), width: page, height: Math.ceil(height / scale) };
}
