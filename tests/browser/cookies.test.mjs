// The switch is a third party on the shop's pages: it sets no cookie there and needs none.
import assert from 'node:assert/strict';
import { scenario } from './support/world.mjs';

scenario('no cookie for visitors, none needed: third-party cookies are blocked throughout', async (world) => {
  const desktop = await world.desktop();
  await desktop.ready('bob');
  const visitor = await world.visitor();
  const { context } = visitor.tab;
  assert.deepEqual(await context.cookies(), [], 'a visit sets no cookie');

  // The measure works: a cookie of the switch is there, and is not sent from the shop's page.
  const { hostname } = new URL(world.switch.origin);
  await context.addCookies([{ name: 'bait', value: '1', domain: hostname, path: '/', secure: true, sameSite: 'None' }]);
  const first = await context.newPage();
  const own = await (await first.goto(`${world.switch.origin}/healthz-bait`)).request().allHeaders();
  assert.equal(own.cookie, 'bait=1', 'it would be seen where it is sent');
  await first.close();
  const reached = visitor.page.waitForResponse((response) => response.url().endsWith('/healthz-bait'));
  await visitor.page.evaluate((url) => fetch(url, { credentials: 'include', mode: 'no-cors' }).catch(() => undefined), `${world.switch.origin}/healthz-bait`);
  assert.equal((await (await reached).request().allHeaders()).cookie, undefined, 'this browser sends third-party cookies');
  await context.clearCookies();

  await visitor.number();
  await visitor.state('held');
  // On the shop's next page it goes on: by the shop's own storage.
  await visitor.go('/cart');
  await visitor.get('wl-button').click();
  await visitor.state('held');
  await desktop.current('claimed');
  await visitor.get('wl-cancel').click();
  await visitor.state('ended');

  const asked = visitor.tab.requests.filter((request) => request.url().startsWith(world.switch.origin) && new URL(request.url()).pathname.startsWith('/v1/web/'));
  // Of files that come out of the browser's own memory it never tells all headers: its jar is empty all the same.
  const replies = await Promise.all(asked.map(async (request) => (await request.response().catch(() => null))?.allHeaders()));
  assert.deepEqual(replies.filter((headers) => headers?.['set-cookie'] !== undefined), []);
  assert.deepEqual(await context.cookies(), []);
  assert.ok(asked.length >= 2, 'the widget asked the switch');

  // The agent's own cookie is closed to scripts and to other sites.
  const [cookie, ...more] = await desktop.tab.context.cookies();
  assert.deepEqual([cookie.name, cookie.httpOnly, cookie.secure, cookie.sameSite, more.length], ['warmline_agent', true, true, 'Strict', 0]);
});
