// Who is signed in at the shop is known by the shop's word, and called at the number that the firm has of him: he types none, and no page has it.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { SECRET, signIn, token } from './support/identity.mjs';
import { until } from './support/until.mjs';
import { scenario } from './support/world.mjs';

const folder = mkdtempSync(join(tmpdir(), 'warmline-customers-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const customers = join(folder, 'customers.csv');
writeFileSync(customers, 'name,numbers,customer_id\nVera Known,+4915123456789,c-17\n');

async function signedIn(world, identity) {
  const visitor = await world.visitor();
  const said = visitor.answers();
  await signIn(visitor, identity);
  await visitor.open();
  await visitor.get('wl-option-callme').click();
  return { visitor, said };
}

scenario(
  'g14 a signed-in customer is called at the number on file, which he only sees masked; a false signature shows nothing',
  async (world) => {
    const desktop = await world.desktop();
    await desktop.ready('bob');
    const { visitor: stranger } = await signedIn(world, token({ sub: 'c-17' }, 'somebody else made this up, all of it'));
    await stranger.get('wl-callme-number').waitFor();
    assert.equal(await stranger.get('wl-which').count(), 0, 'his word alone counts for nothing');

    const carrier = await world.carrier({ user: '+4915123456789' });
    const { visitor, said } = await signedIn(world, token({ sub: 'c-17' }));
    await visitor.get('wl-which').getByText('+49 151 ••••• 89'.replaceAll(' ', '\u00a0')).waitFor();
    await world.shot(visitor.page, 'widget-on-file');
    await visitor.get('wl-consent').check();
    await visitor.get('wl-submit').click();
    await carrier.wait('CALL_ESTABLISHED');
    await desktop.current('talking');
    assert.equal(await desktop.get('current-name').textContent(), 'Vera Known');
    await visitor.state('talking');
    await Promise.all([desktop.hears(world.hz.carrier), carrier.hears(world.hz.agent)]);
    await until('the masked number is among the answers', () => /•••••/.test(said()));
    assert.doesNotMatch(said(), /15123456789|1512 ?3456789/);
  },
  { site: `identity_secret = "${SECRET}"`, firm: `contacts_file = "${customers}"`, callme: 'calling_hours = { default = "00:00-24:00", DE = "00:00-24:00" }' },
);
