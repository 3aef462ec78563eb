import fc from "fast-check";
import { expect, test } from "vitest";
import { editDistance, nearestName } from "./edit-distance.ts";

test("the distance counts changes of single characters", () => {
  expect(editDistance("kitten", "sitting")).toBe(3);
  expect(editDistance("", "abc")).toBe(3);
});

test("the distance is zero only for equal names and the same both ways", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (left, right) => {
      expect(editDistance(left, right) === 0).toBe(left === right);
      expect(editDistance(left, right)).toBe(editDistance(right, left));
    }),
  );
});

test("without candidates there is no nearest name", () => {
  expect(nearestName("a", [])).toBeUndefined();
});
