// The floor as the stream tells it, and what a supervisor reads from it. Pure.
import type { AgentNotice, AgentState, FloorAgent, FloorQueue, FloorTrunk, FloorView } from '@warmline/shared/contract';

/** The floor after a notice; the same object where it brings nothing of it. */
export function applyFloor(floor: FloorView | null, notice: AgentNotice): FloorView | null {
  if (notice.type === 'view' && notice.view === 'floor') return notice.data;
  if (notice.type !== 'change' || notice.view !== 'floor' || !floor) return floor;
  const { agents, queues, pools, trunks, ...rest } = notice.data;
  return {
    ...rest,
    agents: merge(floor.agents, agents, (row) => row.agent),
    queues: merge(floor.queues, queues, (row) => row.queue),
    pools: merge(floor.pools, pools, (row) => row.pool),
    trunks: merge(floor.trunks, trunks, (row) => row.trunk),
  };
}

function merge<T>(rows: T[], news: T[], name: (row: T) => string): T[] {
  const byName = new Map(news.map((row) => [name(row), row]));
  return rows.map((row) => byName.get(name(row)) ?? row);
}

export type Column = 'name' | 'state' | 'since' | 'contact' | 'calls' | 'aht' | 'occupancy';
export interface Sorting {
  by: Column;
  down: boolean;
}

/** Who needs a look first; those who are not logged in last. */
const ORDER: (AgentState | null)[] = ['unreachable', 'ringing', 'talking', 'wrapup', 'claimed', 'ready', 'not_ready', null];

/** Average handling time, as the switch counts it; null before the first call is over. */
export function handling(row: FloorAgent): number | null {
  return row.today.aht_secs;
}

/** Seconds in the state; null for those who are not logged in. */
export function inState(row: FloorAgent, now: number): number | null {
  return row.state ? Math.max(0, (now - Date.parse(row.since)) / 1000) : null;
}

const VALUES: Record<Exclude<Column, 'name'>, (row: FloorAgent, now: number) => number | string | null> = {
  state: (row) => ORDER.indexOf(row.state),
  since: inState,
  contact: (row) => row.contact?.queue ?? row.contact?.channel ?? null,
  calls: (row) => row.today.calls,
  aht: handling,
  occupancy: (row) => row.today.occupancy,
};

/** Rows in order; what is unknown is last either way, and equals stand by name. */
export function sorted(rows: FloorAgent[], { by, down }: Sorting, now: number): FloorAgent[] {
  const names = (a: FloorAgent, b: FloorAgent): number => a.display_name.localeCompare(b.display_name) || (a.agent < b.agent ? -1 : 1);
  const turn = down ? -1 : 1;
  if (by === 'name') return [...rows].sort((a, b) => turn * names(a, b));
  const value = VALUES[by];
  return [...rows].sort((a, b) => {
    const [x, y] = [value(a, now), value(b, now)];
    if (x === null || y === null) return x === y ? names(a, b) : x === null ? 1 : -1;
    return x === y ? names(a, b) : x < y ? -turn : turn;
  });
}

/** A state, or who is not logged in. */
export type Group = AgentState | 'out';

export function groupOf(row: FloorAgent): Group {
  return row.state ?? 'out';
}

/** How many are in each state that somebody is in, in the order of the day. */
export function counts(rows: FloorAgent[]): [Group, number][] {
  const order: Group[] = ['ready', 'claimed', 'ringing', 'talking', 'wrapup', 'not_ready', 'unreachable', 'out'];
  return order.map((group): [Group, number] => [group, rows.filter((row) => groupOf(row) === group).length]).filter(([, n]) => n > 0);
}

/** How many of those called over a trunk could not be reached. */
export function failed(row: FloorTrunk): number {
  return Object.values(row.today.failed).reduce((sum, n) => sum + n, 0);
}

/** How long the first of a queue waits, in seconds; null where nobody does. */
export function longest(row: FloorQueue, now: number): number | null {
  return row.longest_since ? Math.max(0, (now - Date.parse(row.longest_since)) / 1000) : null;
}

/** "83 %", or a dash where there is nothing to divide. */
export function percent(share: number | null, tag: string): string {
  return share === null ? '\u2013' : new Intl.NumberFormat(tag, { style: 'percent', maximumFractionDigits: 0 }).format(share);
}
