// A call in the agent's browser, for the tests of what becomes of it.
import assert from 'node:assert/strict';

/** Alice has a browser phone, and time after a call. */
export const BROWSERS = { station: 'browser', wrapup: 60 };

/** Alice talks with Jane, who came from Printer 42. `prepared` is done to her page before. */
export async function talking(world, prepared = async () => undefined) {
  const alice = await world.desktop();
  await prepared(alice);
  await alice.ready('alice');
  const carrier = await world.carrier();
  const visitor = await world.visitor();
  world.call(carrier, await visitor.number());
  await alice.get('answer').click();
  await alice.current('talking');
  await Promise.all([alice.hears(world.hz.carrier), carrier.hears(world.hz.agent)]);
  return { alice, carrier, visitor };
}

/** Both hear each other from now on. */
export const both = (world, alice, carrier) => Promise.all([carrier.hears(world.hz.agent, carrier.now), alice.hears(world.hz.carrier)]);

/** The INVITE that a desktop's phone gets from `from` on, which brings its call back. */
export async function resumed(desktop, from) {
  const invite = await desktop.request('INVITE', from);
  assert.match(invite.data, /^X-Warmline-Resume: [0-9a-f]{32}\r$/m);
}
