// Where the switch is and which site this is: read from our own script tag.

export interface Config {
  /** `https://switch.example`, without a trailing slash. */
  origin: string;
  site: string;
  /** Query parameters of the page that the agent may see; all others are cut off. */
  params: string[];
}

const HARMLESS = ['id', 'q', 'query', 'search', 's', 'p', 'page', 'product', 'sku', 'category', 'cat', 'variant', 'color', 'size', 'lang'];

export function readConfig(script: HTMLScriptElement | null): Config | null {
  const site = script?.dataset.site;
  if (!script || !site) return null;
  try {
    return {
      origin: new URL(script.src).origin,
      site,
      params: [...HARMLESS, ...(script.dataset.params ?? '').split(',').map((name) => name.trim()).filter(Boolean)],
    };
  } catch {
    return null;
  }
}

/** The page's address without fragment, credentials and parameters nobody allowed; at most 2,048 bytes. */
export function pageAddress(href: string, params: string[]): string {
  const url = new URL(href);
  url.hash = '';
  url.username = '';
  url.password = '';
  for (const name of [...url.searchParams.keys()]) {
    if (!params.includes(name)) url.searchParams.delete(name);
  }
  if (url.href.length > 2048) url.search = '';
  return url.href.length > 2048 ? url.origin : url.href;
}
