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
