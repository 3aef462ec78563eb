import { expect, test } from "vitest";
import { medianOf, quantilesOf } from "./quantiles.ts";
import { ratioOfMedians } from "./ratio-of-medians.ts";
import { createSeededRandom } from "./seeded-random.ts";

const oneToHundred = Array.from({ length: 100 }, (_, index) => 100 - index);

test("quantiles lie on the line between the nearest samples, in whatever order those come", () => {
  const { count, min, p50, p95, p99, max } = quantilesOf(oneToHundred);
  expect([count, min, p50, max]).toEqual([100, 1, 50.5, 100]);
  expect(p95).toBeCloseTo(95.05);
  expect(p99).toBeCloseTo(99.01);
});

test("of one sample everything is that sample, of none nothing can be said", () => {
  expect(medianOf([7])).toBe(7);
  expect(() => quantilesOf([])).toThrow(RangeError);
});

test("the same seed gives the same numbers, from 0 up to but not 1", () => {
  const draw = (seed: number): number[] => {
    const random = createSeededRandom(seed);
    return Array.from({ length: 1000 }, random);
  };
  expect(draw(5)).toEqual(draw(5));
  expect(draw(5)).not.toEqual(draw(6));
  expect(draw(5).every((number) => number >= 0 && number < 1)).toBe(true);
});

test("the interval of a ratio holds the ratio, and is narrow where samples agree", () => {
  const random = createSeededRandom(1);
  const noisy = Array.from({ length: 30 }, () => 200 + 100 * random());
  const steady = Array.from({ length: 30 }, () => 100 + random());
  const { value, low, high } = ratioOfMedians(noisy, steady, random);
  expect(value).toBeGreaterThan(2);
  expect(low).toBeLessThan(value);
  expect(high).toBeGreaterThan(value);
  const calm = ratioOfMedians(steady, steady, random);
  expect(calm.high - calm.low).toBeLessThan(0.02);
});
