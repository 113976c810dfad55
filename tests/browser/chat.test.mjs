// Journey 7: the visitor and the agent write to each other, through reloads and the switch's death, and go on by voice with
// the same agent (C8). Whatever is written is text.
import assert from 'node:assert/strict';
import { owned, strangers, unexpected } from './support/harm.mjs';
import { until } from './support/until.mjs';
import { scenario } from './support/world.mjs';

/** A message with a name of its own in the log of a page. */
const said = (page, text) => page.locator('[role=log] li').filter({ hasText: text });

async function chatting(world, options) {
  const desktop = await world.desktop();
  await desktop.ready('bob');
  const visitor = await world.visitor(options);
  await visitor.open();
  await visitor.get('wl-option-chat').click();
  await visitor.get('wl-chat-text').fill('Does it print on both sides?');
  await visitor.get('wl-chat-text').press('Enter');
  await desktop.get('chat-accept').click();
  await desktop.page.locator('[data-testid=chat-head][data-state=open]').waitFor();
  await said(desktop.page, 'Does it print on both sides?').waitFor();
  return { desktop, visitor };
}

async function agentWrites(desktop, text) {
  await desktop.get('chat-text').fill(text);
  await desktop.get('chat-text').press('Enter');
}

async function visitorWrites(visitor, text) {
  await visitor.get('wl-chat-text').fill(text);
  await visitor.get('wl-chat-text').press('Enter');
}

const logged = (page) => page.locator('[role=log] li p').evaluateAll((lines) => lines.map((line) => line.lastChild.textContent));

scenario('two people write to each other, and see that the other writes and has read', async (world) => {
  const { desktop, visitor } = await chatting(world);
  await desktop.drawn.getByRole('heading', { name: 'Printer 42', level: 1 }).waitFor();
  assert.equal(await visitor.get('wl-chat-with').textContent(), 'Bob');
  await desktop.get('chat-text').pressSequentially('Yes, ');
  await visitor.page.getByText('Bob is typing…').waitFor();
  await agentWrites(desktop, 'Yes, it does.');
  await said(visitor.page, 'Yes, it does.').waitFor();
  await desktop.get('chat-status').filter({ hasText: 'Seen' }).waitFor();
  await visitor.get('wl-chat-text').pressSequentially('Good');
  await desktop.get('chat-typing').filter({ hasText: 'is typing…' }).waitFor();
  await world.shot(visitor.page, 'chat-widget');
  await world.shot(desktop.page, 'chat-desktop');

  // Closed, the launcher counts what is new.
  await visitor.page.keyboard.press('Escape');
  await agentWrites(desktop, 'Shall I send you an offer?');
  await visitor.get('wl-unread').filter({ hasText: '1' }).waitFor();
  await visitor.get('wl-button').click();
  await said(visitor.page, 'Shall I send you an offer?').waitFor();
  await visitor.get('wl-unread').waitFor({ state: 'detached' });

  await visitor.get('wl-chat-end').click();
  await visitor.get('wl-chat-end-yes').click();
  await visitor.get('wl-chat-over').waitFor();
  await desktop.page.locator('[data-testid=chat-head][data-state=wrapup]').waitFor();
  await desktop.get('chat-close').click();
  await desktop.get('chat-head').waitFor({ state: 'detached' });
  assert.deepEqual(desktop.tab.complaints, []);
  assert.deepEqual(visitor.tab.complaints, []);
});

scenario('both pages are loaded anew, the switch dies, and not a line is lost', async (world) => {
  const { desktop, visitor } = await chatting(world);
  await agentWrites(desktop, 'Yes, it does.');
  await said(visitor.page, 'Yes, it does.').waitFor();
  await visitor.page.reload();
  await visitor.get('wl-button').click();
  await said(visitor.page, 'Yes, it does.').waitFor();
  await desktop.page.reload();
  await said(desktop.page, 'Does it print on both sides?').waitFor();
  await agentWrites(desktop, 'Anything else?');
  await said(visitor.page, 'Anything else?').waitFor();

  await world.switch.process.kill();
  // Written while nobody listens: it stays in the page until it is kept.
  await visitorWrites(visitor, 'The price, please');
  await visitor.page.locator('.pending').filter({ hasText: 'The price, please' }).waitFor();
  await world.switch.restart();
  await visitor.page.locator('.pending').waitFor({ state: 'detached', timeout: 30_000 });
  await said(desktop.page, 'The price, please').waitFor({ timeout: 30_000 });
  await agentWrites(desktop, '199 euros');
  await said(visitor.page, '199 euros').waitFor({ timeout: 30_000 });
  const all = ['Does it print on both sides?', 'Yes, it does.', 'Anything else?', 'The price, please', '199 euros'];
  assert.deepEqual([await logged(visitor.page), await logged(desktop.page)], [all, all]);
});

scenario('a chat that one declines is another’s, who hands it on with all that was written, and the last one ends it', async (world) => {
  const alice = await world.desktop();
  await alice.login('alice');
  const bob = await world.desktop();
  await bob.ready('bob');
  const visitor = await world.visitor();
  await visitor.open();
  await visitor.get('wl-option-chat').click();
  await visitorWrites(visitor, 'Does it print on both sides?');
  await bob.get('chat-decline').click();
  await bob.get('chat-head').waitFor({ state: 'detached' });
  await alice.get('ready-toggle').click();
  await alice.get('chat-accept').click();
  await said(alice.page, 'Does it print on both sides?').waitFor();
  await agentWrites(alice, 'I ask Bob.');
  await said(visitor.page, 'I ask Bob.').waitFor();

  await bob.get('ready-toggle').click();
  await bob.state('Ready');
  await alice.get('chat-transfer').click();
  await alice.get('chat-target').selectOption('agent bob');
  await bob.get('chat-accept').click();
  await alice.page.locator('[data-testid=chat-head][data-state=open]').waitFor({ state: 'detached' });
  await said(bob.page, 'I ask Bob.').waitFor();
  await bob.drawn.getByRole('heading', { name: 'Printer 42', level: 1 }).waitFor();
  await visitor.page.locator('[data-testid=wl-chat-with]').filter({ hasText: 'Bob' }).waitFor();
  await agentWrites(bob, 'It does.');
  await said(visitor.page, 'It does.').waitFor();
  await world.shot(bob.page, 'chat-handed-on');
  await bob.get('chat-end').click();
  await visitor.get('wl-chat-over').waitFor();
  await bob.page.locator('[data-testid=chat-head][data-state=wrapup]').waitFor();
  await bob.get('chat-notes').fill('Prints on both sides.');
  await bob.get('chat-code-1').click();
  await bob.get('chat-close').click();
  await bob.get('chat-head').waitFor({ state: 'detached' });

  // Again, and somebody else beside: what is not read is counted, and what was written before can be read.
  await visitor.get('wl-chat-again').click();
  await visitorWrites(visitor, 'One more question.');
  const other = await world.visitor({ path: '/cart' });
  await other.open();
  await other.get('wl-option-chat').click();
  await visitorWrites(other, 'Hello?');
  await alice.get('ready-toggle').click();
  await alice.state('Not ready');
  for (const at of [0, 1]) {
    await bob.page.locator('[data-testid=chat-card][data-state=offered]').first().click();
    await bob.get('chat-accept').click();
    await bob.page.locator('[data-testid=chat-card][data-state=open]').nth(at).waitFor();
  }
  await bob.get('chat-card').filter({ hasText: 'One more question.' }).click();
  await said(bob.page, 'One more question.').waitFor();
  await visitorWrites(other, 'Are you there?');
  await bob.get('chat-unread').first().waitFor();
  await world.shot(bob.page, 'chat-two');
  await bob.get('read-chat').first().click();
  await said(bob.page, 'It does.').waitFor();
  assert.deepEqual([...alice.tab.complaints, ...bob.tab.complaints, ...visitor.tab.complaints], []);
}, { station: 'browser' });

scenario('hostile text is text on both pages', async (world) => {
  const { desktop, visitor } = await chatting(world);
  const evil = [
    '<img src=x onerror="top.owned=1"><script>owned=2</script>',
    'javascript:top.owned=3',
    `<a href="${world.switch.shop}/away">look</a> {@html owned=4} \${owned=5}`,
    `x${'W'.repeat(1_500)}`,
    'abc \u202e gpj.exe \u2066 def',
    '</p></li></ol><svg onload=owned=6>',
  ];
  const shown = evil.map((text) => text.replace(/[\u202e\u2066]/g, ''));
  for (const text of evil) await visitorWrites(visitor, text);
  await said(desktop.page, 'svg onload').waitFor();
  for (const text of evil) await agentWrites(desktop, text);
  await until('all of it is on both pages', async () => {
    const both = [await logged(visitor.page), await logged(desktop.page)];
    return both.every((lines) => lines.length === 2 * evil.length + 1);
  });
  for (const page of [visitor.page, desktop.page]) {
    const lines = (await logged(page)).slice(1);
    assert.deepEqual(lines.map((line) => line.replace(/ {2,}/g, ' ')), [...shown, ...shown].map((line) => line.replace(/ {2,}/g, ' ')));
    assert.deepEqual(await owned(page), []);
    const wide = await page.locator('[role=log]').evaluate((log) => log.scrollWidth > log.clientWidth + 1);
    assert.equal(wide, false, 'a long word breaks, it does not push');
    assert.equal(await page.locator('[role=log] a, [role=log] img, [role=log] svg:not(button svg), [role=log] script').count(), 0);
  }
  assert.deepEqual(strangers(world, desktop), []);
  assert.deepEqual(unexpected(desktop), []);
  assert.equal(desktop.tab.context.pages().length, 1);
});

scenario('c8_a_chat_becomes_a_browser_call_with_the_same_agent', async (world) => {
  const { desktop, visitor } = await chatting(world);
  await desktop.drawn.getByRole('heading', { name: 'Printer 42', level: 1 }).waitFor();
  // Another one waits for calls; the chat's agent is not even ready.
  const other = await world.desktop({ voice: 'agent' });
  await other.ready('alice');
  await desktop.get('ready-toggle').click();
  await desktop.state('Not ready');
  const frame = await desktop.get('pageframe').elementHandle();
  const address = await desktop.get('pageframe').getAttribute('src');
  await desktop.get('chat-propose').click();
  await visitor.get('wl-chat-proposed').click();
  await visitor.get('wl-option-browser').click();
  await desktop.get('answer').click();
  assert.match(await visitor.state('talking'), /Talking with Bob/);
  await Promise.all([desktop.hears(world.hz.visitor), visitor.hears(world.hz.agent)]);
  assert.equal(await desktop.get('pageframe').getAttribute('src'), address, 'the page was not loaded anew');
  assert.ok(await frame.evaluate((element) => element.isConnected), 'the frame on the screen is the one that was there');
  await said(desktop.page, 'Does it print on both sides?').waitFor();
  await agentWrites(desktop, 'Here is the link I mean');
  await visitor.get('wl-to-chat').click();
  await said(visitor.page, 'Here is the link I mean').waitFor();
  await visitor.get('wl-chat-voice').waitFor();
  await world.shot(visitor.page, 'chat-and-call-widget');
  await world.shot(desktop.page, 'chat-and-call-desktop');
  await visitor.get('wl-chat-voice').click();
  await visitor.get('wl-hangup').click();
  await visitor.state('ended');
  await visitorWrites(await back(visitor), 'Thank you');
  await said(desktop.page, 'Thank you').waitFor();
}, { station: 'browser' });

async function back(visitor) {
  await visitor.get('wl-to-chat').click();
  await visitor.get('wl-chat-text').waitFor();
  return visitor;
}

scenario('a chat that is offered is seen from the floor too', async (world) => {
  const alice = await world.desktop();
  await alice.ready('alice');
  await alice.get('floor-toggle').click();
  await alice.page.locator('[data-testid=floor-toggle][aria-pressed=true]').waitFor();
  const visitor = await world.visitor();
  await visitor.open();
  await visitor.get('wl-option-chat').click();
  await visitor.get('wl-chat-text').fill('Is anybody there?');
  await visitor.get('wl-chat-text').press('Enter');
  await alice.get('chat-accept').click();
  await alice.page.locator('[data-testid=chat-head][data-state=open]').waitFor();
  assert.equal(await alice.get('floor-toggle').getAttribute('aria-pressed'), 'false');
  await alice.get('floor-toggle').click();
  await alice.page.locator('[data-testid=floor-toggle][aria-pressed=true]').waitFor();
  assert.deepEqual(alice.tab.complaints, []);
}, { supervisor: true, station: 'browser' });
