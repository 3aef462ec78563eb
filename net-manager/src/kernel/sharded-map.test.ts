import fc from "fast-check";
import { expect, test } from "vitest";
import { createShardedMap } from "./sharded-map.ts";

test("it holds what a map would hold", () => {
  const step = fc.record({ key: fc.string({ maxLength: 2 }), value: fc.option(fc.nat()) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const sharded = createShardedMap<number>();
      const plain = new Map<string, number>();
      for (const { key, value } of steps) {
        if (value === null) {
          sharded.delete(key);
          plain.delete(key);
        } else {
          sharded.set(key, value);
          plain.set(key, value);
        }
        expect(sharded.get(key)).toBe(plain.get(key));
      }
      expect(sharded.size).toBe(plain.size);
      expect([...sharded.keys()].toSorted()).toEqual([...plain.keys()].toSorted());
      const ascending = (a: number, b: number) => a - b;
      expect([...sharded.values()].toSorted(ascending)).toEqual(
        [...plain.values()].toSorted(ascending),
      );
    }),
  );
});

test("what is deleted while it is walked through is passed over", () => {
  const sharded = createShardedMap<number>();
  for (let number = 0; number < 1_000; number += 1) sharded.set(`key ${number}`, number);
  let seen = 0;
  for (const key of sharded.keys()) {
    sharded.delete(key);
    seen += 1;
  }
  expect([seen, sharded.size]).toEqual([1_000, 0]);
});
