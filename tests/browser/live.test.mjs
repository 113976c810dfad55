// The page as it is now, with the visitor's yes: what leaves his browser, what the agent sees, and how it ends.
import assert from 'node:assert/strict';
import { strangers, unexpected } from './support/harm.mjs';
import { seen, show, state, talk } from './support/share.mjs';
import { until } from './support/until.mjs';
import { scenario } from './support/world.mjs';

/** All that the page has sent of itself, as text. */
const sent = (visitor) => visitor.tab.frames.filter((frame) => frame.socket === '/v1/web/live' && frame.sent).map(({ data }) => JSON.stringify(data)).join('\n');

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
