// German and Spanish take more room than English: in each main state of the desktop and the widget every word fits its place.
import assert from 'node:assert/strict';
import { misfits } from './support/fit.mjs';
import { scenario } from './support/world.mjs';

/** In both languages, at the narrowest windows that agents work in; what does not fit is told together at the end. */
async function everywhere(desktop, where, wrong) {
  for (const tag of ['de', 'es']) {
    await desktop.get('language').selectOption(tag);
    for (const width of [1280, 1024]) {
      await desktop.page.setViewportSize({ width, height: 720 });
      wrong.push(...(await misfits(desktop.tab, `${where}, ${tag}, ${width} px`)));
    }
  }
}

/** On a telephone of 360 px. */
async function telephone(world, locale) {
  return world.visitor({ locale, viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
}

scenario('german and spanish fit the desktop at 1280 and 1024 px, from log-in to the reports', async (world) => {
  const wrong = [];
  const look = (where) => everywhere(alice, where, wrong);
  const dialog = async (where) => wrong.push(...(await misfits(alice.tab, `${where}, es, 1024 px`)));
  const widget = async (where) => wrong.push(...(await misfits(visitor.tab, `the widget ${where}, de`, 'warmline-call')));
  const alice = await world.desktop();
  const visitor = await telephone(world, 'de-DE');
  await alice.get('login-name').waitFor();
  await look('log-in');
  await alice.get('language').selectOption('en');
  await alice.login('alice');
  await look('not ready');
  await alice.get('reasons').click();
  await look('reasons');
  await alice.page.keyboard.press('Escape');
  await alice.page.keyboard.press('o');
  await look('the dial pad');
  await alice.page.keyboard.press('Escape');
  await alice.page.keyboard.press('/');
  await alice.get('contacts-query').fill('jane');
  await alice.get('contact-row').first().click();
  await alice.get('card-name').waitFor();
  // A dialog lies over the choice of language: each has been chosen before.
  await alice.get('contact-edit').click();
  await dialog('a contact being changed');
  await alice.page.keyboard.press('Escape');
  await dialog('a contact');
  await alice.page.keyboard.press('Escape');
  await alice.page.keyboard.press('Escape');
  await alice.get('contacts-dialog').waitFor({ state: 'detached' });
  await alice.page.keyboard.press('?');
  await alice.get('help-dialog').waitFor();
  await dialog('keys');
  await alice.page.keyboard.press('Escape');
  for (const area of ['floor', 'reports', 'outbound', 'visitors']) {
    await alice.get(`${area}-toggle`).click();
    await look(area);
    await alice.get(`${area}-toggle`).click();
  }
  await alice.get('outbound-toggle').click();
  for (const tab of ['campaigns', 'never', 'breaker']) {
    await alice.get(`outbound-${tab}`).click();
    await look(tab);
  }
  await alice.get('outbound-toggle').click();

  await alice.get('ready-toggle').click();
  await alice.page.locator('[data-testid=state]').waitFor();
  const carrier = await world.carrier();
  const number = await visitor.number();
  await alice.current('claimed');
  await look('claimed');
  world.call(carrier, number);
  await alice.current('ringing');
  await look('ringing');
  await alice.get('answer').click();
  await alice.current('talking');
  await look('talking');
  await widget('in a call');
  await alice.page.keyboard.press('t');
  await look('transfer');
  await alice.page.keyboard.press('Escape');
  const bob = await world.desktop({ voice: 'colleague' });
  await bob.ready('bob');
  await alice.colleague('Bob', 'Disponible');
  await alice.page.keyboard.press('t');
  await alice.page.keyboard.type('bo');
  await alice.page.keyboard.press('Enter');
  await alice.consult('ringing');
  await look('a colleague is asked');
  await bob.get('answer').click();
  await alice.consult('talking');
  await look('he speaks');
  await alice.page.keyboard.press('c');
  await alice.consult('conference');
  await look('three together');
  await world.shot(alice.page, 'desktop-spanish-conference');
  await alice.page.keyboard.press('b');
  await alice.get('consult').waitFor({ state: 'detached' });
  await alice.page.keyboard.press('h');
  await alice.held(true);
  await look('held');
  await world.shot(alice.page, 'desktop-spanish-held');
  await widget('on hold');
  await alice.get('hangup').click();
  await alice.current('wrapup');
  await look('wrap-up');
  await world.shot(alice.page, 'desktop-spanish-wrapup');
  await visitor.state('ended');
  await widget('after a call');
  assert.deepEqual(wrong, []);
}, { station: 'browser', supervisor: true, outbound: true, wrapup: 60, jane: ['+4915112345678', '+493022233344'], firm: 'not_ready_reasons = ["Break", "Training"]\n[firms.watch]\nwithout_consent = "table"' });

scenario('german and spanish fit the widget on a telephone of 360 px, on each of its ways', async (world) => {
  const bob = await world.desktop();
  await bob.ready('bob');
  const wrong = [];
  for (const locale of ['de-DE', 'es-ES']) {
    const visitor = await telephone(world, locale);
    const look = async (where) => wrong.push(...(await misfits(visitor.tab, `${where}, ${locale}`, 'warmline-call')));
    await visitor.open();
    await look('the ways to talk');
    await world.shot(visitor.page, `widget-360-${locale}`);
    await visitor.get('wl-option-callme').click();
    await visitor.get('wl-callme-number').waitFor();
    await look('to be called');
    await visitor.get('wl-when-1').check();
    await visitor.get('wl-time').first().waitFor();
    await look('at another time');
    await world.shot(visitor.page, `widget-360-times-${locale}`);
    await visitor.page.locator('warmline-call [data-key=back]').click();
    await visitor.get('wl-option-mail').click();
    await visitor.get('wl-mail-send').click();
    await look('a message');
    await visitor.page.locator('warmline-call [data-key=back]').click();
    await visitor.get('wl-option-chat').click();
    await visitor.get('wl-chat-text').waitFor();
    await look('a chat');
    await visitor.get('wl-chat-end').click();
    await visitor.get('wl-chat-end-yes').click();
    await visitor.get('wl-chat-over').waitFor();
    await look('the end of a chat');
    await visitor.get('wl-other').click();
    await visitor.get('wl-option-dial').click();
    await visitor.get('wl-number').waitFor();
    await look('a number');
    await visitor.get('wl-cancel').click();
    await visitor.state('ended');
    await look('the end');
    await visitor.get('wl-other').click();
    await visitor.get('wl-option-browser').click();
    await visitor.state('ringing');
    await look('ringing');
    await visitor.get('wl-hangup').click();
    await visitor.state('ended');
  }
  assert.deepEqual(wrong, []);
}, { site: 'topics = ["Sales", "Repair"]', firm: '[firms.mail]\nserver = "localhost:2525"\nfrom = "Acme <calls@acme.test>"\n', queue: 'zone = "Europe/Berlin"\nmailbox = "desk@acme.test"', callme: 'calling_hours = { default = "00:00-24:00", DE = "00:00-24:00" }' });
