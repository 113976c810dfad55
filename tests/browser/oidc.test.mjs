// Agents log in at their firm's own provider, a real one (oidc-provider): in, refused, forged, used again, away.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import Provider from 'oidc-provider';
import { freePort } from './support/ports.mjs';
import { scenario } from './support/world.mjs';

const SECRET = 'a secret of the test, long enough';

/** A provider on loopback: whoever types a name is who he says. */
async function provider(port, redirects) {
  const client = { client_id: 'warmline', client_secret: SECRET, redirect_uris: redirects, id_token_signed_response_alg: 'RS256' };
  const made = new Provider(`http://127.0.0.1:${port}`, {
    clients: [client],
    // In the ID token, as most firms' providers have it.
    conformIdTokenClaims: false,
    claims: { profile: ['preferred_username'] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: `sub-${id}`, preferred_username: `${id}@acme.test` }) }),
    pkce: { required: () => true },
    cookies: { keys: ['of the test'] },
  });
  const server = made.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function away(server) {
  if (!server.listening) return;
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}

/** Types a name at the provider and agrees. */
async function person(page, name) {
  await page.locator('input[name=login]').fill(name);
  await page.locator('input[name=password]').fill('any');
  await page.locator('button[type=submit]').click();
  await page.getByRole('button', { name: 'Continue' }).click();
}

const port = await freePort();
const oidc = `
[firms.oidc]
issuer = "http://127.0.0.1:${port}"
client_id = "warmline"
client_secret = "${SECRET}"
label = "Acme ID"
allow_private = true
`;

scenario(
  'agents log in at their own provider, and nobody else does',
  async (world) => {
    const server = await provider(port, [`${world.switch.origin}/v1/agent/oidc/callback`]);
    try {
      const desktop = await world.desktop();
      const { page } = desktop;
      const says = (text) => desktop.get('login-problem').filter({ hasText: text }).waitFor();
      const callbacks = [];
      page.on('request', (request) => request.url().includes('/v1/agent/oidc/callback?') && callbacks.push(request.url()));

      const button = page.getByRole('button', { name: 'Sign in with Acme ID' });
      await button.click();
      await person(page, 'mallory');
      await says('no agent here');
      assert.equal(new URL(page.url()).search, '?firm=acme', 'a reload begins anew');

      await page.goto(`${world.switch.origin}/v1/agent/oidc/callback?state=forged&code=forged`);
      await says('too old or was begun elsewhere');

      await page.context().clearCookies();
      await button.click();
      await person(page, 'alice');
      await desktop.get('ready-toggle').waitFor();
      assert.equal(new URL(page.url()).pathname, '/desktop/');
      await page.reload();
      await desktop.get('ready-toggle').waitFor();

      // The same way back a second time: the code, the state and the cookie have had their day.
      const other = await world.desktop();
      await other.page.goto(callbacks.at(-1));
      await other.get('login-problem').filter({ hasText: 'too old' }).waitFor();

      // Elsewhere: asked first, then taken over by word.
      await other.page.getByRole('button', { name: 'Sign in with Acme ID' }).click();
      await person(other.page, 'alice');
      await other.get('elsewhere').waitFor();
      await other.get('take-over').click();
      await other.get('ready-toggle').waitFor();
    } finally {
      await away(server);
    }
  },
  { oidc, login: 'alice@acme.test' },
);

scenario(
  'a provider that is away is told of on the log-in page, and the password remains',
  async (world) => {
    const desktop = await world.desktop();
    await desktop.page.getByRole('button', { name: 'Sign in with Acme ID' }).click();
    await desktop.get('login-problem').filter({ hasText: 'cannot be reached' }).waitFor();
    await desktop.login('alice');
    await desktop.get('ready-toggle').waitFor();
  },
  { oidc, login: 'alice@acme.test' },
);
