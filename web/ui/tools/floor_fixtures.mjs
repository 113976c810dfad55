// Development only: a floor at half past two in the afternoon, for its pictures.
const ago = (secs) => new Date(Date.now() - secs * 1000).toISOString();

const figures = (calls, handling, occupancy) => ({ ready_secs: 4000, calls, handling_secs: calls * handling, aht_secs: calls ? handling : null, occupancy, declined: 0, unanswered: 0 });
const agent = (name, display_name, state, since, more = {}) => ({
  agent: name, display_name, state, since: ago(since), reason: null, pending: null, phone: true, desktop: true, queues: ['sales', 'support'], contact: null, today: figures(12, 214, 0.71), ...more,
});
const call = (channel, queue, more = {}) => ({ channel, queue, held: false, guest: false, ...more });

const agents = [
  agent('alice', 'Alice', 'ready', 42, { today: figures(9, 188, 0.64) }),
  agent('bob', 'Bob Berger', 'talking', 312, { contact: call('phone', 'sales'), pending: 'not_ready', today: figures(14, 241, 0.78) }),
  agent('carol', 'Carol Díaz', 'talking', 95, { contact: call('browser', 'support', { held: true }), today: figures(11, 322, 0.83) }),
  agent('dave', 'Dave', 'not_ready', 1260, { reason: 'Lunch', today: figures(7, 203, 0.52) }),
  agent('eve', 'Eve Okonkwo-Lindström', 'wrapup', 12, { contact: call('callme', 'sales'), today: figures(16, 197, 0.81) }),
  agent('frank', 'Frank', 'ringing', 4, { contact: call('phone', 'sales') }),
  agent('grace', '<b>Grace</b>', 'unreachable', 140, { phone: false, today: figures(3, 150, 0.4) }),
  agent('heidi', 'Heidi', 'talking', 48, { contact: call('phone', 'invoices', { guest: true }) }),
  agent('ivan', 'Ivan Petrov', null, 0, { desktop: false, today: figures(0, 0, null) }),
  ...['Judy', 'Karl', 'Lena', 'Mallory', 'Niaj', 'Olivia', 'Peggy'].map((name, n) => agent(name.toLowerCase(), name, n % 3 ? 'talking' : 'ready', 30 + n * 47, { contact: n % 3 ? call('phone', 'support') : null, today: figures(8 + n, 180 + n * 17, 0.6 + n * 0.04) })),
];

const day = (offered, answered, abandoned, level, asa, short = 0) => ({
  offered, answered, answered_in_time: Math.round((level ?? 0) * (answered + abandoned - short)), abandoned, abandoned_short: short, service_level: level, abandonment: offered ? (abandoned - short) / offered : null, asa_secs: asa, longest_wait_secs: 140, talk_secs: 0, handling_secs: 0, aht_secs: answered ? 203 : null,
});

const chats = (offered, answered, level, aht) => ({ offered, answered, answered_in_time: 0, abandoned: offered - answered, abandoned_short: 0, service_level: level, abandonment: null, asa_secs: 9, handled: answered, handling_secs: 0, aht_secs: aht });
const numbers = { in_use_peak: 6, in_use_mean: 2.4, given: 41, shared: 1, dry: 2, matched_exact: 33, matched_recent: 2, ambiguous: 3, unmatched: 1, expired_unused: 5, hold_secs: 142 };
const trunk = { up_secs: 36000, down_secs: 250, outages: 1, calls_in: 38, answered_in: 35, calls_out: 12, answered_out: 9, failed: { busy: 1, declined: 0, no_answer: 2, unreachable: 0, full: 0, other: 0 }, most_at_once: 5 };

export const floor = () => ({
  time: new Date().toISOString(), service_level_secs: 20, short_secs: 5, occupancy: 0.743, pool_dry_total: 3, breaker: null, agents,
  queues: [
    { queue: 'sales', waiting: 3, longest_since: ago(84), agents_ready: 2, agents_in: 12, today: day(142, 129, 10, 0.814, 14, 2), chats_today: chats(23, 21, 0.87, 342) },
    { queue: 'support', waiting: 0, longest_since: null, agents_ready: 2, agents_in: 14, today: day(88, 84, 4, 0.902, 9), chats_today: chats(0, 0, null, null) },
    { queue: 'invoices', waiting: 1, longest_since: ago(12), agents_ready: 0, agents_in: 2, today: day(17, 12, 4, 0.533, 41, 1), chats_today: chats(0, 0, null, null) },
  ],
  pools: [{ pool: 'web', free: 11, held: 5, ringing: 1, cooling: 3, dry: false, today: { ...numbers, given: 187, in_use_peak: 14, in_use_mean: 5.62, matched_exact: 151 } }, { pool: 'austria', free: 0, held: 3, ringing: 0, cooling: 1, dry: true, today: numbers }],
  trunks: [{ trunk: 'carrier', up: true, on: 8, today: { ...trunk, outages: 0, down_secs: 0, calls_in: 212, calls_out: 96 } }, { trunk: 'carrier-at', up: false, on: 0, today: trunk }],
});

/** A day that wakes, has lunch and goes to sleep. */
export function history() {
  const length = 900_000;
  const newest = Math.floor(Date.now() / length);
  const intervals = (scale) => Array.from({ length: 96 }, (_, n) => {
    const at = newest - 95 + n;
    const busy = Math.max(0, Math.sin(((n - 34) / 60) * Math.PI)) * scale;
    const offered = Math.round(busy * (0.8 + 0.4 * Math.abs(Math.sin(n * 2.3))));
    const abandoned = Math.round(offered * 0.14 * Math.abs(Math.sin(n * 1.1)));
    return { from: new Date(at * length).toISOString(), ...day(offered, offered - abandoned, abandoned, offered ? 1 - abandoned / offered - 0.08 * Math.abs(Math.sin(n)) : null, offered ? 11 : null) };
  }).filter((row) => row.offered > 0);
  return { time: new Date().toISOString(), interval_secs: 900, queues: [{ queue: 'sales', intervals: intervals(14) }, { queue: 'support', intervals: intervals(6) }, { queue: 'invoices', intervals: [] }] };
}
