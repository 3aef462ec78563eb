import fc from "fast-check";
import { expect, test } from "vitest";
import { retryDelayS } from "./retry.ts";

test.each([
  [1, 0.5],
  [2, 1],
  [3, 2],
  [4, 4],
  [7, 30],
  [1000, 30],
])("try %i waits %d s when the first pause is half a second and the longest 30 s", (attempt, s) => {
  expect(retryDelayS(attempt, 0.5, 30)).toBe(s);
});

test("a count below one is the first try", () => {
  expect(retryDelayS(0, 2, 60)).toBe(2);
});

test("the spread moves a pause by a fifth at most, in proportion", () => {
  expect(retryDelayS(1, 10, 60, 0)).toBe(8);
  expect(retryDelayS(1, 10, 60, 1)).toBeCloseTo(12);
});

test("pauses never fall with the number of tries, and never run away", () => {
  const spread = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.nat(10_000), spread, (attempt, chance) => {
      const pause = retryDelayS(attempt, 0.5, 30, chance);
      expect(pause).toBeLessThanOrEqual(36.0001);
      expect(retryDelayS(attempt + 1, 0.5, 30, chance)).toBeGreaterThanOrEqual(pause);
    }),
  );
});
