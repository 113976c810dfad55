// Where the switch is, which site this is and what its page says: read from our own script tag.
import { clean } from './snapshot/dom.ts';

export interface Config {
  /** `https://switch.example`, without a trailing slash. */
  origin: string;
  site: string;
  /** Query parameters of the page that the agent may see; all others are cut off. */
  params: string[];
  /** What the page says of itself, as its tag has it now. */
  attributes?: () => Record<string, string>;
  /** A token of the site's server that says who the visitor is; asked for anew each time, for it is good for minutes only. */
  identity?: () => Promise<string | null>;
  /** Visits are watched; and what the visitor has said to that, as the shop knows it. */
  watch?: boolean;
  consent?: string | null;
  /** Brings a part that is loaded later, by its file; for tests. */
  part?: (file: string) => Promise<unknown>;
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
      attributes: () => tagAttributes(script),
      identity: () => readIdentity(script),
      watch: script.dataset.watch !== undefined,
      consent: script.dataset.consent ?? null,
    };
  } catch {
    return null;
  }
}

/** `window.warmlineIdentity` (a token, or a function that brings one), else `data-identity` of the script tag. */
async function readIdentity(script: HTMLScriptElement): Promise<string | null> {
  try {
    const given = (window as { warmlineIdentity?: unknown }).warmlineIdentity;
    const waited = typeof given === 'function' ? Promise.race([given(), new Promise((resolve) => setTimeout(resolve, 3000))]) : given;
    const token: unknown = (await waited) ?? script.dataset.identity;
    return typeof token === 'string' && token ? token : null;
  } catch {
    // Without it he is helped like everybody.
    return null;
  }
}

/** `data-attr-plan="pro"` of the script tag says plan: pro. */
function tagAttributes(script: HTMLScriptElement): Record<string, string> {
  return Object.fromEntries([...script.attributes].flatMap(({ name, value }) => (name.startsWith('data-attr-') ? [[name.slice(10), value]] : [])));
}

/** What has the form of an attribute: a wrong one keeps no visitor from help. */
export function fitting(said: Record<string, unknown>): Record<string, string> {
  const fit = Object.entries(said).filter(([name, value]) => /^[a-z0-9_-]{1,40}$/.test(name) && value != null && typeof value != 'object');
  return Object.fromEntries(fit.slice(0, 20).map(([name, value]) => [name, clean(String(value).slice(0, 200))]));
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
