// WCAG 2.2 AA, as far as axe can tell.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const AXE = readFileSync(new URL('../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** Judges a page, or the part of it that `part` selects. The customer's page in its frames is not ours to judge. */
export async function judge(tab, where, part = null) {
  const session = await tab.context.newCDPSession(tab.page);
  const run = async (expression) => {
    const { result, exceptionDetails } = await session.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  await run(`${AXE}; 0`);
  const found = await run(`axe.run(${part ? JSON.stringify(part) : 'document'}, { iframes: false, runOnly: ${JSON.stringify(RULES)} }).then(({ passes, violations }) => ({
    looked: passes.length,
    violations: violations.flatMap(({ id, nodes }) => nodes.map((node) => id + ' ' + node.target.flat().join(' ') + ' ' + node.failureSummary.replace(/\\s+/g, ' ').slice(0, 200))),
  }))`);
  await session.detach();
  assert.ok(found.looked > 5, `${where}: axe has looked at nothing`);
  assert.deepEqual(found.violations, [], where);
}

/** In light and dark. */
export async function bothFaces(desktop, where) {
  await bothFacesOf(desktop, where, null);
}

/** The same of the part of a page that `part` selects. */
export async function bothFacesOf({ tab, page }, where, part) {
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await judge(tab, `${where}, ${colorScheme}`, part);
  }
}
