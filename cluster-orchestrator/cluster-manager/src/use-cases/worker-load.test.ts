import type { InformationReport } from "@oak/contracts";
import { expect, test } from "vitest";
import { workerId } from "../../test/memory-store.ts";
import type { Worker } from "../ports.ts";
import { createWorkerLoads } from "./worker-load.ts";

const aWorker = (isLegacy = false): Worker => ({
  id: workerId,
  session: 1,
  liveness: "alive",
  heardAtMs: 0,
  hasReported: true,
  isLegacy,
});

function withLoads() {
  const patches: object[] = [];
  const calls: string[] = [];
  let nowMs = 0;
  let isAway = false;
  const loads = createWorkerLoads({
    candidates: {
      patch: async (_id, fields) => {
        if (isAway) throw new Error("away");
        patches.push(fields);
      },
    },
    clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
    onChange: () => calls.push("change"),
    onUrgent: () => calls.push("urgent"),
  });
  return {
    loads,
    patches,
    calls,
    setAway: (away: boolean) => {
      isAway = away;
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
  expect(patches).toEqual([{ cpu_percent: 5 }]);
  expect(calls).toEqual(["change"]);
});

test("a wavering load is stored every fifteen seconds", async () => {
  const { after, patches } = withLoads();
  for (let second = 0; second < 31; second += 1)
    await after(1_000, { cpu_percent: 5 + (second % 4) });
  expect(patches).toHaveLength(3);
});

test("a real change is stored sooner, but not at the pace of heartbeats", async () => {
  const { after, patches } = withLoads();
  await after(0, { cpu_percent: 5 });
  await after(1_000, { cpu_percent: 90 });
  expect(patches).toHaveLength(1);
  await after(1_000, { cpu_percent: 91 });
  expect(patches).toEqual([{ cpu_percent: 5 }, { cpu_percent: 91 }]);
});

test("what can be allocated is stored at once", async () => {
  const { after, patches, calls } = withLoads();
  const allocatable = { vcpus: 4, memory: 4_000, vgpus: 0, storage: 0 };
  await after(0, { cpu_percent: 5, allocatable });
  await after(100, { cpu_percent: 6, allocatable: { ...allocatable, vcpus: 3 } });
  expect(patches.at(-1)).toEqual({ cpu_percent: 6, allocatable: { ...allocatable, vcpus: 3 } });
  expect(calls.filter((call) => call === "urgent")).toHaveLength(2);
});

test("what could not be stored comes again", async () => {
  const { after, loads, patches, setAway } = withLoads();
  setAway(true);
  await expect(after(0, { cpu_percent: 5 })).rejects.toThrow("away");
  setAway(false);
  await after(15_000, { cpu_percent: 5 });
  expect(patches).toEqual([{ cpu_percent: 5 }]);
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
  expect(patches).toEqual([{ a: 1 }]);
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
  expect(patches).toEqual([
    {
      ...{ ip: "192.168.1.20", cpu_percent: 3.2, memory_percent: 41.5, memory: 9_000 },
      ...{ gpu_usage: 0, gpu_temp: 0, vram_percent: 0, vram: 0 },
    },
  ]);
});
