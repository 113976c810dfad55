// Writes the shop's pages: each is the common frame around its own part. No framework: it is somebody else's site.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const here = import.meta.dirname;
const out = join(here, '../dist/shop');
const frame = readFileSync(join(here, 'src/frame.html'), 'utf8');

const PAGES = [
  { part: 'home.html', path: 'index.html', title: 'Papier & Druck: printers, paper and people who know them' },
  { part: 'printer-42.html', path: 'printers/42/index.html', title: 'Printer 42 · Papier & Druck' },
  { part: 'cart.html', path: 'cart/index.html', title: 'Your cart · Papier & Druck' },
];

rmSync(out, { recursive: true, force: true });
for (const page of PAGES) {
  const file = join(out, page.path);
  mkdirSync(dirname(file), { recursive: true });
  const main = readFileSync(join(here, 'src', page.part), 'utf8');
  const title = page.title.replace('&', '&amp;');
  writeFileSync(file, frame.replace('{{TITLE}}', () => title).replace('{{MAIN}}', () => main));
}
cpSync(join(here, 'src/static'), join(out, 'static'), { recursive: true });
