import type { PlacementProposal } from "@oak/contracts";
import { createInstanceBook, createWantLedger, type HoldAnswer } from "@oak/tier";
import { expect, test } from "vitest";
import { anInstance } from "../../test/instance-builders.ts";
import { createMemoryStore } from "../../test/memory-store.ts";
import { DEFAULT_PLACER_SETTINGS } from "../domain/settings.ts";
import { createStoreFirstRecord, type FirstRecordDeps } from "./store-first-record.ts";
import type { Orphan } from "./take-orphan.ts";

const worker = "a00000000000000000000000";
const wish = anInstance({ rev: 0, epoch: 0, placement: 0, want_rev: 0 });
const key = wish._id;

/** A cluster with one worker, and a scheduler that can be told what to answer. */
function aCluster(over: Partial<FirstRecordDeps> = {}) {
  let nowMs = 0;
  const store = createMemoryStore();
  let writes = 0;
  const counted: typeof store = {
    ...store,
    write: (assignment) => {
      writes += 1;
      return store.write(assignment);
    },
  };
  const book = createInstanceBook(counted, () => nowMs);
  const cluster = {
    asked: 0,
    propose: async (): Promise<PlacementProposal> => ({
      attempt_id: "",
      candidate_id: worker,
      score: 1,
    }),
  };
  const granted: HoldAnswer = { ok: true, want_rev: 1, rev: 1 };
  const deps = {
    book,
    ledger: createWantLedger(),
    holds: { hold: async () => granted, drop: async () => undefined },
    specs: { get: async () => ({ _id: wish.job_id, vcpus: 1, memory: 100 }), policyOf: () => ({}) },
    scheduler: {
      propose: async () => {
        cluster.asked += 1;
        return cluster.propose();
      },
    },
    tier: { current: () => ({ incarnation: "i".repeat(16), base: 0 }) },
    roster: { livenessOf: () => "alive", all: () => [] },
    clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
    random: () => 0.5,
    log: { debug: () => undefined },
    settings: DEFAULT_PLACER_SETTINGS,
    isGateOpen: () => true,
    isLearning: () => false,
    isSettledAbove: () => false,
    orphans: new Map<string, Orphan>(),
    ...over,
  } as unknown as FirstRecordDeps;
  return Object.assign(cluster, {
    storeFirst: createStoreFirstRecord(deps),
    stored: () => store.stored.get(key),
    keep: (instance: typeof wish) => void store.stored.set(instance._id, { ...instance, rev: 1 }),
    writes: () => writes,
    wait: (ms: number) => {
      nowMs += ms;
    },
  });
}

test("a wish is stored with its worker, in one write", async () => {
  const cluster = aCluster();
  expect(await cluster.storeFirst(wish)).toBe(true);
  expect(cluster.stored()).toMatchObject({
    phase: "assigned",
    child: worker,
    epoch: 1,
    placement: 1,
    intent: { wanted: true, epoch: 1 },
  });
  expect(cluster.writes()).toBe(1);
});

test("a wish that finds no worker is stored with the reason", async () => {
  const cluster = aCluster();
  const refusal = { status: "NO_WORKER_CAPACITY", status_detail: "too little memory" } as const;
  cluster.propose = async () => ({ attempt_id: "", ...refusal, refusals: {} });
  expect(await cluster.storeFirst(wish)).toBe(true);
  expect(cluster.stored()).toMatchObject({ phase: "unplaced", attempts: 1, ...refusal });
});

test("a wish is stored when the scheduler is away, and the next ones do not wait for it", async () => {
  const cluster = aCluster();
  cluster.propose = async () => {
    throw new Error("the scheduler hangs");
  };
  expect(await cluster.storeFirst(wish)).toBe(true);
  expect(cluster.stored()).toMatchObject({ phase: "unplaced", attempts: 0, intent: wish.intent });
  await cluster.storeFirst({ ...wish, _id: `${wish.job_id}/1`, instance_number: 1 });
  expect(cluster.asked).toBe(1);
  cluster.wait(60_000);
  await cluster.storeFirst({ ...wish, _id: `${wish.job_id}/2`, instance_number: 2 });
  expect(cluster.asked).toBe(2);
});

test.each<[string, Partial<FirstRecordDeps>, Partial<typeof wish>]>([
  ["while workers are still waited for", { isGateOpen: () => false }, {}],
  ["that is not to be placed yet", {}, { retry_at: 10 }],
  ["of what is not wanted any more", {}, { intent: { ...wish.intent, wanted: false } as never }],
  [
    "of which a worker runs a copy",
    { orphans: new Map([["", { job_id: wish.job_id, instance_number: 0 } as Orphan]]) },
    {},
  ],
])("a wish %s is stored without a worker", async (_title, deps, changes) => {
  const cluster = aCluster(deps);
  expect(await cluster.storeFirst({ ...wish, ...changes })).toBe(true);
  expect(cluster.stored()).toMatchObject({ phase: "unplaced", child: null });
  expect(cluster.asked).toBe(0);
});

test("a record that came between is left alone", async () => {
  const cluster = aCluster();
  cluster.keep({ ...wish, intent: { ...wish.intent, wanted: false } as never });
  expect(await cluster.storeFirst(wish)).toBe(false);
  expect(cluster.stored()).toMatchObject({ phase: "unplaced", intent: { wanted: false } });
});
