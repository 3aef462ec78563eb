import {
  type AddressHolder,
  addressValue,
  formatAddress,
  freshAddresses,
  holderKey,
  POOLS,
  type Pool,
  poolOf,
} from "@oak/core";
import type { Clock } from "@oak/kit";
import { errors } from "../errors.ts";
import type { AddressStore, Grant } from "../ports.ts";

/** One address that somebody is to have. */
export interface AddressOrder {
  holder: AddressHolder;
  family: 4 | 6;
  /** Chosen by a user. */
  wish?: string | undefined;
}

export interface HeldAddress {
  address: string;
  /** See core's `holderKey`. */
  holder: string;
  /** False when the holder had it before. */
  isNew: boolean;
}

export interface HoldAddressDeps {
  addresses: AddressStore;
  clock: Pick<Clock, "nowMs">;
  /** How long an address rests before it goes to another by itself, seconds. */
  quarantineS: number;
}

/**
 * Gives a holder its address; the one that it has, when there is one. Any number may ask at once, also from other
 * processes: the two unique keys of the collection decide, nothing else.
 * @throws AppError address_taken, address_fixed, pool_exhausted
 */
export type HoldAddress = (order: AddressOrder) => Promise<HeldAddress>;

export function createHoldAddress(deps: HoldAddressDeps): HoldAddress {
  return async (order) => {
    const holder = holderKey(order.holder, order.family);
    const pool = POOLS[poolOf(order.holder, order.family)];
    const held = await existing(deps, holder, order.wish);
    if (held !== undefined) return held;
    const grant = grantOf(order, holder, Math.floor(deps.clock.nowMs() / 1000));
    const address =
      order.wish === undefined
        ? await takeNext(deps, pool, grant)
        : await takeWished(deps, pool, { address: order.wish, grant });
    if (address !== undefined) return { address, holder, isNew: true };
    // Somebody gave the same holder an address at the same moment.
    const other = await existing(deps, holder, order.wish);
    if (other === undefined) throw errors.unavailable("The address changes hands at the moment");
    return other;
  };
}

async function existing(
  { addresses }: HoldAddressDeps,
  holder: string,
  wish: string | undefined,
): Promise<HeldAddress | undefined> {
  const held = await addresses.heldBy(holder);
  if (held === undefined) return undefined;
  if (wish !== undefined && wish !== held.address) {
    throw errors.address_fixed(`It has ${held.address} and cannot have ${wish} as well`);
  }
  return { address: held.address, holder, isNew: false };
}

function grantOf({ holder, wish }: AddressOrder, key: string, since: number): Grant {
  return {
    holder: key,
    chosen: wish !== undefined,
    since,
    ...(holder.kind === "worker" ? { cluster_id: holder.clusterId } : { job_id: holder.jobId }),
  };
}

/** A user's choice goes before the quarantine: the same SLA, deployed again, gets its address back at once. */
async function takeWished(
  { addresses }: HoldAddressDeps,
  pool: Pool,
  { address, grant }: { address: string; grant: Grant },
): Promise<string | undefined> {
  const inserted = await addresses.insert(address, pool.name, grant);
  const outcome = inserted === "taken" ? await addresses.claim(address, grant) : inserted;
  if (outcome === "taken") throw errors.address_taken(`${address} belongs to another service`);
  return outcome === "stored" ? address : undefined;
}

/**
 * First stored, then counted: a crash in between leaves an address that its holder has and the next one in line
 * finds taken, never one that is lost.
 */
async function takeNext(
  { addresses, clock, quarantineS }: HoldAddressDeps,
  pool: Pool,
  grant: Grant,
): Promise<string | undefined> {
  const freedBefore = clock.nowMs() / 1000 - quarantineS;
  const reused = await addresses.reuse(pool.name, freedBefore, grant);
  if (reused !== undefined) return reused === "held" ? undefined : reused.address;
  const from = await addresses.next(pool.name);
  const start = from === undefined ? pool.first : addressValue(from);
  const textOf = (value: bigint): string => formatAddress({ family: pool.family, value });
  for (const { address, next } of freshAddresses(pool, start)) {
    const outcome = await addresses.insert(textOf(address), pool.name, grant);
    if (outcome === "taken") continue;
    if (outcome === "stored") await addresses.advance(pool.name, from, textOf(next));
    return outcome === "stored" ? textOf(address) : undefined;
  }
  throw errors.pool_exhausted({
    detail: `The pool ${pool.name} has no address left`,
    params: { pool: pool.name },
  });
}
