// A visitor withdraws (E24): what is seen of his page ends at once, he speaks on, and when the call is over nothing of him is left.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { show, state, talk } from './support/share.mjs';
import { until } from './support/until.mjs';
import { scenario } from './support/world.mjs';

const forget = (visitor) => visitor.page.evaluate(() => document.querySelector('warmline-call').forget());
const known = (visitor) => visitor.page.evaluate(() => Object.keys(localStorage).filter((name) => name.startsWith('warmline.visitor')));

/** Whether a file of the switch has this text. */
function kept(world, text) {
  const folder = join(world.switch.folder, 'data');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.some((entry) => readFileSync(join(entry.parentPath, entry.name)).includes(text));
}

scenario('e24 a visitor withdraws in his call: the view closes, the call goes on, then he is forgotten', async (world) => {
  const both = await talk(world);
  const { desktop, visitor } = both;
  await show(both);
  const { id } = await visitor.page.evaluate(() => JSON.parse(Object.entries(sessionStorage).find(([name]) => name.startsWith('warmline.live'))[1]));
  assert.ok(kept(world, id) && (await known(visitor)).length === 1, 'this test can fail');
  await forget(visitor);
  await state(desktop, 'stopped');
  await desktop.page.getByTestId('liveframe').waitFor({ state: 'detached' });
  await visitor.get('wl-live-on').waitFor({ state: 'detached' });
  await desktop.current('talking');
  await visitor.state('talking');
  assert.deepEqual(await known(visitor), [], 'his browser does not know its id any more');

  await desktop.get('hangup').click();
  await visitor.state('ended');
  await until('nothing of him is left', () => !kept(world, id), 40_000);
  assert.equal(await world.switch.metric('reservation_invariant_violations_total'), 0);
  // He may come again, as somebody new.
  await visitor.page.reload();
  const number = await visitor.number();
  assert.match(number, /^\+4930/);
  assert.equal((await known(visitor)).length, 1);
});

scenario('a firm that does it itself refuses, and the page learns why', async (world) => {
  await (await world.desktop()).ready('bob');
  const visitor = await world.visitor();
  await visitor.number();
  const why = await visitor.page.evaluate(() => document.querySelector('warmline-call').forget().then(() => null, (error) => error.code));
  assert.equal(why, 'not_offered');
  assert.equal((await known(visitor)).length, 1);
}, { firm: '[firms.privacy]\nvisitors_may_erase = false\n' });
