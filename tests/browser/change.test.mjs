// C8: a live call goes on on another channel, with the same agent; C9: who waits on his phone sees his place in the page.
import assert from 'node:assert/strict';
import { until } from './support/until.mjs';
import { JANE, scenario } from './support/world.mjs';

/** Bob talks, in his browser, with a visitor who talks from the page. */
async function fromThePage(world) {
  const bob = await world.desktop();
  await bob.ready('bob');
  const visitor = await world.visitor();
  await visitor.talkHere();
  await bob.get('answer').click();
  await visitor.state('talking');
  await bob.drawn.getByRole('heading', { name: 'Printer 42', level: 1 }).waitFor();
  await Promise.all([bob.hears(world.hz.visitor), visitor.hears(world.hz.agent)]);
  return { bob, visitor };
}

/** Remembers what is on a desktop; the check says that it is the very same, and only the channel is another. */
async function screen(desktop, channel) {
  const views = () => desktop.tab.frames.filter((frame) => frame.data?.view === 'current').map((frame) => frame.data.data);
  const mark = (name) => `window.${name} = [document.querySelector('[data-testid=current]'), document.querySelector('iframe')]`;
  await desktop.page.evaluate(mark('before'));
  const before = views().at(-1);
  const invites = () => desktop.tab.frames.filter((frame) => typeof frame.data === 'string' && /^(INVITE|BYE)/.test(frame.data)).length;
  const rung = invites();
  return async () => {
    await until(`the channel is ${channel}`, async () => (await desktop.get('channel').textContent()) === channel);
    await desktop.page.evaluate(mark('after'));
    assert.deepEqual(await desktop.page.evaluate('before.map((element, at) => element !== null && element === after[at])'), [true, true], 'nothing was drawn anew');
    const after = views().at(-1);
    assert.deepEqual([after.call, after.since, after.snapshot, after.contact.id], [before.call, before.since, before.snapshot, before.contact.id]);
    assert.equal(invites(), rung, 'his phone noticed nothing');
    await desktop.drawn.getByRole('heading', { name: 'Printer 42', level: 1 }).waitFor();
  };
}

/** The page has no sound any more. */
const silent = (visitor) => until('the page is silent', () => visitor.page.evaluate(`document.querySelector('warmline-call').shadowRoot.querySelector('audio').srcObject === null`));

scenario('c8 from the page to the phone, by a number in the page', async (world) => {
  const carrier = await world.carrier();
  const { bob, visitor } = await fromThePage(world);
  const same = await screen(bob, 'Phone call');
  // He asks, and would rather stay; then he asks again.
  await visitor.get('wl-by-phone').click();
  await visitor.get('wl-stay').click();
  await bob.get('changing').waitFor({ state: 'detached' });
  await visitor.get('wl-number').waitFor({ state: 'detached' });
  await visitor.get('wl-by-phone').click();
  const number = (await visitor.get('wl-number').getAttribute('href')).replace('tel:', '');
  assert.match(await visitor.get('wl-change').textContent(), /Bob stays with you/);
  await bob.get('changing').waitFor();
  assert.match(await bob.get('changing').textContent(), /changing to the phone/);
  await world.shot(visitor.page, 'widget-change-number');
  await Promise.all([bob.hears(world.hz.visitor), visitor.hears(world.hz.agent)]);
  world.call(carrier, number);
  await carrier.wait('CALL_ESTABLISHED');
  await Promise.all([bob.hears(world.hz.carrier), carrier.hears(world.hz.agent)]);
  await same();
  await silent(visitor);
  assert.match(await visitor.state('talking'), /Talking with Bob/);
  await visitor.page.getByText('You are on your phone.').waitFor();
  await world.shot(visitor.page, 'widget-change-done');
  carrier.hangup();
  await visitor.state('ended');
  await bob.state('Ready');
  assert.equal(await world.switch.metric('reservation_invariant_violations_total'), 0);
  await until('the number is free', async () => (await world.switch.metric('warmline_numbers_held')) === 0);
  assert.deepEqual([...bob.tab.complaints, ...visitor.tab.complaints], []);
});

scenario('c8 from the page to the phone, called there', async (world) => {
  const carrier = await world.carrier({ auto: false });
  const { bob, visitor } = await fromThePage(world);
  const same = await screen(bob, 'Phone call');
  const ask = async () => {
    await visitor.get('wl-by-phone').click();
    await visitor.get('wl-change-callme').click();
    await visitor.get('wl-callme-number').fill(JANE);
    await visitor.get('wl-consent').check();
    await visitor.get('wl-submit').click();
    await visitor.page.getByText('We are calling your phone.').waitFor();
  };
  await ask();
  await carrier.wait('CALL_INCOMING');
  await world.shot(visitor.page, 'widget-change-callme');
  // He does not take it: the call goes on here.
  const refused = carrier.events.length;
  carrier.hangup();
  await visitor.get('wl-change-over').waitFor();
  assert.match(await visitor.get('wl-change-over').textContent(), /Your call goes on here/);
  await world.shot(visitor.page, 'widget-change-failed');
  await Promise.all([bob.hears(world.hz.visitor), visitor.hears(world.hz.agent)]);
  await ask();
  await carrier.wait('CALL_INCOMING', refused);
  carrier.accept();
  await Promise.all([bob.hears(world.hz.carrier), carrier.hears(world.hz.agent)]);
  await same();
  await silent(visitor);
  await bob.get('hangup').click();
  await visitor.state('ended');
});

scenario('c8 the sound in the page is bad: the phone is offered, he takes it, and the same agent goes on', async (world) => {
  const carrier = await world.carrier();
  const { bob, visitor } = await fromThePage(world);
  const same = await screen(bob, 'Phone call');
  const said = visitor.page.getByText('The sound is poor here.', { exact: true });
  await visitor.get('wl-by-phone').getByText('Sound bad? Go on by phone').waitFor();
  assert.equal(await said.count(), 0);
  await visitor.tab.loses();
  await said.waitFor();
  await visitor.get('wl-by-phone').getByText('Go on by phone', { exact: true }).waitFor();
  await world.shot(visitor.page, 'widget-change-poor');
  // It is good again, and is no longer spoken of.
  await visitor.tab.loses(false);
  await said.waitFor({ state: 'detached' });
  await visitor.tab.loses();
  await said.waitFor();
  await visitor.get('wl-by-phone').click();
  world.call(carrier, (await visitor.get('wl-number').getAttribute('href')).replace('tel:', ''));
  await carrier.wait('CALL_ESTABLISHED');
  await Promise.all([bob.hears(world.hz.carrier), carrier.hears(world.hz.agent)]);
  await same();
  await silent(visitor);
  assert.match(await visitor.state('talking'), /Talking with Bob/);
  await said.waitFor({ state: 'detached' });
  carrier.hangup();
  await bob.state('Ready');
});

scenario('c8 the page is closed, and the phone comes all the same', async (world) => {
  const carrier = await world.carrier();
  const { bob, visitor } = await fromThePage(world);
  const same = await screen(bob, 'Phone call');
  await visitor.get('wl-by-phone').click();
  const number = (await visitor.get('wl-number').getAttribute('href')).replace('tel:', '');
  await visitor.tab.close();
  world.call(carrier, number);
  await carrier.wait('CALL_ESTABLISHED');
  await Promise.all([bob.hears(world.hz.carrier), carrier.hears(world.hz.agent)]);
  await same();
  carrier.hangup();
  await bob.state('Ready');
});

scenario('c8 from the phone to the page', async (world) => {
  const bob = await world.desktop();
  await bob.ready('bob');
  const carrier = await world.carrier();
  const visitor = await world.visitor();
  world.call(carrier, await visitor.number());
  await bob.get('answer').click();
  await visitor.state('talking');
  await bob.hears(world.hz.carrier);
  const same = await screen(bob, 'Browser call');
  await world.shot(visitor.page, 'widget-change-here');
  await visitor.get('wl-come-here').click();
  await carrier.wait('CALL_CLOSED');
  await Promise.all([bob.hears(world.hz.visitor), visitor.hears(world.hz.agent)]);
  await same();
  await visitor.get('wl-mute').waitFor();
  await visitor.get('wl-hangup').click();
  await visitor.state('ended');
  await bob.state('Ready');
});

scenario('c8 from one page to the next; a tab that is opened from his takes nothing from it', async (world) => {
  const { bob, visitor } = await fromThePage(world);
  const same = await screen(bob, 'Browser call');
  const [other] = await Promise.all([visitor.page.waitForEvent('popup'), visitor.page.evaluate(() => void window.open('/cart?raw-audio'))]);
  await other.getByTestId('wl-button').waitFor();
  await other.getByTestId('wl-button').click();
  await other.getByTestId('wl-option-dial').waitFor();
  await Promise.all([bob.hears(world.hz.visitor), visitor.hears(world.hz.agent)]);
  await other.close();
  await visitor.go('/cart');
  await Promise.all([bob.hears(world.hz.visitor), visitor.hears(world.hz.agent)]);
  await same();
  await visitor.get('wl-button').click();
  await visitor.get('wl-hangup').click();
  await visitor.state('ended');
  await bob.state('Ready');
  assert.equal(await world.switch.metric('reservation_invariant_violations_total'), 0);
  assert.deepEqual([...bob.tab.complaints, ...visitor.tab.complaints], []);
});

scenario('c9 who waits on his phone sees his place in the page, and it never rises', async (world) => {
  const bob = await world.desktop();
  await bob.login('bob');
  const ahead = [];
  for (const number of ['+4915112345671', '+4915112345672']) {
    const other = await world.visitor();
    await other.callMe(number);
    await other.state('waiting');
    ahead.push(other);
  }
  // Not Jane, whom the firm puts first.
  const carrier = await world.carrier({ user: '+4915112345674' });
  const visitor = await world.visitor();
  world.call(carrier, await visitor.number());
  await visitor.state('waiting');
  await visitor.page.getByText('You are number 3 in line', { exact: true }).waitFor();
  await ahead[0].get('wl-cancel').click();
  await visitor.page.getByText('You are number 2 in line', { exact: true }).waitFor();
  // Who comes later changes nothing.
  const later = await world.visitor();
  await later.callMe('+4915112345673');
  await later.page.getByText('You are number 3 in line', { exact: true }).waitFor();
  await ahead[1].get('wl-cancel').click();
  await visitor.page.getByText('You are next', { exact: true }).waitFor();
  await later.page.getByText('You are number 2 in line', { exact: true }).waitFor();
  const places = visitor.tab.frames.map((frame) => frame.data?.data?.position).filter((place) => typeof place === 'number');
  assert.deepEqual([...new Set(places)], [3, 2, 1], 'as it was told, in order');
  assert.deepEqual(places, places.toSorted((one, other) => other - one), 'it never rises');
  await bob.get('ready-toggle').click();
  await bob.get('answer').waitFor();
  await visitor.state('ringing');
  await bob.get('answer').click();
  await visitor.state('talking');
  await Promise.all([bob.hears(world.hz.carrier), carrier.hears(world.hz.agent)]);
  assert.equal(await later.state('waiting').then(() => later.page.getByText('You are next', { exact: true }).count()), 1, 'nobody was overtaken');
});
