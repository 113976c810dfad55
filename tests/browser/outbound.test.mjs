// A supervisor steers outbound work: who could not be reached is tried again, a campaign runs and rests, a number is never called, the
// breaker is closed, and what was done for a contact is proved.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { askers } from './support/asked.mjs';
import { bothFaces } from './support/axe.mjs';
import { PROGRAM } from './support/switch.mjs';
import { writeTone } from './support/tone.mjs';
import { until } from './support/until.mjs';
import { scenario } from './support/world.mjs';

const ANY_HOUR = 'calling_hours = { default = "00:00-24:00", DE = "00:00-24:00" }';

/** What is said to whom nobody speaks with: a tone of five seconds. */
const MESSAGE = 440;
const prompts = mkdtempSync(join(tmpdir(), 'warmline-prompts-'));
after(() => rmSync(prompts, { recursive: true, force: true }));
mkdirSync(join(prompts, 'de'));
writeTone(join(prompts, 'de/identification.wav'), MESSAGE, 5, 8_000);

/** Alice, who supervises the whole firm, at the part of outbound work. */
async function outbound(world, tab) {
  const desktop = await world.desktop({ voice: 'colleague' });
  await desktop.login('alice');
  await at(desktop, tab);
  return desktop;
}

async function at(desktop, tab) {
  if ((await desktop.get('outbound-area').count()) === 0) await desktop.page.keyboard.press(';');
  await desktop.get(`outbound-${tab}`).click();
}

scenario('who could not be reached stands there with the reason, is tried again, and is dialled; what was done is proved', async (world) => {
  const bob = await world.desktop();
  await bob.ready('bob');
  const refuser = world.refuser('480 Temporarily Unavailable');
  const visitor = await world.visitor();
  await visitor.callMe('01511 2345678', 'Jane');
  await visitor.state('ended');

  const alice = await outbound(world, 'jobs');
  await alice.get('jobs-dead').click();
  const dead = alice.get('job').filter({ hasText: 'Jane' });
  await dead.getByTestId('job-why').waitFor();
  assert.match(await dead.textContent(), /\+49\u00a0151\u00a0•••••\u00a078/, 'the number is masked');
  assert.doesNotMatch(await alice.page.content(), /15112345678|1511 2345678/);
  await bothFaces(alice, 'who was not reached');

  // The evidence of it: what this program says of it, and what it says of the file.
  await dead.getByTestId('job-evidence').click();
  await alice.page.locator('[data-testid=evidence-verdict][data-holds=true]').waitFor();
  assert.equal(await alice.get('evidence-check').count(), 7);
  await bothFaces(alice, 'evidence');
  const [download] = await Promise.all([alice.page.waitForEvent('download'), alice.get('evidence-save').click()]);
  const file = join(world.folder, 'bundle.json');
  await download.saveAs(file);
  const bundle = JSON.parse(readFileSync(file, 'utf8'));
  assert.equal(bundle.content.reservation, await dead.getAttribute('data-job'));
  const verified = spawnSync(PROGRAM, ['evidence', 'verify', file], { encoding: 'utf8' });
  assert.equal(verified.status, 0, verified.stdout);
  writeFileSync(file, readFileSync(file, 'utf8').replace('"To be called: ', '"To be called: +'));
  assert.notEqual(spawnSync(PROGRAM, ['evidence', 'verify', file]).status, 0, 'what is changed is no evidence');
  await alice.get('evidence-close').click();

  // Once more: an INVITE at the carrier, and this time he answers.
  await refuser.end();
  const carrier = await world.carrier();
  await dead.getByTestId('job-retry').click();
  await alice.get('job-did').filter({ hasText: 'Asked for anew' }).waitFor();
  await carrier.wait('CALL_ESTABLISHED');
  await bob.current('talking');
  await alice.get('jobs-open').click();
  await bob.get('hangup').click();
  await alice.get('jobs-done').click();
  await alice.get('job').filter({ hasText: 'Answered' }).waitFor();
  assert.deepEqual(alice.tab.complaints, []);
}, { timeout: 150_000, supervisor: true, callme: `max_attempts = 1, ${ANY_HOUR}` });

scenario('a call for later is put off and taken back by the keyboard', async (world) => {
  const bob = await world.desktop();
  await bob.login('bob');
  const visitor = await world.visitor();
  await visitor.open();
  await visitor.get('wl-option-callme').click();
  await visitor.get('wl-callme-number').fill('01511 2345678');
  await visitor.get('wl-callme-name').fill('Jane');
  await visitor.get('wl-when-1').check();
  await visitor.get('wl-day').selectOption({ index: 1 });
  await visitor.get('wl-time').first().click();
  await visitor.get('wl-consent').check();
  await visitor.get('wl-submit').click();
  await visitor.get('wl-another-time').waitFor();

  const alice = await outbound(world, 'jobs');
  const job = alice.page.locator('[data-testid=job][data-state=scheduled]');
  await job.waitFor();
  const before = await job.locator('time').getAttribute('datetime');
  await bothFaces(alice, 'open call-backs');
  await job.getByTestId('job-put-off').focus();
  await alice.page.keyboard.press('Enter');
  await alice.get('times-time').waitFor();
  await bothFaces(alice, 'another time');
  await alice.get('times-day').selectOption({ index: 1 });
  await alice.get('times-time').selectOption({ index: 8 });
  const chosen = await alice.get('times-time').inputValue();
  assert.notEqual(Date.parse(chosen), Date.parse(before));
  await alice.get('times-save').press('Enter');
  await alice.get('job-did').filter({ hasText: 'Put off' }).waitFor();
  await until('the other time stands there', async () => Date.parse(await job.locator('time').getAttribute('datetime')) === Date.parse(chosen));

  await job.getByTestId('job-cancel').press('Enter');
  await bothFaces(alice, 'taking back');
  await job.getByTestId('job-cancel-yes').press('Enter');
  await alice.get('jobs-empty').waitFor();
  await visitor.state('ended');
  await until('the focus is somewhere', () => alice.page.evaluate(() => document.activeElement !== document.body));
}, { timeout: 150_000, supervisor: true, callme: ANY_HOUR, queue: 'zone = "Europe/Berlin"' });

/** A new campaign that a file of these lines is read into: its card. */
async function spring(alice, lines) {
  await alice.get('campaign-add').click();
  await alice.get('campaign-name').fill('Spring');
  await bothFaces(alice, 'a new campaign');
  await alice.get('campaign-create').click();
  const card = alice.page.locator('[data-campaign=Spring]');
  const buffer = Buffer.from(['number;name;consent', ...lines, ''].join('\n'));
  await card.getByTestId('campaign-file').setInputFiles({ name: 'spring.csv', mimeType: 'text/csv', buffer });
  return card;
}

scenario('a campaign is opened, filled from a file, started and paused; bad lines are told', async (world) => {
  const bob = await world.desktop();
  await bob.ready('bob');
  const carrier = await world.carrier();
  const alice = await outbound(world, 'campaigns');
  await alice.get('campaigns-empty').waitFor();
  const card = await spring(alice, ['01511 2345678;Jane;form 7', 'no number;Nobody;form 8', '01511 2345679;Vera;', '01511 2345678;Jane again;form 9', '01511 2345680;Otto;form 10']);
  await card.getByTestId('import-report').getByText('2 lines of spring.csv are in.').waitFor();
  assert.deepEqual(await card.getByTestId('import-refused').evaluateAll((rows) => rows.map((row) => row.dataset.code).sort()), ['consent_missing', 'duplicate', 'number_invalid']);
  assert.match(await card.locator('[data-code=duplicate]').textContent(), /line 5/);
  await bothFaces(alice, 'a campaign with its import');

  await card.getByTestId('campaign-start').click();
  await alice.page.locator('[data-campaign=Spring][data-state=running]').waitFor();
  await carrier.wait('CALL_ESTABLISHED');
  await bob.current('talking');
  await card.getByTestId('campaign-pause').click();
  await alice.page.locator('[data-campaign=Spring][data-state=paused]').waitFor();
  await bob.get('hangup').click();
  await bob.state('Ready');
  await card.getByText('1 of 2 done').waitFor();
  assert.match(await card.locator('[data-outcome=answered]').textContent(), /1 Answered/);
  // It is paused: Otto is not called, though Bob is ready.
  assert.equal(carrier.events.filter(({ type }) => type === 'CALL_ESTABLISHED').length, 1);
  await card.getByTestId('campaign-stop').click();
  await card.getByTestId('campaign-stop-yes').click();
  await alice.page.locator('[data-campaign=Spring][data-state=stopped]').waitFor();
  assert.equal(await card.getByTestId('campaign-start').count(), 0);
}, { timeout: 150_000, supervisor: true, wrapup: 1, callme: ANY_HOUR });

scenario('a campaign is for the site that is chosen, and dials ahead only where the firm may', async (world) => {
  const alice = await outbound(world, 'campaigns');
  await alice.get('campaign-add').click();
  await alice.get('campaign-name').fill('Summer');
  assert.deepEqual(await alice.get('campaign-site').locator('option').allTextContents(), ['shop', 'hats']);
  await alice.get('campaign-site').selectOption('hats');
  await alice.get('campaign-pacing').selectOption('predictive');
  await alice.get('campaign-create').click();
  await alice.get('refusal-campaign-new').getByText('does not let this firm dial predictively').waitFor();
  assert.equal(await alice.get('campaign').count(), 0);
  await alice.get('campaign-pacing').selectOption('progressive');
  await alice.get('campaign-create').click();
  const terms = await alice.page.locator('[data-campaign=Summer] .terms').textContent();
  assert.match(terms, /^hats · /);
}, { supervisor: true, site: '[[firms.sites]]\nname = "hats"\norigins = ["https://hats.test"]\npool = "web"' });

scenario('of many who are to be called a hundred are shown, and more where they are asked for', async (world) => {
  const many = 103;
  const ask = await askers(world, many);
  for (let call = 0; call < many; call += 1) await ask(call);
  const alice = await outbound(world, 'jobs');
  await alice.get('jobs-more').waitFor();
  assert.equal(await alice.get('job').count(), 100);
  await alice.get('jobs-more').click();
  await alice.get('jobs-more').waitFor({ state: 'detached' });
  await until('all are shown', async () => (await alice.get('job').count()) === many);
}, { supervisor: true, callme: ANY_HOUR, web: 'sessions_per_minute = 1000' });

scenario('e19 whoever answers a campaign and whose agent does not pick up hears the message to its end, and is counted', async (world) => {
  const phone = await world.deskPhone();
  const carrier = await world.carrier({ greets: 'Ja, hallo?' });
  const alice = await outbound(world, 'campaigns');
  await alice.get('ready-toggle').click();
  const card = await spring(alice, ['01511 2345678;Jane;form 7']);
  await card.getByTestId('campaign-start').click();
  await carrier.wait('CALL_ESTABLISHED');
  await phone.wait('CALL_INCOMING');
  await carrier.hears(MESSAGE);
  await carrier.wait('CALL_CLOSED');
  await phone.wait('CALL_CLOSED');
  assert.equal(phone.has('CALL_ESTABLISHED'), false);
  await alice.state('Ready');
  await at(alice, 'campaigns');
  await card.locator('[data-outcome=abandoned]').getByText('1 Abandoned').waitFor();
  const evidence = (...of) => spawnSync(PROGRAM, ['evidence', ...of], { encoding: 'utf8' }).stdout;
  const config = ['--firm', 'acme', '--config', join(world.folder, 'warmline.toml')];
  assert.match(evidence('export', '--number', '+4915112345678', ...config), /He was told identification \(de; to its end, /);
  const file = join(world.folder, 'spring.json');
  writeFileSync(file, evidence('campaign', 'Spring', ...config));
  assert.match(evidence('verify', file), /Kept\. The message to the abandoned/);
}, { timeout: 150_000, supervisor: true, callme: ANY_HOUR, media: `prompts = "${prompts}"` });

scenario('a number that is put on the list is refused; taken off it is not', async (world) => {
  const bob = await world.desktop();
  await bob.ready('bob');
  const alice = await outbound(world, 'never');
  const look = async (by) => {
    await alice.get('never-number').fill('01511 2345678');
    await alice.get('never-look').click();
    await alice.page.locator(`[data-testid=never-result][data-by="${by}"]`).waitFor();
  };
  await look('');
  await alice.get('never-add').click();
  await alice.page.locator('[data-testid=never-result][data-by=firm]').waitFor();
  await bothFaces(alice, 'never called');
  const visitor = await world.visitor();
  await visitor.callMe('01511 2345678');
  await visitor.get('wl-problem').getByText('This number is on a list of those that are not called.').waitFor();
  await alice.get('never-remove').click();
  await alice.get('never-remove-yes').click();
  await alice.page.locator('[data-testid=never-result][data-by=""]').waitFor();
  const carrier = await world.carrier();
  await (await world.visitor()).callMe('01511 2345678');
  await carrier.wait('CALL_ESTABLISHED');
  // Many at once, one of them nonsense.
  await alice.get('never-registry').check();
  await alice.get('never-file').setInputFiles({ name: 'tps.csv', mimeType: 'text/csv', buffer: Buffer.from('number\n01511 2345678\nno number\n') });
  await alice.page.getByText('1 line of tps.csv is in.').waitFor();
  await look('registry');
}, { timeout: 150_000, supervisor: true, callme: ANY_HOUR });

scenario('calling is stopped by hand and by the budget; the supervisor lets it go on, and who asks is called', async (world) => {
  const bob = await world.desktop();
  await bob.ready('bob');
  assert.equal(await bob.get('outbound-toggle').count(), 0, 'an agent has none of this');
  const refused = await bob.page.evaluate(async () => {
    const reply = await fetch('/v1/agent/breaker', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"open":true}' });
    return [reply.status, (await reply.json()).code];
  });
  assert.deepEqual(refused, [403, 'whole_firm_only']);

  const alice = await outbound(world, 'breaker');
  const stands = (open, why) => alice.page.locator(`[data-testid=breaker][data-open=${open}]`).filter({ hasText: why }).waitFor({ timeout: 20_000 });
  const letGoOn = async () => {
    await alice.get('breaker-close').click();
    await alice.get('breaker-close-yes').click();
    await stands(false, 'People are being called');
  };
  await stands(false, 'People are being called');
  await bothFaces(alice, 'the budgets');
  await alice.get('breaker-open').click();
  await alice.get('breaker-open-yes').click();
  await stands(true, 'by hand');
  await letGoOn();

  // One call costs more than the hour may.
  const carrier = await world.carrier();
  await (await world.visitor()).callMe('01511 2345678');
  await carrier.wait('CALL_ESTABLISHED');
  await bob.current('talking');
  await bob.get('hangup').click();
  await alice.get('floor-toggle').click();
  await alice.get('floor-to-breaker').click();
  await stands(true, 'The budget of the hour is spent.');
  await bothFaces(alice, 'nobody is called');
  await world.shot(alice.page, 'desktop-breaker');
  await alice.get('outbound-jobs').click();
  await alice.get('outbound-stopped').getByText('Nobody is being called.').waitFor();
  await alice.get('outbound-breaker').click();
  const from = carrier.events.length;
  await letGoOn();
  await (await world.visitor()).callMe('01511 2345678');
  await carrier.wait('CALL_ESTABLISHED', from);
}, { timeout: 150_000, supervisor: true, callme: `prices = [{ prefix = "+49", cents_per_minute = 100 }], ${ANY_HOUR}`, limits: 'number_per_hour = 1000, number_per_day = 1000, prefix_per_hour = 1000, visitor_per_hour = 1000, address_per_hour = 1000, cents_per_hour = 100' });
