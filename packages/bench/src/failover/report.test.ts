import { expect, test } from "vitest";
import {
  aimsOf,
  describeMoves,
  describeRatios,
  describeSamples,
  type FailoverSample,
} from "./report.ts";

function aSample(changes: Partial<FailoverSample>): FailoverSample {
  return { death: "workload", keeper: "ours", isOurs: true, timeoutS: 5, value: 100, ...changes };
}

const silent = aSample({ death: "silent", value: 5_400 });
const samples = [
  aSample({}),
  aSample({ value: 300 }),
  aSample({ value: 120 }),
  aSample({ keeper: "theirs", isOurs: false, value: 900 }),
  silent,
  { ...silent, value: 5_600 },
];

test("a row for each death and keeper, with how many were measured", () => {
  const [, ours = "", theirs = "", elsewhere = ""] = describeSamples(samples).split("\n");
  expect(ours).toMatch(/^workload killed · ours +100 +120 .* 300 +3$/);
  expect(theirs).toMatch(/^workload killed · theirs .* 1$/);
  expect(elsewhere).toMatch(/^worker silent, elsewhere · ours .* 2$/);
});

test("aims are for this system alone, and silence is allowed its timeout and half a second", () => {
  expect(aimsOf(samples)).toMatchObject([
    { what: "workload killed, p50 · ours", measured: 120, atMost: 150 },
    { what: "worker silent, longest · ours", measured: 5_600, atMost: 5_500 },
  ]);
});

test("a restart is compared with those of others in the same rounds", () => {
  const round = [90, 100, 110].flatMap((value) => [
    aSample({ value }),
    aSample({ keeper: "theirs", isOurs: false, value: 2 * value }),
  ]);
  const [line, ...more] = describeRatios(round).split("\n");
  expect(line).toMatch(
    /^workload killed, this system: 0\.50 × theirs \(95 % CI 0\.\d\d–0\.\d\d\)$/,
  );
  expect(more).toEqual([]);
  expect(describeRatios([silent])).toBe("");
});

test("one workload that was touched misses the aim of a killed agent", () => {
  const agent = [0, 1, 0].map((value) => aSample({ death: "agent", value }));
  expect(describeMoves(agent)).toContain("1 of 3 workloads touched");
  expect(aimsOf(agent)).toMatchObject([{ measured: 1, atMost: 0 }]);
});
