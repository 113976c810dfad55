// The warm line: the agent lifts his phone, and speaks with whom he has on his screen, wherever that one is.
import assert from 'node:assert/strict';
import { SECRET, signIn, token } from './support/identity.mjs';
import { JANE, scenario } from './support/world.mjs';

const WARM = 'warm_line = 700';
const OFFICE = '+493022233344';

scenario(
  'of several numbers he chooses on the screen whom his phone calls',
  async (world) => {
    const phone = await world.deskPhone();
    const desktop = await world.desktop();
    await desktop.ready('alice');
    const carrier = await world.carrier();
    // Jane has called, and is on the screen until the wrap-up ends.
    const visitor = await world.visitor();
    world.call(carrier, await visitor.number());
    await phone.wait('CALL_INCOMING');
    phone.accept();
    await desktop.current('talking');
    carrier.hangup();
    await desktop.current('wrapup');
    const before = carrier.events.length;
    const heard = phone.events.length;
    phone.dial('sip:700@warmline');
    const choices = desktop.get('warm-choice');
    await choices.nth(1).waitFor();
    assert.deepEqual(await choices.allTextContents(), ['01511 2345678', '030 22233344']);
    await world.shot(desktop.page, 'desktop-warm-line');
    await choices.first().click();
    await carrier.wait('CALL_ESTABLISHED', before);
    await phone.wait('CALL_ESTABLISHED', heard);
    await desktop.get('warm-line').waitFor({ state: 'detached' });
    await desktop.current('talking');
    assert.equal(await desktop.get('current-name').textContent(), 'Jane Dove');
    await Promise.all([phone.hears(world.hz.carrier), carrier.hears(world.hz.phone)]);
    phone.hangup();
    await carrier.wait('CALL_CLOSED', before);
    assert.deepEqual(desktop.tab.complaints, []);
  },
  { firm: WARM, jane: [JANE, OFFICE], wrapup: 60 },
);

scenario(
  'a visitor who calls from his browser is joined with the phone that is lifted',
  async (world) => {
    const phone = await world.deskPhone();
    const desktop = await world.desktop();
    await desktop.ready('alice');
    const visitor = await world.visitor();
    await visitor.talkHere();
    await phone.wait('CALL_INCOMING');
    await visitor.state('ringing');
    const rang = phone.events.length;
    phone.dial('sip:700@warmline');
    await phone.wait('CALL_ESTABLISHED', rang);
    await phone.wait('CALL_CLOSED', rang);
    assert.match(await visitor.state('talking'), /Talking with Alice/);
    await desktop.current('talking');
    await Promise.all([phone.hears(world.hz.visitor), visitor.hears(world.hz.phone)]);
    await desktop.drawn.getByRole('heading', { name: 'Printer 42', level: 1 }).waitFor();
    await visitor.get('wl-hangup').click();
    await visitor.state('ended');
    await desktop.state('Ready');
    assert.deepEqual(visitor.tab.complaints, []);
  },
  { firm: WARM },
);

scenario(
  'who lifts his phone while he chats speaks with the customer of the chat, and the chat goes on',
  async (world) => {
    const phone = await world.deskPhone();
    const desktop = await world.desktop();
    await desktop.ready('alice');
    const carrier = await world.carrier();
    const visitor = await world.visitor();
    await signIn(visitor, token({ sub: 'c-17', phone: JANE }));
    const writes = async (person, field, text) => {
      await person.get(field).fill(text);
      await person.get(field).press('Enter');
    };
    const reads = (person, text) => person.page.locator('[role=log] li').filter({ hasText: text }).waitFor();
    await visitor.open();
    await visitor.get('wl-option-chat').click();
    await writes(visitor, 'wl-chat-text', 'Does it print on both sides?');
    await desktop.get('chat-accept').click();
    const chat = desktop.page.locator('[data-testid=chat-head][data-state=open]');
    await chat.waitFor();
    assert.equal(carrier.has('CALL_INCOMING'), false);

    phone.dial('sip:700@warmline');
    await carrier.wait('CALL_ESTABLISHED');
    await phone.wait('CALL_ESTABLISHED');
    await desktop.current('talking');
    assert.equal(await desktop.get('current-name').textContent(), 'Jane Dove');
    await Promise.all([phone.hears(world.hz.carrier), carrier.hears(world.hz.phone)]);
    await writes(desktop, 'chat-text', 'It does, as I said');
    await reads(visitor, 'It does, as I said');
    phone.hangup();
    await carrier.wait('CALL_CLOSED');
    await writes(visitor, 'wl-chat-text', 'Thank you');
    await reads(desktop, 'Thank you');
    await chat.waitFor();
    assert.deepEqual([...desktop.tab.complaints, ...visitor.tab.complaints], []);
  },
  { firm: WARM, site: `identity_secret = "${SECRET}"` },
);

scenario(
  'after a call on the warm line the next customer who is due is shown, called and on the phone, and nobody has clicked',
  async (world) => {
    const phone = await world.deskPhone();
    const desktop = await world.desktop();
    await desktop.ready('alice');
    const carrier = await world.carrier();
    const first = await world.visitor();
    await first.talkHere();
    await phone.wait('CALL_INCOMING');
    phone.dial('sip:700@warmline');
    await first.state('talking');
    const next = await world.visitor({ path: '/cart' });
    await next.callMe('01511 2345678');
    await next.state('waiting');
    assert.equal(carrier.has('CALL_INCOMING'), false, 'nobody is called whom nobody could speak with');
    const before = phone.events.length;
    await first.get('wl-hangup').click();
    await first.state('ended');
    await phone.wait('CALL_CLOSED', before);

    await desktop.drawn.getByRole('heading', { name: 'Your cart', level: 1 }).waitFor();
    await carrier.wait('CALL_ESTABLISHED');
    // This phone cannot answer by itself.
    await phone.wait('CALL_INCOMING', before);
    phone.accept();
    assert.match(await next.state('talking'), /Talking with Alice/);
    await desktop.current('talking');
    assert.equal(await desktop.get('current-name').textContent(), 'Jane Dove');
    await Promise.all([phone.hears(world.hz.carrier), carrier.hears(world.hz.phone)]);
  },
  { firm: WARM },
);
