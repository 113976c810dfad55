// WCAG 2.2 AA, as far as axe can tell, over the desktop's states in light and dark, and over the widget.
import assert from 'node:assert/strict';
import { bothFaces, bothFacesOf, judge } from './support/axe.mjs';
import { scenario } from './support/world.mjs';

scenario('the desktop can be used by everybody: its own states', async (world) => {
  const desktop = await world.desktop({ check: true });
  await desktop.get('login-name').waitFor();
  await bothFaces(desktop, 'log-in');
  await desktop.login('bob');
  await bothFaces(desktop, 'not ready');
  await desktop.get('ready-toggle').click();
  await desktop.get('check-dialog').waitFor();
  await bothFaces(desktop, 'the check before a shift');
  await desktop.page.getByRole('button', { name: 'Change devices' }).click();
  await desktop.get('sound-dialog').waitFor();
  await bothFaces(desktop, 'sound');
  await desktop.page.keyboard.press('Escape');
  await desktop.get('sound-dialog').waitFor({ state: 'detached' });
  await desktop.page.keyboard.press('?');
  await desktop.get('help-dialog').waitFor();
  await bothFaces(desktop, 'keys');
  await desktop.page.keyboard.press('Escape');
  await desktop.get('help-dialog').waitFor({ state: 'detached' });
  await desktop.page.setViewportSize({ width: 390, height: 844 });
  await bothFaces(desktop, 'a phone');
});

scenario('the desktop can be used by everybody: contacts found, read and changed', async (world) => {
  const desktop = await world.desktop();
  await desktop.login('alice');
  await desktop.page.keyboard.press('/');
  await desktop.get('contacts-dialog').waitFor();
  await bothFaces(desktop, 'contacts, nothing typed');
  await desktop.get('contacts-query').fill('jane');
  await desktop.get('contact-row').first().waitFor();
  await bothFaces(desktop, 'contacts found');
  await desktop.page.keyboard.press('Enter');
  await desktop.get('card-name').waitFor();
  await bothFaces(desktop, 'a contact');
  await desktop.get('contact-edit').click();
  await desktop.get('contact-form').waitFor();
  await bothFaces(desktop, 'a contact being changed');
  await desktop.page.keyboard.press('Escape');
  await desktop.page.keyboard.press('Escape');
  await desktop.page.keyboard.press('Escape');
  await desktop.get('contacts-dialog').waitFor({ state: 'detached' });
}, { station: 'browser', supervisor: true });

scenario('the desktop can be used by everybody: a call, and the widget beside it', async (world) => {
  const desktop = await world.desktop();
  await desktop.ready('bob');
  await bothFaces(desktop, 'ready');
  const [carrier, visitor] = [await world.carrier(), await world.visitor()];
  await visitor.page.emulateMedia({ reducedMotion: 'reduce' });
  await visitor.open();
  await judge(visitor.tab, 'the widget is open', 'warmline-call');
  await visitor.page.getByTestId('wl-option-dial').click();
  await visitor.state('held');
  await judge(visitor.tab, 'the widget has a number', 'warmline-call');
  await desktop.current('claimed');
  await bothFaces(desktop, 'claimed');
  world.call(carrier, (await visitor.get('wl-number').getAttribute('href')).replace('tel:', ''));
  await desktop.current('ringing');
  await bothFaces(desktop, 'ringing');
  await desktop.get('answer').click();
  await desktop.current('talking');
  await visitor.state('talking');
  await bothFaces(desktop, 'talking');
  await judge(visitor.tab, 'the widget tells of the talk', 'warmline-call');
  await desktop.page.keyboard.press('k');
  await desktop.get('keypad-panel').waitFor();
  await bothFaces(desktop, 'keypad');
  await desktop.page.keyboard.press('Escape');
  await desktop.page.keyboard.press('t');
  await desktop.get('transfer-panel').waitFor();
  await bothFaces(desktop, 'transfer');
  await desktop.page.keyboard.press('Escape');
  await desktop.page.keyboard.press('h');
  await desktop.held(true);
  await bothFaces(desktop, 'held');
  await desktop.page.keyboard.press('h');
  await desktop.held(false);
  await desktop.get('hangup').click();
  await desktop.current('wrapup');
  await bothFaces(desktop, 'wrap-up');
}, { wrapup: 30 });

const ASKS = 'topics = ["Sales"]\nlanguages = ["de", "en"]\nquestions = [{ ask = "How urgent is it?", choices = ["It stands still", "Later"] }]';

scenario('asking to be called can be used by everybody: the form, the times, the request as it stands, the digits', async (world) => {
  const visitor = await world.visitor({ timezoneId: 'America/New_York' });
  const both = (where) => bothFacesOf(visitor, where, 'warmline-call');
  await visitor.get('wl-button').click();
  await visitor.get('wl-request').waitFor();
  await both('nobody is there');
  await visitor.get('wl-leave-request').click();
  // Tomorrow, whatever the hour in New York: late in the evening today has few times left.
  await visitor.get('wl-day').selectOption({ index: 1 });
  await visitor.get('wl-time').nth(2).click();
  await both('the request');
  await visitor.page.setViewportSize({ width: 390, height: 844 });
  await both('the request on a phone');
  // All of it by the keyboard: the times are one stop, chosen by arrows.
  await visitor.get('wl-day').focus();
  await visitor.page.keyboard.press('Tab');
  await visitor.page.keyboard.press('ArrowRight');
  assert.equal(await visitor.get('wl-time').nth(3).locator('input').isChecked(), true);
  await visitor.get('wl-callme-number').fill('01511 2345678');
  await visitor.get('wl-consent').press('Space');
  await visitor.get('wl-consent').press('Enter');
  await visitor.get('wl-digits').waitFor();
  await both('the request as it stands');
  await visitor.get('wl-another-time').press('Enter');
  await visitor.get('wl-reschedule').waitFor();
  await both('another time');
  await visitor.page.goto(`${world.switch.origin}/v1/web/form?site=shop`);
  for (const colorScheme of ['light', 'dark']) {
    await visitor.page.emulateMedia({ colorScheme });
    await judge(visitor.tab, `the form without a script, ${colorScheme}`);
  }
}, { site: ASKS, queue: 'zone = "Europe/Berlin"', countries: ['DE', 'AT'], callme: 'match_number = "always", calling_hours = { default = "00:00-24:00", DE = "00:00-24:00" }' });
