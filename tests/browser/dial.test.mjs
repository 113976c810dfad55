// Journey 1: a click, a number, a call to it; the agent has the page before the phone rings, with its pictures (C17).
import assert from 'node:assert/strict';
import { strangers } from './support/harm.mjs';
import { until } from './support/until.mjs';
import { scenario } from './support/world.mjs';

scenario('the agent sees the page, then the phone rings, then both hear each other', async (world) => {
  const desktop = await world.desktop();
  await desktop.ready('bob');
  const carrier = await world.carrier();
  const visitor = await world.visitor();

  const number = await visitor.number();
  assert.match(number, /^\+49301234500\d$/);
  assert.equal((await visitor.get('wl-number').textContent()).replace(/\D/g, ''), number.replace('+49', '0'));
  assert.match(await visitor.page.locator('warmline-call .held').textContent(), /Yours for (5:00|4:\d\d)/);
  assert.match(await visitor.state('held'), /Waiting for your call/);
  assert.equal(await visitor.page.getByText('Bob can talk now').count(), 1);

  // The page is on the desktop before anyone has dialled.
  await desktop.current('claimed');
  await desktop.drawn.getByRole('heading', { name: 'Printer 42', level: 1 }).waitFor();
  const rendered = await desktop.message('rendered', { sent: true });
  assert.match(rendered.data.snapshot, /^[0-9a-f]{64}$/);
  assert.match(await desktop.get('current-url').textContent(), /^shop\.test:\d+\/printers\/42$/);
  assert.equal(desktop.asked('INVITE'), false, 'the phone rang before the page was there');

  world.call(carrier, number);
  await desktop.get('answer').waitFor();
  await desktop.current('ringing');
  const invite = await desktop.request('INVITE');
  const probe = await desktop.message('probe', { sent: false });
  const confirmed = await desktop.message('probe_answer', { sent: true });
  const order = [rendered, probe, confirmed, invite].map((frame) => desktop.tab.frames.indexOf(frame));
  assert.deepEqual(order, order.toSorted((one, other) => one - other), 'page drawn, probe, answer, INVITE');
  assert.equal(confirmed.data.drawn, rendered.data.snapshot);
  assert.match(await visitor.state('ringing'), /Ringing Bob/);
  assert.equal(carrier.has('CALL_ESTABLISHED'), false, 'the caller was answered before the agent did');
  assert.equal(await desktop.get('current-name').textContent(), 'Jane Dove');

  await desktop.get('answer').click();
  await carrier.wait('CALL_ESTABLISHED');
  assert.match(await visitor.state('talking'), /Talking with Bob/);
  await desktop.current('talking');
  await Promise.all([desktop.hears(world.hz.carrier), carrier.hears(world.hz.agent)]);
  await desktop.drawn.getByRole('heading', { name: 'Printer 42', level: 1 }).waitFor();

  await desktop.get('hangup').click();
  await carrier.wait('CALL_CLOSED');
  assert.match(await visitor.state('ended'), /Call ended/);
  await desktop.state('Wrap-up');
  await desktop.state('Ready');
  await desktop.get('current').waitFor({ state: 'detached' });
  assert.equal(await world.switch.metric('reservation_invariant_violations_total'), 0);
  await until('the number is free', async () => (await world.switch.metric('warmline_numbers_held')) === 0);
  assert.deepEqual(desktop.tab.complaints, []);
  assert.deepEqual(visitor.tab.complaints, []);
});

scenario('the caller hangs up: the page says so, the agent wraps up and is ready with the next key', async (world) => {
  const desktop = await world.desktop();
  await desktop.ready('bob');
  const carrier = await world.carrier();
  const visitor = await world.visitor();
  world.call(carrier, await visitor.number());
  await desktop.get('answer').waitFor();
  await desktop.page.keyboard.press('a');
  await visitor.state('talking');
  await desktop.current('talking');
  carrier.hangup();
  await visitor.state('ended');
  await desktop.current('wrapup');
  await desktop.page.keyboard.press('d');
  await desktop.state('Ready');
  // The next visitor is served by the same agent.
  await visitor.get('wl-again').click();
  await visitor.state('held');
  await desktop.current('claimed');
}, { wrapup: 60 });

scenario('the caller gives up while it rings: nothing keeps ringing', async (world) => {
  const desktop = await world.desktop();
  await desktop.ready('bob');
  const carrier = await world.carrier();
  const visitor = await world.visitor();
  world.call(carrier, await visitor.number());
  await desktop.get('answer').waitFor();
  carrier.hangup();
  await desktop.request('CANCEL');
  await desktop.get('answer').waitFor({ state: 'detached' });
  await until('the desktop is at rest', async () => (await desktop.get('current').count()) === 0 || (await desktop.get('current').getAttribute('data-state')) === 'claimed');
});

scenario('nobody is free: the number is shown all the same, the caller waits and is served', async (world) => {
  const desktop = await world.desktop();
  await desktop.login('bob');
  const carrier = await world.carrier();
  const visitor = await world.visitor();
  const number = await visitor.number();
  world.call(carrier, number);
  assert.match(await visitor.state('waiting'), /You are in line/);
  await desktop.page.getByTestId('waiting-list').getByText('Jane Dove').waitFor();
  await desktop.get('ready-toggle').click();
  await desktop.drawn.getByRole('heading', { name: 'Printer 42', level: 1 }).waitFor();
  await desktop.get('answer').click();
  await visitor.state('talking');
  await desktop.hears(world.hz.carrier);
});

/** In the page: pictures beside the product's, one of another origin, one that is not there, and far more of noise and text than a snapshot holds. */
function heavy(elsewhere) {
  const add = (src, alt) => Object.assign(document.querySelector('main').appendChild(new Image(150, 120)), { src, alt });
  const canvas = Object.assign(document.createElement('canvas'), { width: 120, height: 96 });
  const context = canvas.getContext('2d');
  const noise = () => {
    const pixels = context.createImageData(120, 96);
    for (let at = 0; at < pixels.data.length; at += 1) pixels.data[at] = at % 4 === 3 ? 255 : Math.random() * 256;
    context.putImageData(pixels, 0, 0);
    return canvas.toDataURL();
  };
  const all = [add(elsewhere, 'Drawn elsewhere'), add('/static/nowhere.svg', 'Drawn nowhere')];
  for (let n = 0; n < 40; n += 1) all.push(add(noise(), `Noise ${n}`));
  const text = document.querySelector('main').appendChild(document.createElement('section'));
  for (let n = 0; n < 4_000; n += 1) text.appendChild(document.createElement('p')).textContent = `${n} `.repeat(40);
  return Promise.all(all.map((image) => new Promise((done) => (image.onload = image.onerror = done)))).then(() => [all[0].naturalWidth, document.documentElement.outerHTML.length]);
}

scenario('c17 the shop\'s pictures come with its page: those that may be read, in 300 kB, and the desktop asks nobody else', async (world) => {
  const desktop = await world.desktop();
  await desktop.ready('bob');
  const visitor = await world.visitor();
  const elsewhere = 'https://pictures.test/one.svg';
  await visitor.page.route(elsewhere, (route) => route.fulfill({ contentType: 'image/svg+xml', body: '<svg xmlns="http://www.w3.org/2000/svg" width="150" height="120"><circle r="90"/></svg>' }));
  const [width, size] = await visitor.page.evaluate(heavy, elsewhere);
  assert.equal(width, 150, 'the visitor sees it');
  assert.ok(size > 1_000_000, `${size} characters`);
  await visitor.number();
  await desktop.current('claimed');
  await desktop.drawn.getByRole('heading', { name: 'Printer 42', level: 1 }).waitFor();

  const picture = desktop.drawn.getByAltText('Printer 42, front, with a printed page');
  assert.match(await picture.getAttribute('src'), /^data:image\/webp;base64,/);
  const colours = await picture.evaluate(async (image) => {
    await image.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width: 56, height: 45 });
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0, 56, 45);
    return new Set(new Uint32Array(context.getImageData(0, 0, 56, 45).data.buffer)).size;
  });
  assert.ok(colours > 50, `${colours} colours`);
  for (const alt of ['Drawn elsewhere', 'Drawn nowhere']) {
    assert.equal(await desktop.drawn.getByAltText(alt).count(), 0);
    const box = await desktop.drawn.getByText(alt, { exact: true }).boundingBox();
    assert.ok(box.width > 20 && box.height > 20, `a box in its place: ${JSON.stringify(box)}`);
  }
  const sources = await desktop.drawn.locator('img').evaluateAll((images) => images.map(({ src }) => src.slice(0, 11)));
  assert.deepEqual([...new Set(sources)], ['data:image/']);
  await world.shot(desktop.page, 'desktop-pictures');

  const { data } = await desktop.message('rendered', { sent: true });
  const answer = await desktop.tab.requests.find((request) => request.url().includes(`/snapshot/${data.snapshot}`)).response();
  const bytes = (await answer.body()).length;
  assert.ok(bytes <= 300_000, `${bytes} bytes`);
  assert.ok(bytes > 250_000, `${bytes} bytes: there was nothing to leave out`);
  assert.deepEqual(strangers(world, desktop), [], 'the agent’s browser asked somebody else');
});
