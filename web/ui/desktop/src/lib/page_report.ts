// A report of pages and waits as shapes. Pure: figures in, coordinates out.
import type { PageFigures, PageReport } from '@warmline/shared/contract_reports';
import { ceiling } from './chart.ts';
import { datesOf, type Span } from './report.ts';

const NONE: PageFigures = { requests: 0, answered: 0, lost: 0, p50_secs: null, p90_secs: null };
/** Where a scale of waits may end, in seconds. */
const ENDS = [10, 20, 30, 60, 120, 300, 600, 1_200, 1_800];

export interface PageBar {
  date: string;
  figures: PageFigures;
  x: number;
  width: number;
  /** Heights from the ground. */
  answered: number;
  lost: number;
  /** Where half and nine of ten have waited no longer, from the top; null: nobody was answered. */
  wait: { half: number; most: number } | null;
}

export interface PageChart {
  bars: PageBar[];
  /** Calls and chats at the top of the bars, and seconds at that of the waits. */
  top: number;
  longest: number;
  /** Days to write under it. */
  marks: PageBar[];
}

/** Each day of a span, those on which nobody came too. */
export function pageChart(report: PageReport, span: Span, now: number, box: { width: number; bars: number; waits: number }): PageChart {
  const byDate = new Map(report.days.map((day) => [day.date, day]));
  const top = ceiling(Math.max(0, ...report.days.map(({ answered, lost }) => answered + lost)));
  const most = Math.max(0, ...report.days.map((day) => day.p90_secs ?? 0));
  const longest = ENDS.find((end) => end >= most) ?? ENDS.at(-1)!;
  const slot = box.width / span;
  const gap = Math.min(8, slot * 0.25);
  const deep = (secs: number): number => box.waits * (1 - Math.min(1, secs / longest));
  const bars = datesOf(span, now).map((date, n): PageBar => {
    const figures = byDate.get(date) ?? NONE;
    const { answered, lost, p50_secs, p90_secs } = figures;
    const wait = p50_secs === null || p90_secs === null ? null : { half: deep(p50_secs), most: deep(p90_secs) };
    return { date, figures, x: n * slot + gap / 2, width: slot - gap, answered: (answered / top) * box.bars, lost: (lost / top) * box.bars, wait };
  });
  const every = Math.ceil(span / 7);
  return { bars, top, longest, marks: bars.filter((_, n) => (span - 1 - n) % every === 0) };
}

/** A wait as it is told: `45 s`, `7.5 min`. */
export function told(secs: number, tag: string | undefined): string {
  return secs < 120 ? `${secs} s` : `${(secs / 60).toLocaleString(tag)} min`;
}
