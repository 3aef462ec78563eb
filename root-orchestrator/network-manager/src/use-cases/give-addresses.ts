import { type AddressHolder, holderKey } from "@oak/core";
import type { Clock, Logger } from "@oak/kit";
import type { Wishes } from "../domain/wishes.ts";
import type { AddressStore } from "../ports.ts";
import type { AddressOrder, HeldAddress, HoldAddress } from "./hold-address.ts";

/** One address of each family. */
export interface AddressPair {
  v4: string;
  v6: string;
}

export interface AddressBook {
  /** Both policies, both families, or nothing of it. */
  giveService(jobId: string, wishes: Wishes): Promise<{ rr: AddressPair; closest: AddressPair }>;
  /** Both families, or nothing of it. */
  give(holder: AddressHolder): Promise<AddressPair>;
  /** Both families; what is not held is no fault. */
  takeBack(holder: AddressHolder): Promise<void>;
}

export interface GiveAddressesDeps {
  hold: HoldAddress;
  addresses: Pick<AddressStore, "heldBy" | "release">;
  clock: Pick<Clock, "nowMs">;
  logger: Logger;
}

/** @throws AppError as {@link HoldAddress} */
export function createAddressBook(deps: GiveAddressesDeps): AddressBook {
  const { addresses, clock } = deps;
  return {
    giveService: async (jobId, wishes) => {
      const rr = { kind: "RR", jobId } as const;
      const closest = { kind: "Closest", jobId } as const;
      const orders: AddressOrder[] = [
        { holder: rr, family: 4, wish: wishes.rr_ip },
        { holder: rr, family: 6, wish: wishes.rr_ip_v6 },
        { holder: closest, family: 4, wish: wishes.closest_ip },
        { holder: closest, family: 6, wish: wishes.closest_ip_v6 },
      ];
      const given = await holdAll(deps, orders);
      return { rr: pairOf(rr, given), closest: pairOf(closest, given) };
    },
    give: async (holder) =>
      pairOf(
        holder,
        await holdAll(deps, [
          { holder, family: 4 },
          { holder, family: 6 },
        ]),
      ),
    takeBack: async (holder) => {
      for (const family of [4, 6] as const) {
        const key = holderKey(holder, family);
        const held = await addresses.heldBy(key);
        if (held !== undefined) await addresses.release(held.address, key, clock.nowMs() / 1000);
      }
    },
  };
}

async function holdAll(
  { hold, addresses, logger }: GiveAddressesDeps,
  orders: readonly AddressOrder[],
): Promise<HeldAddress[]> {
  const given: HeldAddress[] = [];
  const holdSome = async (some: readonly AddressOrder[]): Promise<void> => {
    const outcomes = await Promise.allSettled(some.map(hold));
    for (const one of outcomes) if (one.status === "fulfilled") given.push(one.value);
    for (const one of outcomes) if (one.status === "rejected") throw one.reason;
  };
  try {
    // Wishes first, so that the next one in line is not what this very service asks for.
    await holdSome(orders.filter(({ wish }) => wish !== undefined));
    await holdSome(orders.filter(({ wish }) => wish === undefined));
    return given;
  } catch (error) {
    for (const { address, holder, isNew } of given.reverse()) {
      // Nobody was told of it, so it needs no rest.
      const undoing = isNew ? addresses.release(address, holder, 0) : Promise.resolve(false);
      await undoing.catch((err: unknown) => {
        logger.warn({ address, err }, "an address is taken back later");
      });
    }
    throw error;
  }
}

function pairOf(holder: AddressHolder, given: readonly HeldAddress[]): AddressPair {
  const find = (family: 4 | 6): string => {
    const key = holderKey(holder, family);
    return given.find((held) => held.holder === key)?.address ?? "";
  };
  return { v4: find(4), v6: find(6) };
}
