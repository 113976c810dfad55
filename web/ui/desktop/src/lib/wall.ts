// The wallboard's figures: the floor in a few numbers, and its last 24 hours. Pure.
import type { FloorView, QueueFigures, StatisticsView } from '@warmline/shared/contract';
import { longest } from './floor.ts';

export interface Wall {
  waiting: number;
  /** Seconds; null: nobody waits. */
  longest: number | null;
  ready: number;
  /** With a customer, or being rung for one. */
  talking: number;
  wrapup: number;
  notReady: number;
  /** Logged in at all. */
  here: number;
  /** Of today, 0 to 1; null: nothing counts yet. */
  level: number | null;
  answered: number;
  abandoned: number;
}

/** Of one queue, or of all that the supervisor sees. */
export function wall(view: FloorView, queue: string | null, now: number): Wall {
  const queues = view.queues.filter((row) => queue === null || row.queue === queue);
  const agents = view.agents.filter((row) => row.state && (queue === null || row.queues.includes(queue)));
  const waits = queues.map((row) => longest(row, now)).filter((secs) => secs !== null);
  const inState = (...states: string[]): number => agents.filter(({ state }) => states.includes(state!)).length;
  const day = total(queues.map(({ today }) => today));
  return {
    waiting: queues.reduce((sum, row) => sum + row.waiting, 0),
    longest: waits.length > 0 ? Math.max(...waits) : null,
    ready: inState('ready'), talking: inState('claimed', 'ringing', 'talking'), wrapup: inState('wrapup'), notReady: inState('not_ready', 'unreachable'), here: agents.length,
    level: day.level, answered: day.answered, abandoned: day.abandoned,
  };
}

export interface Total {
  offered: number;
  answered: number;
  abandoned: number;
  /** As the switch counts it: who hung up at once is left out. */
  level: number | null;
  /** Mean wait of those answered, in seconds. */
  wait: number | null;
}

export function total(rows: QueueFigures[]): Total {
  const add = (value: (row: QueueFigures) => number): number => rows.reduce((sum, row) => sum + value(row), 0);
  const answered = add((row) => row.answered);
  const abandoned = add((row) => row.abandoned);
  const counted = answered + abandoned - add((row) => row.abandoned_short);
  return {
    offered: add((row) => row.offered), answered, abandoned,
    level: counted > 0 ? add((row) => row.answered_in_time) / counted : null,
    wait: answered > 0 ? add((row) => (row.asa_secs ?? 0) * row.answered) / answered : null,
  };
}

export interface Hour extends Total {
  /** Its beginning, by the reader's clock, in milliseconds since 1970. */
  from: number;
}

const HOUR = 3_600_000;

/** The last 24 hours by the reader's clock, the present one last; quarters of an hour are never split between two. */
export function hours(statistics: StatisticsView, queue: string | null): Hour[] {
  const newest = hourOf(Date.parse(statistics.time));
  const rows = statistics.queues.filter((row) => queue === null || row.queue === queue).flatMap(({ intervals }) => intervals);
  const byHour = new Map<number, QueueFigures[]>();
  for (const row of rows) {
    const hour = hourOf(Date.parse(row.from));
    byHour.set(hour, [...(byHour.get(hour) ?? []), row]);
  }
  return Array.from({ length: 24 }, (_, n) => {
    const from = newest - (23 - n) * HOUR;
    return { from, ...total(byHour.get(from) ?? []) };
  });
}

function hourOf(time: number): number {
  return new Date(time).setMinutes(0, 0, 0);
}
