import { deserialize, serialize } from "bson";
import fc from "fast-check";
import { expect, test } from "vitest";
import { value } from "../../test/support/document-arbitraries.ts";
import { compareValues } from "./compare-values.ts";

test("the order is antisymmetric", () => {
  fc.assert(
    fc.property(value, value, (a, b) => {
      expect(Math.sign(compareValues(a, b)) + Math.sign(compareValues(b, a))).toBe(0);
    }),
  );
});

test("the order is transitive", () => {
  fc.assert(
    fc.property(value, value, value, (a, b, c) => {
      const [low, middle, high] = [a, b, c].toSorted(compareValues);
      expect(compareValues(low, middle)).toBeLessThanOrEqual(0);
      expect(compareValues(middle, high)).toBeLessThanOrEqual(0);
      expect(compareValues(low, high)).toBeLessThanOrEqual(0);
    }),
  );
});

test("a value equals itself after its way through BSON, also NaN", () => {
  fc.assert(
    fc.property(value, (a) => {
      expect(compareValues(a, deserialize(serialize({ a }))["a"])).toBe(0);
    }),
  );
  expect(compareValues(Number.NaN, Number.NaN)).toBe(0);
});
