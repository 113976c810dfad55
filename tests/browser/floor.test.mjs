// A supervisor at the floor: its figures move with a real call, and what is ordered there happens at the agent's desktop, in words.
import assert from 'node:assert/strict';
import { bothFaces } from './support/axe.mjs';
import { PASSWORD } from './support/switch.mjs';
import { until } from './support/until.mjs';
import { scenario } from './support/world.mjs';

/** The line of an agent on the floor, once it says so. */
async function line(desktop, agent, state) {
  await desktop.page.locator(`[data-agent=${agent}]`).filter({ hasText: state }).waitFor({ timeout: 20_000 });
}

async function order(desktop, agent, what) {
  await desktop.page.locator(`[data-agent=${agent}]`).getByTestId('orders').click();
  await desktop.get(what).click();
}

/** Another call: the number that the visitor gets with his next click. */
async function again(visitor) {
  await visitor.get('wl-again').click();
  await visitor.get('wl-number').waitFor();
  return (await visitor.get('wl-number').getAttribute('href')).replace('tel:', '');
}

scenario('the floor moves with a call; the supervisor orders, the agent hears who and what', async (world) => {
  const bob = await world.desktop();
  await bob.ready('bob');
  assert.equal(await bob.get('floor-toggle').count(), 0, 'an agent has no floor');
  const refused = await bob.page.evaluate(async () => {
    const answer = await fetch('/v1/agent/floor/alice/log-off', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"now":true}' });
    return [answer.status, (await answer.json()).code];
  });
  assert.deepEqual(refused, [403, 'not_supervisor']);

  const alice = await world.desktop();
  await alice.login('alice');
  await alice.get('floor-toggle').click();
  await line(alice, 'bob', 'Ready');
  assert.equal(await alice.get('queue-offered').textContent(), '0');

  // A call comes, is answered and ends: every number on the way.
  const carrier = await world.carrier();
  const visitor = await world.visitor();
  const number = await visitor.number();
  await bob.current('claimed');
  await line(alice, 'bob', 'Call coming');
  await alice.get('numbers-held').filter({ hasText: /^1$/ }).waitFor();
  world.call(carrier, number);
  await bob.get('answer').click();
  await visitor.state('talking');
  await line(alice, 'bob', 'Talking');
  await alice.get('queue-answered').filter({ hasText: /^1$/ }).waitFor();
  await alice.get('count-talking').filter({ hasText: /^1$/ }).waitFor();
  await world.shot(alice.page, 'floor');

  // Not ready after the call, and why.
  await order(alice, 'bob', 'order-not-ready');
  await bob.page.getByText('Alice has set you to not ready.').waitFor();
  await line(alice, 'bob', 'then not ready');
  carrier.hangup();
  await bob.state('Not ready');
  await line(alice, 'bob', 'Not ready');
  // While she points at a line it keeps its place, whatever its state is now: what she orders is for him whom she sees there.
  const places = () => alice.page.locator('[data-agent]').evaluateAll((rows) => rows.map((row) => row.dataset.agent));
  assert.deepEqual(await places(), ['bob', 'alice']);
  await order(alice, 'bob', 'order-ready');
  await bob.state('Ready');

  // Out, in words; and the log-in is his again.
  await alice.page.mouse.move(640, 620);
  await alice.page.evaluate('document.activeElement.blur()');
  await order(alice, 'bob', 'order-off');
  await bob.get('logged-off').filter({ hasText: 'Alice has logged you off.' }).waitFor();
  await line(alice, 'bob', 'Logged out');
  await bob.login('bob');
  await bob.state('Not ready');

  // On a second device he is asked before the first one loses the phone.
  const second = await world.desktop();
  await second.get('login-name').fill('bob');
  await second.get('login-password').fill(PASSWORD);
  await second.get('login-submit').click();
  await second.get('elsewhere').filter({ hasText: /another device since \d/ }).waitFor();
  await world.shot(second.page, 'desktop-elsewhere');
  await second.get('take-over').click();
  await second.state('Not ready');
  await bob.page.getByText('Another tab has your phone').waitFor();

  // Out in the middle of a call: asked for twice. The customer hears music and is the next one's; Alice takes him.
  await second.get('ready-toggle').click();
  await second.state('Ready');
  world.call(carrier, await again(visitor));
  await second.get('answer').click();
  await second.current('talking');
  await order(alice, 'bob', 'order-off-now');
  await world.shot(alice.page, 'floor-off-now');
  const gone = carrier.now;
  await alice.get('off-confirm').click();
  await second.get('logged-off').filter({ hasText: 'Alice has logged you off.' }).waitFor();
  await carrier.hearsMusic([world.hz.agent], gone);
  await visitor.state('waiting');

  // The wallboard has it all, while he waits and when he has given up.
  await alice.get('reports-toggle').click();
  const wall = (id, value) => alice.get(`wall-${id}`).locator('.value').filter({ hasText: new RegExp(`^${value}$`) }).waitFor({ timeout: 20_000 });
  await wall('waiting', 1);
  await wall('ready', 0);
  await world.shot(alice.page, 'wallboard');
  await bothFaces(alice, 'the wallboard with somebody who waits');
  await alice.get('wall-full').click();
  await until('it fills the screen', () => alice.page.evaluate('document.fullscreenElement?.dataset.testid === "wallboard"'));
  await world.shot(alice.page, 'wallboard-full');
  await alice.get('wall-full').click();
  await until('it does not', () => alice.page.evaluate('document.fullscreenElement === null'));
  carrier.hangup();
  await visitor.state('ended');
  await wall('waiting', 0);
  await wall('talking', 0);
  await wall('answered', 2);
  await alice.get('wall-hours').locator('figcaption b').first().filter({ hasText: /^2$/ }).waitFor({ timeout: 20_000 });

  // From which page they came, and what became of it.
  await alice.get('reports-pages').click();
  const page = alice.get('page-row').filter({ hasText: 'printers/42' });
  await page.waitFor();
  const cells = await page.locator('td').allTextContents();
  assert.deepEqual(cells.slice(0, 3).map((text) => text.trim().split(/\s/)[0]), ['2', '2', '0']);
  assert.match(cells[3], /^\d+ s$/);
  await alice.get('page-days').waitFor();
  await world.shot(alice.page, 'reports-pages');
  await bothFaces(alice, 'pages and waits');
}, { supervisor: true });
