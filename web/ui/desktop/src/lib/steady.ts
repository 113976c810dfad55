// Lists that change all the time and do not move under the pointer: while it is there, rows keep their places, and what is new comes below.

export interface Held<T> {
  row: T;
  /** It is in the list no more; its place goes when the pointer does. */
  gone: boolean;
}

/** The rows to be drawn, from those drawn before; `still`: somebody points at them or has the focus there. */
export function steady<T extends { id: string }>(before: readonly Held<T>[], now: readonly T[], still: boolean): Held<T>[] {
  if (!still) return now.map((row) => ({ row, gone: false }));
  const fresh = new Map(now.map((row) => [row.id, row]));
  const kept = before.map(({ row }) => {
    const news = fresh.get(row.id);
    fresh.delete(row.id);
    return { row: news ?? row, gone: news === undefined };
  });
  return [...kept, ...[...fresh.values()].map((row) => ({ row, gone: false }))];
}
