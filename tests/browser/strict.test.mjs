// The widget on a page whose policy allows nothing but the switch: no style and no script of the page's own, no picture, nothing inline.
import assert from 'node:assert/strict';
import { until } from './support/until.mjs';
import { scenario } from './support/world.mjs';

/** What such a site has to allow, as docs/api.md says. */
const policy = (origin) => `default-src 'none'; script-src ${origin}; connect-src ${origin} ${origin.replace('https:', 'wss:')}; style-src 'none'; base-uri 'none'; form-action 'none'`;

/** What the browser has refused on the page: directive and what it was about. */
const refused = (visitor) => visitor.page.evaluate(() => window.violations);

/** A page of the shop with that policy. */
async function strict(world) {
  const { origin, shop } = world.switch;
  const visitor = await world.visitor({ path: '/' });
  await visitor.page.addInitScript(() => {
    window.violations = [];
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => window.violations.push(`${effectiveDirective} ${blockedURI}`));
  });
  // A page that comes from no network has to ask before it may reach this machine.
  await visitor.tab.context.grantPermissions(['microphone', 'local-network-access'], { origin: shop });
  await visitor.page.route(`${shop}/strict*`, (route) =>
    route.fulfill({
      contentType: 'text/html; charset=utf-8',
      headers: { 'Content-Security-Policy': policy(origin) },
      body: `<!doctype html><html lang="en"><head><title>Strict Printer</title><script async src="${origin}/widget.js" data-site="shop"></script></head>
        <body><main><h1 id="top">Strict Printer</h1><p>It prints what it is told, and nothing else.</p></main></body></html>`,
    }),
  );
  await visitor.go('/strict');
  return visitor;
}

/** The policy holds: what is inline is refused, and told. */
async function holds(visitor) {
  await visitor.page.evaluate(() => document.body.setAttribute('style', 'color: red'));
  await until('the policy is in force', async () => (await refused(visitor)).length > 0);
  assert.deepEqual(await refused(visitor), ['style-src-attr inline']);
}

scenario('g1 a strict page: click, number, view, call, and nothing that its policy forbids', async (world) => {
  const desktop = await world.desktop();
  await desktop.ready('bob');
  const carrier = await world.carrier();
  const visitor = await strict(world);
  const number = await visitor.number();
  // It is there, and it is dressed.
  const button = await visitor.get('wl-button').evaluate((element) => ({ shown: element.getBoundingClientRect().height, place: getComputedStyle(element).borderRadius }));
  assert.ok(button.shown >= 44 && button.place !== '0px', `the button is ${JSON.stringify(button)}`);
  await visitor.page.locator('warmline-call .qr svg').waitFor();
  await world.shot(visitor.page, 'widget-strict');
  await desktop.current('claimed');
  await desktop.drawn.getByRole('heading', { name: 'Strict Printer', level: 1 }).waitFor();
  world.call(carrier, number);
  await desktop.get('answer').click();
  assert.match(await visitor.state('talking'), /Talking with Bob/);
  await Promise.all([desktop.hears(world.hz.carrier), carrier.hears(world.hz.agent)]);
  // And while they talk: his page live, with the agent's pointer in it.
  await desktop.get('show-live').click();
  await visitor.get('wl-live-allow').click();
  await desktop.page.locator('[data-testid=live-state][data-state=live]').waitFor({ timeout: 20_000 });
  carrier.hangup();
  await visitor.state('ended');
  assert.deepEqual(await refused(visitor), []);
  assert.deepEqual(visitor.tab.complaints, []);
  await holds(visitor);
});

scenario('g1 a strict page: the page is the phone, asks to be called, and writes', async (world) => {
  const desktop = await world.desktop();
  await desktop.ready('bob');
  const visitor = await strict(world);
  await visitor.talkHere();
  await desktop.get('answer').click();
  await visitor.state('talking');
  await Promise.all([desktop.hears(world.hz.visitor), visitor.hears(world.hz.agent)]);
  await visitor.get('wl-hangup').click();
  await visitor.state('ended');
  await desktop.state('Ready');

  const carrier = await world.carrier();
  await visitor.get('wl-other').click();
  await visitor.get('wl-option-callme').click();
  await visitor.get('wl-callme-number').fill('01511 2345678');
  await visitor.get('wl-consent').check();
  await world.shot(visitor.page, 'widget-strict-callme');
  await visitor.get('wl-submit').click();
  await carrier.wait('CALL_ESTABLISHED');
  await visitor.state('talking');
  await visitor.get('wl-hangup').click();
  await visitor.state('ended');
  await desktop.state('Ready');

  await visitor.get('wl-other').click();
  await visitor.get('wl-option-chat').click();
  await visitor.get('wl-chat-text').fill('Does it print\non both sides?');
  await visitor.get('wl-chat-text').press('Enter');
  await desktop.get('chat-accept').click();
  await desktop.page.locator('[role=log] li').filter({ hasText: 'on both sides?' }).waitFor();
  assert.deepEqual(await refused(visitor), []);
  assert.deepEqual(visitor.tab.complaints, []);
  await holds(visitor);
});
