// What may be in a recording: at its source, where it is masked, and before it is built, where it may be forged.
import { expect, test } from 'vitest';
import { Cleaner, type Source } from '../src/live/clean.ts';

type Json = Record<string, unknown>;
const DOTS = '••••••';

let id = 1;
const text = (textContent: string): Json => ({ type: 3, id: (id += 1), textContent });
const element = (tagName: string, attributes: Json = {}, childNodes: Json[] = [], more: Json = {}): Json => ({ type: 2, id: (id += 1), tagName, attributes, childNodes, ...more });
const full = (...body: Json[]): Json => ({
  type: 2, timestamp: 5,
  data: { node: { type: 0, id: 1, childNodes: [{ type: 1, id: (id += 1), name: 'html', publicId: 'x', systemId: 'y' }, element('html', {}, [element('head'), element('body', {}, body)])] }, initialOffset: { top: 10, left: 'x' } },
});
const more = (data: Json): Json => ({ type: 3, timestamp: 6, data });

/** The body's children as they came through, and the cleaner that knows them. */
function through(nodes: Json[], source: Source | null = null): { cleaner: Cleaner; nodes: Json[] } {
  const cleaner = new Cleaner(source);
  const event = cleaner.event(full(...nodes))!;
  const html = ((event.data.node as Json).childNodes as Json[])[1]!;
  return { cleaner, nodes: ((html.childNodes as Json[])[1]!.childNodes as Json[]) };
}
const one = (node: Json, source: Source | null = null): Json => through([node], source).nodes[0]!;
const attributes = (node: Json, source: Source | null = null): Json => one(node, source).attributes as Json;
const says = (node: Json): unknown => (node.childNodes as Json[])[0]!.textContent;

test('what says how a page looks passes', () => {
  expect(attributes(element('p', { class: 'price', id: 'p', style: 'color:red', 'aria-expanded': 'true', rr_scrollTop: 30 }))).toEqual({ class: 'price', id: 'p', style: 'color:red', 'aria-expanded': 'true', rr_scrollTop: 30 });
  expect(says(one(element('p', {}, [text('389 €')])))).toBe('389 €');
  expect(one(element('svg', { viewBox: '0 0 9 9' }, [element('path', { d: 'M0 0' }, [], { isSVG: true })], { isSVG: true }))).toMatchObject({ isSVG: true, attributes: { viewBox: '0 0 9 9' }, childNodes: [{ tagName: 'path', attributes: { d: 'M0 0' } }] });
  expect(one(element('x-card', {}, [{ ...element('slot'), isShadow: true }], { isShadowHost: true, isCustom: true }))).toEqual(expect.objectContaining({ tagName: 'x-card', isShadowHost: true, childNodes: [expect.objectContaining({ tagName: 'slot', isShadow: true })] }));
  expect(attributes(element('a', { href: 'https://shop.test/?token=1', target: '_top' }))).toEqual({ href: '#' });
  expect(attributes(element('link', { _cssText: 'p{color:red}', media: 'print' }))).toEqual({ _cssText: 'p{color:red}', media: 'print' });
});

test('what runs, moves or fetches does not, and keeps its place', () => {
  for (const name of ['script', 'noscript', 'meta', 'base', 'template', 'use', 'image', 'animate', 'set', 'foreignobject', 'link', 'title', 'frameset', 'script src=x', 'x:y', '']) {
    const node = element(name, { src: 'https://evil.test', href: 'https://evil.test' }, [text('top.owned=1')]);
    expect(one(node), name).toEqual({ type: 5, id: node.id, textContent: '' });
  }
  for (const name of ['iframe', 'object', 'embed', 'video', 'audio', 'canvas']) {
    expect(one(element(name, { src: 'https://evil.test', srcdoc: '<script>', rr_mediaState: 'played' }, [text('x')])), name).toMatchObject({ tagName: 'span', attributes: { class: 'wl-box' }, childNodes: [] });
  }
  const handlers = { onclick: 'x', onload: 'x', onerror: 'x', ping: 'x', action: 'x', formaction: 'x', background: 'x', srcset: 'x', src: 'https://evil.test/a.png', rr_dataURL: 'https://evil.test', is: 'x', title: 'secret', 'data-token': 'a/b=' };
  expect(attributes(element('div', handlers))).toEqual({});
  expect(attributes(element('img', { ...handlers, alt: 'a picture' }))).toEqual({ alt: 'a picture' });
  expect(attributes(element('img', { src: 'data:image/webp;base64,AAAA' }))).toEqual({ src: 'data:image/webp;base64,AAAA' });
  expect(attributes(element('img', { src: 'data:image/svg+xml;base64,AAAA' }))).toEqual({});
  expect(one(element('div', {}, [], { isCustom: true }))).not.toHaveProperty('isCustom');
});

test('icons of a sprite are used, and nothing that is used uses others', () => {
  const drawn = (name: string, attributes: Json = {}, children: Json[] = []): Json => element(name, attributes, children, { isSVG: true });
  const svg = one(drawn('svg', { id: 'top', viewBox: '0 0 9 9' }, [drawn('use', { href: '#icon', 'xlink:href': '#icon', x: '1' })]));
  expect(svg).toMatchObject({ attributes: { viewBox: '0 0 9 9' }, childNodes: [{ tagName: 'use', attributes: { href: '#icon', 'xlink:href': '#icon', x: '1' } }] });
  expect(svg.attributes).not.toHaveProperty('id');
  for (const href of ['https://evil.test/s.svg#x', '/s.svg#x', 'data:image/svg+xml,x#x', '#a b', '']) {
    expect((one(drawn('svg', {}, [drawn('use', { href })])).childNodes as Json[])[0], href).toMatchObject({ type: 5 });
  }
  const nested = [drawn('symbol', { id: 'a' }, [drawn('use', { href: '#b' })]), drawn('g', { id: 'b' }, [drawn('svg', { id: 'c' }, [drawn('use', { href: '#a' })])])];
  const [symbol, group] = one(drawn('svg', {}, nested)).childNodes as Json[];
  expect((symbol!.childNodes as Json[])[0]).toMatchObject({ type: 5 });
  expect(((group!.childNodes as Json[])[0]!.childNodes as Json[])[0]).toMatchObject({ type: 5 });
  // What is said later changes nothing of it.
  const ids = drawn('svg', {}, [drawn('use', { href: '#icon' })]);
  const later = through([ids]).cleaner.event(more({ source: 0, adds: [], removes: [], texts: [], attributes: [{ id: ids.id, attributes: { id: 'icon', class: 'x' } }, { id: (ids.childNodes as Json[])[0]!.id, attributes: { href: 'https://evil.test/#x' } }] }));
  expect(later!.data.attributes).toEqual([{ id: ids.id, attributes: { class: 'x' } }, { id: (ids.childNodes as Json[])[0]!.id, attributes: {} }]);
  // An element that only has the name of a drawing is none.
  expect((one(element('svg', {}, [drawn('use', { href: '#icon' })])).childNodes as Json[])[0]).toMatchObject({ type: 5 });
  // Many icons of one large drawing would be millions.
  const many = [drawn('symbol', { id: 'large' }, Array.from({ length: 3_000 }, () => drawn('path', { d: 'M0 0' }))), ...Array.from({ length: 1_000 }, () => drawn('use', { href: '#large' }))];
  const used = (one(drawn('svg', {}, many)).childNodes as Json[]).filter(({ tagName }) => tagName === 'use').length;
  expect(used).toBeGreaterThan(50);
  expect(used * 3_000).toBeLessThan(400_001);
});

test('styles refer to nothing outside, and stand where they stood', () => {
  const css = '@import url(https://evil.test/a);@font-face{font-family:x;src:url(https://evil.test/f)}@media print{p{color:red}i{background:url("https://evil.test/b")}u{background:image-set("https://evil.test/c" 1x)}}b{color:blue}';
  const kept = String(attributes(element('style', { _cssText: css }))._cssText);
  expect(kept).not.toMatch(/evil/);
  expect(kept.split('{').length).toBe(kept.split('}').length);
  expect(kept).toContain('p{color:red}');
  expect(kept).toMatch(/b\{color:blue\}$/);
  expect(attributes(element('style', { _cssText: 'p{background:u\\72l(https://evil.test/d)}' }))._cssText).toBe('p{}');
  expect(says(one(element('style', {}, [text('p{background:image-set("https://evil.test/e" 1x)}')])))).toBe('p{}');
  expect(attributes(element('p', { style: 'background:url(https://evil.test/g);color:red' }))).toEqual({ style: 'background:none;color:red' });
  const style = element('style', { _cssText: '' });
  const { cleaner } = through([style]);
  const rules = cleaner.event(more({ source: 8, id: style.id, adds: [{ rule: '@import "https://evil.test"', index: 0 }, { rule: 'p{color:red}', index: 1 }, { rule: 'p{background:image-set("x" 1x)}', index: 2 }], removes: [{ index: 0 }] }));
  expect(rules!.data).toEqual({ source: 8, id: style.id, adds: [{ rule: 'wl-none{}', index: 0 }, { rule: 'p{color:red}', index: 1 }, { rule: 'wl-none{}', index: 2 }], removes: [{ index: 0 }] });
  expect(cleaner.event(more({ source: 13, id: style.id, index: [0], set: { property: 'background', value: 'url(https://evil.test)', priority: 'important' } }))!.data.set).toEqual({ property: 'background', value: 'none', priority: 'important' });
});

test('nothing that was typed passes, whoever recorded it', () => {
  expect(attributes(element('input', { type: 'text', value: 'Jane', checked: true }))).toEqual({ type: 'text', value: DOTS });
  expect(attributes(element('input', { type: 'email', value: 'a@b.test', placeholder: 'Mail' }))).toEqual({ type: 'text', value: DOTS, placeholder: 'Mail' });
  expect(attributes(element('input', { type: 'submit', value: 'Buy' }))).toEqual({ type: 'submit', value: 'Buy' });
  expect(attributes(element('input', { type: 'radio', value: 'diabetes', checked: true }))).toEqual({ type: 'radio', value: DOTS });
  expect(attributes(element('input', { type: 'text', value: '' }))).toEqual({ type: 'text', value: '' });
  expect(one(element('input', { type: 'hidden', value: 'csrf' }))).toMatchObject({ type: 5 });
  for (const type of ['password', 'file', 'image']) expect(one(element('input', { type, value: 'x', src: 'x' })), type).toMatchObject({ tagName: 'span', attributes: { class: 'wl-box' } });
  expect(says(one(element('textarea', {}, [text('words')])))).toBe(DOTS);
  expect(one(element('select', {}, [element('option', { value: 'x', selected: true }, [text('a choice')])]))).toMatchObject({ childNodes: [{ attributes: {}, childNodes: [{ textContent: DOTS }] }] });
  expect(says(one(element('p', {}, [text('card 4111 1111 1111 1111')])))).toBe(`card ${DOTS}`);
  const input = element('input', { type: 'text' });
  const { cleaner } = through([input]);
  expect(cleaner.event(more({ source: 5, id: input.id, text: 'typed', isChecked: true }))!.data).toEqual({ source: 5, id: input.id, text: DOTS, isChecked: false });
  const changed = cleaner.event(more({ source: 0, attributes: [{ id: input.id, attributes: { value: 'typed', class: null, onclick: 'x', type: 'password' } }] }))!;
  expect(changed.data.attributes).toEqual([{ id: input.id, attributes: { value: DOTS, class: null, type: 'text' } }]);
});

test('at the source, what is secret is masked and pictures are the page’s own', () => {
  const [hidden, shown] = [text('a diagnosis'), text('a headline')];
  const [picture, far] = [element('img', { src: 'https://shop.test/a.png', alt: 'Printer' }), element('img', { src: 'data:image/png;base64,AAAA', style: 'color:red' })];
  const boxed = element('div', { class: 'x', rr_width: '10px', rr_height: '10px' }, [text('never')]);
  const source: Source = { secret: (id) => id === hidden.id, picture: (id) => (id === picture.id ? 'data:image/webp;base64,BBBB' : null), size: () => ({ width: 300.4, height: 20 }), dark: () => false };
  const { cleaner, nodes } = through([element('p', {}, [hidden]), element('p', {}, [shown]), picture, far, boxed], source);
  expect(nodes.slice(0, 2).map(says)).toEqual([DOTS, 'a headline']);
  expect(nodes[2]!.attributes).toEqual({ src: 'data:image/webp;base64,BBBB', alt: 'Printer' });
  expect(nodes[3]!.attributes).toEqual({ style: 'color:red;width:300px;height:20px' });
  expect(nodes[4]).toMatchObject({ tagName: 'span', attributes: { class: 'wl-box', rr_width: '300px', rr_height: '20px' }, childNodes: [] });
  const changed = cleaner.event(more({ source: 0, texts: [{ id: hidden.id, value: 'another' }, { id: shown.id, value: 'new' }] }))!;
  expect(changed.data.texts).toEqual([{ id: hidden.id, value: DOTS }, { id: shown.id, value: 'new' }]);
});

test('what a page asks about the visitor’s colours is answered at the source', () => {
  const css = '@media (prefers-color-scheme: dark){p{color:#fff}}@media screen and (PREFERS-COLOR-SCHEME:light){p{color:#000}}@media (prefers-color-scheme){i{top:0}}:root{color-scheme:light dark}.x{color-scheme:dark;--color-scheme:light dark}';
  const dark = (dark: boolean): Source => ({ secret: () => false, picture: () => null, size: () => null, dark: () => dark });
  const styled = (source: Source | null): unknown => attributes(element('style', { _cssText: css, media: '(prefers-color-scheme:dark)' }), source);
  expect(styled(dark(true))).toEqual({ _cssText: '@media (min-width:0px){p{color:#fff}}@media screen and (max-width:0px){p{color:#000}}@media (min-width:0px){i{top:0}}:root{color-scheme:dark}.x{color-scheme:dark;--color-scheme:light dark}', media: '(min-width:0px)' });
  expect(styled(dark(false))).toEqual({ _cssText: '@media (max-width:0px){p{color:#fff}}@media screen and (min-width:0px){p{color:#000}}@media (min-width:0px){i{top:0}}:root{color-scheme:light}.x{color-scheme:dark;--color-scheme:light dark}', media: '(max-width:0px)' });
  // What has come is not the agent's browser's to answer.
  expect(styled(null)).toEqual({ _cssText: css, media: '(prefers-color-scheme:dark)' });
  expect(attributes(element('p', { style: 'color-scheme:light dark' }), dark(true))).toEqual({ style: 'color-scheme:dark' });
  const style = element('style', { _cssText: '' });
  const { cleaner } = through([style], dark(true));
  const changed = cleaner.event(more({ source: 8, id: style.id, adds: [{ rule: '@media (prefers-color-scheme:light){p{color:red}}', index: 0 }] }));
  expect(changed!.data.adds).toEqual([{ rule: '@media (max-width:0px){p{color:red}}', index: 0 }]);
});

test('changes are told of what is known, in an order that can be built', () => {
  const [list, first, gone] = [element('ul'), element('li'), element('iframe')];
  const { cleaner } = through([{ ...list, childNodes: [first] }, gone]);
  const [second, third, inner] = [element('li'), element('li'), element('b')];
  const adds = [{ parentId: third.id, nextId: null, node: inner }, { parentId: list.id, nextId: third.id, node: second }, { parentId: list.id, nextId: first.id, node: third }];
  const lost = [{ parentId: gone.id, nextId: null, node: element('p') }, { parentId: 99_999, nextId: null, node: element('p') }];
  const event = cleaner.event(more({ source: 0, adds: [...adds, ...lost], removes: [{ id: 77_777, parentId: list.id }], texts: [{ id: 77_777, value: 'x' }] }))!;
  expect((event.data.adds as Json[]).map((row) => (row.node as Json).id)).toEqual([third.id, inner.id, second.id]);
  expect([event.data.removes, event.data.texts]).toEqual([[], []]);
  const alone = element('li');
  const dangling = cleaner.event(more({ source: 0, adds: [{ parentId: list.id, nextId: 88_888, node: alone }] }))!;
  expect(dangling.data.adds).toEqual([{ parentId: list.id, nextId: null, node: expect.objectContaining({ id: alone.id }) }]);
  expect(cleaner.event(more({ source: 3, id: list.id, x: 1, y: 2, extra: 'x' }))!.data).toEqual({ source: 3, id: list.id, x: 1, y: 2 });
  expect(cleaner.event(more({ source: 3, id: 88_888, x: 1, y: 2 }))).toBeNull();
});

test('what is no recording is nothing, and nothing grows without end', () => {
  const cleaner = new Cleaner();
  for (const raw of [null, 7, 'x', [], {}, { type: 3 }, { type: 2, data: {} }, { type: 2, data: { node: { type: 2 } } }, { type: 5, data: { tag: 'x' } }, { type: 6, data: {} }, { type: 8, data: {} }, more({ source: 0, isAttachIframe: true, adds: [] }), more({ source: 7, id: 1 }), more({ source: 9 }), more({ source: 10 }), more({ source: 14 }), more({ source: 16 })]) {
    expect(cleaner.event(raw), JSON.stringify(raw)).toBeNull();
  }
  expect(cleaner.event({ type: 4, timestamp: 1, data: { href: 'https://shop.test/?token=1', width: 1e9, height: -1 } })!.data).toEqual({ href: '', width: 1280, height: 720 });
  const many = Array.from({ length: 70_000 }, () => text('x'));
  const { cleaner: filled, nodes } = through(many);
  expect(nodes.length).toBeLessThan(60_000);
  expect(filled.full).toBe(true);
  expect((filled.event(more({ source: 0, adds: [{ parentId: 1, nextId: null, node: element('p') }] }))!.data.adds as Json[]).length).toBe(0);
  let deep = element('p', {}, [text('deep')]);
  for (let depth = 0; depth < 2_000; depth += 1) deep = { type: 2, id: (id += 1), tagName: 'div', attributes: {}, childNodes: [deep] };
  expect(JSON.stringify(one(deep))).not.toContain('deep');
  const long = one(element('div', {}, Array.from({ length: 200 }, () => element('p', {}, [text('y'.repeat(9_000))]))));
  expect(JSON.stringify(long).length).toBeLessThan(900_000);
});
