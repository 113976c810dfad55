// A visitor's answers: a no to being seen, and to pages that are suggested, or a click that opens them.
import assert from 'node:assert/strict';
import { state, talk } from './support/share.mjs';
import { scenario } from './support/world.mjs';

scenario('a visitor who says no is not seen, and after a second no not asked', async (world) => {
  const { desktop, visitor } = await talk(world);
  for (const last of [false, true]) {
    await desktop.get('show-live').click();
    await visitor.get('wl-live-no').click();
    await state(desktop, 'refused');
    assert.equal(await desktop.get('show-live').isDisabled(), last);
  }
  await desktop.get('live-state').getByText('The customer said no').waitFor();
  assert.equal(visitor.tab.requests.filter((request) => request.url().endsWith('/widget/live.js')).length, 0);
});

scenario('n33 a page is suggested: opened, not wanted, not allowed', async (world) => {
  const { desktop, visitor } = await talk(world);
  const suggest = async (address, title = '') => {
    await desktop.get('push-toggle').click();
    await desktop.get('push-url').fill(address);
    await desktop.get('push-title').fill(title);
    await desktop.get('push-send').click();
  };
  const came = (word) => desktop.page.locator(`[data-testid=push-state][data-state=${word}]`).waitFor();
  await suggest('https://evil.test/');
  await desktop.get('refusal-share').getByText(/not on the site.s list/).waitFor();
  await world.shot(desktop.page, 'push-refused');
  await desktop.get('push-url').fill('/cart');
  await desktop.get('push-title').fill('Your basket');
  await desktop.get('push-send').click();
  await came('offered');
  const card = visitor.get('wl-push');
  await card.getByText('Bob suggests a page').waitFor();
  await card.getByText('Your basket').waitFor();
  await world.shot(visitor.page, 'push-offer');
  const was = visitor.page.url();
  await visitor.get('wl-push-no').click();
  await came('declined');
  assert.equal(visitor.page.url(), was, 'he stays where he is');
  await suggest('/cart');
  await came('offered');
  assert.equal(visitor.page.url(), was, 'only his click opens it');
  await visitor.get('wl-push-open').click();
  await visitor.page.waitForURL('**/cart');
  await came('accepted');
  await visitor.get('wl-button').waitFor();
  await visitor.get('wl-push').waitFor({ state: 'detached' });
  await desktop.current('talking');
});
