import fc from "fast-check";
import { expect, test } from "vitest";
import { type Candidate, chooseClosest } from "./choose-closest.ts";

const candidate = (number: number, tier: 0 | 1 | 2, rttMs?: number): Candidate => ({
  number,
  distance: { tier, ...(rttMs === undefined ? {} : { rttMs }) },
  tieBreak: number,
});

test.each([
  ["what runs here comes first", [candidate(0, 2, 1), candidate(1, 0)], 0, 1],
  ["the cluster comes before others", [candidate(0, 2), candidate(1, 1)], undefined, 1],
  ["what was measured counts more", [candidate(0, 1, 9), candidate(1, 2, 3)], undefined, 1],
  ["a little nearer is not enough", [candidate(0, 2, 10), candidate(1, 2, 9)], 0, 0],
  ["much nearer is", [candidate(0, 2, 10), candidate(1, 2, 5)], 0, 1],
  ["half a millisecond is never much", [candidate(0, 2, 0.6), candidate(1, 2, 0.2)], 0, 0],
  ["who is gone is left", [candidate(1, 2)], 0, 1],
  ["nobody is nowhere", [], 0, undefined],
])("%s", (_name, candidates, previous, chosen) => {
  expect(chooseClosest(candidates, previous)).toBe(chosen);
});

const anyCandidates = fc.uniqueArray(
  fc.record({
    number: fc.nat(20),
    tieBreak: fc.nat(3),
    distance: fc.oneof(
      fc.record({ tier: fc.constantFrom(0, 1, 2) }),
      fc.record({
        tier: fc.constantFrom(0, 1, 2),
        rttMs: fc.double({ min: 0, max: 50, noNaN: true }),
      }),
    ),
  }),
  { selector: ({ number }) => number, maxLength: 6 },
) as fc.Arbitrary<Candidate[]>;

test("a choice is one of the candidates, does not depend on their order, and rests", () => {
  fc.assert(
    fc.property(anyCandidates, fc.option(fc.nat(20), { nil: undefined }), (all, previous) => {
      const chosen = chooseClosest(all, previous);
      expect(all.length === 0 ? undefined : all.map(({ number }) => number)).toSatisfy(
        (numbers: number[] | undefined) =>
          numbers === undefined ? chosen === undefined : numbers.includes(chosen as number),
      );
      expect(chooseClosest(all.toReversed(), previous)).toBe(chosen);
      expect(chooseClosest(all, chosen)).toBe(chosen);
    }),
  );
});
