import type { HeardNotice, InformationReport, Instance, Pair } from "@oak/contracts";
import { digestOf } from "@oak/core";
import { expect, test } from "vitest";
import { anInstance } from "../../test/instance-builders.ts";
import type { Evidence } from "../domain/evidence.ts";
import type { Worker } from "../ports.ts";
import { type HeartbeatDeps, takeHeartbeat } from "./take-heartbeat.ts";

const id = "65f0c0ffee65f0c0ffee65f0";

/** A cluster with one worker that has just registered, in a time of learning or not. */
function aCluster(isLearning: boolean, instances: Instance[] = []) {
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
    roster: { heard: () => undefined, confirmLiveness: async () => undefined },
    link: {
      registerAgain: () => said.push("register again"),
      sync: () => said.push("sync"),
      heard: (_id: string, { seq, copies }: HeardNotice) =>
        said.push(`heard ${seq}: ${copies.map(({ job_id }) => job_id)}`),
    },
    book: {
      of: () => instances,
      get: (key: string) => instances.find((instance) => instance._id === key),
    },
    kick: (key: string, { kind, ...copy }: Evidence & Pair) =>
      said.push(`${kind} ${key} ${copy.epoch}.${copy.placement}`),
    specs: {
      get: async () => undefined,
      policyOf: (jobId: string) => (jobId === "one" ? "exclusive" : "replace"),
    },
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
    beat: async (afterMs: number, more: Partial<InformationReport> = {}) => {
      nowMs += afterMs;
      await takeHeartbeat(deps, worker, { ...report, ...more });
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

const ofJob = (job_id: string, child: string | null = id): Instance =>
  anInstance({ _id: `${job_id}/0`, job_id, child, phase: "assigned" });

test("exclusive copies that are assigned there are named with each heartbeat that was heard", async () => {
  const { beat, said } = aCluster(false, [ofJob("one"), ofJob("another"), ofJob("one", null)]);
  await beat(0);
  expect(said[0]).toBe("heard 1: one");
});

test("a worker without them is told nothing, and nobody is while the cluster learns", async () => {
  const plain = aCluster(false, [ofJob("another")]);
  await plain.beat(0);
  const learning = aCluster(true, [ofJob("one")]);
  await learning.beat(0);
  expect([...plain.said, ...learning.said].join()).not.toContain("heard");
});

test("a copy that a move has left, and that is idle, is looked at; others are not", async () => {
  const left = { child: id, epoch: 1, placement: 5, want_rev: 7, ends_at: 230 };
  const { beat, said } = aCluster(false, [
    { ...ofJob("moved", "another"), fenced: [left] },
    { ...ofJob("named", "another"), fenced: [{ ...left, named: true }] },
    ofJob("stays"),
  ]);
  const jobs = ["moved", "named", "stays", "unknown"];
  const idle = jobs.map((job_id) => ({ job_id, instance_number: 0, epoch: 1, placement: 5 }));
  await beat(0, { idle });
  expect(said.filter((word) => word.startsWith("idle"))).toEqual(["idle moved/0 1.5"]);
});
