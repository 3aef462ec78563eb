import { expect, test } from "vitest";
import { blockMedians, describePaths, gbitOf, tripsOf } from "./report.ts";
import type { PathSamples } from "./samples.ts";

const samples: PathSamples = {
  throughput: [
    { services: 1, path: "veth", streams: 1, gbitPerSecond: 40, retransmits: 0 },
    { services: 1, path: "service", streams: 1, gbitPerSecond: 30, retransmits: 0 },
    { services: 1, path: "service", streams: 1, gbitPerSecond: 34, retransmits: 2 },
    { services: 1000, path: "service", streams: 1, gbitPerSecond: 29, retransmits: 0 },
  ],
  latency: [
    { services: 1, path: "service", way: "steady", trips: [10, 12, 50] },
    { services: 1, path: "service", way: "steady", trips: [11, 11, 12] },
    { services: 1, path: "service", way: "connect", trips: [30] },
    { services: 1, path: "veth", way: "steady", trips: [9] },
    { services: 1, path: "veth", way: "connect", trips: [20] },
  ],
};

test("what is asked of one path comes from it alone, at that number of services", () => {
  expect(gbitOf(samples, { services: 1, path: "service", streams: 1 })).toEqual([30, 34]);
  const blocks = tripsOf(samples, { services: 1, path: "service", way: "steady" });
  expect(blockMedians(blocks)).toEqual([12, 11]);
});

test("paths stand from the barest to ours, with the spread of their runs", () => {
  const [, bare, ours, ...rest] = describePaths(samples).split("\n");
  expect(bare).toMatch(/^bare veth +40\.0 \(40\.0–40\.0\) +9\.00 +9\.00 +20\.0 +20\.0$/);
  expect(ours).toMatch(/^service address +32\.0 \(30\.0–34\.0\) +11\.5 +48\.1 +30\.0 +30\.0$/);
  expect(rest).toEqual([]);
});
