// Journey 2: the visitor types a number and is called; whoever answers finds the agent on the line.
import assert from 'node:assert/strict';
import { scenario } from './support/world.mjs';

scenario('the visitor is called and meets the agent without anyone pressing a button', async (world) => {
  const desktop = await world.desktop();
  await desktop.ready('bob');
  const carrier = await world.carrier({ auto: false });
  const visitor = await world.visitor();
  await visitor.callMe('01511 2345678', 'Jane');

  await desktop.drawn.getByRole('heading', { name: 'Printer 42', level: 1 }).waitFor();
  const rendered = await desktop.message('rendered', { sent: true });
  await carrier.wait('CALL_INCOMING');
  assert.match(await visitor.state('dialing'), /We are calling you/);
  carrier.accept();
  await carrier.wait('CALL_ESTABLISHED');
  assert.match(await visitor.state('talking'), /Talking with Bob/);
  await desktop.current('talking');
  const invite = await desktop.request('INVITE');
  assert.ok(desktop.tab.frames.indexOf(rendered) < desktop.tab.frames.indexOf(invite), 'the page is there before the call');
  assert.equal(await desktop.get('current-name').textContent(), 'Jane Dove', 'the firm knows this number');
  await Promise.all([desktop.hears(world.hz.carrier), carrier.hears(world.hz.agent)]);

  await visitor.get('wl-hangup').click();
  await carrier.wait('CALL_CLOSED');
  assert.match(await visitor.state('ended'), /Call ended/);
  await desktop.state('Ready');
});

for (const [refusal, words] of [['486 Busy Here', /Your line was busy/], ['603 Decline', /The call was declined/], ['404 Not Found', /This number does not exist/], ['480 Temporarily Unavailable', /This phone cannot be reached|Nobody answered/]]) {
  scenario(`a phone that answers ${refusal} is told to the page in words, the agent is free again`, async (world) => {
    const desktop = await world.desktop();
    await desktop.ready('bob');
    world.refuser(refusal);
    const visitor = await world.visitor();
    await visitor.callMe('01511 2345678');
    assert.match(await visitor.state('ended'), words);
    await desktop.state('Ready');
    assert.equal(desktop.asked('INVITE'), false, 'the agent was rung for nobody');
    await visitor.get('wl-again').waitFor();
  });
}

scenario('no call without consent, none to a number that is not allowed', async (world) => {
  // Somebody is at work: a page offers nothing that leads nowhere.
  await (await world.desktop()).ready('bob');
  const visitor = await world.visitor();
  await visitor.open();
  await visitor.get('wl-option-callme').click();
  await visitor.get('wl-callme-number').fill('01511 2345678');
  await visitor.get('wl-submit').click();
  await visitor.page.getByText('We may only call you if you agree.').waitFor();
  await visitor.get('wl-consent').check();
  await visitor.get('wl-callme-number').fill('0900 1234567');
  await visitor.get('wl-submit').click();
  await visitor.get('wl-problem').getByText('We cannot call this number.').waitFor();
});

scenario('e13: a request that looks like abuse is worked for by the page itself, and its visitor is called all the same', async (world) => {
  const desktop = await world.desktop();
  await desktop.ready('bob');
  const carrier = await world.carrier({ auto: false });
  const visitor = await world.visitor();
  const asked = [];
  visitor.page.on('response', (response) => {
    const path = new URL(response.url()).pathname;
    if (path === '/v1/web/reservations' || path === '/widget-proof.js') asked.push([path, response.status(), response.request().method()]);
  });
  // A number of another country than the site's first, and than the clock of this browser.
  const tools = await visitor.page.context().newCDPSession(visitor.page);
  await tools.send('Emulation.setTimezoneOverride', { timezoneId: 'America/New_York' });
  await visitor.callMe('+49 1511 2345678', 'Jane');
  await carrier.wait('CALL_INCOMING');
  assert.match(await visitor.state('dialing'), /We are calling you/);
  const posts = asked.filter(([, , method]) => method === 'POST').map(([, status]) => status);
  assert.deepEqual(posts, [422, 201]);
  assert.ok(asked.some(([path]) => path === '/widget-proof.js'), 'the part is loaded when it is needed');
  carrier.accept();
  await carrier.wait('CALL_ESTABLISHED');
  assert.match(await visitor.state('talking'), /Talking with Bob/);
}, { countries: ['AT', 'DE'], challenge: 2 });

scenario('e13: a budget that is spent is told on the floor, and the next visitor waits', async (world) => {
  const boss = await world.desktop();
  await boss.login('alice');
  await boss.get('floor-toggle').click();
  await boss.get('floor').waitFor();
  assert.equal(await boss.get('floor-breaker').count(), 0);
  const desktop = await world.desktop();
  await desktop.ready('bob');
  const carrier = await world.carrier();
  const visitor = await world.visitor();
  await visitor.callMe('01511 2345678');
  assert.match(await visitor.state('talking'), /Talking with Bob/);
  await boss.get('floor-breaker').getByText('Nobody is called back: the budget of the hour is spent.').waitFor();
  await visitor.get('wl-hangup').click();
  await carrier.wait('CALL_CLOSED');
  await desktop.state('Ready');
}, { supervisor: true, limits: 'cents_per_hour = 1' });
