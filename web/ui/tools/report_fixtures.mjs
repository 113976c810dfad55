// Development only: what has become of four weeks of invitations, for the pictures of reports.
const DAY = 86_400_000;
const date = (ago) => new Date(Date.now() - ago * DAY).toISOString().slice(0, 10);
const Z = 1.96;

function share(some, all) {
  if (!all) return null;
  const [part, under] = [some / all, 1 + (Z * Z) / all];
  const [middle, half] = [part + (Z * Z) / (2 * all), Z * Math.sqrt((part * (1 - part)) / all + (Z * Z) / (4 * all * all))];
  return { share: part, low: (middle - half) / under, high: (middle + half) / under };
}

const message = (rule, name, invited, shown, accepted, declined, answered, converted, cents, differs = null) => ({ rule, message: name, invited, shown, accepted, declined, answered, converted, cents, accepted_share: share(accepted, shown), differs });

const day = (ago) => {
  const invited = Math.round((ago % 7 < 2 ? 14 : 42) * (0.7 + 0.5 * Math.abs(Math.sin(ago * 1.7))));
  const [shown, accepted] = [Math.round(invited * 0.9), Math.round(invited * (0.1 + 0.05 * Math.sin(ago)))];
  return { date: date(ago), invited, shown, accepted, declined: Math.round(invited * 0.33), answered: Math.round(accepted * 0.9), converted: Math.round(accepted * 0.3), cents: Math.round(accepted * 0.3) * 14_900 };
};

export const report = (days) => ({
  messages: [
    message(null, null, 61, 60, 21, 9, 20, 8, 214_300),
    message(null, 'msg_printer', 38, 38, 15, 7, 15, 4, 96_050, 0.4123),
    message('Long look at a printer', 'msg_hello', 342, 311, 24, 118, 22, 5, 71_200),
    message('Long look at a printer', 'msg_printer', 338, 305, 49, 91, 45, 17, 388_900, 0.9986),
    message('Long look at a printer', 'msg_special', 339, 308, 31, 104, 28, 9, 154_000, 0.6613),
    message('Stuck at the checkout', 'msg_checkout', 57, 55, 13, 12, 13, 10, 243_750),
  ],
  days: Array.from({ length: Math.min(days, 28) }, (_, n) => day(Math.min(days, 28) - 1 - n)),
});
export const nothing = () => ({ messages: [], days: [] });

/** From which pages people came, in so many days until today. */
export function cameFrom(days) {
  const figures = (requests, answered, lost, p50_secs, p90_secs) => ({ requests, answered, lost, p50_secs, p90_secs });
  const waits = [5, 7, 10, 15, 20, 30, 45, 60, 90, 120];
  const rows = Array.from({ length: days }, (_, n) => {
    const date = new Date(Date.now() - (days - 1 - n) * 86_400_000);
    const weekend = [0, 6].includes(date.getUTCDay());
    const answered = weekend ? 6 + (n % 3) : 24 + ((n * 7) % 13);
    const place = (n * 5) % 6;
    return { date: date.toISOString().slice(0, 10), ...figures(answered, answered, weekend ? 0 : (n * 3) % 5, waits[place], waits[place + 3]) };
  });
  const page = (path, title, ...rest) => ({ page: `shop.example${path}`, title, others: false, ...figures(...rest) });
  return {
    pages: [
      page('/printers/42', 'Printer 42 · Papier & Druck', 214, 196, 11, 15, 60),
      page('/cart', 'Your cart', 131, 118, 9, 20, 90),
      { page: null, title: '', others: false, ...figures(0, 104, 16, 30, 120) },
      page('/support/paper-jam', 'When the paper jams', 88, 84, 2, 10, 45),
      page('/delivery', 'Delivery and returns', 37, 36, 0, 7, 20),
      page('/printers/21', 'Printer 21 · Papier & Druck', 29, 25, 3, 20, 60),
      { page: null, title: '', others: true, ...figures(46, 41, 4, 15, 60) },
    ],
    days: rows,
  };
}
