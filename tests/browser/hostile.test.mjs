// A visitor who attacks the agent through his page, its title and his name: all of it is shown as text, none of it runs.
import assert from 'node:assert/strict';
import { scenario } from './support/world.mjs';

const TITLE = '<img src=x onerror="top.owned=1;alert(1)"></title><script>owned=2</script>';
const NAME = '"><svg onload=owned=3><script>owned=4</script>{@html owned=5}';

/** Whether anything of the visitor's ran, in any frame. */
async function owned(page) {
  const flags = await Promise.all(page.frames().map((frame) => frame.evaluate(() => window.owned).catch(() => undefined)));
  return flags.filter((flag) => flag !== undefined);
}

scenario('hostile title, name and page', async (world) => {
  const desktop = await world.desktop();
  await desktop.ready('bob');
  await world.carrier({ auto: false });
  const visitor = await world.visitor();
  const shop = world.switch.shop;
  await visitor.page.evaluate(({ title, shop }) => {
    document.title = title;
    const evil = document.createElement('div');
    evil.id = 'evil';
    evil.innerHTML = `
      <p>still here</p>
      <img src="${shop}/static/toner.svg?leak=1" srcset="${shop}/leak.png 2x" onerror="top.owned=6" alt="a picture">
      <a href="javascript:owned=7" id="link">a link</a>
      <form action="${shop}/leak"><button id="send">send</button></form>
      <iframe src="${shop}/leak" srcdoc="<script>top.owned=8</script>"></iframe>
      <object data="${shop}/leak"></object><embed src="${shop}/leak">
      <video src="${shop}/leak" poster="${shop}/leak" autoplay></video>
      <svg><script>top.owned=9</script><image href="${shop}/leak"/><use href="${shop}/leak#x"/><a href="javascript:owned=10"><text y="20">svg</text></a></svg>
      <style>@import url("${shop}/leak.css"); #evil { background: url("${shop}/leak.png"); } @font-face { font-family: x; src: url("${shop}/leak.woff"); } #evil { font-family: x; list-style: url("${shop}/leak2.png"); }</style>
      <link rel="stylesheet" href="${shop}/leak.css"><link rel="preload" as="image" href="${shop}/leak"><base href="${shop}/">
      <meta http-equiv="refresh" content="0;url=${shop}/leak">
      <p id="styled" style="background:url(${shop}/leak3.png);position:fixed;inset:0;z-index:9">cover</p>
      <math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=top.owned=11&gt;"></mglyph></table></mtext></math>
      <noscript><p title="</noscript><img src=x onerror=top.owned=12>"></noscript>
      <template><script>top.owned=13</script></template>
      <textarea></textarea><input value="my secret"><xmp><script>top.owned=14</script></xmp>`;
    // What the visitor's own page runs is his affair: only what reaches the agent counts.
    document.querySelector('main').prepend(evil);
    const script = document.createElement('script');
    script.textContent = 'window.fromPage = 1';
    evil.append(script);
    evil.setAttribute('onmouseover', 'top.owned=15');
    evil.append(document.createComment('--><script>top.owned=16</script>'));
  }, { title: TITLE, shop });
  await visitor.callMe('01511 9999999', NAME);

  await desktop.current('claimed');
  const rendered = await desktop.message('rendered', { sent: true });
  assert.ok(rendered.data.snapshot, 'the page was not shown');
  await desktop.drawn.getByText('still here').waitFor();
  assert.equal(await desktop.page.locator('[data-testid=current] .title').textContent(), TITLE);
  assert.equal(await desktop.get('current-name').textContent(), NAME);
  assert.equal(await desktop.get('contact-name').textContent(), NAME);

  // What a curious agent might do to it.
  await desktop.drawn.locator('body').hover({ force: true });
  for (const bait of ['a link', 'send']) await desktop.drawn.getByText(bait, { exact: true }).first().dispatchEvent('click').catch(() => undefined);

  const [outer, inner] = await Promise.all([
    desktop.page.getByTestId('pageframe').getAttribute('sandbox'),
    desktop.page.frameLocator('[data-testid=pageframe]').locator('iframe').getAttribute('sandbox'),
  ]);
  assert.equal(outer, 'allow-scripts allow-same-origin');
  assert.equal(inner, '', 'the visitor’s page has no powers at all');
  assert.deepEqual(await owned(desktop.page), []);
  assert.deepEqual(desktop.tab.complaints.filter((text) => !/Blocked script execution/.test(text)), []);

  const asked = desktop.tab.requests.map((request) => new URL(request.url()));
  const hosts = new Set(asked.filter((url) => url.protocol !== 'data:' && url.protocol !== 'blob:').map((url) => url.host));
  const own = [new URL(world.switch.origin).host, new URL(world.switch.pageview).host];
  assert.deepEqual([...hosts].filter((host) => !own.includes(host)), [], 'the agent’s browser asked somebody else');
  const text = await desktop.drawn.locator('html').innerHTML();
  assert.equal(text.includes('my secret'), false, 'what the visitor typed has left his browser');
});
