import { addressValue, formatAddress, POOLS, type PoolName, suggestAddresses } from "@oak/core";
import type { Clock } from "@oak/kit";
import type { AddressStore } from "../ports.ts";

export interface SuggestDeps {
  addresses: Pick<AddressStore, "rested" | "chosen" | "next">;
  clock: Pick<Clock, "nowMs">;
  quarantineS: number;
}

/** Addresses of a pool that nobody has, without taking them: two who ask at once are told the same. */
export type Suggest = (pool: PoolName, count: number) => Promise<string[]>;

export function createSuggest({ addresses, clock, quarantineS }: SuggestDeps): Suggest {
  return async (name, count) => {
    const pool = POOLS[name];
    const [rested, chosen, next] = await Promise.all([
      addresses.rested(name, clock.nowMs() / 1000 - quarantineS, count),
      addresses.chosen(name),
      addresses.next(name),
    ]);
    const used = new Set(chosen.map(addressValue));
    const state = {
      next: next === undefined ? pool.first : addressValue(next),
      free: rested.map(addressValue),
    };
    const found = suggestAddresses(pool, state, { count, isUsed: (value) => used.has(value) });
    return found.map((value) => formatAddress({ family: pool.family, value }));
  };
}
