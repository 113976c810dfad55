// What is read from outbound work: whose clock shows what, what may be tried again, what an import refused, how far a campaign is. Pure.
import type { Campaign, ImportReport, JobRow, Rate } from '@warmline/shared/contract_outbound';

/** Ends that somebody wanted, or that are no use to try: never asked for again. */
const FINAL = new Set(['declined', 'not_allowed', 'canceled', 'not_found', 'moved', 'unmatched', 'never_again']);

export function canRetry(row: JobRow): boolean {
  return row.state === 'dead' && !FINAL.has(row.outcome ?? '');
}

/** It is dialled by nobody yet. */
export function canChange(row: JobRow): boolean {
  return row.state === 'scheduled' || row.state === 'listed';
}

/** The time of day, by the reader's clock or another. */
export const clock = (at: string, tag: string, timeZone?: string): string => new Date(at).toLocaleTimeString(tag, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone });
const day = (at: string, tag: string, timeZone?: string): string => new Date(at).toLocaleDateString(tag, { weekday: 'short', timeZone });

/** What their clocks show at a moment, where that is not what the reader's shows; of several zones each that differs. */
export function theirClocks(at: string | null, zones: string[], tag: string, own?: string): string[] {
  if (!at || Number.isNaN(Date.parse(at))) return [];
  const shown = (zone?: string): string => (day(at, tag, zone) === day(at, tag, own) ? '' : `${day(at, tag, zone)} `) + clock(at, tag, zone);
  const theirs = [...new Set(zones.map(shown))];
  return theirs.length === 1 && theirs[0] === shown(own) ? [] : theirs;
}

/** "2–4, 9": lines in their order, those on end as one. */
export function lineSpans(lines: number[]): string {
  const spans: [number, number][] = [];
  for (const line of [...lines].sort((a, b) => a - b)) {
    const last = spans.at(-1);
    if (last && line <= last[1] + 1) last[1] = line;
    else spans.push([line, line]);
  }
  return spans.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(', ');
}

/** What was refused, by why, the most first. */
export function refusals(report: ImportReport): { code: string; count: number; lines: string }[] {
  const byCode = new Map<string, number[]>();
  for (const { line, code } of report.refused) byCode.set(code, [...(byCode.get(code) ?? []), line]);
  return [...byCode].map(([code, lines]) => ({ code, count: lines.length, lines: lineSpans(lines) })).sort((a, b) => b.count - a.count);
}

/** How many of a campaign's jobs wait for nothing any more, and their share. */
export function progress(row: Campaign): { done: number; share: number } {
  const done = Math.max(0, row.jobs - row.waiting);
  return { done, share: row.jobs > 0 ? done / row.jobs : 0 };
}

/** Its outcomes, the most frequent first. */
export function outcomes(row: Campaign): [string, number][] {
  return Object.entries(row.outcomes).sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
}

export type Standing = 'none' | 'within' | 'near' | 'over';

/** How a rate of abandoned calls stands to the most that is allowed. */
export function standing(rate: Rate, cap: number): Standing {
  if (rate.rate === null) return 'none';
  return rate.rate > cap ? 'over' : rate.rate > cap * 0.8 ? 'near' : 'within';
}

/** A part of a budget, 0 to 1. */
export function spent(cents: number, budget: number): number {
  return budget > 0 ? Math.min(1, cents / budget) : 1;
}

/** Times by the reader's day. */
export function byDay(slots: string[], tag: string): { day: string; slots: string[] }[] {
  const days: { day: string; slots: string[] }[] = [];
  for (const slot of slots) {
    const name = new Date(slot).toLocaleDateString(tag, { weekday: 'long', day: 'numeric', month: 'long' });
    if (days.at(-1)?.day === name) days.at(-1)!.slots.push(slot);
    else days.push({ day: name, slots: [slot] });
  }
  return days;
}
