import { isReserved, type Pool, type PoolName } from "./pools.ts";

/** How far a pool has come, and what came back to it. */
export interface PoolState {
  /** Everything of the sequence from here on is fresh, except what users chose. */
  next: bigint;
  /** Oldest first; their quarantine is over. */
  free: readonly bigint[];
}

export interface PoolExhausted {
  ok: false;
  reason: "pool_exhausted";
  pool: PoolName;
}

export type TakenAddress = { ok: true; address: bigint; state: PoolState } | PoolExhausted;

/** Takes what came back before what is fresh, so that a pool stays small; never what `isUsed`. */
export function takeAddress(
  pool: Pool,
  state: PoolState,
  isUsed: (address: bigint) => boolean = () => false,
): TakenAddress {
  const index = state.free.findIndex((address) => !isUsed(address));
  const recycled = state.free[index];
  if (recycled !== undefined) {
    return {
      ok: true,
      address: recycled,
      state: { ...state, free: state.free.slice(index + 1) },
    };
  }
  for (const { address, next } of freshAddresses(pool, state.next)) {
    if (!isUsed(address)) return { ok: true, address, state: { next, free: [] } };
  }
  return { ok: false, reason: "pool_exhausted", pool: pool.name };
}

/** The addresses of a pool from `next` on that may be handed out, each with what comes after it. */
export function* freshAddresses(
  pool: Pool,
  next: bigint,
): Generator<{ address: bigint; next: bigint }> {
  let address = next;
  let after = pool.successor(address);
  while (after !== undefined) {
    if (!isReserved(pool, address)) yield { address, next: after };
    address = after;
    after = pool.successor(address);
  }
}

/**
 * Whether an address that nobody holds any more goes back to its pool. Only what the pool has passed does: it will
 * come to the others by itself, and what is not of its sequence was never its own.
 */
export function isRecyclable(pool: Pool, next: bigint, address: bigint): boolean {
  return pool.contains(address) && address < next;
}

export interface Suggestion {
  count: number;
  isUsed: (address: bigint) => boolean;
}

/** What a user may choose from, without taking it: at most `count`, fewer when the pool ends. */
export function suggestAddresses(
  pool: Pool,
  state: { next: bigint | undefined; free: readonly bigint[] },
  { count, isUsed }: Suggestion,
): bigint[] {
  const found = state.free.filter((address) => !isUsed(address)).slice(0, count);
  if (found.length === count || state.next === undefined) return found;
  for (const { address } of freshAddresses(pool, state.next)) {
    if (!isUsed(address) && !found.includes(address)) found.push(address);
    if (found.length >= count) break;
  }
  return found;
}
