// The page before the ring: a ring waits for a page that is still being drawn, but never longer than 250 ms.
import assert from 'node:assert/strict';
import { scenario } from './support/world.mjs';

/** Half of what a desktop has to draw a page once a call is there: a page drawn within it must be waited for. */
const SOON = 200;
/** What a desktop has, less what rounding costs. */
const PATIENCE = 248;

/** The page view's snapshot never comes. */
const holdPage = (desktop, pageview) => desktop.page.route(`${pageview}/snapshot/**`, () => undefined);

/** Holds the page view's word that it has drawn back until `release` is called: in the page, so that a busy machine is quick at it. */
async function holdWord(desktop) {
  await desktop.page.addInitScript(() => {
    if (window !== top) return;
    const held = [];
    const hold = (event) => {
      if (event.data?.type !== 'drawn') return;
      event.stopImmediatePropagation();
      held.push(event);
      window.wordHeld = true;
    };
    addEventListener('message', hold);
    window.release = () => {
      removeEventListener('message', hold);
      for (const { data, origin, source } of held) dispatchEvent(new MessageEvent('message', { data, origin, source }));
    };
  });
  await desktop.page.reload();
}

const sent = (desktop, type, from = 0) => desktop.tab.frame((frame) => frame.sent && frame.data?.type === type, from);

scenario('a page that is drawn late holds the ring back until it is drawn', async (world) => {
  const phone = await world.deskPhone();
  const carrier = await world.carrier();
  // A busy machine may draw too late to tell anything: such a try is checked for the other promise and made again.
  for (let tries = 1; ; tries += 1) {
    const desktop = await world.desktop();
    await holdWord(desktop);
    await desktop.ready('alice');
    const visitor = await world.visitor();
    const number = await visitor.number();
    await desktop.current('claimed');
    await desktop.page.waitForFunction(() => window.wordHeld);
    const calls = phone.events.length;
    world.call(carrier, number);
    const probe = await desktop.message('probe', { sent: false });
    assert.equal(sent(desktop, 'rendered'), undefined, 'drawn although it was held back');
    await desktop.page.evaluate(() => window.release());
    const rendered = await desktop.message('rendered', { sent: true });
    const rang = await phone.wait('CALL_INCOMING', calls);
    const answer = sent(desktop, 'probe_answer');
    assert.equal(answer.data.drawn, null, 'the desktop said that it had drawn what it had not');
    const drawnAfter = rendered.at - probe.at;
    if (drawnAfter < SOON) {
      assert.ok(rang.at >= rendered.at, `rang ${rendered.at - rang.at} ms before the page was drawn`);
      return;
    }
    const waited = rang.at - (await desktop.event('call.offered'));
    assert.ok(waited >= PATIENCE, `rang after ${waited} ms without a page`);
    assert.ok(tries < 4, `the page took ${drawnAfter} ms to be drawn: this machine is too busy to tell`);
    carrier.hangup();
    await phone.wait('CALL_CLOSED', calls);
    await desktop.tab.close();
    await visitor.tab.close();
  }
});

scenario('a page that is never drawn does not hold a desk phone back for long', async (world) => {
  const phone = await world.deskPhone();
  const carrier = await world.carrier();
  const desktop = await world.desktop();
  await holdPage(desktop, world.switch.pageview);
  await desktop.ready('alice');
  const visitor = await world.visitor();
  world.call(carrier, await visitor.number());
  const rang = await phone.wait('CALL_INCOMING');
  assert.equal(sent(desktop, 'rendered'), undefined);
  const waited = rang.at - (await desktop.event('call.offered'));
  assert.ok(waited >= PATIENCE, `rang after ${waited} ms, before the page had its time`);
  assert.ok(waited < 2_000, `rang only after ${waited} ms`);
  phone.accept();
  await visitor.state('talking');
  await desktop.page.getByText('Opening the page').waitFor();
});

scenario('a page view that fails is said in words, and the browser phone rings all the same', async (world) => {
  const carrier = await world.carrier();
  const desktop = await world.desktop();
  await desktop.page.route(`${world.switch.pageview}/snapshot/**`, (route) => route.abort());
  await desktop.ready('bob');
  const visitor = await world.visitor();
  const number = await visitor.number();
  await desktop.page.getByText('The page cannot be shown').waitFor();
  world.call(carrier, number);
  await desktop.get('answer').click();
  await visitor.state('talking');
  await desktop.hears(world.hz.carrier);
  assert.equal(sent(desktop, 'rendered'), undefined);
});
