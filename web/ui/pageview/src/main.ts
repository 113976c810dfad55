// The view of a visitor's page: checked against its hash, shown without any power, reported once it is drawn.
import { harmless } from './harmless.ts';
import { about, fit, type About } from './layout.ts';
import { sha256 } from './sha256.ts';

type Failure = 'bad_address' | 'not_found' | 'expired' | 'mismatch' | 'offline';

const WORDS: Record<Failure, string> = {
  bad_address: 'This address does not name a page.',
  not_found: 'This page is no longer kept.',
  expired: 'This view has expired. It opens again with the next call.',
  mismatch: 'The page does not match its fingerprint and is not shown.',
  offline: 'The page could not be loaded. Check the connection.',
};

/** Who embeds us: the browser's word first, the server's second. */
function desktopOrigin(): string | null {
  const told = location.ancestorOrigins?.[0] ?? new URLSearchParams(location.search).get('desktop') ?? document.referrer;
  try {
    const origin = new URL(told).origin;
    return origin === 'null' ? null : origin;
  } catch {
    return null;
  }
}

function tell(message: { type: 'drawn'; snapshot: string } | { type: 'failed'; reason: Failure }): void {
  const origin = desktopOrigin();
  if (origin && parent !== window) parent.postMessage(message, origin);
}

function fail(reason: Failure): void {
  const note = document.getElementById('note');
  if (note) {
    note.hidden = false;
    note.textContent = WORDS[reason];
  }
  tell({ type: 'failed', reason });
}

/** Two frames after loading the picture is on the screen; a hidden tab has no frames, a timer stands in. */
function painted(done: () => void): void {
  let once = false;
  const finish = (): void => {
    if (once) return;
    once = true;
    done();
  };
  requestAnimationFrame(() => requestAnimationFrame(finish));
  setTimeout(finish, 100);
}

function show(page: string, { width: visitorWidth, at }: About, hash: string): void {
  const stage = document.getElementById('stage');
  if (!stage) return;
  const frame = document.createElement('iframe');
  frame.setAttribute('sandbox', '');
  frame.setAttribute('referrerpolicy', 'no-referrer');
  frame.title = 'The page as the visitor saw it';
  // By address, not as `srcdoc`: only an address can say where to open.
  const address = URL.createObjectURL(new Blob([page], { type: 'text/html;charset=utf-8' }));
  frame.src = at ? `${address}#${encodeURIComponent(at)}` : address;
  const place = (): void => {
    const { scale, left, width, height } = fit(visitorWidth, stage.clientWidth, stage.clientHeight);
    frame.style.width = `${width}px`;
    frame.style.height = `${height}px`;
    frame.style.left = `${left}px`;
    frame.style.transform = `scale(${scale})`;
    stage.classList.toggle('narrow', left > 0);
  };
  const mine = latest;
  const drawn = (): void => {
    URL.revokeObjectURL(address);
    painted(() => mine === latest && tell({ type: 'drawn', snapshot: hash }));
  };
  frame.addEventListener('load', drawn, { once: true });
  place();
  onresize = place;
  stage.replaceChildren(frame);
}

/** Each takes the place of the one before, which draws no more. */
let latest = 0;

function clear(): void {
  latest += 1;
  document.getElementById('stage')?.replaceChildren();
  const note = document.getElementById('note');
  if (note) note.hidden = true;
}

/** What an address of this view names; only its path and query count: nothing is ever asked of another host. */
async function run({ pathname, search }: { pathname: string; search: string }): Promise<void> {
  clear();
  const mine = latest;
  const hash = /\/view\/([0-9a-f]{64})$/.exec(pathname)?.[1];
  if (!hash || !new URLSearchParams(search).has('token')) return fail('bad_address');
  // The token is sealed together with whatever else the address carries.
  const address = `/snapshot/${hash}${search}`;
  let response: Response;
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    response = await fetch(address, { credentials: 'omit', referrerPolicy: 'no-referrer' });
    bytes = new Uint8Array(await response.arrayBuffer());
  } catch {
    return mine === latest ? fail('offline') : undefined;
  }
  if (mine !== latest) return;
  if (!response.ok) return fail(response.status === 404 ? 'not_found' : 'expired');
  if ((await sha256(bytes)) !== hash) return fail('mismatch');
  if (mine !== latest) return;
  const text = new TextDecoder().decode(bytes);
  const page = harmless(text);
  if (page === null) return fail('mismatch');
  show(page, about(text), hash);
}

/** A desktop keeps this view open and says what it shows: a page view that is there already draws at once. */
function hear(event: MessageEvent): void {
  if (event.source !== parent || parent === window || event.origin !== desktopOrigin()) return;
  const data = event.data as { type?: unknown; url?: unknown } | null;
  if (data?.type === 'clear') clear();
  if (data?.type === 'show' && URL.canParse(String(data.url))) void run(new URL(String(data.url)));
}

/** Browsers show such pages in a process of their own, which takes longer to start than a page takes to draw: an empty one keeps it. */
function keepWarm(): void {
  const frame = document.createElement('iframe');
  frame.setAttribute('sandbox', '');
  frame.src = URL.createObjectURL(new Blob([''], { type: 'text/html' }));
  frame.className = 'keeper';
  frame.tabIndex = -1;
  frame.setAttribute('aria-hidden', 'true');
  document.body.append(frame);
}

if (location.pathname.endsWith('/view')) {
  addEventListener('message', hear);
  keepWarm();
} else void run(location);
