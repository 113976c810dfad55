// Letters: a message left in the page reaches the firm's mailbox; and the page behind a letter's link, where an appointment is seen, put off
// and taken back without a script, in any mail program's browser.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { judge } from './support/axe.mjs';
import { Exim } from './support/exim.mjs';
import { until } from './support/until.mjs';
import { scenario } from './support/world.mjs';

const exim = await Exim.start();
after(() => exim.end());

scenario(
  'g15 who was promised a call by letter changes and cancels it on the page behind its link',
  async (world) => {
    const desktop = await world.desktop();
    await desktop.login('bob');
    const visitor = await world.visitor();
    await visitor.open();
    await visitor.get('wl-option-callme').click();
    await visitor.get('wl-callme-number').fill('01511 2345678');
    await visitor.get('wl-when-1').check();
    await visitor.get('wl-day').selectOption({ index: 1 });
    await visitor.get('wl-time').nth(3).click();
    await visitor.get('wl-callme-email').fill('jane@mail.test');
    await visitor.get('wl-consent').check();
    await visitor.get('wl-submit').click();
    await visitor.get('wl-another-time').waitFor();
    const link = await exim.find(/https:\/\/\S+\/callback\/[^\s>]+/);
    assert.ok(link.startsWith(world.switch.origin), link);

    const reader = await world.visitor({ javaScriptEnabled: false });
    await reader.page.goto(link);
    await world.shot(reader.page, 'letter');
    const looker = await world.visitor();
    for (const colorScheme of ['light', 'dark']) {
      await looker.page.emulateMedia({ colorScheme });
      await looker.page.goto(link);
      await judge(looker.tab, `the page behind the letter, ${colorScheme}`);
    }

    const due = reader.page.locator('select[name=due]');
    await due.selectOption({ index: 12 });
    const chosen = await due.inputValue();
    await reader.page.locator('form:has(select) button').click();
    await reader.page.getByRole('status').waitFor();
    const told = desktop.page.locator('[data-testid=scheduled-row] time');
    await until('the agents have the other time', async () => Date.parse(await told.getAttribute('datetime')) === Date.parse(chosen));

    await reader.page.locator('button[name=cancel]').click();
    await visitor.state('ended');
    await desktop.get('scheduled-row').waitFor({ state: 'detached' });
    await reader.page.goto(link);
    assert.equal(await reader.page.locator('select[name=due]').count(), 0, 'there is nothing to change any more');
  },
  { firm: exim.settings, queue: 'zone = "Europe/Berlin"', callme: 'calling_hours = { default = "00:00-24:00", DE = "00:00-24:00" }' },
);

scenario(
  'a message is left in the page, by night too, and comes to the mailbox with what was asked about and from where',
  async (world) => {
    const visitor = await world.visitor({ locale: 'de-DE' });
    await visitor.get('wl-button').click();
    await visitor.get('wl-option-mail').click();
    // What is missing is said where it is missing, and what was typed stays.
    await visitor.get('wl-mail-send').click();
    await visitor.get('wl-mail-problem').waitFor();
    await visitor.page.locator('[data-testid=wl-mail-text][aria-invalid=true]').waitFor();
    await visitor.get('wl-mail-text').fill('Welches <b>Papier</b> nimmt er?');
    await visitor.get('wl-mail-email').fill('vera');
    await visitor.get('wl-mail-send').click();
    await visitor.page.locator('[data-testid=wl-mail-email][aria-invalid=true]').waitFor();
    await world.shot(visitor.page, 'widget-mail');
    await visitor.get('wl-mail-email').fill('vera@night.test');
    await visitor.get('wl-mail-name').fill('Vera Night');
    await visitor.get('wl-mail-topic').selectOption('Repair');
    await visitor.get('wl-mail-send').click();
    await visitor.get('wl-mail-done').waitFor();
    await world.shot(visitor.page, 'widget-mail-done');
    const letter = await until('it is in the mailbox', async () => (await exim.letters(1)).find((text) => text.includes('vera@night.test')));
    assert.match(letter, /^To:.*desk@acme\.test/m);
    assert.match(letter, /^Reply-To:.*vera@night\.test/m);
    for (const text of ['Welches <b>Papier</b> nimmt er?', 'Vera Night', 'Repair', 'Printer 42', '/printers/42']) assert.ok(letter.includes(text), `${text} is not in ${letter}`);

    // Another one: what was sent is not sent again.
    await visitor.get('wl-mail-more').click();
    assert.deepEqual([await visitor.get('wl-mail-text').inputValue(), await visitor.get('wl-mail-email').inputValue()], ['', 'vera@night.test']);
    await visitor.get('wl-mail-text').fill('Und welchen Toner?');
    await visitor.get('wl-mail-send').click();
    await visitor.get('wl-mail-done').waitFor();
    const his = () => exim.letters(1).then((all) => all.filter((text) => text.includes('vera@night.test')));
    await until('the second is there', async () => (await his()).length === 2);
    assert.deepEqual(visitor.tab.complaints, []);
  },
  { firm: exim.settings, queue: `mailbox = "desk@acme.test"\nzone = "Europe/Berlin"\nopen = {}`, site: 'topics = ["Sales", "Repair"]' },
);
