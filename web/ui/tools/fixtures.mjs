// Development only: what the server would say, for pictures of every state.

const ago = (secs) => new Date(Date.now() - secs * 1000).toISOString();
const ahead = (secs) => new Date(Date.now() + secs * 1000).toISOString();

export const session = { visitor: 'wlv_fixture', consent_version: '2026-11', countries: ['DE', 'AT', 'CH', 'GB'], modes: ['dial', 'callme', 'browser'], brand: 'Papier & Druck' };

export function reservation(more = {}) {
  return {
    id: 'rsv_01JDAAAAAAAAAAAAAAAAAAAAAA', mode: 'dial', state: 'held', since: ago(4), number: '+493012345003', number_display: '030 12345003', pin: '483026',
    expires_at: ahead(272), agent: { display_name: 'Alice' }, wait: { p50_secs: 0, p90_secs: 0 }, position: null,
    trace_id: '4bf92f3577b34da6a3ce929d0e0e4736', reason: null, ...more,
  };
}

const QUESTIONS = [{ ask: 'How urgent is it?', choices: ['It stands still', 'This week', 'Whenever you like'] }, { ask: 'Are you a customer of ours?', choices: ['Yes', 'Not yet'] }];
export const asks = { topics: ['Sales', 'Repair and service', 'Invoices'], languages: ['de', 'en', 'pt-BR'], questions: QUESTIONS };

/** Slots of some days to come, from nine to five in Berlin's winter. */
export function slots() {
  const days = [1, 2, 3, 4].map((day) => new Date(Date.now() + day * 86_400_000).toISOString().slice(0, 10));
  const times = Array.from({ length: 32 }, (_, n) => new Date(Date.UTC(2020, 0, 1, 8, n * 15)).toISOString().slice(11)).filter((_, n) => n % 5 !== 3);
  return { zone: 'Europe/Berlin', slot_minutes: 15, now: true, narrowed: false, slots: days.flatMap((day) => times.map((time) => `${day}T${time}`)) };
}

const callback = (more) => reservation({ mode: 'callme', state: 'waiting', number: null, number_display: null, pin: null, expires_at: null, agent: null, wait: null, attempts: 0, match_digits: null, ...more });

export const visitorScenes = {
  scheduled: () => callback({ due: slots().slots[7] }),
  matched: () => callback({ match_digits: '47', position: 2, wait: { p50_secs: 120, p90_secs: 300 } }),
  retried: () => callback({ due: ahead(1500), since: ago(300), attempts: 1, match_digits: '47' }),
  jobtoolong: () => callback({ position: 11, wait: { p50_secs: 1150, p90_secs: 1900 }, since: ago(223), too_long: true }),
  toolong: () => reservation({ mode: 'queued', state: 'waiting', agent: null, position: 11, wait: { p50_secs: 1150, p90_secs: 1900 }, since: ago(223), too_long: true }),
  held: () => reservation(),
  queued: () => reservation({ mode: 'queued', state: 'waiting', agent: null, position: 3, wait: { p50_secs: 150, p90_secs: 300 }, since: ago(23) }),
  unknown: () => reservation({ mode: 'queued', state: 'waiting', agent: null, position: 3, wait: null, since: ago(23) }),
  shared: () => reservation({ number: '+493012345099', number_display: '030 12345099', shared: true, agent: null, wait: { p50_secs: 170, p90_secs: 400 } }),
  ending: () => reservation({ expires_at: ahead(48) }),
  ringing: () => reservation({ state: 'ringing', since: ago(6) }),
  talking: () => reservation({ state: 'talking', since: ago(42) }),
  onhold: () => reservation({ state: 'talking', since: ago(74), held: true }),
  joined: () => reservation({ state: 'talking', since: ago(131), joined: true }),
  ticket: () => reservation({ mode: 'ticket', state: 'waiting', number: null, number_display: null, pin: null, expires_at: null, agent: null, wait: null, position: 4, ticket: { number: 17, turn: false }, since: ago(40) }),
  dry: () => reservation({ mode: 'browser', number: null, number_display: null, pin: null, expires_at: null, since: ago(2) }),
  chat: () => reservation({ mode: 'chat', state: 'talking', number: null, number_display: null, pin: null, expires_at: null, since: ago(95), chat: { last: 4, read: 4 } }),
  ended: () => reservation({ state: 'ended', reason: 'normal', since: ago(1) }),
  busy: () => reservation({ state: 'ended', reason: 'overload', since: ago(1) }),
};

/** A chat of both sides. */
export const messages = () => [
  ['visitor', null, 'Hello! Does Printer 42 print on both sides of A3?'],
  ['agent', 'Alice', 'Good morning. It does, without an extra part. How many pages a month do you think of?'],
  ['visitor', null, 'About 4,000, mostly drawings.'],
  ['agent', 'Alice', 'Then the large toner pays for itself. I can send you an offer, or we talk: which do you like better?'],
].map(([from, name, text], at) => ({ seq: at + 1, time: ago(90 - at * 20), from, name, kind: 'text', text, client_id: null }));

const me = (state, since, more = {}) => ({
  firm: 'acme', agent: 'alice', display_name: 'Alice', state, since: ago(since), pending_not_ready: false, phone: true, station: 'browser',
  sip_user: 'alice', sip_password: 'secret', warm_line: [], wrapup_ends: null, reason: null, reasons: ['Lunch', 'Break', 'Training', 'Paperwork'], wrapup_codes: ['Sale', 'Quote sent', 'Service', 'Complaint', 'Wrong number'],
  queues: ['sales', 'support', 'invoices'], outbound: true, may_rate: true, may_edit: true, pools: [], caller_ids: [{ number: '+493012345000', display: '030 12345000' }, { number: '+493012345100', display: '030 12345100' }], notice: null, ...more,
});

const jane = {
  id: 'con_1', name: 'Jane Dove', numbers: ['030 1234567', '0171 5550142'], e164: ['+49301234567', '+491715550142'], notes: 'Runs a studio of four in Kreuzberg.\nPrefers a call to an e-mail. Printer 17 since 2023.', priority: 7,
  ratings: [{ time: '2026-11-03T13:11:00Z', of: 'agent', by: 'Alice', from: 4, to: 7 }, { time: '2026-10-20T16:12:00Z', of: 'site', by: 'shop', from: 2, to: 4 }],
  history: [
    { time: '2026-11-03T13:05:00Z', channel: 'phone', page: 'Printer 42 · Papier & Druck', outcome: 'talked', talk_secs: 312, agent: 'Alice', code: 'Quote sent' },
    { time: '2026-10-21T08:40:00Z', channel: 'browser', page: 'Your cart · Papier & Druck', outcome: 'talked', talk_secs: 94, agent: 'Bob', code: null },
    { time: '2026-10-20T16:12:00Z', channel: 'callme', page: 'Toner set 42', outcome: 'no_answer', talk_secs: 0, agent: null, code: null },
    { time: '2025-12-11T09:30:00Z', channel: 'phone', page: 'Printer 17', outcome: 'talked', talk_secs: 641, agent: 'Alice', code: null },
  ],
};

const page = { url: 'https://shop.test/printers/42', title: 'Printer 42 · Papier & Druck' };

const current = (state, since, snapshot, more = {}) => ({
  reservation: 'rsv_1', call: state === 'claimed' ? null : 'cal_1', state, since: ago(since), asked_at: ago(since + 20), claim_ends: state === 'claimed' ? ahead(31) : null,
  channel: 'phone', confidence: 'exact', page, ...snapshot, contact: jane, muted: false, held: false, consult: null, from: null, guest: false, code: null, never_call: false, auto_answer: false, dialing: null, dialed: null, held_since: null, phone: null, resume: null, ...more,
});

const waiting = [
  { id: 'w1', name: 'Marta Kowalczyk', channel: 'phone', priority: 7, since: ago(31), page: { url: 'https://shop.test/printers/88', title: 'Printer 88' } },
  { id: 'w2', name: '', channel: 'browser', priority: 4, since: ago(12), page: { url: 'https://shop.test/cart', title: 'Your cart' } },
  { id: 'w3', name: 'Óscar <b>Núñez</b>', channel: 'callme', priority: 2, since: ago(84), page: { url: 'https://shop.test/a/very/long/path/that/does/not/fit/into/the/column?sku=123456', title: 'x' } },
];

const asked = { topic: 'Repair', answers: [{ ask: 'How urgent is it?', choice: 'It stands still' }], language: 'pt-BR', priority: 7, wanted: ahead(-120), attempts: 1 };
const later = [
  { id: 'l1', name: 'Hanna Okoye', due: ahead(540), priority: 4, page, asked: { topic: 'Sales', wanted: null, attempts: 1 } },
  { id: 'l2', name: '', due: ahead(54_000), priority: 7, page, asked: { ...asked, wanted: ahead(54_000), attempts: 0 } },
  { id: 'l3', name: 'Wilhelmina van der Hoeven-Papadopoulos', due: ahead(140_000), priority: 2, page, asked: null },
];

const stats = (rows) => ({ waiting: rows.length, longest_secs: rows.length ? 84 : 0, agents_ready: 2, agents_in: 4, trunk_up: true });

const colleagues = [
  { agent: 'bob', display_name: 'Bob Berger', state: 'ready', since: ago(312), reason: null },
  { agent: 'carol', display_name: 'Carol Díaz', state: 'talking', since: ago(95), reason: null },
  { agent: 'dave', display_name: 'Dave', state: 'not_ready', since: ago(1260), reason: 'Lunch' },
  { agent: 'eve', display_name: 'Eve Okonkwo-Lindström', state: 'wrapup', since: ago(12), reason: null },
];

const parked = [
  { slot: 701, name: 'Jonas Weber', channel: 'phone', by: 'Bob Berger', since: ago(31), until: ahead(89) },
  { slot: 702, name: '030 90182000', channel: 'browser', by: 'Eve Okonkwo-Lindström', since: ago(108), until: ahead(12) },
];

const chatCard = (snapshot) => ({
  id: 'cht_1', state: 'open', since: ago(95), asked_at: ago(101), ends: null, page, ...snapshot, contact: jane, last: 4, unread: 0, preview: 'Then the large toner pays for itself.',
  delivered: 4, read: 4, away_since: null, from: null, code: null, reason: null, call: null,
});

const consulting = (state) => (snapshot) => ({ me: me('talking', 174), current: current('talking', 174, snapshot, { consult: { name: 'Bob Berger', state } }), waiting, stats: stats(waiting) });

/** Desktop scenes by name, as functions that give all views; `snapshot` is {snapshot, snapshot_url}. `ring` sends an INVITE to the browser phone. */
const scenes = {
  notready: () => ({ me: me('not_ready', 610), current: null, waiting, stats: stats(waiting) }),
  ready: () => ({ me: me('ready', 42), current: null, waiting: [], stats: stats([]) }),
  'ready-rows': () => ({ me: me('ready', 42), current: null, waiting, stats: stats(waiting) }),
  claimed: (snapshot) => ({ me: me('claimed', 14), current: current('claimed', 14, snapshot), waiting, stats: stats(waiting) }),
  ringing: (snapshot) => ({ me: me('ringing', 3), current: current('ringing', 3, snapshot), waiting, stats: stats(waiting) }),
  talking: (snapshot) => ({ me: me('talking', 134), current: current('talking', 134, snapshot), waiting, stats: stats(waiting) }),
  wrapup: (snapshot) => ({ me: me('wrapup', 8, { wrapup_ends: ahead(12) }), current: current('wrapup', 8, snapshot), waiting, stats: stats(waiting) }),
  preview: (snapshot) => ({ me: me('claimed', 6), current: current('claimed', 6, snapshot, { channel: 'callme', asked: { topic: 'Repair and service', answers: [{ ask: 'How urgent is it?', choice: 'It stands still' }], attempts: 1 }, job: { number: '0171 5550142', attempts: 1, last: 'no_answer', wanted: null, preview_until: ahead(54) } }), waiting, stats: stats(waiting) }),
  never: (snapshot) => ({ me: me('wrapup', 8, { wrapup_ends: ahead(12) }), current: current('wrapup', 8, snapshot, { never_call: true }), waiting, stats: stats(waiting) }),
  held: (snapshot) => ({ me: me('talking', 134), current: current('talking', 134, snapshot, { held: true }), waiting, stats: stats(waiting) }),
  asking: consulting('ringing'),
  consulting: consulting('talking'),
  conference: consulting('conference'),
  guest: (snapshot) => ({ me: me('talking', 21), current: current('talking', 21, snapshot, { guest: true, from: 'Bob Berger', muted: true }), waiting, stats: stats(waiting) }),
  handed: (snapshot) => ({ me: me('talking', 9), current: current('talking', 9, snapshot, { from: 'Bob Berger', confidence: 'recent' }), waiting, stats: stats(waiting) }),
  dialing: () => ({ me: me('talking', 4), current: current('talking', 4, { snapshot: null }, { reservation: null, page: null, confidence: 'none', channel: 'outbound', dialing: 'ringing', dialed: '0171 5550142' }), waiting, stats: stats(waiting) }),
  clients: (snapshot) => {
    const rows = waiting.map((row, n) => ({ ...row, client: ['Papier & Druck', 'Hutmacher Lindström', 'Papier & Druck'][n] }));
    return { me: me('ringing', 3), current: current('ringing', 3, snapshot, { client: 'Hutmacher Lindström' }), waiting: rows, stats: stats(rows) };
  },
  'answered-by': () => ({ me: me('ready', 3, { notice: { code: 'answered_by', name: 'Bob Berger' } }), current: null, waiting, stats: stats(waiting) }),
  busy: () => ({ me: me('ready', 3, { notice: { code: 'line_busy' } }), current: null, waiting: [], stats: stats([]) }),
  parked: () => ({ me: me('ready', 42), current: null, waiting, stats: stats(waiting), parked }),
  'parked-talking': (snapshot) => ({ me: me('talking', 134), current: current('talking', 134, snapshot), waiting, stats: stats(waiting), parked }),
  warm: () => ({ me: me('ready', 42, { warm_line: [{ number: '+4930222333', display: '030 222333' }, { number: '+491715550142', display: '0171 5550142' }] }), current: null, waiting, stats: stats(waiting) }),
  floor: () => ({ me: me('ready', 42, { supervisor: true, whole_firm: true }), current: null, waiting, stats: stats(waiting) }),
  vouched: (snapshot) => ({
    me: me('talking', 134), waiting, stats: stats(waiting),
    current: current('talking', 134, snapshot, {
      identity: { customer: 'K-20417', name: 'Jane Dove', email: 'jane@studio-dove.test', language: 'en', attributes: { plan: 'Studio' } },
      crm: {
        state: 'found',
        record: {
          name: 'Studio Dove GmbH', customer_id: 'K-20417', notes: 'Two invoices open.\nAsk for Ms Dove.', priority: 6, language: 'en', url: 'https://crm.test/k/20417',
          fields: [{ name: 'Last order', value: '2026-11-02, toner set 42' }, { name: 'Account manager', value: 'Marta <i>Kowalczyk</i>' }],
        },
      },
    }),
  }),
  asking_crm: (snapshot) => ({ me: me('claimed', 1), current: current('claimed', 1, snapshot, { crm: { state: 'asking', record: null } }), waiting, stats: stats(waiting) }),
  says: (snapshot) => ({
    me: me('talking', 134), waiting, stats: stats(waiting),
    current: current('talking', 134, snapshot, { page: { ...page, attributes: { plan: 'Studio', 'cart-total': '129,00 €', note: '<b>gold</b> customer, ask for Marta', tier: '' } } }),
  }),
  verified: (snapshot) => {
    const rows = waiting.map((row, n) => ({ ...row, verified: ['failed', 'unknown', 'passed'][n] }));
    return { me: me('ringing', 3), current: current('ringing', 3, snapshot, { verified: 'passed' }), waiting: rows, stats: stats(rows) };
  },
  spoofed: (snapshot) => {
    const rows = waiting.map((row, n) => ({ ...row, verified: ['passed', 'unknown', 'failed'][n] }));
    return { me: me('talking', 134), current: current('talking', 134, snapshot, { verified: 'failed', confidence: 'recent' }), waiting: rows, stats: stats(rows) };
  },
  asked: (snapshot) => {
    const rows = waiting.map((row, n) => ({ ...row, asked: n === 0 ? asked : n === 2 ? { wanted: null, attempts: 2 } : null }));
    return { me: me('talking', 66), current: current('talking', 66, snapshot, { channel: 'callme', asked }), waiting: rows, scheduled: later, stats: stats(rows) };
  },
  chat: (snapshot) => ({ me: me('ready', 240), current: null, waiting, stats: stats(waiting), chats: [chatCard(snapshot)] }),
  offline: (snapshot) => ({ me: me('talking', 134), current: current('talking', 134, snapshot), waiting, stats: stats(waiting) }),
  lunch: () => ({ me: me('not_ready', 310, { reason: 'Lunch' }), current: null, waiting, stats: stats(waiting) }),
  plain: () => ({
    me: me('talking', 66, { station: 'account', sip_password: '' }),
    current: current('talking', 66, { snapshot: null }, { reservation: null, page: null, confidence: 'none', contact: { id: null, name: '', numbers: ['0171 5550142'], e164: ['+491715550142'], notes: '', priority: 4, history: [] } }),
    waiting: [], stats: { ...stats([]), trunk_up: false },
  }),
};

export const desktopScenes = Object.fromEntries(Object.entries(scenes).map(([name, scene]) => [name, (snapshot) => ({ colleagues, parked: [], chats: [], scheduled: [], ...scene(snapshot) })]));
