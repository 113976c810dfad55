// A visitor who forges the recording of his page: nothing of it runs, moves or asks anybody in the agent's browser.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { owned, strangers, unexpected } from './support/harm.mjs';
import { seen, state, talk } from './support/share.mjs';
import { scenario } from './support/world.mjs';

/** A listener that counts who connects. */
async function trap(world) {
  const trap = { connections: 0 };
  const server = createServer((socket) => {
    trap.connections += 1;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  world.ends(() => server.close());
  trap.host = `https://evil.test:${server.address().port}`;
  return trap;
}

/** A recording as no widget makes it: what runs, moves, asks, copies itself or is no recording at all. */
function forged(host) {
  let id = 1;
  const text = (textContent) => ({ type: 3, id: (id += 1), textContent });
  const element = (tagName, attributes = {}, childNodes = [], more = {}) => ({ type: 2, id: (id += 1), tagName, attributes, childNodes, ...more });
  const evil = () => [
    element('script', {}, [text('top.owned=1')]),
    element('script', { src: `${host}/s.js` }),
    element('SCRIPT', {}, [text('top.owned=2')]),
    element('iframe', { src: `${host}/frame`, srcdoc: '<script>top.owned=3</script>', rr_src: `${host}/rr` }),
    element('object', { data: `${host}/object` }),
    element('embed', { src: `${host}/embed` }),
    element('img', { src: `${host}/a.png`, srcset: `${host}/b.png 2x`, onerror: 'top.owned=4', rr_dataURL: `${host}/rr.png` }),
    element('img', { src: 'x', onerror: 'top.owned=5', alt: 'a picture' }),
    element('a', { href: 'javascript:top.owned=6', ping: `${host}/ping` }, [text('a script')]),
    element('a', { href: `${host}/top`, target: '_top' }, [text('out')]),
    element('form', { action: `${host}/form` }, [element('button', { formaction: `${host}/f` }, [text('send')])]),
    element('meta', { 'http-equiv': 'refresh', content: `0;url=${host}/refresh` }),
    element('base', { href: `${host}/` }),
    element('link', { rel: 'stylesheet', href: `${host}/l.css` }),
    element('link', { rel: 'preconnect', href: host }),
    element('link', { rel: 'dns-prefetch', href: host, _cssText: `@import url(${host}/i.css); body{background:url(${host}/c.png)}` }),
    element('style', { _cssText: `@import "${host}/i2.css";@font-face{font-family:x;src:url(${host}/f.woff)}*{font-family:x;background:u\\72l(${host}/d.png)}` }),
    element('style', {}, [text(`p{background:image-set("${host}/e.png" 1x)}`)]),
    element('div', { style: `background:url(${host}/g.png)`, onclick: 'top.owned=7', onmouseover: 'top.owned=8', onload: 'top.owned=9' }, [text('still here')]),
    element('video', { src: `${host}/v`, poster: `${host}/p`, autoplay: true, rr_mediaState: 'played' }),
    element('audio', { src: `${host}/audio`, autoplay: true, rr_mediaState: 'played' }),
    element('svg', {}, [element('script', {}, [text('top.owned=10')], { isSVG: true }), element('image', { href: `${host}/i` }, [], { isSVG: true }), element('use', { href: `${host}/u#x` }, [], { isSVG: true }), element('animate', { attributeName: 'href', to: 'javascript:top.owned=11' }, [], { isSVG: true })], { isSVG: true }),
    element('template', {}, [element('script', {}, [text('top.owned=12')])]),
    element('canvas', { rr_dataURL: `${host}/canvas` }),
    element('input', { value: 'x', autofocus: true, onfocus: 'top.owned=13' }),
    element('div', {}, [element('script', {}, [text('top.owned=14')], { isShadow: true })], { isShadowHost: true }),
    element('x-evil', { is: 'x' }, [], { isCustom: true }),
    element('script src=x', {}, []),
  ];
  let deep = element('p', {}, [text('deep')]);
  for (let depth = 0; depth < 1_000; depth += 1) deep = { type: 2, id: (id += 1), tagName: 'div', attributes: {}, childNodes: [deep] };
  const body = element('body', { onload: 'top.owned=15', background: `${host}/bg.png` }, [...evil(), deep, element('p', {}, [text('and this')])]);
  const root = element('html', { manifest: `${host}/m` }, [element('head', {}, evil()), body], {});
  const full = { type: 2, timestamp: 1, data: { node: { type: 0, id: 1, childNodes: [root] }, initialOffset: { top: 0, left: 0 } } };
  const more = (data) => ({ type: 3, timestamp: 2, data });
  const changes = [
    more({ source: 0, texts: [], removes: [], attributes: [{ id: body.id, attributes: { onclick: 'top.owned=16', style: `background:url(${host}/s.png)`, background: `${host}/b2.png` } }], adds: evil().map((node) => ({ parentId: body.id, nextId: null, node })) }),
    more({ source: 0, isAttachIframe: true, texts: [], removes: [], attributes: [], adds: [{ parentId: body.id, nextId: null, node: full.data.node }] }),
    more({ source: 8, styleId: 1, adds: [{ rule: `@import url(${host}/r.css)`, index: 0 }, { rule: `*{background:url(${host}/r.png)}`, index: 1 }] }),
    more({ source: 15, id: 1, styleIds: [7], styles: [{ styleId: 7, rules: [{ rule: `*{background:url(${host}/ad.png)}`, index: 0 }] }] }),
    more({ source: 9, id: body.id, type: 0, commands: [{ property: 'drawImage', args: [{ rr_type: 'HTMLImageElement', src: `${host}/draw` }] }] }),
    more({ source: 10, family: 'x', fontSource: `url(${host}/font)`, buffer: false }),
    more({ source: 7, id: body.id, type: 0 }),
    more({ source: 16, define: { name: 'x-evil' } }),
    { type: 5, timestamp: 3, data: { tag: 'x', payload: '<script>' } },
    { type: 6, timestamp: 3, data: { plugin: 'x', payload: {} } },
    { type: 8, timestamp: 3, data: { url: `${host}/asset`, payload: {} } },
    null, 7, 'text', [], { type: 3 }, { type: 3, data: { source: 0, adds: 'x', texts: 7, removes: {}, attributes: null } },
    { type: 2, data: { node: null } }, { type: 3, data: { source: 3, id: '1', x: 'x' } },
  ];
  return { full: { type: 'full', events: [{ type: 4, timestamp: 1, data: { href: host, width: 99_999_999, height: -1 } }, full] }, more: { type: 'more', events: changes } };
}

scenario('a forged recording runs nothing and asks nobody in the agent’s browser', async (world) => {
  const lure = await trap(world);
  const { desktop, visitor } = await talk(world);
  // The widget's part is kept from loading: what is sent is ours.
  const part = 'export const show = (url) => { window.liveUrl = url; return { stop() {} }; };';
  await visitor.page.route('**/widget/live.js', (route) => route.fulfill({ contentType: 'text/javascript', headers: { 'access-control-allow-origin': '*' }, body: part }));
  await desktop.get('show-live').click();
  await visitor.get('wl-live-allow').click();
  await visitor.page.waitForFunction(() => window.liveUrl);
  await desktop.page.getByTestId('liveframe').waitFor();
  const { full, more } = forged(lure.host);
  const messages = [full, more, full, more, { type: 'more', events: 'x' }, { type: 'full' }].map((message) => JSON.stringify(message));
  await visitor.page.evaluate(async (messages) => {
    const socket = new WebSocket(window.liveUrl);
    // Asked for again where the agent's view came only after the first was sent.
    let left = 3;
    const answer = ({ data }) => JSON.parse(data).type === 'full_wanted' && (left -= 1) >= 0 && messages.forEach((message) => socket.send(message));
    await new Promise((resolve) => (socket.onmessage = (event) => resolve(answer(event))));
    socket.onmessage = answer;
    window.socket = socket;
  }, messages);
  await state(desktop, 'live');
  const page = seen(desktop);
  await page.getByText('still here').first().waitFor();
  await page.getByText('and this').first().waitFor();
  for (const bait of ['a script', 'out', 'send']) await page.getByText(bait, { exact: true }).first().click({ force: true, timeout: 2_000 }).catch(() => undefined);
  const bad = await page.locator('html').evaluate((html) => {
    const elements = [...html.querySelectorAll('script,iframe,object,embed,link,base,template,meta,video,audio,canvas,use,image,animate,form[action],[onclick],[onload],[onerror],[ping],[srcset],[background],[formaction]')];
    const addresses = [...html.querySelectorAll('*')].flatMap((element) => [...element.attributes]).filter(({ name, value }) => (/href$|^src$/.test(name) && value !== '#') || /evil\.test|javascript:/.test(value));
    const styles = [...html.querySelectorAll('style')].map((style) => style.textContent).filter((text) => /evil\.test/.test(text));
    return [...elements.map((element) => element.outerHTML), ...addresses.map(({ name, value }) => `${name}=${value}`), ...styles];
  });
  assert.deepEqual(bad, []);
  const sandboxes = [desktop.page.getByTestId('liveframe'), desktop.page.frameLocator('[data-testid=liveframe]').locator('iframe')];
  assert.deepEqual(await Promise.all(sandboxes.map((frame) => frame.getAttribute('sandbox'))), ['allow-scripts allow-same-origin', 'allow-same-origin']);
  assert.deepEqual(await owned(desktop.page), []);
  assert.deepEqual(strangers(world, desktop), [], 'the agent’s browser asked somebody else');
  assert.equal(lure.connections, 0, 'the agent’s browser connected to somebody else');
  assert.equal(desktop.tab.context.pages().length, 1, 'a window opened');
  assert.deepEqual(unexpected(desktop), []);
  await desktop.current('talking');
});
