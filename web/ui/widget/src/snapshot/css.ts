// The page's styles as one text that refers to nothing outside itself.

/** Decodes CSS escapes, so that a hidden `u\72l(` is seen. */
function unescaped(text: string): string {
  return text
    .replace(/\\([0-9a-f]{1,6})\s?/gi, (_, hex: string) => {
      const code = parseInt(hex, 16);
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
    })
    .replace(/\\(.)/g, '$1');
}

const REACHES_OUT = /(?:url|src|image|image-set|cross-fade|expression)\s*\(|@import|-moz-binding|javascript:/i;

/** Declarations without addresses: `url(…)` becomes `none`; what still reaches out after that is dropped whole. */
export function cleanDeclarations(text: string): string {
  if (!text.includes('(') && !text.includes('\\') && !text.includes(':')) return text;
  const plain = text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\burl\(\s*(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^)]*)\s*\)/gi, 'none');
  return REACHES_OUT.test(unescaped(plain)) ? '' : plain;
}

/** What is asked about the colours that a visitor prefers, answered: whoever looks at his page may prefer others. */
export function answerScheme(text: string, dark: boolean): string {
  if (!/color-scheme/i.test(text)) return text;
  const holds = (asked?: string): boolean => !asked || (asked.toLowerCase() === 'dark') === dark;
  return text
    .replace(/\(\s*prefers-color-scheme\s*(?::\s*(dark|light)\s*)?\)/gi, (_, asked?: string) => (holds(asked) ? '(min-width:0px)' : '(max-width:0px)'))
    .replace(/(?<![\w-])color-scheme\s*:(?=[^;}]*\bdark\b)(?=[^;}]*\blight\b)[^;}!]*/gi, `color-scheme:${dark ? 'dark' : 'light'}`);
}

/** Text that may stand in a `<style>` element. */
export function styleText(css: string): string {
  return css.replace(/<\//g, '<\\/').replace(/<!--/g, '');
}

type Found = { text: string; size: number };

/** Collects the rules that apply now, at most `budget` characters. Sheets that may not be read are left out. */
export function collectStyles(doc: Document, budget: number): string {
  const found: Found = { text: '', size: 0 };
  const sheets = [...Array.from(doc.styleSheets), ...(doc.adoptedStyleSheets ?? [])];
  for (const sheet of sheets) {
    if (!sheet.disabled && applies(doc, sheet.media?.mediaText)) addSheet(doc, sheet, found, budget, 0);
  }
  return found.text;
}

function applies(doc: Document, media: string | undefined): boolean {
  if (!media || media === 'all') return true;
  const match = doc.defaultView?.matchMedia?.(media);
  return match ? match.matches : media.includes('screen');
}

function addSheet(doc: Document, sheet: CSSStyleSheet, found: Found, budget: number, depth: number): void {
  let rules: CSSRuleList;
  try {
    rules = sheet.cssRules;
  } catch {
    return;
  }
  for (const rule of Array.from(rules)) addRule(doc, rule, found, budget, depth);
}

function add(found: Found, text: string, budget: number): void {
  if (found.size + text.length > budget) return;
  found.text += `${text}\n`;
  found.size += text.length + 1;
}

function addRule(doc: Document, rule: CSSRule, found: Found, budget: number, depth: number): void {
  if (depth > 8) return;
  const kind = rule.constructor.name;
  if (kind === 'CSSStyleRule') {
    const style = rule as CSSStyleRule;
    if (used(doc, style.selectorText)) add(found, cleanDeclarations(style.cssText), budget);
  } else if (kind === 'CSSMediaRule') {
    // Decided here: the agent's screen and colour scheme are not the visitor's.
    const media = rule as CSSMediaRule;
    if (applies(doc, media.media.mediaText)) {
      for (const inner of Array.from(media.cssRules)) addRule(doc, inner, found, budget, depth + 1);
    }
  } else if (kind === 'CSSImportRule') {
    const sheet = (rule as CSSImportRule).styleSheet;
    if (sheet && applies(doc, (rule as CSSImportRule).media.mediaText)) addSheet(doc, sheet, found, budget, depth + 1);
  } else if (/^CSS(Supports|LayerBlock|Container|Scope)Rule$/.test(kind)) {
    addGroup(doc, rule as CSSGroupingRule, found, budget, depth);
  } else if (/^CSS(Keyframes|LayerStatement|Property|CounterStyle)Rule$/.test(kind)) {
    add(found, cleanDeclarations(rule.cssText), budget);
  }
}

function addGroup(doc: Document, group: CSSGroupingRule, found: Found, budget: number, depth: number): void {
  const head = cleanDeclarations(group.cssText.slice(0, group.cssText.indexOf('{')));
  if (!head) return;
  const inner: Found = { text: '', size: 0 };
  for (const rule of Array.from(group.cssRules)) addRule(doc, rule, inner, budget - found.size, depth + 1);
  add(found, `${head}{${inner.text}}`, budget);
}

/** Whether a rule may match something in the page: states (`:hover`) are taken off first. */
function used(doc: Document, selector: string): boolean {
  const bare = selector.replace(/::?[a-z-]+(?:\([^()]*(?:\([^()]*\)[^()]*)*\))?/gi, '');
  if (bare.split(',').some((part) => part.trim() === '')) return true;
  try {
    return doc.querySelector(bare) !== null;
  } catch {
    return true;
  }
}
