// Pages that are shared in a call: who speaks with whom, and what the agent sees.
/** Bob speaks with a visitor who dialled. */
export async function talk(world, visiting = {}) {
  const desktop = await world.desktop();
  await desktop.ready('bob');
  const carrier = await world.carrier();
  const visitor = await world.visitor(visiting);
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

/** Where a place of the visitor's page, in fractions of an element's box, is on the agent's screen. */
export async function onScreen(desktop, selector, x = 0.5, y = 0.5) {
  const outer = await desktop.page.getByTestId('liveframe').boundingBox();
  const inner = await desktop.page.frameLocator('[data-testid=liveframe]').locator('iframe').evaluate((frame, [selector, x, y]) => {
    const box = frame.getBoundingClientRect();
    const scale = box.width / frame.offsetWidth;
    const at = frame.contentDocument.querySelector(selector).getBoundingClientRect();
    return { x: box.left + (at.left + at.width * x) * scale, y: box.top + (at.top + at.height * y) * scale };
  }, [selector, x, y]);
  return { x: outer.x + inner.x, y: outer.y + inner.y };
}

/** Notes in the visitor's page, frame by frame, how far the agent's pointer is from a place of an element. */
export function notePointer(visitor, selector, x = 0.5, y = 0.5) {
  return visitor.page.evaluate(([selector, x, y]) => {
    const notes = (window.notes = []);
    const look = () => {
      if (window.notes !== notes) return;
      const layer = document.querySelector('warmline-call').shadowRoot.querySelector('[data-testid=wl-point]');
      const tip = layer?.shadowRoot.querySelector('.tip');
      const at = tip?.getBoundingClientRect();
      const box = document.querySelector(selector).getBoundingClientRect();
      const shown = layer?.hasAttribute('data-on') === true && !tip.hidden;
      notes.push({ shown, out: tip?.classList.contains('out'), ring: layer?.shadowRoot.querySelector('.ring').hidden === false, away: shown ? Math.max(Math.abs(at.left - box.left - box.width * x), Math.abs(at.top - box.top - box.height * y)) : null, inside: at && at.left >= 0 && at.top >= 0 && at.left <= innerWidth && at.top <= innerHeight });
      requestAnimationFrame(look);
    };
    look();
  }, [selector, x, y]);
}
