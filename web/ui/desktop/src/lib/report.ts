// A report of invitations as shapes and verdicts. Pure: counts in, steps, bars and words' names out.
import type { Fate, InvitationReport, MessageFate, Share } from '@warmline/shared/contract_reports';
import { ceiling } from './chart.ts';

/** Days that can be asked for; the switch keeps 90. */
export const SPANS = [1, 7, 28, 90] as const;
export type Span = (typeof SPANS)[number];

const DAY = 86_400_000;
/** From here on a difference is called sure. */
const SURE = 0.95;

/** The days of a span that ends today, both of them in it, in UTC. */
export function daysOf(span: Span, now: number): { from: string; to: string } {
  return { from: date(now - (span - 1) * DAY), to: date(now) };
}

/** Each of them. */
export function datesOf(span: Span, now: number): string[] {
  return Array.from({ length: span }, (_, n) => date(now - (span - 1 - n) * DAY));
}

function date(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

const NONE: Fate = { invited: 0, shown: 0, accepted: 0, declined: 0, answered: 0, converted: 0, cents: 0 };

export function sum(rows: Fate[]): Fate {
  const total = { ...NONE };
  for (const row of rows) for (const part of Object.keys(total) as (keyof Fate)[]) total[part] += row[part];
  return total;
}

export const STEPS = ['invited', 'shown', 'accepted', 'answered', 'converted'] as const;
export type Step = (typeof STEPS)[number];

/** Of whom a step is a part. Who buys need not have spoken with anybody. */
const OF: Record<Step, Step | null> = { invited: null, shown: 'invited', accepted: 'shown', answered: 'accepted', converted: 'accepted' };

export interface FunnelStep {
  step: Step;
  count: number;
  /** Of all invited, 0 to 1: how wide it is drawn. */
  width: number;
  /** Of the step that it is a part of; null for the first and where there was nobody. */
  of: { step: Step; share: number } | null;
}

export function funnel(total: Fate): FunnelStep[] {
  return STEPS.map((step) => {
    const [count, before] = [total[step], OF[step]];
    return { step, count, width: total.invited ? Math.min(1, count / total.invited) : 0, of: before && total[before] > 0 ? { step: before, share: count / total[before] } : null };
  });
}

/** What became of the invitations of a day; together they are all of them. */
export const PARTS = ['accepted', 'declined', 'seen', 'unseen'] as const;
export type Part = (typeof PARTS)[number];

export interface DayBar {
  date: string;
  fate: Fate;
  x: number;
  width: number;
  /** From the ground up. */
  parts: { part: Part; y: number; height: number }[];
}

export interface DayChart {
  bars: DayBar[];
  /** Invitations at the top. */
  top: number;
  /** Days to write under it. */
  marks: DayBar[];
}

/** Each day of a span, those on which nothing happened too. */
export function dayChart(report: InvitationReport, span: Span, now: number, box: { width: number; height: number }): DayChart {
  const byDate = new Map(report.days.map((day) => [day.date, day]));
  const top = ceiling(Math.max(0, ...report.days.map(({ invited }) => invited)));
  const slot = box.width / span;
  const gap = Math.min(8, slot * 0.25);
  const bars = datesOf(span, now).map((day, n) => {
    const fate = byDate.get(day) ?? NONE;
    let ground = box.height;
    const parts = split(fate).map(([part, count]) => {
      const height = (count / top) * box.height;
      ground -= height;
      return { part, y: ground, height };
    });
    return { date: day, fate, x: n * slot + gap / 2, width: slot - gap, parts: parts.filter(({ height }) => height > 0) };
  });
  const every = Math.ceil(span / 7);
  return { bars, top, marks: bars.filter((_, n) => (span - 1 - n) % every === 0) };
}

function split({ invited, shown, accepted, declined }: Fate): [Part, number][] {
  const seen = Math.max(0, shown - accepted - declined);
  return [['accepted', accepted], ['declined', declined], ['seen', seen], ['unseen', Math.max(0, invited - Math.max(shown, accepted + declined))]];
}

/** `measure`: the others of its rule are held against it; `only`: there are no others; `unseen`: nobody has seen it. */
export type Verdict = 'measure' | 'only' | 'unseen' | 'better' | 'worse' | 'unsure';

export interface Judged {
  row: MessageFate;
  verdict: Verdict;
  /** The message that it is held against. */
  against: MessageFate;
}

/** Messages by rule, each held against the first of its rule. */
export function judged(report: InvitationReport): { rule: string | null; rows: Judged[] }[] {
  const rules = new Map<string | null, MessageFate[]>();
  for (const row of report.messages) rules.set(row.rule, [...(rules.get(row.rule) ?? []), row]);
  return [...rules].map(([rule, rows]) => ({ rule, rows: rows.map((row, n) => ({ row, against: rows[0]!, verdict: verdict(row, rows[0]!, n, rows.length) })) }));
}

function verdict(row: MessageFate, first: MessageFate, place: number, all: number): Verdict {
  if (all === 1) return 'only';
  if (place === 0) return 'measure';
  if (!row.accepted_share) return 'unseen';
  if (!first.accepted_share || row.differs === null || row.differs < SURE) return 'unsure';
  return row.accepted_share.share > first.accepted_share.share ? 'better' : 'worse';
}

/** Where the scale of all shares ends, 0 to 1: the widest interval fits. */
export function scale(shares: (Share | null)[]): number {
  const widest = Math.max(0, ...shares.map((share) => share?.high ?? 0));
  return [0.1, 0.2, 0.4, 0.6, 0.8].find((end) => end >= widest) ?? 1;
}
