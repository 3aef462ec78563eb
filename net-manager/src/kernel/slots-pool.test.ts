import fc from "fast-check";
import { expect, test } from "vitest";
import { createSlotPool } from "./slots-pool.ts";

test("a number is not given out twice, and all are", () => {
  const pool = createSlotPool(61);
  const all = Array.from({ length: 61 }, () => pool.take());
  expect(new Set(all).size).toBe(61);
  expect(pool.take()).toBeUndefined();
});

test("what was given back last comes last", () => {
  const pool = createSlotPool(3);
  pool.take();
  pool.release(0);
  expect([pool.take(), pool.take(), pool.take()]).toEqual([1, 2, 0]);
});

test("after a restart the numbers beyond the predecessor's come first", () => {
  const pool = createSlotPool(5, [1, 2]);
  expect([pool.take(), pool.take(), pool.take(), pool.take()]).toEqual([3, 4, 0, undefined]);
});

test("a taken number cannot be claimed", () => {
  const pool = createSlotPool(2, [1]);
  expect([pool.claim(1), pool.claim(0), pool.claim(0), pool.claim(7)]).toEqual([
    false,
    true,
    false,
    false,
  ]);
});

test("whatever is taken and given back, free and taken make up the pool", () => {
  const steps = fc.array(fc.oneof(fc.constant("take" as const), fc.nat(7)), { maxLength: 60 });
  fc.assert(
    fc.property(steps, (sequence) => {
      const pool = createSlotPool(8);
      const held = new Set<number>();
      for (const step of sequence) {
        if (step === "take") {
          const index = pool.take();
          expect(index === undefined).toBe(held.size === 8);
          if (index === undefined) continue;
          expect(held.has(index)).toBe(false);
          held.add(index);
        } else {
          pool.release(step);
          held.delete(step);
        }
      }
    }),
  );
});
