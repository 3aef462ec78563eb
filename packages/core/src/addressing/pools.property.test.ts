import fc from "fast-check";
import { expect, test } from "vitest";
import { POOL_NAMES, POOLS } from "./pools.ts";
import { isRecyclable, type PoolState, takeAddress } from "./take-address.ts";

/** A pool, and one of its addresses that has a later one. */
const somewhere = fc
  .record({ name: fc.constantFrom(...POOL_NAMES), steps: fc.nat({ max: 300 }) })
  .map(({ name, steps }) => {
    const pool = POOLS[name];
    let next = pool.first;
    for (let step = 0; step < steps; step += 1) next = pool.successor(next) ?? next;
    return { pool, next };
  });

test("what comes next is higher and of the same pool", () => {
  fc.assert(
    fc.property(somewhere, ({ pool, next }) => {
      const after = pool.successor(next) ?? 0n;
      expect(after).toBeGreaterThan(next);
      expect(pool.contains(after)).toBe(true);
    }),
  );
});

type Order = { do: "take" } | { do: "giveBack" | "choose"; which: number };

const orders = fc.array(
  fc.oneof<fc.Arbitrary<Order>[]>(
    fc.constant({ do: "take" as const }),
    fc.record({
      do: fc.constantFrom("giveBack" as const, "choose" as const),
      which: fc.nat({ max: 40 }),
    }),
  ),
  { maxLength: 80 },
);

test("however addresses are taken, chosen and given back, nobody gets one that another has", () => {
  fc.assert(
    fc.property(somewhere, orders, ({ pool, next }, list) => {
      let state: PoolState = { next, free: [] };
      const held = new Set<bigint>();
      for (const order of list) {
        if (order.do === "take") {
          const taken = takeAddress(pool, state, (address) => held.has(address));
          if (!taken.ok) throw new Error("no pool is that small");
          expect(held.has(taken.address)).toBe(false);
          expect(pool.contains(taken.address)).toBe(true);
          held.add(taken.address);
          state = taken.state;
        } else if (order.do === "choose") {
          held.add(next + BigInt(order.which));
        } else {
          const given = [...held][order.which];
          if (given === undefined) continue;
          held.delete(given);
          if (isRecyclable(pool, state.next, given))
            state = { ...state, free: [...state.free, given] };
        }
      }
    }),
  );
});

test("what is taken and given back again and again does not use a pool up", () => {
  fc.assert(
    fc.property(somewhere, fc.nat({ max: 200 }), ({ pool, next }, rounds) => {
      let state: PoolState = { next, free: [] };
      for (let round = 0; round <= rounds; round += 1) {
        const taken = takeAddress(pool, state);
        if (!taken.ok) throw new Error("no pool is that small");
        state = { ...taken.state, free: [taken.address] };
      }
      expect(state.free).toHaveLength(1);
      expect([pool.successor(next), pool.successor(pool.successor(next) ?? next)]).toContain(
        state.next,
      );
    }),
  );
});
