import type { Candidate, InformationReport } from "@oak/contracts";
import { expect, test } from "vitest";
import { workerId } from "../../test/memory-store.ts";
import type { Worker } from "../ports.ts";
import { type CandidatePatch, createWorkerLoads } from "./worker-load.ts";

const aWorker = (isLegacy = false): Worker => ({
  id: workerId,
  session: 1,
  liveness: "alive",
  heardAtMs: 0,
  hasReported: true,
  isLegacy,
});

function withLoads({ stored }: { stored?: Partial<Candidate> } = {}) {
  const requests: CandidatePatch[][] = [];
  const calls: string[] = [];
  const unknown = new Set<string>();
  let nowMs = 0;
  let isAway = false;
  const loads = createWorkerLoads({
    candidates: {
      patchAll: async (patches) => {
        if (isAway) throw new Error("away");
        requests.push([...patches]);
        return patches.map(({ _id }) => !unknown.has(_id));
      },
    },
    storedOf: () => stored as Candidate | undefined,
    clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
    random: () => 0.5,
    onChange: () => calls.push("change"),
    onUrgent: () => calls.push("urgent"),
  });
  return {
    loads,
    requests,
    /** fields of all requests, one after the other */
    patches: () => requests.flat().map(({ fields }) => fields),
    calls,
    unknown,
    setAway: (away: boolean) => {
      isAway = away;
    },
    pass: (ms: number) => {
      nowMs += ms;
    },
    after: async (ms: number, report: InformationReport, isLegacy = false) => {
      nowMs += ms;
      loads.take(aWorker(isLegacy), report);
      await loads.flush();
    },
  };
}

test("heartbeats that say nothing new write nothing", async () => {
  const { after, patches, calls } = withLoads();
  for (let seq = 0; seq < 10; seq += 1) {
    await after(1_000, { session: 1, seq, digest: "0".repeat(16), cpu_percent: 5 });
  }
  expect(patches()).toEqual([{ cpu_percent: 5 }]);
  expect(calls).toEqual(["change"]);
});

test("a wavering load is stored every fifteen seconds", async () => {
  const { after, patches } = withLoads();
  for (let second = 0; second < 31; second += 1)
    await after(1_000, { cpu_percent: 5 + (second % 4) });
  // The first refresh is at a time of the worker's own.
  expect(patches()).toHaveLength(3);
});

test("a real change is stored sooner, but not at the pace of heartbeats", async () => {
  const { after, patches } = withLoads();
  await after(0, { cpu_percent: 5 });
  await after(4_000, { cpu_percent: 90 });
  expect(patches()).toHaveLength(1);
  await after(1_000, { cpu_percent: 91 });
  expect(patches()).toEqual([{ cpu_percent: 5 }, { cpu_percent: 91 }]);
});

test("what can be allocated is stored at once", async () => {
  const { after, patches, calls } = withLoads();
  const allocatable = { vcpus: 4, memory: 4_000, vgpus: 0, storage: 0 };
  await after(0, { cpu_percent: 5, allocatable });
  await after(100, { cpu_percent: 6, allocatable: { ...allocatable, vcpus: 3 } });
  expect(patches().at(-1)).toEqual({ cpu_percent: 6, allocatable: { ...allocatable, vcpus: 3 } });
  expect(calls.filter((call) => call === "urgent")).toHaveLength(2);
});

test.each([
  ["virtualization", ["docker"], ["docker", "unikernel"]],
  ["csi_drivers", [], ["nfs"]],
  ["vgpus", 0, 1],
])("a change of %s is stored at once", async (key, before, now) => {
  const { after, patches } = withLoads();
  await after(0, { [key]: before });
  await after(100, { [key]: now });
  expect(patches().at(-1)).toEqual({ [key]: now });
});

test("free disk wavers as load does, until a tenth of it is gone", async () => {
  const { after, patches } = withLoads();
  const allocatable = { vcpus: 4, memory: 4_000, vgpus: 0, storage: 1_000 };
  await after(0, { allocatable });
  for (const storage of [980, 960, 930]) {
    await after(1_000, { allocatable: { ...allocatable, storage } });
  }
  expect(patches()).toHaveLength(1);
  await after(100, { allocatable: { ...allocatable, storage: 900 } });
  expect(patches()).toHaveLength(2);
});

test("what its registration stored is not stored again", async () => {
  const allocatable = { vcpus: 4, memory: 4_000, vgpus: 0, storage: 1_000 };
  const { after, patches, calls } = withLoads({ stored: { allocatable, cpu_percent: 5 } });
  await after(0, { allocatable, cpu_percent: 6 });
  expect(patches()).toEqual([]);
  expect(calls).toEqual(["change"]);
  await after(7_500, { allocatable, cpu_percent: 6 });
  expect(patches()).toEqual([{ cpu_percent: 6 }]);
});

test("a crowd is stored in requests of a hundred", async () => {
  const { loads, requests } = withLoads();
  const ids = Array.from({ length: 230 }, (_, i) => i.toString(16).padStart(24, "0"));
  for (const id of ids) loads.take({ ...aWorker(), id }, { cpu_percent: 5 });
  await loads.flush();
  expect(requests.map((patches) => patches.length)).toEqual([100, 100, 30]);
  expect(requests.flat().map(({ _id }) => _id)).toEqual(ids);
});

test("what comes while a write is under way is not lost", async () => {
  const { loads, after, patches, pass } = withLoads();
  loads.take(aWorker(), { cpu_percent: 5 });
  const writing = loads.flush();
  loads.take(aWorker(), { cpu_percent: 50 });
  await writing;
  pass(5_000);
  await loads.flush();
  await after(20_000, { cpu_percent: 50 });
  expect(patches()).toEqual([{ cpu_percent: 5 }, { cpu_percent: 50 }]);
});

test("a worker that the store does not know holds up no other, and gets everything next time", async () => {
  const { loads, after, patches, unknown } = withLoads();
  unknown.add(workerId);
  const other = { ...aWorker(), id: "bb".padEnd(24, "0") };
  loads.take(other, { cpu_percent: 1 });
  await after(0, { cpu_percent: 5, vgpus: 1 });
  expect(patches()).toHaveLength(2);
  unknown.clear();
  await after(1_000, { cpu_percent: 50 });
  expect(patches()).toHaveLength(2);
  await after(7_000, { cpu_percent: 50 });
  expect(patches().at(-1)).toEqual({ cpu_percent: 50, vgpus: 1 });
});

test("what could not be stored comes again", async () => {
  const { after, loads, patches, setAway } = withLoads();
  setAway(true);
  await expect(after(0, { cpu_percent: 5 })).rejects.toThrow("away");
  setAway(false);
  await after(15_000, { cpu_percent: 5 });
  expect(patches()).toEqual([{ cpu_percent: 5 }]);
  expect(loads.of(workerId)).toEqual({ cpu_percent: 5 });
});

test("numbers of the protocol and what the cluster decides are no load", async () => {
  const { after, patches } = withLoads();
  await after(0, {
    session: 1,
    seq: 1,
    want_rev: 4,
    holds: {},
    schedulable: true,
    $where: 1,
    a: 1,
  });
  expect(patches()).toEqual([{ a: 1 }]);
});

/** upstream: a heartbeat of its NodeEngine, which repeats the structure with empty static fields. */
const recordedHeartbeat = {
  ...{ id: "", host: "", ip: "192.168.1.20", port: "", system_info: null, cpu_percent: 3.2 },
  ...{ vcpus: 8, architecture: "", memory_percent: 41.5, memory: 9_000, disk_info: null },
  ...{ network_info: null, gpu_driver: "-", gpu_usage: 0, vgpus: 0, gpu_temp: 0 },
  ...{ vram_percent: 0, vram: 0, virtualization: null, supported_addons: null, csi_drivers: null },
  ...{ Overlay: false, OverlaySocket: "", LogDirectory: "", NetManagerPort: 0, ClusterAddress: "" },
};

test("an older worker's empty fields do not wipe what it registered with", async () => {
  const { after, patches } = withLoads();
  await after(0, recordedHeartbeat, true);
  expect(patches()).toEqual([
    {
      ...{ ip: "192.168.1.20", cpu_percent: 3.2, memory_percent: 41.5, memory: 9_000 },
      ...{ gpu_usage: 0, gpu_temp: 0, vram_percent: 0, vram: 0 },
    },
  ]);
});
