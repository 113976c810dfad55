// Development only: serves dist/ the way the switch does, with its policies, on three origins.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

const DIST = join(import.meta.dirname, '../dist');
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };

function file(response, path, change = (text) => text, headers = {}) {
  const full = normalize(join(DIST, path));
  if (!full.startsWith(DIST) || !existsSync(full) || !statSync(full).isFile()) {
    response.writeHead(404).end();
    return;
  }
  const type = TYPES[extname(full)] ?? 'application/octet-stream';
  const body = type.startsWith('text/') ? change(readFileSync(full, 'utf8')) : readFileSync(full);
  response.writeHead(200, { 'Content-Type': type, 'X-Content-Type-Options': 'nosniff', ...headers }).end(body);
}

function listen(handler, port) {
  return new Promise((resolve) => {
    const server = createServer((request, response) => handler(new URL(request.url ?? '/', 'http://x'), response));
    server.listen(port, '127.0.0.1', () => resolve({ server, origin: `http://127.0.0.1:${server.address().port}` }));
  });
}

/** Starts the three origins; `keep(html)` stores a snapshot and tells its hash. */
export async function start(ports = [0, 0, 0]) {
  const snapshots = new Map();
  let desk;
  const view = await listen((url, response) => {
    const [, kind, hash] = url.pathname.split('/');
    if (kind === 'view') {
      const policy = `default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; frame-src 'self' blob:; base-uri 'none'; frame-ancestors ${desk.origin}`;
      file(response, 'pageview/index.html', undefined, { 'Content-Security-Policy': policy });
    } else if (kind === 'snapshot' && snapshots.has(hash)) {
      const policy = "default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; sandbox";
      response.writeHead(200, { 'Content-Type': TYPES['.html'], 'Content-Security-Policy': policy }).end(snapshots.get(hash));
    } else file(response, `pageview${url.pathname}`);
  }, ports[1]);
  desk = await listen((url, response) => {
    const path = url.pathname === '/desktop/' ? '/desktop/index.html' : url.pathname;
    const policy = `default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; object-src 'none'; base-uri 'none'; connect-src 'self' ws://127.0.0.1:*; frame-src ${view.origin}; form-action 'self'; frame-ancestors 'none'`;
    file(response, path, undefined, path.startsWith('/desktop') ? { 'Content-Security-Policy': policy, 'Referrer-Policy': 'strict-origin' } : { 'Access-Control-Allow-Origin': '*' });
  }, ports[0]);
  const shop = await listen((url, response) => {
    const path = extname(url.pathname) ? url.pathname : join(url.pathname, 'index.html');
    const policy = `default-src 'none'; script-src 'self' ${desk.origin}; style-src 'self'; img-src 'self'; connect-src ${desk.origin} ${desk.origin.replace('http', 'ws')}`;
    file(response, `shop${path}`, (text) => text.replaceAll('{{SWITCH_ORIGIN}}', desk.origin), { 'Content-Security-Policy': policy });
  }, ports[2]);
  const keep = (html) => {
    const hash = createHash('sha256').update(html, 'utf8').digest('hex');
    snapshots.set(hash, html);
    return hash;
  };
  const stop = () => [desk, view, shop].forEach(({ server }) => server.close());
  return { desk: desk.origin, view: view.origin, shop: shop.origin, keep, stop };
}

if (process.argv[1] === import.meta.filename) {
  const { desk, view, shop } = await start([8080, 8444, 8090]);
  process.stdout.write(`desktop ${desk}/desktop/\npage view ${view}\nshop ${shop}/\n`);
}
