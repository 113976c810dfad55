// Asking to be called, in the page: with a country, at a time, with digits, and while nobody can take a call. Whatever the hour is: the firm is
// always open, or always closed but for two days to come.
import assert from 'node:assert/strict';
import { scenario } from './support/world.mjs';
import { until } from './support/until.mjs';

const ASKS = `topics = ["Sales", "Repair"]
languages = ["de", "en"]
questions = [{ ask = "How urgent is it?", choices = ["It stands still", "Whenever you like"], priority = [7, 2] }]`;

/** A date so many days from now, in Berlin. */
function day(ahead) {
  return new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Berlin' }).format(Date.now() + ahead * 86_400_000);
}

/** Closed today and tomorrow, whatever the hour; open the days after. */
const CLOSED = `zone = "Europe/Berlin"\nholidays = ["${day(-1)}", "${day(0)}", "${day(1)}"]`;
const ALWAYS = 'zone = "Europe/Berlin"';
const ANY_HOUR = 'calling_hours = { default = "00:00-24:00", DE = "00:00-24:00" }, per_slot = 1';

/** A rule: who has chosen a language needs an agent who has it as a skill. */
const spoken = (tag) => `[[firms.rules]]\nname = "${tag}"\nwhen = "request.language == '${tag}'"\nthen = { language = "${tag}", skills = { ${tag} = 1 } }\n`;

/** As the widget is asked: the form is there. */
async function form(visitor) {
  await visitor.open();
  await visitor.get('wl-option-callme').click();
  await visitor.get('wl-callme-number').waitFor();
}

async function fill(visitor, number) {
  await visitor.get('wl-callme-number').fill(number);
  await visitor.get('wl-consent').check();
}

/** The time that is chosen, by its place on the day shown; its beginning as the server has it. */
async function choose(visitor, at) {
  const time = visitor.get('wl-time').nth(at);
  await time.click();
  return time.locator('input').getAttribute('value');
}

/** Waits until the widget says that he is called then. */
async function says(visitor, text) {
  let last = '';
  await until(() => `the widget says ${text}; it says ${last}`, async () => (last = (await visitor.get('wl-state').textContent()) ?? '').includes(text));
}

/** "10:15–10:30" of a moment, in a zone. */
function span(start, timeZone) {
  const clock = (at) => new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' }).format(at);
  return `${clock(Date.parse(start))}–${clock(Date.parse(start) + 900_000)}`;
}

scenario(
  'asked with the country picker, the visitor is called at a number of that country',
  async (world) => {
    const desktop = await world.desktop();
    await desktop.ready('bob');
    const carrier = await world.carrier();
    const visitor = await world.visitor({ locale: 'de-DE' });
    await form(visitor);
    const names = await visitor.get('wl-country').locator('option').allTextContents();
    assert.deepEqual(names, ['Deutschland (+49)', 'Österreich (+43)', 'Schweiz (+41)'], 'in the visitor\'s language, in its order');
    assert.equal(await visitor.get('wl-country').inputValue(), 'DE');
    await visitor.get('wl-country').selectOption('AT');
    await fill(visitor, '0900 123456');
    await visitor.get('wl-submit').click();
    await visitor.get('wl-problem').getByText('Sonder- und Servicenummern').waitFor();
    assert.equal(await visitor.get('wl-callme-number').inputValue(), '0900 123456', 'what was typed is kept');
    await visitor.get('wl-country').selectOption('DE');
    await visitor.get('wl-callme-number').fill('01511 2345678');
    await visitor.get('wl-topic').selectOption('Repair');
    await visitor.get('wl-submit').click();
    await carrier.wait('CALL_ESTABLISHED');
    await desktop.current('talking');
    const asked = await desktop.get('asked').textContent();
    assert.match(asked, /Repair.*German/, 'the topic and the language of his browser');
    await visitor.get('wl-hangup').click();
  },
  { site: ASKS, countries: ['DE', 'AT', 'CH'] },
);

scenario(
  'who chooses another language in the form is called by the agent who speaks it, whose desktop says which',
  async (world) => {
    // She has been ready for longer, and speaks the language of his browser.
    const alice = await world.desktop();
    await alice.ready('alice');
    const bob = await world.desktop({ voice: 'colleague' });
    await bob.ready('bob');
    const carrier = await world.carrier({ auto: false });
    const visitor = await world.visitor();
    await form(visitor);
    const language = visitor.get('wl-language');
    assert.deepEqual(await language.locator('option').allTextContents(), ['Any', 'Deutsch', 'English']);
    assert.equal(await language.inputValue(), 'en');
    await language.selectOption('de');
    await fill(visitor, '01511 2345678');
    await visitor.get('wl-submit').click();
    await carrier.wait('CALL_INCOMING');
    await bob.get('asked').getByText('German').waitFor();
    carrier.accept();
    assert.match(await visitor.state('talking'), /Talking with Bob/);
    await Promise.all([bob.hears(world.hz.carrier), carrier.hears(world.hz.colleague)]);
    assert.equal(alice.asked('INVITE'), false);
    await visitor.get('wl-hangup').click();
    await bob.state('Ready');
  },
  { site: ASKS, station: 'browser', firm: ['de', 'en'].map(spoken).join(''), speaks: { alice: 'en', bob: 'de' } },
);

scenario(
  'e27 g17 a time is chosen, changed and taken back; it is told in the visitor\'s zone and in the firm\'s',
  async (world) => {
    const desktop = await world.desktop();
    await desktop.ready('bob');
    const visitor = await world.visitor({ timezoneId: 'America/New_York' });
    await form(visitor);
    await visitor.get('wl-when-1').check();
    await visitor.get('wl-zone').getByText('Times are yours (New York).').waitFor();
    await visitor.get('wl-day').selectOption({ index: 2 });
    const first = await choose(visitor, 3);
    await fill(visitor, '01511 2345678');
    await visitor.get('wl-submit').click();
    await says(visitor, span(first, 'America/New_York'));
    await says(visitor, 'in Berlin)');
    const berlin = span(first, 'Europe/Berlin').slice(0, 5);
    await says(visitor, berlin);
    const row = desktop.get('scheduled-row');
    await row.getByText('Jane Dove').waitFor();
    assert.equal(await row.locator('time').getAttribute('datetime'), new Date(first).toISOString());

    // Another visitor does not get the same slot: it is gone from his list.
    const other = await world.visitor({ timezoneId: 'America/New_York' });
    await form(other);
    await other.get('wl-when-1').check();
    await other.get('wl-day').selectOption({ index: 2 });
    assert.notEqual(await choose(other, 3), first);

    await visitor.get('wl-another-time').click();
    await visitor.get('wl-day').selectOption({ index: 3 });
    const second = await choose(visitor, 0);
    await visitor.get('wl-reschedule').click();
    await visitor.get('wl-saved').waitFor();
    await says(visitor, span(second, 'America/New_York'));
    await until('the desktop has the new time', async () => (await row.locator('time').getAttribute('datetime')) === new Date(second).toISOString());
    // The page is loaded anew: he finds his request as it is.
    await visitor.go('/cart');
    await visitor.get('wl-button').click();
    await says(visitor, span(second, 'America/New_York'));
    await visitor.get('wl-cancel').click();
    await visitor.state('ended');
    await row.waitFor({ state: 'detached' });
  },
  { callme: ANY_HOUR, queue: ALWAYS },
);

/** A visitor has asked to be called, and has two digits on his page. */
async function numbered(world) {
  const desktop = await world.desktop();
  await desktop.ready('bob');
  const carrier = await world.carrier();
  const visitor = await world.visitor();
  await form(visitor);
  await fill(visitor, '01511 2345678');
  await visitor.get('wl-submit').click();
  const digits = (await visitor.get('wl-digits').getAttribute('aria-label')).replace(' ', '');
  /** Whoever is called hears the next question for a while. */
  const isAsked = async () => {
    const from = carrier.now;
    await until('he is asked', () => carrier.now > from + 15);
    assert.equal(desktop.asked('INVITE'), false, 'nobody is rung before');
  };
  return { desktop, carrier, visitor, digits, isAsked };
}

const MATCHED = { callme: 'max_attempts = 1, match_number = "always"' };

scenario('c14 the page shows two digits, and whoever is called keys them in before an agent is rung', async (world) => {
  const { desktop, carrier, visitor, digits, isAsked } = await numbered(world);
  assert.match(digits, /^[0-8]{2}$/);
  await visitor.get('wl-callback').getByText('Key in these digits when we call').waitFor();
  await carrier.wait('CALL_ESTABLISHED');
  await isAsked();
  // Whoever has not the page before him may guess, and is asked again.
  await carrier.press(wrong(digits));
  await isAsked();
  await carrier.press(digits);
  await desktop.current('talking');
  await visitor.state('talking');
}, MATCHED);

scenario('c14 whoever keys in other digits three times is hung up, and no agent was rung', async (world) => {
  const { desktop, carrier, visitor, digits, isAsked } = await numbered(world);
  await carrier.wait('CALL_ESTABLISHED');
  for (let turn = 0; turn < 3; turn += 1) {
    await isAsked();
    await carrier.press(wrong(digits));
  }
  await carrier.wait('CALL_CLOSED');
  await visitor.state('ended');
  assert.equal(desktop.asked('INVITE'), false);
  await desktop.state('Ready');
}, MATCHED);

scenario('c14 whoever keys in 99 instead is never called again: no second attempt, and a second request is refused', async (world) => {
  const { desktop, carrier, visitor, isAsked } = await numbered(world);
  await carrier.wait('CALL_ESTABLISHED');
  await isAsked();
  await carrier.press('99');
  await carrier.wait('CALL_CLOSED');
  // There would be another attempt, had he only hung up.
  assert.match(await visitor.state('ended'), /We do not call you again/);
  assert.equal(await desktop.get('scheduled-row').count(), 0);
  await visitor.get('wl-again').click();
  await visitor.get('wl-problem').getByText('This number is on a list of those that are not called. You can call us instead.').waitFor();
  // Nor is he who asks for him from another browser.
  const other = await world.visitor();
  await form(other);
  await fill(other, '+49 1511 2345678');
  await other.get('wl-submit').click();
  await other.get('wl-problem').getByText('This number is on a list').waitFor();
  assert.equal(carrier.events.filter(({ type }) => type === 'CALL_ESTABLISHED').length, 1, 'he was called once');
  assert.equal(desktop.asked('INVITE'), false);
  await desktop.state('Ready');
}, { callme: 'max_attempts = 2, match_number = "always"' });

/** Two digits that are none of these, nor a wish never to be called. */
function wrong(digits) {
  return [...digits].map((digit) => (digit === '8' ? '0' : '8')).join('');
}

scenario(
  'a call in vain is told, and when it is tried again',
  async (world) => {
    const desktop = await world.desktop();
    await desktop.ready('bob');
    world.refuser('486 Busy Here');
    const visitor = await world.visitor();
    await form(visitor);
    await fill(visitor, '01511 2345678');
    await visitor.get('wl-submit').click();
    await says(visitor, 'We did not reach you at ');
    await says(visitor, 'We try again ');
    await desktop.get('scheduled-row').getByText('called once').waitFor();
    await visitor.get('wl-another-time').waitFor();
  },
  { callme: 'max_attempts = 2' },
);

scenario(
  'n23 out of hours a request is left; its answers set its priority, and agents see it',
  async (world) => {
    const desktop = await world.desktop();
    await desktop.ready('bob');
    const visitor = await world.visitor({ timezoneId: 'America/New_York' });
    await visitor.get('wl-button').click();
    await visitor.get('wl-request').getByText('Nobody is here at the moment.').waitFor();
    assert.equal(await visitor.get('wl-option-dial').count(), 0, 'nothing that leads nowhere');
    await visitor.get('wl-leave-request').click();
    await visitor.get('wl-topic').selectOption('Repair');
    await visitor.get('wl-question-0').getByText('It stands still').click();
    const at = await choose(visitor, 1);
    await fill(visitor, '0151 22334455');
    await visitor.get('wl-submit').click();
    await says(visitor, span(at, 'America/New_York'));
    const row = desktop.get('scheduled-row');
    await row.getByText('Repair · It stands still').waitFor();
    assert.match(await row.textContent(), /^7/, 'as urgent as he says');
    await world.shot(desktop.page, 'desktop-scheduled');
  },
  { site: ASKS, callme: ANY_HOUR, queue: CLOSED },
);

scenario(
  'n23 while all are busy he may leave a request, or wait',
  async (world) => {
    const desktop = await world.desktop();
    await desktop.ready('bob');
    const first = await world.visitor();
    const carrier = await world.carrier();
    world.call(carrier, await first.number());
    await desktop.get('answer').click();
    await desktop.current('talking');
    const visitor = await world.visitor();
    await visitor.open();
    await visitor.get('wl-request').getByText('Everyone is talking at the moment.').waitFor();
    await visitor.get('wl-option-dial').waitFor();
    await visitor.get('wl-leave-request').click();
    await visitor.get('wl-when-0').check();
    await visitor.get('wl-question-0').getByText('It stands still').click();
    await fill(visitor, '0151 99999999');
    await visitor.get('wl-submit').click();
    const asked = desktop.get('waiting-asked');
    await asked.getByText('It stands still').waitFor();
  },
  { site: ASKS, callme: ANY_HOUR, queue: ALWAYS },
);
