// Development only: call-backs, campaigns, a breaker and a bundle's verdict, for the pictures of outbound work.
const at = (secs) => new Date(Date.now() + secs * 1000).toISOString();
const HOUR = 3_600;
const id = (n) => `rsv_01M8N1JAXAKWP2MB9MNWWF2M${String(n).padStart(2, '0')}`;
let next = 0;
const anew = (rows, from = 0) => ((next = from), rows());

const job = (state, more) => ({
  id: id((next += 1)), state, site: 'shop', queue: 'sales', page: { url: 'https://shop.test/printers/42', title: 'Printer 42' }, name: '', number: '+49 151 ••••• 78', zones: ['Europe/Berlin'], asked_at: at(-600), wanted: null, due: null,
  expires_at: at(20 * HOUR), attempts: [], outcome: null, ended_at: null, ...more,
});
const tried = (...outcomes) => outcomes.map((outcome, n) => ({ time: at(-HOUR * (outcomes.length - n)), outcome }));
const over = (outcome, ended, more) => job('dead', { outcome, ended_at: at(-ended), asked_at: at(-ended - HOUR), expires_at: null, attempts: tried(...Array(more?.times ?? 2).fill(outcome)), ...more });

const open = () => [
  job('dialing', { name: 'Jane Dove', attempts: tried(null), topic: 'Sales' }),
  job('listed', { name: 'Ben Okafor', number: '+44 20 ••••• 19', zones: ['Europe/London'], page: { url: 'https://shop.test/paper', title: 'Paper A4, 80 g' }, asked_at: at(-240) }),
  job('scheduled', { name: 'Grace Lin', number: '+1 212 ••••• 42', zones: ['America/New_York'], due: at(5 * HOUR), attempts: tried('no_answer'), topic: 'Repair and service', answers: [{ ask: 'How urgent is it?', choice: 'It stands still' }] }),
  job('scheduled', { name: '', number: '+1 305 ••••• 07', zones: ['America/New_York', 'America/Chicago'], due: at(26 * HOUR), asked_at: at(-2 * HOUR), page: { url: 'https://shop.test/cart', title: 'Cart' } }),
  job('scheduled', { name: 'Mateo Ruiz', number: '+34 612 ••••• 30', zones: ['Europe/Madrid', 'Atlantic/Canary'], due: at(30 * HOUR), attempts: tried('busy', 'machine') }),
];
const dead = () => [
  over('no_answer', 500, { name: 'Vera Known', times: 3 }),
  over('declined', 2 * HOUR, { name: 'Otto Brandt', times: 1 }),
  over('machine', 5 * HOUR, { name: 'Lucía Fernández', number: '+34 612 ••••• 30' }),
  over('not_found', 9 * HOUR, { name: '', times: 1 }),
  over('expired', 20 * HOUR, { name: 'Ben Okafor', number: '+44 20 ••••• 19', times: 1 }),
  over('canceled', 26 * HOUR, { name: 'Grace Lin', attempts: [] }),
];

/** As desktops know them besides: how urgent each is. */
export const scheduled = () => anew(open).slice(2).map(({ id, name, due, page }, n) => ({ id, name, due, page, priority: [7, 4, 2][n], asked: null }));

export const jobs = (state) => (state === 'dead' ? anew(dead, 50) : state === 'done' ? [over('answered', 900, { state: 'done', name: 'Jane Dove', times: 1 })] : anew(open).filter((row) => !state || row.state === state));

const campaign = (more) => ({
  id: `cmp_01M8N1JAXAKWP2MB9MNWWF2M${String(more.name.length).padStart(2, '0')}`, site: 'shop', state: 'new', pacing: 'progressive', caller_id: null, retry: null, window: null, starts: null, ends: null, created: at(-3 * HOUR), jobs: 0, waiting: 0, dialled: 0, answered: 0, abandoned: 0, outcomes: {},
  last_24_h: { answered: 0, abandoned: 0, rate: null }, last_30_days: { answered: 0, abandoned: 0, rate: null }, ...more,
});

export const campaigns = (filled) => ({
  campaigns: [
    campaign({ name: 'Winter service', state: 'stopped', jobs: 240, dialled: 311, answered: 168, abandoned: 1, outcomes: { answered: 167, no_answer: 61, busy: 9, abandoned: 1, nuisance: 2 }, last_30_days: { answered: 168, abandoned: 1, rate: 0.006 } }),
    campaign({ name: 'Spring', state: 'running', pacing: 'predictive', caller_id: '+493012345000', window: { from: '09:00', until: '17:00' }, ends: at(9 * 24 * HOUR), jobs: 1000, waiting: 420, dialled: 812, answered: 351, abandoned: 9, outcomes: { answered: 342, no_answer: 288, machine: 96, busy: 41, declined: 22, abandoned: 9, not_found: 14 }, last_24_h: { answered: 204, abandoned: 5, rate: 0.0245 }, last_30_days: { answered: 351, abandoned: 9, rate: 0.0256 } }),
    campaign({ name: 'New customers', ...(filled ? { jobs: 987, waiting: 987 } : {}) }),
  ],
  sites: ['shop', 'blog'], cap: 0.03, predictive_agents: 10,
});

export const report = { accepted: 987, refused: [...[4, 5, 6, 19].map((line) => ({ line, code: 'do_not_call' })), { line: 31, code: 'number_invalid' }, { line: 77, code: 'consent_missing' }, ...[210, 211, 212, 213].map((line) => ({ line, code: 'duplicate' })), { line: 500, code: 'duplicate' }] };

export const breaker = (open) => ({ open, why: open ? 'hour' : null, since: open ? at(-900) : null, until: open ? at(2_700) : null, spent_cents: open ? { hour: 20_040, day: 61_200 } : { hour: 4_260, day: 61_200 }, budget_cents: { hour: 20_000, day: 100_000 } });

export const evidence = { bundle: '{}', verdict: { holds: true, checks: ['format', 'signature', 'key', 'chain', 'head', 'rows', 'timeline'].map((check) => ({ check, holds: true })) } };
