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
  frame.addEventListener('load', () => painted(() => tell({ type: 'drawn', snapshot: hash })), { once: true });
  place();
  addEventListener('resize', place);
  stage.replaceChildren(frame);
}

async function run(): Promise<void> {
  const hash = /\/view\/([0-9a-f]{64})$/.exec(location.pathname)?.[1];
  if (!hash || !new URLSearchParams(location.search).has('token')) return fail('bad_address');
  // The token is sealed together with whatever else the address carries.
  const address = `/snapshot/${hash}${location.search}`;
  let response: Response;
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    response = await fetch(address, { credentials: 'omit', referrerPolicy: 'no-referrer' });
    bytes = new Uint8Array(await response.arrayBuffer());
  } catch {
    return fail('offline');
  }
  if (!response.ok) return fail(response.status === 404 ? 'not_found' : 'expired');
  if ((await sha256(bytes)) !== hash) return fail('mismatch');
  const text = new TextDecoder().decode(bytes);
  const page = harmless(text);
  if (page === null) return fail('mismatch');
  show(page, about(text), hash);
}

void run();
