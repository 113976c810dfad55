// When and where he is called: times by the clock of his number, another number, the number from last time, and a wait that is too long.
import assert from 'node:assert/strict';
import { until } from './support/until.mjs';
import { scenario } from './support/world.mjs';

const ANY_HOUR = 'calling_hours = { default = "00:00-24:00", DE = "00:00-24:00" }';

/** Two hours of the day that are not now, in a zone: whatever the hour, nobody may be called there at this moment. */
function elsewhen(zone) {
  const hour = Number(new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', hourCycle: 'h23' }).format(Date.now()));
  const from = (hour + 8) % 24;
  const clock = (at) => `${String(at).padStart(2, '0')}:00`;
  return from < 22 ? `${clock(from)}-${clock(from + 2)}` : '12:00-14:00';
}

async function form(visitor) {
  await visitor.open();
  await visitor.get('wl-option-callme').click();
  await visitor.get('wl-callme-number').waitFor();
}

/** The hours of the times on the day shown, in their zone. */
async function hours(visitor, timeZone) {
  const values = await visitor.get('wl-time').locator('input').evaluateAll((inputs) => inputs.map((input) => input.value));
  const hour = (at) => Number(new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', hourCycle: 'h23' }).format(Date.parse(at)));
  return [...new Set(values.map(hour))];
}

const VIENNA = elsewhen('Europe/Vienna');

scenario(
  'e27 the times are those of the number that is typed; where it may not be called now, now is not offered',
  async (world) => {
    await (await world.desktop()).ready('bob');
    const visitor = await world.visitor();
    const asked = [];
    visitor.page.on('request', (request) => asked.push(request.url()));
    await form(visitor);
    await visitor.get('wl-country').selectOption('DE');
    await visitor.get('wl-callme-number').fill('01511 2345678');
    await visitor.get('wl-when-1').check();
    await visitor.get('wl-day').selectOption({ index: 2 });
    assert.equal((await hours(visitor, 'Europe/Berlin')).length, 24);
    await visitor.get('wl-when-0').check();
    await visitor.get('wl-country').selectOption('AT');
    await visitor.get('wl-callme-number').fill('0664 1234567');
    await visitor.get('wl-not-now').waitFor();
    assert.equal(await visitor.get('wl-when-0').isDisabled(), true);
    assert.equal(await visitor.get('wl-when-1').isChecked(), true, 'the times are offered instead');
    await visitor.get('wl-day').selectOption({ index: 1 });
    const [first, last] = VIENNA.split('-').map((clock) => Number(clock.slice(0, 2)));
    assert.deepEqual(await hours(visitor, 'Europe/Vienna'), [first, last - 1]);
    await world.shot(visitor.page, 'widget-not-now');
    await visitor.get('wl-callme-number').fill('');
    await visitor.get('wl-country').selectOption('DE');
    await visitor.get('wl-callme-number').fill('01511 2345678');
    await visitor.get('wl-not-now').waitFor({ state: 'hidden' });
    assert.equal(await visitor.get('wl-when-0').isChecked(), true, 'what he wanted is there again');
    assert.deepEqual(asked.filter((url) => /12345/.test(url)), [], 'no address has a number');

    // He is called later: another time is one of the same number's.
    await visitor.get('wl-country').selectOption('AT');
    await visitor.get('wl-callme-number').fill('0664 1234567');
    await visitor.get('wl-not-now').waitFor();
    await visitor.get('wl-time').first().click();
    await visitor.get('wl-consent').check();
    await visitor.get('wl-submit').click();
    await visitor.get('wl-another-time').click();
    await visitor.get('wl-day').selectOption({ index: 1 });
    assert.deepEqual(await hours(visitor, 'Europe/Vienna'), [first, last - 1]);
    assert.equal(await visitor.get('wl-as-soon').count(), 0, 'nor may he ask for now there');
  },
  { countries: ['DE', 'AT'], callme: `calling_hours = { default = "00:00-24:00", AT = "${VIENNA}" }, exempt_immediate = false`, queue: 'zone = "Europe/Berlin"' },
);

scenario(
  'g17 who is abroad is offered the hours that are his both at home and where he is',
  async (world) => {
    await (await world.desktop()).ready('bob');
    const visitor = await world.visitor({ timezoneId: 'Asia/Tokyo' });
    await form(visitor);
    await visitor.get('wl-callme-number').fill('01511 2345678');
    await visitor.get('wl-when-1').check();
    await visitor.get('wl-day').selectOption({ index: 1 });
    await visitor.get('wl-zone').waitFor();
    const [there, home] = [await hours(visitor, 'Asia/Tokyo'), await hours(visitor, 'Europe/Berlin')];
    await world.shot(visitor.page, 'widget-abroad');
    assert.ok(home.length > 0 && [...there, ...home].every((hour) => hour >= 8 && hour < 20), `${home} in Berlin, ${there} in Tokyo`);
  },
  { callme: 'calling_hours = { default = "08:00-20:00" }', queue: 'zone = "Europe/Berlin"' },
);

scenario(
  'g16 who asks for another number is called there, and finds it masked the next time',
  async (world) => {
    const desktop = await world.desktop();
    await desktop.login('bob');
    const visitor = await world.visitor();
    await form(visitor);
    await visitor.get('wl-callme-number').fill('0151 99999999');
    await visitor.get('wl-consent').check();
    await visitor.get('wl-submit').click();
    await visitor.get('wl-another-number').click();
    await visitor.get('wl-callme-number').fill('01511 2345678');
    await visitor.get('wl-submit').click();
    await visitor.get('wl-another-time').waitFor();
    await until('one request waits', async () => (await world.switch.metric('warmline_jobs_open')) === 1);
    await visitor.get('wl-cancel').click();
    await visitor.state('ended');
    // The next page knows it, masked; he need not type it, and no answer has it.
    const said = visitor.answers();
    await visitor.go('/cart');
    await visitor.open();
    await visitor.get('wl-option-callme').click();
    await visitor.get('wl-which').getByText('+49 151 ••••• 78'.replaceAll(' ', '\u00a0')).waitFor();
    await world.shot(visitor.page, 'widget-last-number');
    await visitor.get('wl-consent').check();
    await visitor.get('wl-submit').click();
    const carrier = await world.carrier();
    await desktop.get('ready-toggle').click();
    await carrier.wait('CALL_ESTABLISHED');
    await visitor.state('talking');
    await until('the masked number is among the answers', () => /•••••/.test(said()));
    assert.doesNotMatch(said(), /15112345678/);
  },
  { callme: ANY_HOUR },
);

scenario(
  'c9 whose wait is too long is offered another time, and takes it',
  async (world) => {
    const desktop = await world.desktop();
    await desktop.ready('bob');
    const first = await world.visitor();
    const carrier = await world.carrier();
    world.call(carrier, await first.number());
    await desktop.get('answer').click();
    await desktop.current('talking');
    const visitor = await world.visitor();
    await visitor.callMe('0151 22334455');
    await visitor.get('wl-long').getByText('This takes longer than usual').waitFor();
    await world.shot(visitor.page, 'widget-too-long');
    await visitor.get('wl-another-time').click();
    await visitor.get('wl-day').selectOption({ index: 1 });
    await visitor.get('wl-time').first().click();
    await visitor.get('wl-reschedule').click();
    await visitor.get('wl-saved').waitFor();
    await desktop.get('scheduled-row').waitFor();
    await visitor.get('wl-long').waitFor({ state: 'detached' });
  },
  { callme: ANY_HOUR, queue: 'zone = "Europe/Berlin"\noffer_callback_secs = 1' },
);
