import type { Candidate, ClusterReport } from "@oak/contracts";
import { expect, test } from "vitest";
import { createClusterWatch } from "./watch-clusters.ts";

const id = "00000000000000000000000c";
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function aReport(changes: Partial<ClusterReport> = {}): ClusterReport {
  return {
    session: 1,
    seq: 1,
    incarnation: "00000000000000000000000000000001",
    want_rev: 0,
    full: false,
    jobs: [],
    allocatable: { vcpus: 4, memory: 4096, vgpus: 0, storage: 10_000 },
    free_shapes: [
      {
        vcpus: 4,
        memory: 4096,
        vgpus: 0,
        count: 1,
        architecture: "amd64",
        virtualization: ["docker"],
      },
    ],
    active_nodes: 1,
    cpu_percent: 10,
    ...changes,
  };
}

function setUp() {
  const patches: Partial<Candidate>[] = [];
  const rooms: number[] = [];
  let nowMs = 100_000;
  const lost: [id: string, atMs: number][] = [];
  const watch = createClusterWatch({
    candidates: { list: async () => [], patch: async (_id, fields) => void patches.push(fields) },
    monotonicMs: () => nowMs,
    timeoutMs: 15_000,
    everyMs: 1_000,
    log,
    onLost: (id) => lost.push([id, nowMs]),
    onRoom: () => rooms.push(nowMs),
  });
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  return { watch, patches, rooms, lost, pass };
}

test("load alone is stored every 15 seconds, not with each report", async () => {
  const { watch, patches, pass } = setUp();
  await watch.heard(id, aReport());
  pass(5_000);
  await watch.heard(id, aReport({ cpu_percent: 90 }));
  expect(patches).toHaveLength(1);
  pass(10_000);
  await watch.heard(id, aReport({ cpu_percent: 91 }));
  expect(patches.map(({ cpu_percent }) => cpu_percent)).toEqual([10, 91]);
});

test("what decides whether something fits is stored at once", async () => {
  const { watch, patches, pass } = setUp();
  await watch.heard(id, aReport());
  pass(100);
  await watch.heard(id, aReport({ free_shapes: [] }));
  pass(100);
  const allocatable = { vcpus: 4, memory: 4096, vgpus: 0, storage: 1_000 };
  await watch.heard(id, aReport({ free_shapes: [], allocatable }));
  expect(patches).toHaveLength(3);
});

test("a cluster that was silent too long is lost until it is heard again", async () => {
  const { watch, patches, rooms, pass } = setUp();
  await watch.heard(id, aReport());
  pass(15_000);
  await watch.check();
  expect(watch.isHeard(id)).toBe(false);
  await watch.heard(id, aReport());
  expect(patches.map(({ liveness }) => liveness)).toEqual(["alive", "lost", "alive"]);
  expect(rooms).toHaveLength(2);
});

test("a silent cluster is given up once, and again after it came back", async () => {
  const { watch, lost, pass } = setUp();
  const checkFor = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second += 1) {
      pass(1_000);
      await watch.check();
    }
  };
  watch.registered(id);
  await checkFor(40);
  expect(lost).toHaveLength(1);
  await watch.heard(id, aReport());
  await checkFor(14);
  expect(lost).toHaveLength(1);
  await checkFor(2);
  expect(lost).toHaveLength(2);
});

test("soon after a start nobody is given up, whatever the store says", async () => {
  const { watch, lost, pass } = setUp();
  watch.registered(id);
  for (let second = 0; second < 24; second += 1) {
    pass(1_000);
    await watch.check();
  }
  expect(lost).toEqual([]);
});

test("a watch that slept gives nobody up before it has listened again", async () => {
  const { watch, lost, pass } = setUp();
  watch.registered(id);
  pass(60_000);
  for (let second = 0; second < 24; second += 1) {
    await watch.check();
    pass(1_000);
  }
  expect(lost).toEqual([]);
});
