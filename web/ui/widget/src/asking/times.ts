// Times to be called at, as the visitor reads them: in his own zone, with the firm's beside it where its clocks show another time.

export interface Slots {
  /** IANA: in which the firm's hours are. */
  zone: string;
  slot_minutes: number;
  /** Whoever is to be called may be called now, by his clock. */
  now: boolean;
  /** Some are left out, since he may not be called then. */
  narrowed: boolean;
  /** The beginnings of those that are free, RFC 3339. */
  slots: string[];
}

export interface Day {
  label: string;
  slots: { at: string; label: string }[];
}

/** How times are written here: the language, the visitor's zone, the firm's. */
export interface Places {
  language: string;
  own: string;
  firm: string;
  /** "14:15 in Berlin" */
  elsewhere: (time: string, city: string) => string;
}

/** The zone of this device. */
export function ownZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}

/** `Berlin` of `Europe/Berlin`; what has no city is named as it is. */
export function city(zone: string): string {
  return (zone.split('/').pop() ?? zone).replaceAll('_', ' ');
}

function write(at: Date, language: string, timeZone: string, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(language, { timeZone, ...options }).format(at);
}

const CLOCK: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit' };
const DAY: Intl.DateTimeFormatOptions = { weekday: 'short', day: 'numeric', month: 'short' };
/** The same text only where calendar and clock agree. */
const WALL: Intl.DateTimeFormatOptions = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };

/** Whether the clocks of both zones show another time at this moment. */
export function differs(at: Date, { own, firm }: Pick<Places, 'own' | 'firm'>): boolean {
  return write(at, 'en', own, WALL) !== write(at, 'en', firm, WALL);
}

/** The slots by the visitor's days. What comes twice on his clock, as it is put back, is told apart by the name of its time. */
export function byDay({ slots }: Pick<Slots, 'slots'>, { language, own }: Places): Day[] {
  const days: Day[] = [];
  for (const at of slots) {
    const moment = new Date(at);
    const label = write(moment, language, own, { weekday: 'long', day: 'numeric', month: 'long' });
    if (days.at(-1)?.label !== label) days.push({ label, slots: [] });
    days.at(-1)!.slots.push({ at, label: write(moment, language, own, CLOCK) });
  }
  for (const day of days) {
    const twice = (label: string): boolean => day.slots.filter((slot) => slot.label === label).length > 1;
    day.slots = day.slots.map((slot) => (twice(slot.label) ? { ...slot, label: write(new Date(slot.at), language, own, { ...CLOCK, timeZoneName: 'short' }) } : slot));
  }
  return days;
}

/** "Tue 3 Dec, 10:15–10:30 (14:15 in Berlin)"; without a length, the moment alone. */
export function slotText(start: string, minutes: number | null, places: Places): string {
  const at = new Date(start);
  const { language, own, firm } = places;
  const clock = (moment: Date): string => write(moment, language, own, CLOCK);
  const span = minutes ? `${clock(at)}–${clock(new Date(at.getTime() + minutes * 60_000))}` : clock(at);
  const text = `${write(at, language, own, DAY)}, ${span}`;
  if (!differs(at, places)) return text;
  const sameDay = write(at, language, own, DAY) === write(at, language, firm, DAY);
  const there = write(at, language, firm, sameDay ? CLOCK : { ...DAY, ...CLOCK });
  return `${text} (${places.elsewhere(there, city(firm))})`;
}

/** The time of day alone, for today; with its day for another one. */
export function clockText(at: string, now: number, places: Places): string {
  const moment = new Date(at);
  const today = write(moment, 'en', places.own, { dateStyle: 'short' }) === write(new Date(now), 'en', places.own, { dateStyle: 'short' });
  return write(moment, places.language, places.own, today ? CLOCK : { ...DAY, ...CLOCK });
}
