import type { InformationReport } from "@oak/contracts";
import { digestOf } from "@oak/core";
import { expect, test } from "vitest";
import type { Worker } from "../ports.ts";
import { type HeartbeatDeps, takeHeartbeat } from "./take-heartbeat.ts";

const id = "65f0c0ffee65f0c0ffee65f0";

/** A cluster with one worker that has just registered, in a time of learning or not. */
function aCluster(isLearning: boolean) {
  let nowMs = 0;
  const said: string[] = [];
  const worker: Worker = {
    id,
    session: 3,
    liveness: "alive",
    heardAtMs: 0,
    hasReported: false,
    isLegacy: false,
  };
  const deps = {
    roster: { heard: () => undefined },
    link: { registerAgain: () => said.push("register again"), sync: () => said.push("sync") },
    book: { of: () => [] },
    ledger: { settled: () => 7 },
    tier: { current: () => ({ incarnation: "i".repeat(16), base: 0 }) },
    clock: { monotonicMs: () => nowMs },
    orphans: new Map(),
    repairs: new Map(),
    isLearning: () => isLearning,
  } as unknown as HeartbeatDeps;
  const report: InformationReport = { session: 3, seq: 1, want_rev: 7, digest: digestOf([]) };
  return {
    said,
    beat: async (afterMs: number) => {
      nowMs += afterMs;
      await takeHeartbeat(deps, worker, report);
      await new Promise(setImmediate);
    },
  };
}

test("a worker whose heartbeat is quicker than its inventory is not sent away again while the cluster learns", async () => {
  const { beat, said } = aCluster(true);
  await beat(0);
  await beat(1_000);
  expect(said).toEqual([]);
});

test("an inventory that stays away while the cluster learns is asked for with a new registration", async () => {
  const { beat, said } = aCluster(true);
  await beat(0);
  await beat(2_000);
  expect(said).toEqual(["register again"]);
});

test("otherwise the first heartbeat of a session is answered by what is wanted", async () => {
  const { beat, said } = aCluster(false);
  await beat(0);
  expect(said).toEqual(["sync"]);
});
