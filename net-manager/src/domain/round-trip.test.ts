import fc from "fast-check";
import { expect, test } from "vitest";
import { missesToForget, nextRoundTrip, type RoundTrip } from "./round-trip.ts";

const after = (...rounds: (number | undefined)[]): RoundTrip | undefined =>
  rounds.reduce<RoundTrip | undefined>(nextRoundTrip, undefined);

test("the first round is taken as it is, a later one counts in part", () => {
  expect(after(10)?.ms).toBe(10);
  expect(after(10, 20)?.ms).toBeCloseTo(13);
});

test("a worker that falls silent is forgotten after a while, and an answer meanwhile begins anew", () => {
  const silence = Array.from({ length: missesToForget - 1 }, () => undefined);
  expect(after(10, ...silence)).toEqual({ ms: 10, missed: missesToForget - 1 });
  expect(after(10, ...silence, undefined)).toBeUndefined();
  expect(after(10, ...silence, 10, ...silence)?.ms).toBe(10);
});

test("what is smoothed stays between the shortest and the longest round", () => {
  const rounds = fc.array(fc.double({ min: 0, max: 1_000, noNaN: true }), { minLength: 1 });
  fc.assert(
    fc.property(rounds, (all) => {
      const ms = after(...all)?.ms ?? -1;
      expect(ms).toBeGreaterThanOrEqual(Math.min(...all) - 1e-9);
      expect(ms).toBeLessThanOrEqual(Math.max(...all) + 1e-9);
    }),
  );
});
