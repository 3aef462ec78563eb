import { addressValue, formatAddress, freshAddresses, type Pool, type PoolName } from "@oak/core";
import type { Clock } from "@oak/kit";
import { createBatch } from "@oak/tier";
import { errors } from "../errors.ts";
import type { AddressStore, Grant, InsertOutcome } from "../ports.ts";
import { createPoolPosition, type PoolPosition } from "./pool-position.ts";

export interface TakeNextDeps {
  addresses: Pick<AddressStore, "rested" | "claim" | "insertEach" | "next" | "advance">;
  clock: Pick<Clock, "nowMs">;
  quarantineS: number;
}

/**
 * Gives a holder the address of a pool that is next; undefined when the holder got one elsewhere at the same moment.
 * Those who ask while others are given theirs are given theirs together: each in a turn of its own would find the
 * address of all others taken.
 * @throws AppError pool_exhausted
 */
export type TakeNext = (pool: Pool, grant: Grant) => Promise<string | undefined>;

/** What came of one grant so far. */
type Outcome = { address: string } | "held" | Error;

/** What is known of a pool. */
interface PoolState {
  pool: Pool;
  position: PoolPosition;
  /** When fewer addresses had rested long enough than were asked for, by the clock that the quarantine goes by. */
  noneRestedAtMs: number;
}

/** Before rested addresses are looked for again where there were none. */
const noneRestedMs = 1_000;

export function createTakeNext(deps: TakeNextDeps): TakeNext {
  const batches = new Map<PoolName, (grant: Grant) => Promise<Outcome>>();
  const batchOf = (pool: Pool) => {
    const known = batches.get(pool.name);
    if (known !== undefined) return known;
    const position = createPoolPosition(deps.addresses, pool);
    const state = { pool, position, noneRestedAtMs: Number.NEGATIVE_INFINITY };
    const batch = createBatch<Grant, Outcome>((grants) => takeTogether(deps, state, grants));
    batches.set(pool.name, batch);
    return batch;
  };
  return async (pool, grant) => {
    const outcome = await batchOf(pool)(grant);
    if (outcome instanceof Error) throw outcome;
    return outcome === "held" ? undefined : outcome.address;
  };
}

async function takeTogether(
  deps: TakeNextDeps,
  state: PoolState,
  grants: readonly Grant[],
): Promise<Outcome[]> {
  const outcomes = new Map<Grant, Outcome>();
  const left = (): Order => ({ grants: grants.filter((one) => !outcomes.has(one)), outcomes });
  const isReused = mayHaveRested(deps, state);
  if (isReused) await reuse(deps, state, left());
  await takeFresh(deps, state, left());
  if (!isReused) await reuse(deps, state, left());
  return grants.map((grant) => outcomes.get(grant) ?? exhausted(state.pool));
}

interface Order {
  grants: readonly Grant[];
  outcomes: Map<Grant, Outcome>;
}

function mayHaveRested({ clock, quarantineS }: TakeNextDeps, { noneRestedAtMs }: PoolState) {
  const sinceMs = clock.nowMs() - noneRestedAtMs;
  // A clock that was set back says nothing of how long ago that was.
  return sinceMs < 0 || sinceMs >= Math.min(noneRestedMs, quarantineS * 1_000);
}

/** Those that have rested longest go first. */
async function reuse(
  { addresses, clock, quarantineS }: TakeNextDeps,
  state: PoolState,
  { grants, outcomes }: Order,
): Promise<void> {
  if (grants.length === 0) return;
  const { name } = state.pool;
  const freedBefore = clock.nowMs() / 1000 - quarantineS;
  const rested = await addresses.rested(name, freedBefore, grants.length);
  if (rested.length < grants.length) state.noneRestedAtMs = clock.nowMs();
  const claims = rested.map(async (address, index) => {
    const grant = grants[index];
    if (grant !== undefined) note(outcomes, grant, address, await addresses.claim(address, grant));
  });
  await Promise.all(claims);
}

/**
 * First stored, then counted: a crash in between leaves addresses that their holders have and the next one in line
 * finds taken, never one that is lost.
 */
async function takeFresh(
  { addresses }: Pick<TakeNextDeps, "addresses">,
  { pool, position }: PoolState,
  { grants, outcomes }: Order,
): Promise<void> {
  if (grants.length === 0) return;
  const from = await position.read();
  const fresh = freshAddresses(pool, from === undefined ? pool.first : addressValue(from));
  const textOf = (value: bigint): string => formatAddress({ family: pool.family, value });
  /** What the pool gives next: what comes after the last one, or the first that its holder did not need. */
  let reached: bigint | undefined;
  let unneeded: string | undefined;
  let left = grants;
  while (left.length > 0) {
    const granted: { address: string; grant: Grant }[] = [];
    for (const grant of left) {
      const { value, done } = fresh.next();
      if (done === true) break;
      granted.push({ address: textOf(value.address), grant });
      reached = value.next;
    }
    if (granted.length === 0) break;
    const stored = await addresses.insertEach(pool.name, granted);
    granted.forEach(({ address, grant }, index) => {
      note(outcomes, grant, address, stored[index] ?? "taken");
    });
    unneeded ??= granted[stored.indexOf("held")]?.address;
    left = left.filter((grant) => !outcomes.has(grant));
  }
  const next = unneeded ?? (reached === undefined ? undefined : textOf(reached));
  if (next !== undefined && next !== from) position.move(from, next);
}

function note(outcomes: Order["outcomes"], grant: Grant, address: string, outcome: InsertOutcome) {
  if (outcome === "stored") outcomes.set(grant, { address });
  else if (outcome === "held") outcomes.set(grant, outcome);
}

function exhausted(pool: Pool): Error {
  return errors.pool_exhausted({
    detail: `The pool ${pool.name} has no address left`,
    params: { pool: pool.name },
  });
}
