// E23: the firm's CRM is slow, hangs or knows nobody, and no call waits for it. Who is signed in at the shop is known before the ring, by its word.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { SECRET, signIn, token } from './support/identity.mjs';
import { PROGRAM } from './support/switch.mjs';
import { until } from './support/until.mjs';
import { JANE, scenario } from './support/world.mjs';

const OFFICE = '+493022233344';
const secret = spawnSync(PROGRAM, ['webhook-secret'], { encoding: 'utf8' }).stdout.trim();

/** The firm's CRM: `asked` has its questions, each with how it is answered. */
async function crm() {
  const asked = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const answer = (status, record) => response.writeHead(status, { 'Content-Type': 'application/json' }).end(record ? JSON.stringify(record) : '');
    asked.push({ ...JSON.parse(body), answer });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const end = () => {
    server.closeAllConnections();
    server.close();
  };
  return { asked, end, settings: `[firms.lookup]\nurl = "http://127.0.0.1:${server.address().port}/who"\nsecret = "${secret}"\nallow_private = true\n` };
}

const slow = await crm();
const hanging = await crm();
const told = (desktop, state) => desktop.tab.frame(({ data }) => data?.view === 'current' && data.data?.crm?.state === state);

scenario('e23_a slow CRM: who is signed in is on the screen, the CRM’s place is kept, the phone rings, and what it says comes while it rings', async (world) => {
  world.ends(slow.end);
  const desktop = await world.desktop();
  await desktop.ready('bob');
  const carrier = await world.carrier({ user: OFFICE });
  const visitor = await world.visitor();
  await signIn(visitor, token({ sub: 'c-17', name: 'Vera Signed', email: 'vera@acme.test', attributes: { plan: 'gold' } }));
  await visitor.get('wl-button').click();
  await visitor.get('wl-signed').getByText('Signed in as Vera Signed').waitFor();
  await visitor.get('wl-option-dial').click();
  await visitor.get('wl-number').waitFor();
  const [question] = await until('the CRM is asked', () => slow.asked.length > 0 && slow.asked);
  assert.deepEqual([question.type, question.customer_id], ['lookup', 'c-17']);

  await desktop.current('claimed');
  await desktop.get('signed-in').waitFor();
  assert.equal(await desktop.get('contact-name').textContent(), 'Vera Signed');
  assert.match(await desktop.get('identity').textContent(), /c-17.*vera@acme\.test.*gold/);
  await desktop.get('crm').getByText('Asking the CRM…').waitFor();
  await desktop.drawn.getByRole('heading', { name: 'Printer 42', level: 1 }).waitFor();
  world.call(carrier, (await visitor.get('wl-number').getAttribute('href')).replace('tel:', ''));
  await desktop.get('answer').waitFor();
  const invite = await desktop.request('INVITE');
  assert.ok(desktop.tab.frames.indexOf(told(desktop, 'asking')) < desktop.tab.frames.indexOf(invite), 'its place is there before the ring');
  await world.shot(desktop.page, 'desktop-crm-asking');

  question.answer(200, { name: 'Vera <b>Known</b>', customer_id: 'c-17', notes: 'Two <script>top.owned=1</script> contracts.', priority: 6, url: 'javascript:top.owned=2', fields: { plan: 'Gold since 2019' } });
  await desktop.page.locator('[data-testid=crm][data-state=found]').waitFor();
  assert.ok(desktop.tab.frames.indexOf(told(desktop, 'found')) > desktop.tab.frames.indexOf(invite));
  await desktop.get('answer').waitFor();
  const said = await desktop.get('crm').textContent();
  for (const text of ['Vera <b>Known</b>', 'Two <script>top.owned=1</script> contracts.', 'Gold since 2019']) assert.ok(said.includes(text), `${text} is not in ${said}`);
  assert.equal(await desktop.get('crm').locator('a, b, script').count(), 0);
  assert.equal(await desktop.page.evaluate('window.owned'), undefined);
  await world.shot(desktop.page, 'desktop-crm');
  await desktop.get('answer').click();
  assert.match(await visitor.state('talking'), /Talking with Bob/);
  await Promise.all([desktop.hears(world.hz.carrier), carrier.hears(world.hz.agent)]);
  assert.deepEqual([...desktop.tab.complaints, ...visitor.tab.complaints], []);
}, { site: `identity_secret = "${SECRET}"`, firm: slow.settings });

scenario('e23_a CRM that hangs, and one that knows nobody: the call is the same, and the desktop says so in words', async (world) => {
  world.ends(hanging.end);
  const desktop = await world.desktop();
  await desktop.ready('bob');
  const carrier = await world.carrier();
  const visitor = await world.visitor();
  await visitor.callMe(JANE);
  await desktop.current('talking');
  await Promise.all([desktop.hears(world.hz.carrier), carrier.hears(world.hz.agent)]);
  await desktop.get('crm').getByText('Asking the CRM…').waitFor();
  await desktop.get('crm').getByText('The CRM did not answer.').waitFor();
  assert.equal(await desktop.get('contact-name').textContent(), 'Jane Dove', 'the firm’s own record is there all the same');
  assert.deepEqual([...new Set(hanging.asked.map(({ number }) => number))], [JANE]);
  // Its answer is too late for anybody.
  for (const question of hanging.asked) question.answer(200, { name: 'Too Late' });
  await visitor.get('wl-hangup').click();
  await desktop.state('Ready');
  const before = hanging.asked.length;
  await visitor.get('wl-again').click();
  const question = await until('it is asked again', () => hanging.asked[before]);
  question.answer(404);
  await desktop.get('crm').getByText('The CRM does not know them.').waitFor();
  assert.equal(await desktop.page.getByText('Too Late').count(), 0);
  await desktop.current('talking');
  assert.deepEqual(desktop.tab.complaints, []);
}, { firm: hanging.settings });
