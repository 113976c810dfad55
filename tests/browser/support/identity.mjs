// What a shop's server signs for who is signed in there, and how its page hands it on.
import { createHmac } from 'node:crypto';

/** Of the site, as the switch has it (`identity_secret`). */
export const SECRET = 'the shop and the switch know this, nobody else';

/** A token of ten minutes with these claims (RFC 7519, HS256). */
export function token(claims, secret = SECRET) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ aud: 'shop', exp: Math.floor(Date.now() / 1000) + 600, ...claims })}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

/** The visitor's pages have the token from now on; he looks at a printer. */
export async function signIn(visitor, signed) {
  await visitor.tab.context.addInitScript((token) => (window.warmlineIdentity = token), signed);
  await visitor.go('/printers/42');
}
