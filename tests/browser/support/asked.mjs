// What a visitor's page asks for, without the page.
/** Asks to be called, each time another of so many visitors, at another number. */
export async function askers(world, visitors) {
  const headers = { 'Content-Type': 'application/json', Origin: world.switch.shop };
  const post = async (path, body) => {
    const answer = await fetch(`http://${world.switch.http}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    const said = await answer.json();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${JSON.stringify(said)}`);
    return said;
  };
  // Sessions have a limit of their own.
  const sessions = [];
  for (let count = 0; count < visitors; count += 1) sessions.push(await post('/v1/web/sessions', { site: 'shop' }));
  return async (call) => {
    const { visitor, consent_version: version } = sessions[call % visitors];
    const page = { url: `${world.switch.shop}/printers/42`, title: 'Printer 42' };
    return post('/v1/web/reservations', { site: 'shop', mode: 'callme', visitor, page, number: `+4915120${String(call).padStart(6, '0')}`, consent: { version, call: true } });
  };
}
