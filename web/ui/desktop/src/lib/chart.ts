// A queue's last 24 hours as shapes: bars of calls and a line of service level. Pure: figures in, coordinates out.
import type { QueueFigures, StatisticsView } from '@warmline/shared/contract';

const SLOTS = 96;

export interface Bar {
  x: number;
  width: number;
  /** Heights from the ground. */
  answered: number;
  abandoned: number;
  offered: number;
  from: string;
  figures: QueueFigures;
}

export interface Chart {
  bars: Bar[];
  /** SVG path of the service level; it breaks where nothing counted. */
  level: string;
  /** Calls at the top of the bars' space. */
  top: number;
  /** Full hours to write under it. */
  hours: { x: number; time: string }[];
}

export interface Box {
  width: number;
  /** Of the bars, and of the line's strip. */
  bars: number;
  strip: number;
}

/** Of a queue; what no interval was kept of is empty. */
export function chart(statistics: StatisticsView, queue: string, box: Box): Chart {
  const length = statistics.interval_secs * 1000;
  const newest = Math.floor(Date.parse(statistics.time) / length);
  const rows = statistics.queues.find((row) => row.queue === queue)?.intervals ?? [];
  const slot = box.width / SLOTS;
  const placed = rows
    .map((row) => ({ row, at: Math.round(Date.parse(row.from) / length) - newest + SLOTS - 1 }))
    .filter(({ at }) => at >= 0 && at < SLOTS);
  const top = ceiling(Math.max(0, ...placed.map(({ row }) => Math.max(row.offered, row.answered + row.abandoned))));
  const high = (calls: number): number => (calls / top) * box.bars;
  const bars = placed.map(({ row, at }) => ({
    x: at * slot, width: Math.max(1, slot - 1), answered: high(row.answered), abandoned: high(row.abandoned), offered: high(row.offered), from: row.from, figures: row,
  }));
  let before = -2;
  const level = placed
    .filter(({ row }) => row.service_level !== null)
    .map(({ row, at }) => {
      const joined = at === before + 1;
      before = at;
      const y = round(box.strip * (1 - row.service_level!));
      const [left, right] = [round(at * slot), round((at + 1) * slot)];
      return `${joined ? 'L' : 'M'}${left} ${y}L${right} ${y}`;
    })
    .join('');
  const hours = Array.from({ length: SLOTS }, (_, at) => ({ x: at * slot, time: (newest - SLOTS + 1 + at) * length }))
    .filter(({ time }) => new Date(time).getMinutes() === 0 && new Date(time).getHours() % 6 === 0)
    .map(({ x, time }) => ({ x, time: new Date(time).toISOString() }));
  return { bars, level, top, hours };
}

/** A round number at or above, at least 4. */
export function ceiling(calls: number): number {
  const steps = [4, 6, 10, 20, 30, 40, 60, 100];
  const scale = calls > 100 ? 10 ** (Math.ceil(Math.log10(calls)) - 2) : 1;
  return (steps.find((step) => step * scale >= calls) ?? 100) * scale;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
