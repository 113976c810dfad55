// Pools that run out of numbers: each is told until it is put away, and again only when it gets worse or once it had recovered.
import type { PoolNotice } from '@warmline/shared/contract';

const WORSE: Record<PoolNotice['state'], number> = { low: 1, dry: 2 };

/** What is put away, by pool: how bad it was. */
export type PutAway = Readonly<Record<string, number>>;

/** Those that are to be told. */
export function toTell(pools: readonly PoolNotice[], away: PutAway): PoolNotice[] {
  return pools.filter(({ pool, state }) => WORSE[state] > (away[pool] ?? 0));
}

/** A pool that has recovered is told anew when few are left again. */
export function settled(pools: readonly PoolNotice[], away: PutAway): PutAway {
  return Object.fromEntries(Object.entries(away).filter(([name]) => pools.some(({ pool }) => pool === name)));
}

export class PoolNotices {
  #away: PutAway = $state.raw({});

  settle(pools: readonly PoolNotice[]): void {
    this.#away = settled(pools, this.#away);
  }

  told(pools: readonly PoolNotice[]): PoolNotice[] {
    return toTell(pools, this.#away);
  }

  putAway({ pool, state }: PoolNotice): void {
    this.#away = { ...this.#away, [pool]: WORSE[state] };
  }
}
