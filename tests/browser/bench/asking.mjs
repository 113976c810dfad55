// Asking for numbers as a visitor's page does, each time another visitor.
import { until } from '../support/until.mjs';

const VISITORS = 10;

/** `claimed`: a number counts only with an agent. The returned function takes how many were asked for before. */
export async function asking(world, { claimed = true } = {}) {
  const visitor = await world.visitor();
  await visitor.number();
  const path = '/v1/web/reservations';
  const first = visitor.tab.requests.find((request) => request.method() === 'POST' && new URL(request.url()).pathname === path);
  const body = first.postDataJSON();
  const reply = await (await first.response()).json();
  const post = async (path, what) => {
    const answer = await fetch(`http://${world.switch.http}${path}`, { method: 'POST', headers: { 'Content-Type': 'application/json', Origin: world.switch.shop }, body: JSON.stringify(what) });
    return answer.json();
  };
  await fetch(`http://${world.switch.http}${path}/${reply.id}`, { method: 'DELETE', headers: { Origin: world.switch.shop, Authorization: `Bearer ${reply.key}` } });
  await visitor.tab.close();
  const ids = [];
  for (let count = 0; count < VISITORS; count += 1) ids.push((await post('/v1/web/sessions', { site: body.site })).visitor);
  return (call) =>
    until('a number', async () => {
      const reservation = await post(path, { ...body, visitor: ids[call % VISITORS] });
      return reservation.number && (!claimed || reservation.agent) ? reservation : null;
    });
}
