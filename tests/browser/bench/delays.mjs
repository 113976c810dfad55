// A browser call: from the visitor's click to the INVITE of his agent's phone, both Chromium. `scripts/bench delays` starts it.
import { percentile, row } from './report.mjs';
import { scenario } from '../support/world.mjs';

const CALLS = Number(process.env.CALLS ?? 50);
const SAMPLES = Number(process.env.SAMPLES ?? 3);

scenario(`delays: ${CALLS} calls a sample from a page that has just been opened, the agent a browser`, async (world) => {
  const desktop = await world.desktop();
  await desktop.ready('bob');
  const visitor = await world.visitor();
  const { page } = visitor.tab;
  let offered = 0;
  page.on('request', (request) => {
    if (request.method() === 'POST' && request.url().endsWith('/v1/web/calls')) offered = Date.now();
  });
  const figures = { 'click to the ring of his agent’s phone, p50': [], 'click to the ring of his agent’s phone, p95 (800 ms is aimed at)': [], 'click to his browser’s offer, p95 (floor: microphone, ICE)': [] };
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const [ring, browser] = [[], []];
    for (let call = 0; call < CALLS; call += 1) {
      await desktop.state('Ready');
      await page.reload();
      await visitor.open();
      const option = visitor.get('wl-option-browser');
      await option.evaluate((button) => button.addEventListener('click', () => (globalThis.clicked = Date.now()), { capture: true, once: true }));
      desktop.tab.frames.length = 0;
      await option.click();
      const invite = await desktop.request('INVITE');
      const clicked = await page.evaluate(() => globalThis.clicked);
      ring.push(invite.at - clicked);
      browser.push(offered - clicked);
      await visitor.state('ringing');
      await visitor.get('wl-hangup').click();
      await visitor.state('ended');
    }
    const values = [percentile(ring, 0.5), percentile(ring, 0.95), percentile(browser, 0.95)];
    Object.values(figures).forEach((all, at) => all.push(values[at]));
  }
  for (const [name, values] of Object.entries(figures)) row(name, values);
}, { timeout: 1_800_000, wrapup: 0 });
