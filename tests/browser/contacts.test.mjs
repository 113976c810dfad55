// Contacts on the desktop: looked for by part of a name, changed, seen by a colleague at once, and called.
import assert from 'node:assert/strict';
import { until } from './support/until.mjs';
import { scenario } from './support/world.mjs';

const FIRM = { station: 'browser', wrapup: 60, outbound: true, supervisor: true };

async function look(desktop, text) {
  await desktop.page.keyboard.press('/');
  await desktop.get('contacts-query').fill(text);
  await desktop.get('contact-row').first().waitFor();
}

scenario('a contact is found by part of a name, changed, seen on another desktop, and called', async (world) => {
  const carrier = await world.carrier();
  const [alice, bob] = [await world.desktop(), await world.desktop({ voice: 'colleague' })];
  await alice.ready('alice');
  await bob.login('bob');
  await look(bob, 'jane');
  await bob.page.keyboard.press('Enter');
  await bob.get('card-name').filter({ hasText: 'Jane Dove' }).waitFor();
  assert.equal(await bob.get('contact-edit').count(), 0, 'Bob has not the right to change her');

  // Keys alone, as far as there is no text.
  await look(alice, 'DÓV');
  await alice.page.keyboard.press('Enter');
  await alice.get('card-name').filter({ hasText: 'Jane Dove' }).waitFor();
  await alice.get('contact-edit').press('Enter');
  await alice.get('contact-edit-name').fill('Jane Dove-Smith');
  await alice.get('contact-edit-email').fill('jane@dove.test');
  await alice.get('contact-add-number').click();
  await alice.get('contact-edit-number').fill('030 22233344');
  await alice.get('contact-add-detail').click();
  await alice.get('contact-form').getByPlaceholder('Name of a detail').fill('plan');
  await alice.get('contact-form').getByPlaceholder('What it says').fill('Studio');
  await alice.get('contact-edit-priority').selectOption('5');
  // Leaving is asked about: nothing typed is lost by a slip.
  await alice.page.keyboard.press('Escape');
  await alice.get('keep-editing').click();
  assert.equal(await alice.get('contact-edit-number').inputValue(), '030 22233344');
  await alice.get('contact-save').click();
  await alice.get('contact-saved').waitFor();
  await alice.get('card-call').nth(1).getByText('030 22233344').waitFor();
  await alice.page.getByText('Studio', { exact: true }).waitFor();
  await alice.get('contact-edit').click();
  await alice.get('contact-edit-company').fill('A slip');
  await alice.get('contact-cancel').click();
  await alice.get('discard').click();
  await alice.get('contact-edit').waitFor();
  assert.equal(await alice.page.getByText('A slip').count(), 0);
  assert.equal(await alice.get('card-email').textContent(), 'jane@dove.test');
  assert.match(await alice.get('card-edits').textContent(), /Name, .*by Alice/);

  // He did nothing, and sees it.
  await bob.get('card-name').filter({ hasText: 'Jane Dove-Smith' }).waitFor();
  await bob.get('contacts-query').fill('smith');
  await bob.get('contact-row').filter({ hasText: 'Jane Dove-Smith' }).waitFor();

  await alice.get('card-call').first().click();
  await alice.get('contacts-dialog').waitFor({ state: 'detached' });
  await alice.get('dial-call').click();
  await alice.current('talking');
  await alice.page.locator('[data-testid=contact-name]').filter({ hasText: 'Jane Dove-Smith' }).waitFor();
  await Promise.all([alice.hears(world.hz.carrier), carrier.hears(world.hz.agent)]);
}, FIRM);

scenario('two write about the same customer at once: neither loses a word, and both are told', async (world) => {
  const bob = await world.desktop({ voice: 'colleague' });
  await bob.ready('bob');
  const carrier = await world.carrier();
  const visitor = await world.visitor();
  world.call(carrier, await visitor.number());
  await bob.get('answer').click();
  await bob.current('talking');
  const alice = await world.desktop();
  await alice.login('alice');
  await look(alice, 'jane');
  await alice.page.keyboard.press('Enter');
  await alice.get('contact-edit').click();
  await alice.get('contact-edit-notes').press('Control+End');
  await alice.get('contact-edit-notes').pressSequentially(' Wants an offer.');

  // Bob's answer to the switch is kept until Alice has saved: what he read is old then.
  await bob.get('notes').press('Control+End');
  let release;
  const saved = new Promise((resolve) => (release = resolve));
  await bob.page.route('**/v1/agent/outcome**', async (route) => {
    await saved;
    await route.continue();
  });
  await bob.get('notes').pressSequentially(' Asks about toner.');
  await bob.get('notes').blur();
  await alice.get('contact-save').click();
  await alice.get('contact-saved').waitFor();
  release();
  await bob.page.locator('[data-testid=notes-state][data-state=saved]').filter({ hasText: 'both are kept' }).waitFor();
  await world.shot(bob.page, 'desktop-notes-both');
  const both = ['Prefers a call in the afternoon.', 'Wants an offer.', 'Asks about toner.'];
  for (const text of both) assert.ok((await bob.get('notes').inputValue()).includes(text), text);
  for (const text of both) await alice.get('card-notes').filter({ hasText: text }).waitFor();

  // The other way round: she is at it while he saves.
  await alice.get('contact-edit').click();
  await alice.get('contact-edit-notes').press('Control+End');
  await alice.get('contact-edit-notes').pressSequentially(' And paper.');
  await bob.get('notes').press('Control+End');
  await bob.get('notes').pressSequentially(' Two boxes.');
  await bob.get('notes').blur();
  await alice.get('contact-overtaken').waitFor();
  await world.shot(alice.page, 'contacts-overtaken');
  await alice.get('contact-save').click();
  await alice.get('contact-saved').waitFor();
  for (const text of [...both, 'And paper.', 'Two boxes.']) await alice.get('card-notes').filter({ hasText: text }).waitFor();
  await until('Bob has it, too', async () => (await bob.get('notes').inputValue()).includes('And paper.'));
}, FIRM);

scenario('a change outlives a restart, and one who looks while a call arrives loses nothing', async (world) => {
  const alice = await world.desktop();
  await alice.ready('alice');
  await look(alice, '2345678');
  await alice.page.keyboard.press('Enter');
  await alice.get('contact-edit').click();
  await alice.get('contact-edit-notes').fill('Rings in the morning.');
  await alice.get('contact-save').click();
  await alice.get('contact-saved').waitFor();
  await alice.get('contact-edit').click();
  await alice.get('contact-edit-company').fill('Dove Paper');
  const carrier = await world.carrier();
  const visitor = await world.visitor();
  world.call(carrier, await visitor.number());
  // The call is in front at once.
  await alice.get('contacts-dialog').waitFor({ state: 'detached' });
  await alice.get('answer').click();
  await visitor.state('talking');
  await alice.page.keyboard.press('/');
  assert.equal(await alice.get('contact-edit-company').inputValue(), 'Dove Paper');
  await alice.get('contact-save').click();
  await alice.get('contact-saved').waitFor();
  await world.switch.end();
  await world.switch.restart();
  await alice.page.reload();
  await alice.get('state').waitFor();
  await look(alice, 'dove pap');
  await alice.page.keyboard.press('Enter');
  await alice.get('card-notes').filter({ hasText: 'Rings in the morning.' }).waitFor();
}, FIRM);

scenario('a supervisor reads a list of contacts in: who is known is changed, who is not is new, a bad line is told', async (world) => {
  const [alice, bob] = [await world.desktop(), await world.desktop({ voice: 'colleague' })];
  await alice.login('alice');
  await bob.login('bob');
  await bob.page.keyboard.press('/');
  await bob.get('contacts-dialog').waitFor();
  assert.equal(await bob.get('contacts-file').count(), 0, 'only who leads the firm');
  await alice.page.keyboard.press('/');
  const rows = ['name;numbers;company;plan', 'Jane Dove-Hill;+4915112345678;Dove Ltd;Studio', 'Vera Known;030 90182090;;', 'Nobody;12;;'];
  await alice.get('contacts-file').setInputFiles({ name: 'customers.csv', mimeType: 'text/csv', buffer: Buffer.from(rows.join('\n')) });
  await alice.get('import-report').getByText('2 lines of customers.csv are in.').waitFor();
  await alice.get('import-refused').getByText('This is no telephone number').getByText('line 4').waitFor();
  await world.shot(alice.page, 'desktop-contacts-import');
  await alice.get('contacts-query').fill('hill');
  await alice.get('contact-row').filter({ hasText: 'Jane Dove-Hill' }).waitFor();
  // The list may be sent again; one that is too large is not even read.
  await alice.get('contacts-file').setInputFiles({ name: 'again.csv', mimeType: 'text/csv', buffer: Buffer.from(rows.slice(0, 3).join('\n')) });
  await alice.get('import-report').getByText('2 lines of again.csv are in.').waitFor();
  await alice.get('contacts-file').setInputFiles({ name: 'all.csv', mimeType: 'text/csv', buffer: Buffer.alloc(4 * 1024 * 1024 + 1, 'x') });
  await alice.get('refusal-contact').getByText('The file is larger than 4 MB').waitFor();
  await bob.get('contacts-query').fill('vera');
  await bob.get('contact-row').filter({ hasText: 'Vera Known' }).waitFor();
}, FIRM);

scenario('what was long ago with a customer is seen by pages', async (world) => {
  const carrier = await world.carrier();
  for (let call = 0; call < 23; call += 1) {
    // There are ports for twenty calls, and each rests for five seconds.
    if (call === 15) await new Promise((resolve) => setTimeout(resolve, 6_000));
    const at = carrier.events.length;
    world.call(carrier, '+493012345000');
    await carrier.wait('CALL_ESTABLISHED', at);
    carrier.hangup();
    await carrier.wait('CALL_CLOSED', at);
    await until('the call is over', async () => (await world.switch.metric('warmline_calls_live')) === 0);
  }
  const alice = await world.desktop();
  await alice.login('alice');
  await look(alice, 'jane');
  await alice.page.keyboard.press('Enter');
  await alice.get('history-row').nth(19).waitFor();
  assert.equal(await alice.get('history-row').count(), 20);
  await alice.get('history-older').scrollIntoViewIfNeeded();
  await world.shot(alice.page, 'contact-history-older');
  await alice.get('history-older').press('Enter');
  await alice.get('history-row').nth(22).waitFor();
  await alice.get('history-older').waitFor({ state: 'detached' });
  assert.equal(await alice.page.evaluate(() => document.activeElement === document.querySelectorAll('[data-testid=history-row]')[20]), true, 'the keyboard goes on there');
}, FIRM);
