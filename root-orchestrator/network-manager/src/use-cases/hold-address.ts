import { type AddressHolder, holderKey, POOLS, type Pool, poolOf } from "@oak/core";
import type { Clock } from "@oak/kit";
import { createBatch } from "@oak/tier";
import { errors } from "../errors.ts";
import type { AddressRecord, AddressStore, Grant } from "../ports.ts";
import { createTakeNext, type TakeNext } from "./take-next.ts";

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
  const takeNext: TakeNext = createTakeNext(deps);
  const held = createBatch<string, AddressRecord | null>(async (holders) => {
    const found = await deps.addresses.heldByEach(holders);
    return found.map((record) => record ?? null);
  });
  const existing = async (holder: string, wish: string | undefined) =>
    keptOf((await held(holder)) ?? undefined, holder, wish);
  const take = async (order: AddressOrder, holder: string): Promise<HeldAddress> => {
    const pool = POOLS[poolOf(order.holder, order.family)];
    // Most instances ask once: what refuses a second address tells soon enough of the first.
    if (order.wish !== undefined || order.holder.kind !== "instance") {
      const kept = await existing(holder, order.wish);
      if (kept !== undefined) return kept;
    }
    const grant = grantOf(order, holder, Math.floor(deps.clock.nowMs() / 1000));
    const address =
      order.wish === undefined
        ? await takeNext(pool, grant)
        : await takeWished(deps, pool, { address: order.wish, grant });
    if (address !== undefined) return { address, holder, isNew: true };
    // Somebody gave the same holder an address at the same moment.
    const other = await existing(holder, order.wish);
    if (other === undefined) throw errors.unavailable("The address changes hands at the moment");
    return other;
  };
  /** The last one of each holder. */
  const underWay = new Map<string, Promise<HeldAddress>>();
  return async (order) => {
    const holder = holderKey(order.holder, order.family);
    const before = underWay.get(holder);
    const mine = () => take(order, holder);
    // Who waits finds what the other was given: no address is tried in vain.
    const taking = before === undefined ? mine() : before.then(mine, mine);
    underWay.set(holder, taking);
    try {
      return await taking;
    } finally {
      if (underWay.get(holder) === taking) underWay.delete(holder);
    }
  };
}

function keptOf(
  held: AddressRecord | undefined,
  holder: string,
  wish: string | undefined,
): HeldAddress | undefined {
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
