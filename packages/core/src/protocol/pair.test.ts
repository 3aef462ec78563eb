import fc from "fast-check";
import { expect, test } from "vitest";
import { comparePairs, nextNumber, pairOf } from "./pair.ts";

const pairs = fc.record({ epoch: fc.nat(3), placement: fc.nat(3) });

test("the epoch decides before the placement", () => {
  expect(comparePairs({ epoch: 2, placement: 0 }, { epoch: 1, placement: 9 })).toBeGreaterThan(0);
  expect(comparePairs({ epoch: 1, placement: 3 }, { epoch: 1, placement: 4 })).toBeLessThan(0);
});

test("the order of pairs is total: equal only to itself, the same from both sides, and transitive", () => {
  fc.assert(
    fc.property(pairs, pairs, pairs, (a, b, c) => {
      expect(Math.sign(comparePairs(a, b))).toBe(0 - Math.sign(comparePairs(b, a)));
      const isEqual = a.epoch === b.epoch && a.placement === b.placement;
      expect(comparePairs(a, b) === 0).toBe(isEqual);
      if (comparePairs(a, b) <= 0 && comparePairs(b, c) <= 0) {
        expect(comparePairs(a, c)).toBeLessThanOrEqual(0);
      }
    }),
  );
});

test("a pair taken from a record has nothing else", () => {
  const record = { epoch: 3, placement: 4, child: "worker" };
  expect(pairOf(record)).toEqual({ epoch: 3, placement: 4 });
});

test("the next number is above the counter and above the base of a renewed database", () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), (current, base) => {
      const next = nextNumber(current, base);
      expect(next).toBeGreaterThan(current);
      expect(next).toBeGreaterThan(base);
      expect(next - 1 === current || next - 1 === base).toBe(true);
    }),
  );
});
