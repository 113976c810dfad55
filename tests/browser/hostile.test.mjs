// A visitor who attacks the agent through his page, its title and his name: all of it is shown as text, none of it runs,
// none of it makes the agent's browser ask anybody.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { owned, strangers, unexpected } from './support/harm.mjs';
import { scenario } from './support/world.mjs';

const STRANGER = '+4915119999999';
const TITLE = '<img src=x onerror="top.owned=1;alert(1)"></title><script>owned=2</script>';
const NAME = '"><svg onload=owned=3><script>owned=4</script>{@html owned=5}';

const SAID = '"><img src=x onerror="top.owned=19"><script>owned=21</script>{@html owned=22}';

/** What a page may hold to run, to fetch, to move on or to cover things. */
const evil = (host) => `
  <p>still here</p>
  <script>top.owned=20</script><script src="${host}/s.js"></script>
  <img src="${host}/a.svg" srcset="${host}/b.png 2x" onerror="top.owned=6" alt="a picture">
  <a href="javascript:top.owned=7">a script</a> <a href="${host}/away">a link</a> <a href="${host}/top" target="_top">out</a> <a href="${host}/new" target="_blank" ping="${host}/ping">new</a>
  <form action="${host}/form"><button>send</button></form>
  <iframe src="${host}/frame"></iframe><iframe srcdoc="<script>top.owned=8</script>"></iframe>
  <object data="${host}/object"></object><embed src="${host}/embed">
  <video src="${host}/video" poster="${host}/poster" autoplay></video><audio src="${host}/audio" autoplay></audio>
  <svg><script>top.owned=9</script><image href="${host}/image"/><use href="${host}/use#x"/><a href="javascript:top.owned=10"><text y="20">svg</text></a></svg>
  <style>@import url("${host}/i.css"); .evil { background: url("${host}/c.png"); list-style: url("${host}/d.png"); } @font-face { font-family: x; src: url("${host}/f.woff"); } body { font-family: x; }</style>
  <p style="background:url(${host}/e.png);position:fixed;inset:auto 0 0 0;z-index:9">cover</p>
  <math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=top.owned=11&gt;"></mglyph></table></mtext></math>
  <noscript><p title="</noscript><img src=x onerror=top.owned=12>"></noscript>
  <template><script>top.owned=13</script></template>
  <body onload="top.owned=14" background="${host}/g.png"><details open ontoggle="top.owned=15"><summary>more</summary></details><input autofocus onfocus="top.owned=16" value="my secret">`;

/** In the visitor's own page these would take him away. */
const moves = (host) => `<meta http-equiv="refresh" content="0;url=${host}/refresh"><meta http-equiv="x-dns-prefetch-control" content="on"><base href="${host}/">`;

/** What makes browsers ask or connect ahead. */
const links = (host) => `
  <link rel="stylesheet" href="${host}/l.css"><link rel="preload" as="image" href="${host}/preload"><link rel="prefetch" href="${host}/prefetch"><link rel="icon" href="${host}/icon">
  <link rel="dns-prefetch" href="${host}"><link rel="preconnect" href="${host}"><link rel="preconnect" href="${host}" crossorigin><link rel="modulepreload" href="${host}/m.js">`;

/** In the page: what could take it or a frame in it somewhere else. What would only run or fetch has no power to. */
function moving(html) {
  const elements = [...html.querySelectorAll('script,iframe,frame,object,embed,link,base,template,meta[http-equiv=refresh i],[action],[ping]')];
  const hrefs = [...html.querySelectorAll('*')].flatMap((element) => [...element.attributes]).filter(({ name, value }) => /href$/.test(name) && !value.startsWith('#'));
  return [...elements.map((element) => element.outerHTML), ...hrefs.map(({ value }) => value)];
}

/** Clicks on all that lures, as a curious agent might. */
async function curious(desktop) {
  for (const bait of ['a script', 'svg', 'out', 'new', 'send', 'a link']) {
    await desktop.drawn.getByText(bait, { exact: true }).first().click({ force: true, timeout: 2_000 }).catch(() => undefined);
  }
}

scenario('hostile title, name and page through the widget', async (world) => {
  const desktop = await world.desktop();
  await desktop.ready('bob');
  await world.carrier({ user: STRANGER, auto: false });
  const visitor = await world.visitor();
  await visitor.page.evaluate(({ said, title, html }) => {
    document.title = title;
    const box = document.createElement('div');
    box.className = 'evil';
    box.innerHTML = html;
    box.setAttribute('onmouseover', 'top.owned=17');
    box.append(document.createComment('--><script>top.owned=18</script>'));
    document.querySelector('main').prepend(box);
    document.querySelector('warmline-call').pageAttributes = { plan: said, __proto__: 'x', 'on-click': 'top.owned=23' };
  }, { said: SAID, title: TITLE, html: evil(world.switch.shop) + links(world.switch.shop) });
  await visitor.callMe('01511 9999999', NAME);

  await desktop.current('claimed');
  const rendered = await desktop.message('rendered', { sent: true });
  assert.ok(rendered.data.snapshot, 'there was no picture of the page');
  await desktop.drawn.getByText('still here').waitFor();
  assert.equal(await desktop.page.locator('[data-testid=current] .title').textContent(), TITLE);
  assert.equal(await desktop.get('current-name').textContent(), NAME);
  assert.deepEqual(await desktop.get('page-says').locator('dd').allTextContents(), ['top.owned=23', SAID]);
  assert.equal(await desktop.get('contact-name').textContent(), NAME);
  assert.deepEqual(await desktop.drawn.locator('html').evaluate(moving), [], 'the widget let something through');
  assert.doesNotMatch(await desktop.drawn.locator('html').evaluate((html) => html.outerHTML), /my secret/, 'what was typed has left the browser');

  await curious(desktop);
  assert.deepEqual(await owned(desktop.page), []);
  assert.deepEqual(strangers(world, desktop), [], 'the agent’s browser asked somebody else');
  assert.deepEqual(unexpected(desktop), []);
  assert.equal(desktop.tab.context.pages().length, 1, 'a window opened');
});

/** A listener that counts who connects, whether or not a request follows. */
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

scenario('a forged snapshot that no widget has cleaned', async (world) => {
  const lure = await trap(world);
  const { host } = lure;
  const desktop = await world.desktop();
  await desktop.ready('bob');
  const carrier = await world.carrier();
  const visitor = await world.visitor();
  await visitor.page.route('**/v1/web/reservations', (route) => {
    if (route.request().method() !== 'POST') return route.continue();
    const body = route.request().postDataJSON();
    const head = `<title>x</title>${links(host)}${moves(host)}`;
    const snapshot = `<!doctype html><html><head>${head}</head><body>${evil(host)}</body></html>`;
    return route.continue({ postData: JSON.stringify({ ...body, snapshot, page: { ...body.page, title: TITLE } }) });
  });
  const number = await visitor.number();
  await desktop.current('claimed');
  await desktop.drawn.getByText('still here').waitFor();
  assert.deepEqual(await desktop.drawn.locator('html').evaluate(moving), []);
  world.call(carrier, number);
  await desktop.get('answer').waitFor();
  await curious(desktop);
  await desktop.get('answer').click();
  await visitor.state('talking');

  assert.equal(await desktop.page.locator('[data-testid=current] .title').textContent(), TITLE);
  const sandboxes = [desktop.page.getByTestId('pageframe'), desktop.page.frameLocator('[data-testid=pageframe]').locator('#stage iframe')];
  assert.deepEqual(await Promise.all(sandboxes.map((frame) => frame.getAttribute('sandbox'))), ['allow-scripts allow-same-origin', '']);
  assert.deepEqual(await owned(desktop.page), []);
  assert.deepEqual(strangers(world, desktop), [], 'the agent’s browser asked somebody else');
  assert.equal(lure.connections, 0, 'the agent’s browser connected to somebody else');
  assert.equal(desktop.tab.context.pages().length, 1, 'a window opened');
  assert.match(desktop.page.url(), /\/desktop\//);
});

scenario('forged attributes of a page: too many are refused, others are text', async (world) => {
  const desktop = await world.desktop();
  await desktop.ready('bob');
  const visitor = await world.visitor();
  const forged = async (attributes) => {
    await visitor.page.unroute('**/v1/web/reservations');
    await visitor.page.route('**/v1/web/reservations', (route) => {
      if (route.request().method() !== 'POST') return route.continue();
      const body = route.request().postDataJSON();
      return route.continue({ postData: JSON.stringify({ ...body, page: { ...body.page, attributes } }) });
    });
  };
  await forged(Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`k${n}`, 'x'])));
  await visitor.open();
  const refused = visitor.page.waitForResponse((response) => response.url().endsWith('/v1/web/reservations') && response.request().method() === 'POST');
  await visitor.get('wl-option-dial').click();
  assert.equal((await (await refused).json()).code, 'attributes_invalid');
  const bidi = '\u202egold\u202c';
  await forged({ constructor: SAID, name: 'Alice', note: bidi });
  await visitor.get('wl-option-dial').click();
  await desktop.current('claimed');
  await desktop.get('page-says').waitFor();
  assert.deepEqual(await desktop.get('page-says').locator('dd').allTextContents(), [SAID, 'Alice', 'gold']);
  assert.notEqual(await desktop.get('contact-name').textContent(), 'Alice', 'it is not the record');
  assert.deepEqual(await owned(desktop.page), []);
  assert.deepEqual(strangers(world, desktop), []);
});
