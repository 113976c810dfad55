// The widget's later parts, for tests: as modules, in a document that knows no style sheets of its own.
import { vi } from 'vitest';
import * as asking from '../src/asking/index.ts';
import * as invite from '../src/invite/index.ts';
import * as proof from '../src/proof.ts';

export async function part(file: string): Promise<unknown> {
  if (file === 'widget-asking.js') return asking;
  if (file === 'widget-proof.js') return proof;
  if (file === 'widget-invite.js') return invite;
  throw new Error(`${file} is not there`);
}

/** What jsdom has not. */
export function sheets(root: ShadowRoot): void {
  vi.stubGlobal('CSSStyleSheet', class { replaceSync(): void {} });
  root.adoptedStyleSheets = [];
}
