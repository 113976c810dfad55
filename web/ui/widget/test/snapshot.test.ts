// @vitest-environment jsdom
import { beforeEach, expect, test } from 'vitest';
import { cleanDeclarations, styleText } from '../src/snapshot/css.ts';
import { clean, maskCards } from '../src/snapshot/dom.ts';
import { LIMIT, takeSnapshot } from '../src/snapshot/index.ts';

function snap(body: string, head = ''): string {
  document.head.innerHTML = head;
  document.body.innerHTML = body;
  const text = takeSnapshot(document, { encode: () => null });
  if (text === undefined) throw new Error('no snapshot');
  return text;
}

/** What a browser makes of it. */
function parsed(text: string): Document {
  return new DOMParser().parseFromString(text, 'text/html');
}

beforeEach(() => {
  document.documentElement.removeAttribute('class');
});

test('text, structure and looks stay', () => {
  const doc = parsed(snap('<main class="a"><h1 id="t">Printer 42</h1><table><tr><td colspan="2">389 €</td></tr></table></main>', '<title>A &lt;b> &amp; "c"</title><style>.a{color:red}.unused{color:blue}</style>'));
  expect(doc.title).toBe('A <b> & "c"');
  expect(doc.querySelector('main.a h1#t')?.textContent).toBe('Printer 42');
  expect(doc.querySelector('td')?.getAttribute('colspan')).toBe('2');
  expect(doc.querySelector('style')?.textContent).toContain('.a {color: red;}');
  expect(doc.querySelector('style')?.textContent).not.toContain('unused');
});

test('nothing that runs or embeds survives', () => {
  const text = snap(`
    <script>evil()</script><img src="x" onerror="evil()"><a href="javascript:evil()">j</a><a href="https://evil.test/">e</a>
    <iframe src="https://evil.test"></iframe><object data="x"></object><embed src="x"><form action="https://evil.test"><button formaction="javascript:evil()">b</button></form>
    <svg><script>evil()</script><a xlink:href="javascript:evil()"><text>s</text></a><foreignObject><div onclick="evil()">f</div></foreignObject><animate attributeName="href" to="javascript:evil()"/><use href="https://evil.test/#x"/></svg>
    <template><script>evil()</script></template><noscript><p title="</noscript><script>evil()</script>"></noscript><link rel="stylesheet" href="https://evil.test"><base href="https://evil.test"><meta http-equiv="refresh" content="0;url=https://evil.test">
    <video poster="https://evil.test/p"></video><div onclick="evil()" background="https://evil.test/b" data-x="https://evil.test/">d</div><p srcdoc="<script>">p</p>`);
  expect(text).not.toMatch(/evil/);
  expect(text).not.toMatch(/javascript:/i);
  const doc = parsed(text);
  expect(doc.querySelectorAll('script,iframe,object,embed,link,base,meta[http-equiv],template,noscript,foreignObject,animate,use').length).toBe(0);
  for (const element of doc.querySelectorAll('*')) {
    for (const { name, value } of element.attributes) {
      expect(name).not.toMatch(/^on|^(?:src|srcset|action|formaction|poster|background|xlink:href|srcdoc)$/i);
      if (name === 'href') expect(value).toBe('#');
    }
  }
});

test('nothing a visitor typed survives', () => {
  document.head.innerHTML = '';
  document.body.innerHTML = `<input id="n" value="preset"><input type="password" id="p"><input type="hidden" value="csrf-secret"><textarea id="t">old</textarea>
    <select id="s"><option value="1">Sir</option><option value="2" selected>Countess</option></select><input type="checkbox" checked id="c"><input type="submit" value="Order">
    <div contenteditable="true">draft letter</div><div data-private>IBAN DE89 3704<b>0044</b></div><input type="email" placeholder="you@shop.test"><p>Card 4111 1111 1111 1111 on file</p>`;
  document.querySelector<HTMLInputElement>('#n')!.value = 'Jane Dove';
  document.querySelector<HTMLInputElement>('#p')!.value = 'hunter2';
  document.querySelector<HTMLTextAreaElement>('#t')!.value = 'my complaint';
  const text = takeSnapshot(document, { encode: () => null })!;
  expect(text).not.toMatch(/Jane|hunter2|complaint|preset|old<|csrf|Countess|Sir|draft|IBAN|0044|4111/);
  const doc = parsed(text);
  expect(doc.querySelector<HTMLInputElement>('#n')?.value).toBe('••••••');
  expect(doc.querySelector('#t')?.textContent).toBe('••••••');
  expect(doc.querySelector('#c')?.hasAttribute('checked')).toBe(false);
  expect(doc.querySelector<HTMLInputElement>('input[type=submit]')?.value).toBe('Order');
  expect(doc.querySelector('input[placeholder]')?.getAttribute('value')).toBeNull();
  expect(doc.querySelectorAll('.wl-box').length).toBe(2);
});

test('text cannot become markup, nor styles end their element', () => {
  const text = snap('<p id="x"></p><textarea></textarea>', '<style>p::before{content:"</sty" "le><script>evil()</script>"}</style>');
  expect(text.match(/<\/style/g)?.length).toBe(1);
  document.querySelector('#x')!.textContent = '</body><script>alert(1)</script>';
  document.documentElement.setAttribute('class', '"><script>alert(2)</script>');
  const again = takeSnapshot(document, { encode: () => null })!;
  expect(parsed(again).querySelectorAll('script').length).toBe(0);
  expect(parsed(again).querySelector('#x')?.textContent).toBe('</body><script>alert(1)</script>');
});

test.each([
  ['background:url(https://evil.test/x.png) no-repeat', /evil/],
  ['background:URL( "https://evil.test/x" )', /evil/],
  ['background:u\\72l(https://evil.test/x)', /evil/],
  ['background:\\75\\72\\6c(https://evil.test/x)', /evil/],
  ['background-image:image-set("https://evil.test/x" 1x)', /evil/],
  ['--x:url(https://evil.test/x);cursor:url(https://evil.test/c),auto', /evil/],
  ['behavior:url(#x);-moz-binding:url(https://evil.test)', /evil|moz-binding:url/],
  ['width:expression(evil())', /evil/],
])('style "%s" reaches nowhere', (style, bad) => expect(cleanDeclarations(style)).not.toMatch(bad));

test('harmless styles stay as they are', () => {
  expect(cleanDeclarations('color:rgb(1,2,3);width:calc(100% - 4px)')).toBe('color:rgb(1,2,3);width:calc(100% - 4px)');
  expect(styleText('a::after{content:"</style>"}')).toBe('a::after{content:"<\\/style>"}');
});

test('pictures are inlined where they can be read, else boxes with their text', () => {
  document.head.innerHTML = '';
  document.body.innerHTML = '<img id="a" class="k" src="a.png" alt="One"><img id="b" src="https://cdn.test/b.png" alt="Two <b>">';
  for (const image of document.images) image.getBoundingClientRect = () => ({ width: 100, height: 50, top: 0 }) as DOMRect;
  const text = takeSnapshot(document, { encode: (image) => (image.id === 'a' ? 'data:image/webp;base64,AAAA' : null) })!;
  const doc = parsed(text);
  expect(doc.querySelector('img')?.getAttribute('src')).toBe('data:image/webp;base64,AAAA');
  expect(doc.querySelector('.wl-box')?.textContent).toBe('Two <b>');
  expect(text).not.toMatch(/a\.png|cdn\.test/);
});

test('the widget itself is not in the picture; shadow content and slots are', () => {
  document.body.innerHTML = '<div id="w">widget</div><x-card>light</x-card>';
  const root = document.querySelector('x-card')!.attachShadow({ mode: 'open' });
  root.innerHTML = '<b>shadow</b><slot></slot>';
  const own = document.querySelector('#w');
  const text = takeSnapshot(document, { skip: (element) => element === own })!;
  expect(text).not.toContain('widget');
  expect(parsed(text).body.textContent).toBe('shadowlight');
});

test('never more than the limit, however large or deep the page', () => {
  const many = snap(`<p>${'日本語のとても長い文章'.repeat(20)}</p>`.repeat(600));
  expect(many).toContain('日本語');
  expect(new TextEncoder().encode(many).length).toBeLessThanOrEqual(LIMIT);
  let deep: Element = document.body;
  deep.textContent = '';
  for (let i = 0; i < 600; i += 1) deep = deep.appendChild(document.createElement('div'));
  expect(takeSnapshot(document)).toBeDefined();
});

test('pictures share what is left', () => {
  document.body.innerHTML = '<img alt="x">'.repeat(60);
  for (const image of document.images) image.getBoundingClientRect = () => ({ width: 100, height: 50, top: 0 }) as DOMRect;
  const big = `data:image/webp;base64,${'A'.repeat(39_000)}`;
  const text = takeSnapshot(document, { encode: (_, __, ___, max) => (big.length <= max ? big : null) })!;
  expect(text.length).toBeLessThanOrEqual(LIMIT);
  expect(parsed(text).querySelectorAll('img').length).toBe(4);
});

test('the text is well-formed UTF-8: its hash is the same everywhere', () => {
  expect(clean('a\ud800b\udc00c\ud83d\ude00\u0000\r\n')).toBe('a\ufffdb\ufffdc\ud83d\ude00\n');
  document.body.innerHTML = '<p></p>';
  document.querySelector('p')!.textContent = 'x\ud800';
  const text = takeSnapshot(document)!;
  expect(new TextDecoder().decode(new TextEncoder().encode(text))).toBe(text);
});

test('card numbers are masked, other numbers are not', () => {
  expect(maskCards('4111-1111-1111-1111 or 378282246310005')).toBe('•••••• or ••••••');
  expect(maskCards('Order 1234567890123, phone 030 12345003')).toBe('Order 1234567890123, phone 030 12345003');
});

test('a page that cannot be taken is no reason not to call', () => {
  expect(takeSnapshot({} as Document)).toBeUndefined();
});

test('what a site blocks is a box, what it masks is dots, as in the live page', () => {
  const text = snap('<p>shown</p><div data-warmline-block>blocked <b>secret</b></div><p data-warmline-mask>masked <i>secret</i> </p>');
  expect(text).not.toContain('secret');
  const doc = parsed(text);
  expect(doc.querySelector('.wl-box')?.textContent).toBe('');
  expect([doc.querySelector('p')?.textContent, doc.querySelector('i')?.textContent]).toEqual(['shown', '••••••']);
});
