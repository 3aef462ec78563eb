import { expect, test } from "vitest";
import { isMet } from "../report/aims.ts";
import { aimsOfPaths, describeComparisons } from "./comparisons.ts";
import type { PathName } from "./path.ts";
import type { Way } from "./probe/messages.ts";
import type { PathSamples } from "./samples.ts";

const gbit = (services: number, path: PathName, values: readonly number[]) =>
  values.map((gbitPerSecond) => ({ services, path, streams: 1, gbitPerSecond, retransmits: 0 }));
const blocks = (services: number, path: PathName, way: Way, medians: readonly number[]) =>
  medians.map((median) => ({ services, path, way, trips: [median - 1, median, median + 9] }));

const samples: PathSamples = {
  throughput: [1, 100_000].flatMap((services) => [
    ...gbit(services, "overlay", [30, 30, 30]),
    ...gbit(services, "service", [26, 26.4, 27]),
  ]),
  latency: [1, 100_000].flatMap((services) => [
    ...blocks(services, "namespace", "steady", [10, 10, 10]),
    ...blocks(services, "service", "steady", [11, 11, 11]),
    ...blocks(services, "namespace", "connect", [30, 30, 30]),
    ...blocks(services, "service", "connect", [39, 41, 39]),
  ]),
};

test("what is wanted with one service is stricter than with many", () => {
  const verdicts = aimsOfPaths(samples).map((aim) => [aim.what, isMet(aim)]);
  expect(verdicts).toEqual([
    ["1: throughput of 1, service address ÷ plain VXLAN between workloads", false],
    ["1: round trip, service address ÷ namespace address", false],
    ["1: new connection, service address − namespace address", true],
    ["100,000: throughput of 1, service address ÷ plain VXLAN between workloads", true],
    ["100,000: round trip, service address ÷ namespace address", true],
    ["100,000: new connection, service address − namespace address", true],
  ]);
});

test("a ratio is that of the medians of blocks, with its interval", () => {
  const [, throughput, steady] = describeComparisons(samples).split("\n");
  expect(throughput).toMatch(/0\.880 +0\.867–0\.900$/);
  expect(steady).toMatch(/1\.100 +1\.100–1\.100$/);
});
