// Development only: visitors, alerts and invitations as a switch would send them, for their pictures.
const ago = (secs) => new Date(Date.now() - secs * 1000).toISOString();
const ahead = (secs) => new Date(Date.now() + secs * 1000).toISOString();

const PAGES = [['/printers/42', 'Printer 42 · Papier & Druck'], ['/cart', 'Your cart · Papier & Druck'], ['/printers/88', 'Printer 88 · Papier & Druck'], ['/', 'Papier & Druck: printers, paper and people who know them'], ['/printers/17', 'Printer 17 · Papier & Druck']];
const page = (n) => ({ url: `https://shop.test${PAGES[n % PAGES.length][0]}`, title: PAGES[n % PAGES.length][1] });

const visitor = (n, more = {}) => ({
  id: `vis_${n}`, site: 'shop', client: null, page: page(n), arrived: ago(90 + n * 47), since: ago(12 + n * 9), pages: 1 + (n % 6), visits: 1 + (n % 4), purchases: n % 3, cart: null, items: null, priority: 4,
  language: ['de', 'en-GB', 'pl', null][n % 4], consent: n % 3 ? 'granted' : 'none', address: null, name: null, contact: null, rules: [], invited: false, ...more,
});

const SOME = [
  { name: 'Jane Dove', contact: 'con_1', priority: 7, cart: 389, items: 1, purchases: 4, visits: 12, rules: ['Long look at a printer', 'Known customer'], consent: 'granted' },
  { name: 'Óscar <b>Núñez</b>', contact: 'con_2', priority: 6, cart: 1288.5, items: 3, rules: ['Stuck at the checkout'], invited: true, consent: 'granted' },
  { priority: 5, rules: ['Twice this week'], address: '203.0.113.9' },
  {}, { cart: 24, items: 1 }, {},
  { name: 'Wilhelmina van der Hoeven-Papadopoulos', contact: 'con_4', consent: 'granted', page: { url: 'https://shop.test/a/very/long/path/that/does/not/fit/into/the/column?sku=123456', title: '<img src=x onerror=alert(1)> a title that somebody has made up to be much too long for its column' } },
  {}, {}, { priority: 2 }, {}, { priority: 0, visits: 31 },
];
export const visitors = (count = SOME.length) => ({ total: count > 100 ? count : Math.max(count, SOME.length), list: Array.from({ length: Math.min(100, count) }, (_, n) => visitor(n, SOME[n])) });

const alert = (id, n, more = {}) => ({
  id, visitor: `vis_${n}`, site: 'shop', client: null, rule: 'Long look', text: 'Two minutes on Printer 42, for the third time this week', page: page(n), priority: 4, since: ago(31), name: null, contact: null, visits: 3, purchases: 0, cart: null,
  language: 'de', address: null, pop: false, state: 'waiting', agent: null, mine: false, suggestions: ['msg_printer', 'msg_hello'], online: true, way: null, conference: null, ...more,
});

const others = () => [
  alert('alr_2', 1, { name: 'Óscar <b>Núñez</b>', contact: 'con_2', priority: 6, text: 'Stuck at the checkout: the postcode was refused three times', cart: 1288.5, language: 'es', since: ago(84), visits: 2 }),
  alert('alr_3', 2, { text: 'The second visit this week', since: ago(12), visits: 2, address: '203.0.113.9', online: false }),
  alert('alr_4', 3, { state: 'claimed', agent: { id: 'bob', display_name: 'Bob Berger' }, text: 'Looks for toner that is not in stock', since: ago(140), language: 'pl' }),
  alert('alr_5', 4, { state: 'declined', agent: { id: 'carol', display_name: 'Carol Díaz' }, priority: 2, since: ago(320) }),
];
const jane = (more = {}) => alert('alr_1', 0, { name: 'Jane Dove', contact: 'con_1', priority: 7, visits: 12, purchases: 4, cart: 389, ...more });
const own = (state) => jane({ state, mine: true, agent: { id: 'alice', display_name: 'Alice' } });

export const alerts = { waiting: () => [jane(), ...others()], pop: () => [jane({ pop: true, since: ago(3) }), ...others()], compose: () => [own('claimed'), ...others()], shown: () => [own('shown'), ...others()], declined: () => [own('declined'), ...others()], accepted: () => [own('accepted'), ...others()] };

export const library = [
  { id: 'msg_hello', name: 'A friendly hello', texts: { en: 'Hello! Are you looking for something we can help with?', de: 'Guten Tag! Können wir Ihnen bei der Suche helfen?', es: '¡Hola! ¿Podemos ayudarle a encontrar algo?' }, options: ['chat', 'callme', 'browser'] },
  { id: 'msg_printer', name: 'Which printer', texts: { en: 'I have used Printer 42 for a month. May I tell you what it is good at, and what it is not?', de: 'Ich habe mit Drucker 42 einen Monat gearbeitet. Darf ich erzählen, was er gut kann und was nicht?' }, options: ['callme', 'browser', 'chat'] },
  { id: 'msg_special', name: 'This week: toner for free', texts: { en: 'This week the first toner set is free with each Printer 42.', de: 'In dieser Woche gibt es zu jedem Drucker 42 den ersten Tonersatz dazu.' }, options: ['callme', 'chat'] },
  { id: 'msg_checkout', name: 'Help at the checkout', texts: { en: 'Something does not work here? Tell me, I can finish the order for you.' }, options: ['callme', 'browser', 'chat'] },
];

const invitation = (more = {}) => ({
  id: 'inv_1', key: 'k', title: 'May I help with Printer 42?', text: 'I have used it for a month in our own shop. Ask me what it is good at, and what it is not.', agent: { display_name: 'Alice', picture: null }, picture: null, audio: null, video: null,
  options: ['callme', 'browser', 'chat'], later: false, number: '+49 171 ••••• 42', conference: null, kind: 'invitation', expires_at: ahead(300), language: 'en', ...more,
});
export const invitations = {
  plain: () => invitation(),
  rich: () => invitation({ picture: { url: '/desktop/icon.svg', alt: 'Printer 42' }, audio: '/hello.mp3', options: ['callme', 'dial', 'browser', 'chat'], number: null, later: true }),
  closed: () => invitation({ kind: 'closed', agent: null, title: 'We are back tomorrow at nine', text: 'Tell us when we may call you, or write to us. Someone who knows the machine will answer.', options: ['callme', 'mail'], later: true, number: null }),
  busy: () => invitation({ kind: 'busy', agent: null, title: '', text: 'Alle sind gerade im Gespräch. Wir rufen Sie zurück, sobald jemand frei ist, oder wann Sie möchten.', options: ['callme', 'mail'], later: true, language: 'de' }),
  rtl: () => invitation({ title: 'هل يمكنني المساعدة؟', text: 'لقد استخدمت هذه الطابعة لمدة شهر. اسألني عما تجيده.', language: 'ar', number: null }),
};
