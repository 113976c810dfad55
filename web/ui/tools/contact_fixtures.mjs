// Development only: contacts as a switch would send them, for pictures of the search and the card.
const ago = (hours) => new Date(Date.now() - hours * 3_600_000).toISOString();

export const card = {
  id: 'con_1', version: 12, name: 'Jane Dove', company: 'Dove & Sons Paper', numbers: ['0171 5550142', '030 222333'], e164: ['+491715550142', '+4930222333'], email: 'jane@dove.example', language: 'en-GB', customer: 'C-20417',
  attributes: { Contract: 'Premium until 2027', 'Delivery gate': 'Yard, second door' }, notes: 'Prefers calls before noon.\nHas a Printer 42 since March.', priority: 6, ratings: [{ time: ago(50), of: 'agent', by: 'Carla', from: 4, to: 6 }],
  edits: [{ time: ago(2), of: 'agent', by: 'Bob', parts: ['company', 'numbers'] }, { time: ago(70), of: 'program', by: 'crm', parts: ['email', 'attributes'] }],
  history: [
    { time: ago(2), channel: 'phone', page: 'Printer 42', outcome: 'talked', talk_secs: 312, agent: 'Bob', code: 'Service' },
    { time: ago(70), channel: 'chat', page: 'Returns', outcome: 'talked', talk_secs: 540, agent: 'Alice', code: null, chat: 'rsv_9' },
    { time: ago(220), channel: 'callme', page: 'Cart', outcome: 'no_answer', talk_secs: 0, agent: null, code: null },
  ],
  seen: ago(2), last_agent: 'Bob', last_talk: ago(2),
};

const row = (id, name, company, number, priority, seen, last_agent) => ({ id, name, company, number, e164: '+491715550142', priority, seen, last_agent });

export const rows = [
  row('con_1', card.name, card.company, card.numbers[0], 6, card.seen, 'Bob'),
  row('con_2', 'Jan van der Velden-Oosterhuis', 'Oosterhuis Transport en Opslag B.V.', '+31 20 5550123', 4, ago(30), 'Carla'),
  row('con_3', 'Jana Müller', '', '030 5550144', 4, ago(400), null),
  row('con_4', 'Janek', '', null, 4, null, null),
];
