// Pages that change without being loaded: says when the address may be another one. The page's own ways to change it work as before.

interface Navigation extends EventTarget {
  currentEntry: unknown;
}

/** Until the signal; `changed` must not throw. */
export function watchRoute(changed: () => void, signal: AbortSignal): void {
  addEventListener('popstate', changed, { signal });
  addEventListener('hashchange', changed, { signal });
  const { navigation } = window as { navigation?: Navigation };
  // Where the browser tells it nothing of the page's is touched.
  if (navigation && 'currentEntry' in navigation) return navigation.addEventListener('currententrychange', changed, { signal });
  for (const name of ['pushState', 'replaceState'] as const) wrap(name, changed, signal);
}

/** In place of the page's own function, with the same arguments, result and errors. */
function wrap(name: 'pushState' | 'replaceState', changed: () => void, signal: AbortSignal): void {
  const before = history[name];
  const ours = function (this: History, ...args: Parameters<History['pushState']>): void {
    const result = Reflect.apply(before, this, args) as undefined;
    if (!signal.aborted) changed();
    return result;
  };
  history[name] = ours;
  signal.addEventListener('abort', () => {
    // Whoever has wrapped ours meanwhile keeps his; ours does nothing any more.
    if (history[name] === ours) history[name] = before;
  });
}
