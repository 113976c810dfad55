// The waiting list in the order an agent wants to read it (N 0050). Who is served next stays what the switch says.
import type { WaitingView } from '@warmline/shared/contract';

export type WaitingOrder = 'next' | 'longest' | 'priority' | 'channel';
export const WAITING_ORDERS: WaitingOrder[] = ['next', 'longest', 'priority', 'channel'];

/** Equal rows stay in the order of service. */
export function arranged(rows: WaitingView[], order: WaitingOrder): WaitingView[] {
  const by: Record<WaitingOrder, (a: WaitingView, b: WaitingView) => number> = {
    next: () => 0,
    longest: (a, b) => Date.parse(a.since) - Date.parse(b.since),
    priority: (a, b) => b.priority - a.priority,
    channel: (a, b) => a.channel.localeCompare(b.channel),
  };
  return rows.toSorted(by[order]);
}
