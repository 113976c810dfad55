// The page as it is now, with the visitor's yes: what leaves his browser, what the agent sees, and how it ends.
import assert from 'node:assert/strict';
import { strangers, unexpected } from './support/harm.mjs';
import { notePointer, onScreen, seen, show, state, talk } from './support/share.mjs';
import { until } from './support/until.mjs';
import { scenario } from './support/world.mjs';

/** All that the page has sent of itself, as text. */
const sent = (visitor) => visitor.tab.frames.filter((frame) => frame.socket === '/v1/web/live' && frame.sent).map(({ data }) => JSON.stringify(data)).join('\n');

/** What the page has been told of the agent's pointer. */
const points = (visitor) => visitor.tab.frames.filter((frame) => frame.socket === '/v1/web/live' && !frame.sent && String(frame.data?.type).startsWith('point')).map(({ data }) => data);

/** The agent's pointer, moved to a place until the visitor's page has drawn it. */
async function pointAt({ desktop, visitor }, selector, x, y, fits) {
  await notePointer(visitor, selector, x, y);
  let turn = 0;
  await until(`the pointer over ${selector}`, async () => {
    const at = await onScreen(desktop, selector, x, y);
    await desktop.page.mouse.move(at.x + (turn += 1) % 2, at.y);
    return visitor.page.evaluate(`window.notes.some(${fits})`);
  });
}

scenario('a page is seen live when the visitor says yes, without what he types, until he stops it', async (world) => {
  const both = await talk(world);
  const { desktop, visitor } = both;
  await visitor.page.evaluate(() => {
    const main = document.querySelector('main');
    main.insertAdjacentHTML('afterbegin', `<form><input id="typed" value="prefilled-secret"><input id="pass" type="password"><textarea id="area">area-secret</textarea>
      <select><option>option-secret</option></select><div contenteditable>editable-secret</div><input type="submit" value="Buy now"></form>
      <p data-warmline-mask>masked-secret</p><div data-warmline-block>blocked-secret</div><div data-private>private-secret</div>
      <p>card 4111 1111 1111 1111</p><a href="/cart?token=link-secret">cart</a><p id="count">none yet</p><div style="height:3000px"></div><p id="low">far below</p>`);
  });
  assert.equal(visitor.tab.requests.filter((request) => request.url().endsWith('/widget/live.js')).length, 0, 'nothing is loaded before he is asked');
  await desktop.get('show-live').click();
  await visitor.get('wl-live-ask').waitFor();
  assert.match(await visitor.get('wl-live-ask').textContent(), /Bob would like to see this page while you talk/);
  await state(desktop, 'asked');
  await world.shot(desktop.page, 'live-asked');
  assert.equal(sent(visitor), '');
  await visitor.get('wl-live-allow').click();
  await state(desktop, 'live');
  await visitor.get('wl-live-on').waitFor();
  const page = seen(desktop);
  await page.getByText('none yet').waitFor();

  await visitor.page.locator('#typed').fill('typed-secret');
  await visitor.page.locator('#pass').fill('password-secret');
  await visitor.page.locator('#area').fill('more-secret');
  await visitor.page.evaluate(() => {
    document.querySelector('#count').textContent = 'three in the basket';
    document.querySelector('[data-warmline-mask]').textContent = 'mask-changed-secret';
    document.querySelector('[data-warmline-block]').innerHTML = '<p>block-changed-secret</p>';
    document.querySelector('#typed').setAttribute('value', 'attribute-secret');
    document.querySelector('main').insertAdjacentHTML('afterbegin', '<p id="new">newly there</p><input value="added-secret"><p data-warmline-mask>added-mask-secret</p>');
  });
  await page.getByText('three in the basket').waitFor();
  await page.getByText('newly there').waitFor();
  assert.equal(await page.locator('input[type=submit]').getAttribute('value'), 'Buy now');
  await until('the dots of what is typed', async () => (await page.locator('#typed').inputValue()) === '••••••');
  const all = sent(visitor);
  assert.match(all, /three in the basket/);
  assert.deepEqual(all.match(/[\w-]*secret[\w-]*|4111 1111/g) ?? [], [], 'it has left the browser');

  await visitor.page.locator('#low').scrollIntoViewIfNeeded();
  const down = await visitor.page.evaluate(() => scrollY);
  assert.ok(down > 1_000);
  await until('the agent’s view scrolls along', async () => Math.abs((await page.locator('html').evaluate((html) => html.ownerDocument.defaultView.scrollY)) - down) < 5);
  await world.shot(desktop.page, 'live-on');
  await world.shot(visitor.page, 'live-sign');

  await visitor.get('wl-live-stop').click();
  await state(desktop, 'stopped');
  await desktop.page.getByTestId('liveframe').waitFor({ state: 'detached' });
  await visitor.get('wl-live-on').waitFor({ state: 'detached' });
  const before = sent(visitor).length;
  await visitor.page.evaluate(() => (document.querySelector('#count').textContent = 'after the end'));
  await visitor.page.evaluate(() => new Promise((done) => setTimeout(done, 400)));
  assert.equal(sent(visitor).length, before, 'nothing leaves any more');
  await desktop.current('talking');
  assert.deepEqual(strangers(world, desktop), [], 'the agent’s browser asked somebody else');
  assert.deepEqual(unexpected(desktop), []);
});

scenario('the live view follows to the next page of the site and ends with the call', async (world) => {
  const both = await talk(world);
  const { desktop, visitor } = both;
  await show(both);
  await visitor.page.goto(`${world.switch.shop}/cart`);
  await visitor.get('wl-live-on').waitFor();
  const heading = (await visitor.page.locator('h1').first().textContent()).trim();
  await seen(desktop).getByRole('heading', { name: heading }).first().waitFor();
  await state(desktop, 'live');
  await visitor.page.evaluate(() => {
    history.pushState({}, '', '/cart?step=2');
    document.querySelector('h1').textContent = 'Second step';
  });
  await seen(desktop).getByRole('heading', { name: 'Second step' }).waitFor();
  await desktop.get('hangup').click();
  await desktop.current('wrapup');
  await state(desktop, 'ended');
  await desktop.page.getByTestId('liveframe').waitFor({ state: 'detached' });
  await visitor.get('wl-live-on').waitFor({ state: 'detached' });
});

scenario('the agent points at an element, wherever it is on the visitor’s screen, and clicks nothing', async (world) => {
  const both = await talk(world, { viewport: { width: 820, height: 560 } });
  const { desktop, visitor } = both;
  await visitor.page.evaluate(() => {
    document.querySelector('main').insertAdjacentHTML('afterbegin', '<div style="height:1500px"></div><button id="buy" style="width:240px;height:80px;margin-left:300px">Add to <b>basket</b></button><p id="other">another part</p><div style="height:1500px"></div>');
    document.querySelector('#buy').scrollIntoView({ block: 'center' });
  });
  await show(both);
  await visitor.page.evaluate(() => {
    window.clicks = 0;
    for (const type of ['pointerdown', 'mousedown', 'click', 'focusin']) addEventListener(type, () => (window.clicks += 1), true);
  });
  await until('the agent’s view is where the visitor is', async () => {
    const at = await onScreen(desktop, '#buy');
    const view = await desktop.page.getByTestId('liveframe').boundingBox();
    return at.y > view.y && at.y < view.y + view.height;
  });
  const toggle = desktop.get('point');
  assert.equal(await toggle.getAttribute('aria-pressed'), 'false', 'off by default');
  const other = await onScreen(desktop, '#other');
  await desktop.page.mouse.move(other.x, other.y);
  await toggle.click();
  const near = '({ shown, out, away }) => shown && !out && away <= 3';
  await pointAt(both, '#buy', 0.25, 0.75, near);
  assert.ok(points(visitor).every(({ node }) => node === points(visitor)[0].node), 'told before it was on');
  await world.shot(visitor.page, 'point-visitor');
  await world.shot(desktop.page, 'point-agent');

  // He scrolls a little, then away: it stays on the element, then shows the way to it.
  await pointAt(both, '#buy', 0.25, 0.75, near);
  await visitor.page.evaluate((near) => {
    scrollBy(0, 40);
    window.notes.length = 0;
    window.way = new Promise((resolve) => {
      const look = () => {
        if (window.notes.slice(2).some(eval(near))) resolve(scrollTo(0, 0));
        else requestAnimationFrame(look);
      };
      look();
    });
    return window.way;
  }, near);
  await until('the way to it', () => visitor.page.evaluate('window.notes.some(({ shown, out, inside }) => shown && out && inside)'));
  assert.equal(await visitor.page.evaluate('scrollY'), 0, 'his page is moved by nobody else');
  await visitor.page.evaluate(() => document.querySelector('#buy').scrollIntoView({ block: 'center' }));
  await visitor.get('wl-point').waitFor({ state: 'hidden' });
  assert.equal(points(visitor).at(-1).type, 'point_end', 'the agent’s pointer rests');

  await pointAt(both, '#buy', 0.5, 0.5, near);
  await desktop.page.mouse.down();
  await desktop.page.mouse.up();
  await until('the ring', () => visitor.page.evaluate('window.notes.some(({ shown, ring }) => shown && ring)'));
  const marks = points(visitor).filter(({ mark }) => mark);
  assert.equal(marks.length, 1);
  assert.equal(await visitor.page.evaluate('window.clicks'), 0, 'something was clicked');
  assert.equal(await desktop.page.evaluate(() => document.activeElement?.tagName === 'IFRAME'), false, 'the desktop keeps its keys');
  assert.doesNotMatch(sent(visitor), /wl-point|is pointing/, 'it is part of the recording');

  await desktop.page.keyboard.press('Escape');
  await desktop.page.locator('[data-testid=point][aria-pressed=false]').waitFor();
  const before = points(visitor).length;
  const away = await onScreen(desktop, '#other');
  await desktop.page.mouse.move(away.x, away.y);
  await desktop.page.mouse.move(away.x + 3, away.y);
  await desktop.page.keyboard.press('u');
  await desktop.page.locator('[data-testid=point][aria-pressed=true]').waitFor();
  await pointAt(both, '#buy', 0.5, 0.2, near);
  const later = points(visitor).slice(before).filter(({ type }) => type === 'point');
  assert.ok(later.every(({ node }) => node === later.at(-1).node), 'told after Escape');

  await visitor.get('wl-live-stop').click();
  await visitor.page.getByTestId('wl-point').waitFor({ state: 'detached' });
  await state(desktop, 'stopped');
  await desktop.get('point').waitFor({ state: 'detached' });
  await desktop.current('talking');
  assert.deepEqual(unexpected(desktop), []);
});

scenario('what a mark is about is said once, and nobody but the agent who sees the page points in it', async (world) => {
  const both = await talk(world);
  const { desktop, visitor } = both;
  await visitor.page.evaluate(() => document.querySelector('main').insertAdjacentHTML('afterbegin', '<p id="shown" style="height:60px">Two years of warranty</p><p id="masked" data-warmline-mask style="height:60px">masked-secret</p><iframe id="box" style="width:300px;height:100px" title="x"></iframe>'));
  await show(both);
  await seen(desktop).getByText('Two years of warranty').waitFor();
  await visitor.page.evaluate(() => {
    window.heard = [];
    const said = document.querySelector('warmline-call').shadowRoot.querySelector('[data-testid=wl-point-spoken]');
    new MutationObserver(() => said.textContent && window.heard.push(said.textContent)).observe(said, { childList: true, characterData: true, subtree: true });
  });
  await desktop.page.keyboard.press('u');
  const heard = (count) => until(`${count} words`, () => visitor.page.evaluate(`window.heard.length >= ${count} && window.heard`));
  for (const [index, selector] of ['#shown', '#masked'].entries()) {
    await pointAt(both, selector, 0.5, 0.5, '({ shown, away }) => shown && away <= 3');
    const at = await onScreen(desktop, selector);
    await desktop.page.mouse.click(at.x, at.y);
    await heard(index + 1);
  }
  assert.deepEqual(await heard(2), ['Bob is pointing at: Two years of warranty', 'Bob is pointing at a part of the page']);
  // A frame is a box for the agent; it is pointed at all the same.
  await seen(desktop).locator('span.wl-box').first().evaluate((box) => (box.id = 'box'));
  await pointAt(both, '#box', 0.9, 0.9, '({ shown, away }) => shown && away <= 3');

  const [, path] = (await desktop.page.getByTestId('liveframe').getAttribute('src')).split(world.switch.pageview);
  const stream = `${world.switch.pageview.replace('http', 'ws')}${path.replace('?', '/stream?')}`;
  const stranger = await world.visitor();
  const tried = (address) => stranger.page.evaluate((address) => new Promise((resolve) => {
    const socket = new WebSocket(address);
    socket.onopen = () => resolve('open');
    socket.onerror = () => resolve('refused');
  }), address);
  assert.equal(await tried(stream), 'refused', 'the address alone, from elsewhere');
  assert.equal(await tried(stream.replace('token=', 'token=0')), 'refused');
  await state(desktop, 'live');
  assert.equal(await visitor.page.evaluate('window.heard.length'), 2);
});

scenario('e22 a page that changes after the click: the agent sees what it was then and what it is now', async (world) => {
  const both = await talk(world);
  const { desktop, visitor } = both;
  await desktop.drawn.getByRole('heading', { name: 'Printer 42', level: 1 }).waitFor();
  await visitor.page.evaluate(() => {
    history.pushState({}, '', '/printers/43');
    document.querySelector('h1').textContent = 'Printer 43';
  });
  assert.equal(await desktop.drawn.getByRole('heading', { level: 1 }).textContent(), 'Printer 42');
  await desktop.get('show-live').click();
  await visitor.get('wl-live-allow').click();
  await state(desktop, 'live');
  await seen(desktop).getByRole('heading', { name: 'Printer 43' }).waitFor();
  await desktop.get('show-request').click();
  await desktop.drawn.getByRole('heading', { name: 'Printer 42', level: 1 }).waitFor();
  assert.equal(await desktop.drawn.getByRole('heading', { name: 'Printer 43' }).count(), 0);
  await desktop.get('show-live').click();
  await seen(desktop).getByRole('heading', { name: 'Printer 43' }).waitFor();
});

scenario('icons of a sprite are drawn live as the visitor sees them', async (world) => {
  const call = await talk(world);
  await call.visitor.page.evaluate(() => {
    const sprite = '<svg width="0" height="0"><symbol id="star" viewBox="0 0 10 10"><path d="M0 0h10v10z"></path></symbol></svg>';
    document.querySelector('main').insertAdjacentHTML('afterbegin', `${sprite}<svg data-icon="star" width="40" height="40"><use href="#star"></use></svg>`);
  });
  await show(call);
  const icon = seen(call.desktop).locator('svg[data-icon=star] use');
  await until('the icon is drawn', () => icon.evaluate((use) => use.getBoundingClientRect().width > 30));
  // One that comes later, too.
  await call.visitor.page.evaluate(() => document.querySelector('main').insertAdjacentHTML('afterbegin', '<svg data-icon="later" width="40" height="40"><use href="#star"></use></svg>'));
  await until('the later icon is drawn', () => seen(call.desktop).locator('svg[data-icon=later] use').evaluate((use) => use.getBoundingClientRect().width > 30));
});
