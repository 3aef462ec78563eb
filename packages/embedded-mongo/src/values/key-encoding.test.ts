import { ObjectId } from "bson";
import fc from "fast-check";
import { expect, test } from "vitest";
import { value } from "../../test/support/document-arbitraries.ts";
import { compareValues } from "./compare-values.ts";
import { encodeBound, encodeKey, maxEncodedLength, successor } from "./key-encoding.ts";

test("short keys are ordered as their values are", () => {
  fc.assert(
    fc.property(value, value, (a, b) => {
      const [x, y] = [encodeKey(a), encodeKey(b)];
      fc.pre(x.length < maxEncodedLength && y.length < maxEncodedLength);
      expect(Math.sign(Buffer.compare(x, y))).toBe(Math.sign(compareValues(a, b)));
    }),
    { numRuns: 2000 },
  );
});

test("keys are equal exactly if the values are", () => {
  fc.assert(
    fc.property(value, value, (a, b) => {
      expect(encodeKey(a).equals(encodeKey(b))).toBe(compareValues(a, b) === 0);
    }),
    { numRuns: 2000 },
  );
});

test("no key is the start of another", () => {
  fc.assert(
    fc.property(value, value, (a, b) => {
      const [x, y] = [encodeKey(a), encodeKey(b)];
      fc.pre(!x.equals(y));
      expect(y.subarray(0, x.length).equals(x)).toBe(false);
    }),
    { numRuns: 2000 },
  );
});

test("the ends of a range hold all values that are within", () => {
  fc.assert(
    fc.property(value, value, (limit, found) => {
      const key = encodeKey(found);
      const { bytes } = encodeBound(limit);
      const order = compareValues(found, limit);
      if (order >= 0) expect(Buffer.compare(key, bytes)).toBeGreaterThanOrEqual(0);
      if (order <= 0) expect(Buffer.compare(key, successor(bytes))).toBeLessThan(0);
    }),
    { numRuns: 2000 },
  );
});

test("types do not collide", () => {
  const hex = "0123456789abcdef01234567";
  const values = [1, "1", new ObjectId(hex), hex, true, null, new Date(1), [1], { a: 1 }];
  expect(new Set(values.map((item) => encodeKey(item).toString("hex"))).size).toBe(values.length);
});

test("a key never gets longer than its bound", () => {
  expect(encodeKey("x".repeat(10_000))).toHaveLength(maxEncodedLength);
  expect(encodeKey({ a: Array(1000).fill("\0") })).toHaveLength(maxEncodedLength);
});
