import type { Candidate, ClusterReport, Instance, Job, Rollout } from "@oak/contracts";
import { expect, test } from "vitest";
import { DEFAULT_PLACER_SETTINGS } from "./domain/plan-instance.ts";
import { DEFAULT_ROLLOUT_SETTINGS } from "./domain/plan-rollout.ts";
import { createRootCore, type RootCore, type RootCoreDeps } from "./root-core.ts";

const incarnation = "i".repeat(16);
const clusterId = "65f0c0ffee65f0c0ffee65f0";

/** The core of a root that knows one cluster, which had a session when the root went down. */
async function aRestartedRoot(): Promise<RootCore> {
  const core = aRoot();
  await core.load();
  return core;
}

function aRoot(over: Partial<RootCoreDeps> = {}): RootCore {
  const unexpected = async () => {
    throw new Error("nothing is placed here");
  };
  const cluster = { _id: clusterId, session: 3, want_rev: 7, liveness: "alive" } as Candidate;
  return createRootCore({
    store: {
      list: async () => [],
      get: unexpected,
      write: unexpected,
      observe: unexpected,
      remove: unexpected,
    },
    holds: { hold: unexpected, drop: unexpected, countWant: unexpected },
    jobs: { get: () => undefined, all: () => [], specOf: (job) => job },
    scheduler: { propose: unexpected },
    tier: { current: () => ({ incarnation, base: 0 }), renew: unexpected },
    clock: { nowMs: () => 0, monotonicMs: () => 0 },
    random: () => 0,
    log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
    settings: DEFAULT_PLACER_SETTINGS,
    rollouts: {
      settings: DEFAULT_ROLLOUT_SETTINGS,
      changeJob: unexpected,
      keepRevision: unexpected,
      giveInstances: unexpected,
    },
    listCandidates: async () => [cluster],
    removeJob: unexpected,
    learnS: 10,
    ...over,
  });
}

function nothing(): void {}

function aReport(seq: number, full: boolean, jobs: ClusterReport["jobs"] = []): ClusterReport {
  return {
    allocatable: { vcpus: 1, memory: 1, vgpus: 0, storage: 1 },
    free_shapes: [],
    active_nodes: 1,
    session: 3,
    seq,
    incarnation,
    want_rev: 7,
    full,
    jobs,
  };
}

test("a root that was restarted asks a cluster for its whole list, once", async () => {
  const core = await aRestartedRoot();
  expect(await core.report(clusterId, aReport(1, false))).toMatchObject({ send_full: true });
  expect(await core.report(clusterId, aReport(2, true))).toMatchObject({ send_full: false });
  expect(await core.report(clusterId, aReport(3, false))).toMatchObject({ send_full: false });
});

/** One instance that another database gave. */
function aForeignJob(released: boolean): ClusterReport["jobs"] {
  const numbers = { instance_number: 0, epoch: 1, placement: 0, want_rev: 1 };
  const facts = { status: "RUNNING" as const, status_detail: "", released };
  const _id = "65f0c0ffee65f0c0ffee65f1";
  return [
    {
      _id,
      job_name: "web",
      instance_list: [{ ...numbers, ...facts, incarnation: "o".repeat(16) }],
    },
  ];
}

test("an orphan is listed until it is released", async () => {
  const core = await aRestartedRoot();
  await core.report(clusterId, aReport(1, true, aForeignJob(false)));
  expect([...core.orphans.values()]).toEqual([
    { cluster_id: clusterId, key: "65f0c0ffee65f0c0ffee65f1/0", job_name: "web", epoch: 1 },
  ]);
  await core.report(clusterId, aReport(2, false, aForeignJob(true)));
  expect(core.orphans.size).toBe(0);
});

test("an orphan that a full report does not name is not listed any more", async () => {
  const core = await aRestartedRoot();
  await core.report(clusterId, aReport(1, true, aForeignJob(false)));
  await core.report(clusterId, aReport(2, false));
  expect(core.orphans.size).toBe(1);
  await core.report(clusterId, aReport(3, true));
  expect(core.orphans.size).toBe(0);
});

test("a rollout goes on only when all that is stored has been read", async () => {
  const job_id = "65f0c0ffee65f0c0ffee65f1";
  const rollout_state = { state: "rolling_back", replicas: 1, max_unavailable: 0 } as Rollout;
  const old = { spec_rev: 2, members: [0, 1], member_revisions: { 0: 1 }, rollout_state };
  const job = { _id: job_id, rev: 1, deleted: false, ...old } as unknown as Job;
  const numbers = { _id: `${job_id}/0`, job_id, instance_number: 0, epoch: 1, placement: 0 };
  const seen = { status: "RUNNING", epoch: 1, placement: 0 };
  const state = { phase: "assigned", child: clusterId, fenced: [], rev: 1, seen };
  let steps = 0;
  const core = aRoot({
    store: {
      list: async () => [{ ...numbers, ...state } as unknown as Instance],
    } as RootCoreDeps["store"],
    jobs: { get: () => job, all: () => [job], specOf: (spec) => spec },
    rollouts: {
      settings: DEFAULT_ROLLOUT_SETTINGS,
      changeJob: async () => {
        steps += 1;
        return true;
      },
      keepRevision: async () => undefined,
      giveInstances: async () => undefined,
    },
    // It never answers.
    listCandidates: () => new Promise(() => undefined),
  });
  void core.load();
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  await core.idle();
  expect(steps).toBe(0);
});
