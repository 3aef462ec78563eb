import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Candidate,
  type ClosestChoice,
  chooseClosest,
  samplesToSwitch,
} from "./choose-closest.ts";

const candidate = (number: number, tier: 0 | 1 | 2, rttMs?: number): Candidate => ({
  number,
  distance: { tier, ...(rttMs === undefined ? {} : { rttMs }) },
  tieBreak: number,
});

const sure = (number: number): ClosestChoice => ({ number, isProvisional: false, beaten: 0 });

/** As many samples as it takes for whatever is nearer. */
function settle(
  candidates: readonly Candidate[],
  before: ClosestChoice | undefined,
): ClosestChoice | undefined {
  let choice = before;
  for (let sample = 0; sample <= samplesToSwitch; sample += 1) {
    choice = chooseClosest(candidates, choice, true);
  }
  return choice;
}

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
  const before = previous === undefined ? undefined : sure(previous);
  expect(settle(candidates, before)?.number).toBe(chosen);
});

test("what is nearer is chosen after several samples in a row, and a sample between begins anew", () => {
  const near = [candidate(0, 2, 10), candidate(1, 2, 5)];
  const level = [candidate(0, 2, 10), candidate(1, 2, 10)];
  const seen: (number | undefined)[] = [];
  let choice: ClosestChoice | undefined = sure(0);
  for (const candidates of [near, near, level, near, near, near]) {
    choice = chooseClosest(candidates, choice, true);
    seen.push(choice?.number);
  }
  expect(seen).toEqual([0, 0, 0, 0, 0, 1]);
});

test("looks between two samples do not count", () => {
  const candidates = [candidate(0, 2, 10), candidate(1, 2, 5)];
  let choice: ClosestChoice | undefined = sure(0);
  for (let look = 0; look < 10; look += 1) choice = chooseClosest(candidates, choice, false);
  expect(choice?.number).toBe(0);
});

test("the first measurement decides at once over a choice that was made without", () => {
  const first = chooseClosest([candidate(0, 1), candidate(1, 2)], undefined, false);
  expect(first?.number).toBe(0);
  const measured = chooseClosest([candidate(0, 1, 10), candidate(1, 2, 5)], first, true);
  expect(measured?.number).toBe(1);
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
const anyChoice = fc.option(
  fc.record({
    number: fc.nat(20),
    isProvisional: fc.boolean(),
    beaten: fc.nat(samplesToSwitch - 1),
  }),
  { nil: undefined },
);

test("a choice is one of the candidates, and does not depend on their order", () => {
  fc.assert(
    fc.property(anyCandidates, anyChoice, fc.boolean(), (all, previous, isSample) => {
      const chosen = chooseClosest(all, previous, isSample);
      const numbers = all.map(({ number }) => number);
      if (all.length === 0) expect(chosen).toBeUndefined();
      else expect(numbers).toContain(chosen?.number);
      expect(chooseClosest(all.toReversed(), previous, isSample)).toEqual(chosen);
    }),
  );
});

test("while distances stay as they are, a choice comes to rest after as many samples as it takes", () => {
  fc.assert(
    fc.property(anyCandidates, anyChoice, (all, previous) => {
      const settled = settle(all, previous);
      expect(settle(all, settled)?.number).toBe(settled?.number);
    }),
  );
});

test("noise never moves the address to and fro", () => {
  const anyRtt = fc.double({ min: 0.1, max: 200, noNaN: true });
  const noise = fc.double({ min: -0.08, max: 0.08, noNaN: true });
  const samples = fc.array(fc.tuple(noise, noise, noise), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(fc.tuple(anyRtt, anyRtt, anyRtt), samples, (rtts, rounds) => {
      const numbers: number[] = [];
      let choice: ClosestChoice | undefined = sure(0);
      for (const round of rounds) {
        const all = rtts.map((rtt, index) => candidate(index, 2, rtt * (1 + (round[index] ?? 0))));
        choice = chooseClosest(all, choice, true);
        if (choice !== undefined && choice.number !== numbers.at(-1)) numbers.push(choice.number);
      }
      // Once it is left, an instance is not come back to.
      expect(new Set(numbers).size).toBe(numbers.length);
    }),
  );
});
