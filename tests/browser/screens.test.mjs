// What it looks like: pictures of each face in its states, in target/screenshots/, and what must be on them.
import assert from 'node:assert/strict';
import { scenario } from './support/world.mjs';

const PHONE = { width: 390, height: 844 };

/** Nothing but lists and the page scrolls. */
async function fits(page, what) {
  const over = await page.evaluate(() => [document.documentElement.scrollWidth - innerWidth, document.documentElement.scrollHeight - innerHeight]);
  assert.ok(over.every((pixels) => pixels <= 0), `${what} is larger than its window by ${over}`);
}

scenario('the faces of a call', async (world) => {
  const desktop = await world.desktop();
  await desktop.get('login-name').waitFor();
  await world.shot(desktop.page, 'desktop-login');
  await desktop.ready('bob');
  await desktop.page.getByText('You are ready').waitFor();
  await world.shot(desktop.page, 'desktop-ready');
  await fits(desktop.page, 'the desktop');

  const carrier = await world.carrier();
  const visitor = await world.visitor();
  await visitor.get('wl-button').waitFor();
  await world.shot(visitor.page, 'shop');
  await visitor.open();
  await world.shot(visitor.page, 'widget-open');
  await visitor.get('wl-option-callme').click();
  await visitor.get('wl-callme-number').fill('0151 12345678');
  await world.shot(visitor.page, 'widget-callme');
  await visitor.page.getByRole('button', { name: 'Back' }).click();
  await visitor.get('wl-option-dial').click();
  await visitor.state('held');
  await world.shot(visitor.page, 'widget-number');

  await desktop.drawn.getByRole('heading', { name: 'Printer 42', level: 1 }).waitFor();
  await desktop.message('rendered', { sent: true });
  await world.shot(desktop.page, 'desktop-claimed');
  await fits(desktop.page, 'the claim');
  world.call(carrier, (await visitor.get('wl-number').getAttribute('href')).replace('tel:', ''));
  await desktop.get('answer').waitFor();
  await desktop.current('ringing');
  await world.shot(desktop.page, 'desktop-ringing');
  await visitor.state('ringing');
  await world.shot(visitor.page, 'widget-ringing');
  await desktop.get('answer').click();
  await desktop.current('talking');
  await visitor.state('talking');
  await desktop.hears(world.hz.carrier);
  await world.shot(desktop.page, 'desktop-talking');
  await fits(desktop.page, 'the talk');
  await world.shot(visitor.page, 'widget-talking');
  await visitor.get('wl-button').click();
  await world.shot(visitor.page, 'widget-closed-talking');

  await desktop.page.emulateMedia({ colorScheme: 'dark' });
  await world.shot(desktop.page, 'desktop-talking-dark');
  await visitor.get('wl-button').click();
  await visitor.page.emulateMedia({ colorScheme: 'dark' });
  await world.shot(visitor.page, 'widget-talking-dark');
  await desktop.page.emulateMedia({ colorScheme: 'light' });
  await desktop.page.setViewportSize(PHONE);
  await world.shot(desktop.page, 'desktop-talking-phone');
  await fits(desktop.page, 'the desktop on a phone');
  await desktop.page.getByRole('button', { name: 'Contact', exact: true }).click();
  await world.shot(desktop.page, 'desktop-contact-phone');
  await desktop.page.setViewportSize({ width: 1280, height: 720 });
  await desktop.get('hangup').click();
  await desktop.current('wrapup');
  await world.shot(desktop.page, 'desktop-wrapup');
  await visitor.state('ended');
  await visitor.page.emulateMedia({ colorScheme: 'light' });
  await world.shot(visitor.page, 'widget-ended');
}, { wrapup: 60 });

scenario('the widget on a phone, the desk with people waiting', async (world) => {
  const desktop = await world.desktop();
  await desktop.login('bob');
  await world.shot(desktop.page, 'desktop-not-ready');
  const carrier = await world.carrier();
  const visitor = await world.visitor({ viewport: PHONE, hasTouch: true, isMobile: true, deviceScaleFactor: 2 });
  await visitor.get('wl-button').waitFor();
  await world.shot(visitor.page, 'shop-phone');
  await visitor.get('wl-button').tap();
  await visitor.get('wl-option-dial').waitFor();
  await world.shot(visitor.page, 'widget-open-phone');
  await visitor.get('wl-option-dial').tap();
  await visitor.get('wl-number').waitFor();
  await world.shot(visitor.page, 'widget-number-phone');
  world.call(carrier, (await visitor.get('wl-number').getAttribute('href')).replace('tel:', ''));
  await visitor.state('waiting');
  await world.shot(visitor.page, 'widget-waiting-phone');
  await desktop.get('waiting-list').getByText('Jane Dove').waitFor();
  await world.shot(desktop.page, 'desktop-waiting');
});
