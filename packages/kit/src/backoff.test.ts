import fc from "fast-check";
import { expect, test } from "vitest";
import { backoffCeiling, backoffDelay } from "./backoff.ts";

test("pauses double up to the limit", () => {
  const pauses = [0, 1, 2, 3, 4].map((attempt) =>
    backoffCeiling({ attempt, baseMs: 100, maxMs: 1_000 }),
  );
  expect(pauses).toEqual([100, 200, 400, 800, 1_000]);
});

test("with jitter a pause lies anywhere below its ceiling", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -5, max: 5_000 }),
      fc.integer({ min: 0, max: 60_000 }),
      fc.integer({ min: 0, max: 600_000 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (attempt, baseMs, maxMs, chance) => {
        const limits = { attempt, baseMs, maxMs };
        const delay = backoffDelay({ ...limits, random: () => chance });
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(backoffCeiling(limits));
        expect(backoffCeiling(limits)).toBeLessThanOrEqual(maxMs);
      },
    ),
  );
});

test("a later pause is never shorter than an earlier one", () => {
  fc.assert(
    fc.property(fc.nat(2_000), fc.nat(5_000), fc.nat(100_000), (attempt, baseMs, maxMs) => {
      const at = (number: number) => backoffCeiling({ attempt: number, baseMs, maxMs });
      expect(at(attempt + 1)).toBeGreaterThanOrEqual(at(attempt));
    }),
  );
});
