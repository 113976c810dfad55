// The small controls of the desktop and the widget, each by what it does: whatever no other test has pressed.
import assert from 'node:assert/strict';
import { seen, show, talk } from './support/share.mjs';
import { until } from './support/until.mjs';
import { scenario } from './support/world.mjs';

const FIRM = { station: 'browser', wrapup: 60, outbound: true, supervisor: true };
const ANY_HOUR = 'max_attempts = 1, calling_hours = { default = "00:00-24:00", DE = "00:00-24:00" }';

scenario('sound tried out, the check asked for and chosen, single keys put off and on, colleagues folded', async (world) => {
  const alice = await world.desktop();
  // Each tone that a page plays is one of these.
  await alice.tab.context.addInitScript(() => {
    const { start } = OscillatorNode.prototype;
    window.tones = 0;
    OscillatorNode.prototype.start = function (...at) {
      window.tones += 1;
      return start.apply(this, at);
    };
  });
  await alice.page.reload();
  await alice.login('alice');
  const tones = () => alice.page.evaluate('window.tones');
  const played = async (testid) => {
    const before = await tones();
    await alice.get(testid).click();
    await until(`${testid} is heard`, async () => (await tones()) > before);
  };
  await alice.get('sound').click();
  await played('speaker-tone');
  await played('ringer-tone');
  assert.equal(await alice.get('check-every').isChecked(), false);
  await alice.get('check-every').check();
  await alice.get('check-now').click();
  await alice.get('check-dialog').waitFor();
  await alice.page.keyboard.press('Escape');
  await alice.get('check-dialog').waitFor({ state: 'detached' });
  // What he has chosen holds for the next shift.
  await alice.get('logout').click();
  await alice.login('alice');
  await alice.get('ready-toggle').click();
  await alice.get('check-go').filter({ hasText: 'Skip' }).click();
  await alice.state('Ready');
  await alice.get('sound').click();
  await alice.get('echo-start').click();
  await alice.get('echo-stop').click();
  await alice.get('echo-start').waitFor();
  await alice.page.keyboard.press('Escape');
  await alice.get('sound-dialog').waitFor({ state: 'detached' });

  const keys = async (on) => {
    await alice.page.keyboard.press('Shift+Slash');
    await alice.get('help-dialog').waitFor();
    await alice.get('single-keys').setChecked(on);
    await alice.page.keyboard.press('Escape');
    await alice.get('help-dialog').waitFor({ state: 'detached' });
  };
  await keys(false);
  await alice.page.keyboard.press('o');
  await keys(true);
  assert.equal(await alice.get('dial-panel').count(), 0, 'a letter alone did nothing');
  await alice.page.keyboard.press('o');
  await alice.get('dial-panel').waitFor();
  await alice.page.keyboard.press('Escape');

  const open = alice.get('colleagues-toggle');
  assert.equal(await open.getAttribute('aria-expanded'), 'true');
  await open.click();
  await alice.page.locator('#colleagues-list').waitFor({ state: 'hidden' });
  await alice.page.keyboard.press('l');
  await alice.page.locator('#colleagues-list').waitFor();
  assert.deepEqual(alice.tab.complaints, []);
}, FIRM);

scenario('an agent takes back what he asked to see, asks again, and ends it himself', async (world) => {
  const both = await talk(world);
  const { desktop, visitor } = both;
  await desktop.get('show-live').click();
  await visitor.get('wl-live-ask').waitFor();
  await desktop.get('live-withdraw').click();
  await visitor.get('wl-live-ask').waitFor({ state: 'detached' });
  await desktop.page.locator('[data-testid=live-state][data-state=off]').waitFor({ state: 'attached' });
  await show(both);
  await desktop.get('live-end').click();
  await visitor.get('wl-live-on').waitFor({ state: 'detached' });
  await desktop.get('liveframe').waitFor({ state: 'hidden' });
  assert.equal(await seen(desktop).getByRole('heading', { name: 'Printer 42' }).count(), 0, 'nothing of it is left');
  await desktop.current('talking');
});

scenario('from the call to the record: its language, its evidence; a long list goes on; never is asked about first', async (world) => {
  const alice = await world.desktop();
  await alice.ready('alice');
  const carrier = await world.carrier();
  const visitor = await world.visitor();
  await visitor.callMe('01511 2345678');
  await carrier.wait('CALL_ESTABLISHED');
  await alice.current('talking');
  await alice.get('open-record').click();
  await alice.get('card-name').filter({ hasText: 'Jane Dove' }).waitFor();
  await alice.get('contact-edit').click();
  await alice.get('contact-edit-language').fill('pt-BR');
  await alice.get('contact-save').click();
  await alice.get('contact-saved').waitFor();
  await alice.page.getByText('Portuguese').or(alice.page.getByText('pt-BR')).first().waitFor();
  await alice.page.keyboard.press('Escape');
  await alice.page.keyboard.press('Escape');
  await alice.get('contacts-dialog').waitFor({ state: 'detached' });
  await alice.get('never').click();
  await alice.get('never-ask').waitFor();
  await alice.get('never-no').click();
  await alice.get('never-ask').waitFor({ state: 'detached' });
  await alice.get('hangup').click();
  await alice.current('wrapup');
  await alice.get('wrapup-done').click();
  await alice.state('Ready');

  // Thirty of a name: a page of them, and the rest.
  await alice.page.keyboard.press('/');
  const rows = Array.from({ length: 30 }, (_, n) => `Paula Many${n},+4930555000${String(n).padStart(2, '0')}`);
  await alice.get('contacts-file').setInputFiles({ name: 'many.csv', mimeType: 'text/csv', buffer: Buffer.from(['name,numbers', ...rows].join('\n')) });
  await alice.get('import-report').getByText('30 lines of many.csv are in.').waitFor();
  await alice.get('contacts-query').fill('paula');
  await until('a page of them', async () => (await alice.get('contact-row').count()) === 20);
  assert.match(await alice.get('contacts-said').textContent(), /first 20/);
  await alice.get('contacts-more').click();
  await until('all of them', async () => (await alice.get('contact-row').count()) === 30);

  await alice.get('contacts-query').fill('jane');
  await alice.get('contact-row').filter({ hasText: 'Jane Dove' }).click();
  await alice.get('history-evidence').first().click();
  await alice.get('evidence-verdict').waitFor();
}, { ...FIRM, callme: ANY_HOUR });

scenario('a call-back that was put off is wanted now after all, and is found among those of a span', async (world) => {
  const alice = await world.desktop();
  await alice.login('alice');
  const visitor = await world.visitor();
  await visitor.callMe('01511 2345678');
  await visitor.state('waiting');
  await alice.get('outbound-toggle').click();
  await alice.get('outbound-jobs').click();
  const job = alice.get('job');
  await job.getByTestId('job-put-off').click();
  await alice.get('times-day').selectOption({ index: 1 });
  await alice.get('times-save').click();
  await alice.page.locator('[data-testid=job][data-state=scheduled]').waitFor();
  await job.getByTestId('job-put-off').click();
  await alice.get('times-now').click();
  await alice.page.locator('[data-testid=job]:not([data-state=scheduled])').waitFor();
  await job.getByTestId('job-cancel').click();
  await alice.get('job-cancel-yes').click();
  await visitor.state('ended');
  await alice.get('jobs-dead').click();
  await alice.get('jobs-span').selectOption('28');
  await alice.get('job').waitFor();
}, { ...FIRM, callme: ANY_HOUR, queue: 'zone = "Europe/Berlin"' });

/** Whoever looks at a printer for a second is pointed out, and may be written to in two languages. */
const WATCH = `
[firms.watch]
invite_guests = true
[[firms.watch.criteria]]
name = "Looks for long"
page = "/printers/*"
after_secs = 1
first = "alert"
pop = true
messages = ["It is me"]
[[firms.watch.messages]]
name = "It is me"
options = ["chat"]
words.en = { title = "Hello", text = "I am {agent}. Can I help?" }
words.de = { title = "Hallo", text = "Ich bin {agent}. Kann ich helfen?" }
`;

scenario('several who are pointed out; a text in the other language; one that is closed, one that is put away', async (world) => {
  const bob = await world.desktop();
  await bob.ready('bob');
  const visitors = [];
  for (let n = 0; n < 2; n += 1) {
    const visitor = await world.visitor({ path: '/' });
    await visitor.consents('granted');
    await visitor.go('/printers/42');
    visitors.push(visitor);
  }
  await bob.get('pop-more').waitFor({ timeout: 20_000 });
  await bob.get('pop-more').click();
  await until('both are listed', async () => (await bob.get('alert').count()) === 2);
  await bob.get('alert-take').first().click();
  await bob.page.locator('[data-testid=text][data-message="It is me"]').click();
  await bob.get('text-language').selectOption('de');
  assert.equal(await bob.get('invite-text').inputValue(), 'Ich bin {agent}. Kann ich helfen?');
  await bob.get('invite-text').fill('Ich bin da.');
  await bob.get('own').waitFor();
  await bob.get('invite-send').click();
  const cards = visitors.map((visitor) => visitor.get('wl-invite'));
  const at = await until('one of them is invited', async () => {
    const counts = await Promise.all(cards.map((card) => card.count()));
    return counts.includes(1) ? { index: counts.indexOf(1) } : null;
  });
  const invited = visitors[at.index];
  assert.equal(await invited.get('wl-invite-text').textContent(), 'Ich bin da.');
  await invited.get('wl-invite-close').click();
  await cards[at.index].waitFor({ state: 'detached' });
  await bob.page.locator('[data-testid=composer-told][data-state=declined]').waitFor();
  await bob.get('composer-done').click();
  await bob.get('alert-take').click();
  await bob.get('composer-dismiss').click();
  await bob.get('composer').waitFor({ state: 'detached' });
  await bob.page.mouse.move(640, 700);
  await bob.get('no-alerts').waitFor();
}, { firm: WATCH });

scenario('the pad of numbers, the keys shown, what the check asks for, the floor in another order: each by a click', async (world) => {
  const alice = await world.desktop({ check: true });
  // Chromium without a screen asks nobody: whoever is asked says yes.
  await alice.tab.context.addInitScript(() => {
    window.Notification = class {
      static permission = 'default';
      static requestPermission = async () => (this.permission = 'granted');
    };
  });
  // How long an answer takes is asked in vain while the switch is not heard.
  let deaf = true;
  await alice.page.routeWebSocket('**/v1/agent/stream', (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((text) => void (deaf && text.includes('"type":"ping"') ? undefined : server.send(text)));
  });
  await alice.page.reload();
  await alice.login('alice');
  const press = (window, name) => alice.get(window).getByRole('button', { name, exact: true }).click();

  await alice.get('ready-toggle').click();
  await alice.get('check-dialog').waitFor();
  const light = (item, colour) => alice.page.locator(`[data-testid=check-${item}][data-light=${colour}]`).waitFor({ timeout: 20_000 });
  await light('notifications', 'waiting');
  await alice.get('check-notify').click();
  await light('notifications', 'green');
  assert.equal(await alice.get('check-notify').count(), 0);
  await light('connection', 'red');
  deaf = false;
  await press('check-connection', 'Try again');
  await light('connection', 'green');
  // Not wanted before the next shift either.
  const every = alice.get('check-dialog').getByLabel('Check before my first Ready of a shift');
  assert.equal(await every.isChecked(), true);
  await every.uncheck();
  await alice.page.keyboard.press('Escape');
  await alice.get('check-dialog').waitFor({ state: 'detached' });
  await alice.get('ready-toggle').click();
  await alice.state('Ready');
  await alice.get('ready-toggle').click();
  await alice.state('Not ready');

  await alice.get('dial').click();
  for (const key of ['Plus', ...'1234567890']) await press('dial-panel', key);
  const typed = () => alice.get('dial-number').inputValue();
  assert.equal(await typed(), '+1234567890');
  await press('dial-panel', 'Delete the last digit');
  assert.equal(await typed(), '+123456789');
  await press('dial-panel', 'Close');
  await alice.get('dial-panel').waitFor({ state: 'detached' });
  await alice.get('help').click();
  await alice.get('help-dialog').getByText('Answer').first().waitFor();
  await press('help-dialog', 'Close');
  await alice.get('help-dialog').waitFor({ state: 'detached' });

  const bob = await world.desktop({ voice: 'colleague' });
  await bob.ready('bob');
  await alice.get('floor-toggle').click();
  await alice.page.locator('[data-agent=bob]').filter({ hasText: 'Ready' }).waitFor();
  const agents = async () => (await alice.page.locator('[data-agent]').evaluateAll((rows) => rows.map((row) => row.dataset.agent))).join();
  const column = alice.get('floor-agents').getByRole('columnheader', { name: 'Agent' });
  for (const [sorted, order] of [['ascending', 'alice,bob'], ['descending', 'bob,alice']]) {
    await column.getByRole('button').click();
    await until(`${sorted}: ${order}`, async () => (await agents()) === order);
    assert.equal(await column.getAttribute('aria-sort'), sorted);
  }
  const side = alice.page.getByRole('complementary').getByRole('heading').first();
  await side.filter({ hasText: 'sales' }).waitFor();
  await press('floor-queues', 'repair');
  await side.filter({ hasText: 'repair' }).waitFor();
  assert.equal(await alice.get('floor-queues').getByRole('button', { name: 'sales' }).getAttribute('aria-pressed'), 'false');
  assert.deepEqual(alice.tab.complaints, []);
}, { ...FIRM, queue: '[[firms.queues]]\nname = "repair"\nskills = ["sales"]' });

scenario('a visitor on the site is rated from the list, and what is written to him is sent by its button', async (world) => {
  const alice = await world.desktop();
  await alice.ready('alice');
  const visitor = await world.visitor({ path: '/' });
  await visitor.consents('granted');
  await visitor.go('/cart');
  await alice.get('visitors-toggle').click();
  await alice.get('visitors-site').click();
  const rate = alice.get('visitor-row').getByTestId('visitor-rate');
  await rate.waitFor({ timeout: 20_000 });
  assert.equal(await rate.inputValue(), '4');
  await rate.selectOption('7');
  await until('he is rated', async () => (await rate.inputValue()) === '7');
  await alice.get('visitor-contact').click();
  await alice.get('contacts-dialog').getByText('4 to 7, by Alice').waitFor();
  await alice.page.keyboard.press('Escape');
  await alice.page.keyboard.press('Escape');
  await alice.get('contacts-dialog').waitFor({ state: 'detached' });
  await alice.get('visitors-toggle').click();

  await visitor.open();
  await visitor.get('wl-option-chat').click();
  await visitor.get('wl-chat-text').fill('Is it quiet?');
  await visitor.get('wl-chat-send').click();
  await alice.get('chat-accept').click();
  await alice.page.locator('[data-testid=chat-head][data-state=open]').waitFor();
  assert.equal(await alice.get('chat-send').isDisabled(), true, 'nothing to send yet');
  await alice.get('chat-text').fill('Very quiet.');
  await alice.get('chat-send').click();
  await visitor.page.locator('[role=log] li').filter({ hasText: 'Very quiet.' }).waitFor();
  assert.equal(await alice.get('chat-text').inputValue(), '');
}, { ...FIRM, firm: WATCH, rights: ['priority'] });
