// Pages that are shared in a call: who speaks with whom, and what the agent sees.
/** Bob speaks with a visitor who dialled. */
export async function talk(world) {
  const desktop = await world.desktop();
  await desktop.ready('bob');
  const carrier = await world.carrier();
  const visitor = await world.visitor();
  const number = await visitor.number();
  await desktop.current('claimed');
  world.call(carrier, number);
  await desktop.get('answer').click();
  await desktop.current('talking');
  await visitor.state('talking');
  return { desktop, visitor };
}

export const state = (desktop, word) => desktop.page.locator(`[data-testid=live-state][data-state=${word}]`).waitFor({ timeout: 20_000 });

/** The visitor's page as the agent sees it now. */
export const seen = (desktop) => desktop.page.frameLocator('[data-testid=liveframe]').frameLocator('iframe');

/** He was asked and said yes. */
export async function show({ desktop, visitor }) {
  await desktop.get('show-live').click();
  await visitor.get('wl-live-allow').click();
  await state(desktop, 'live');
  await seen(desktop).getByRole('heading', { name: 'Printer 42' }).first().waitFor();
}
