import type { Instance, Job, Observation, Rollout } from "@oak/contracts";
import type { InstanceBook } from "@oak/tier";
import { expect, test } from "vitest";
import type { JobPatch } from "../ports/jobs.ts";
import { createRollouts, type RolloutDeps } from "./run-rollouts.ts";

const jobId = "65f0c0ffee65f0c0ffee65f1";

/** A service that goes back from revision 2, of which it has instance 2, to revision 1. */
const rollout: Rollout = {
  state: "progressing",
  revision: 1,
  from_revision: 2,
  first_number: 3,
  replicas: 2,
  max_surge: 1,
  max_unavailable: 0,
  pause_s: 0,
  reason: "",
  message: "",
  started_at: 0,
  ended_at: null,
  moved_at: 0,
  resume_at: 0,
};
const spec = { code: "web", image: "web", virtualization: "docker" };
const goingBack = {
  ...{ _id: jobId, job_name: "web", rev: 1, spec_rev: 1, members: [0, 2, 3], deleted: false },
  ...{ member_revisions: { 2: 2 }, other_specs: { 2: spec }, next_instance_progressive_number: 4 },
  ...{ ...spec, rollout_state: rollout },
} as unknown as Job;

function anInstance(number: number, seen: Partial<Observation>): Instance {
  const at = { epoch: 1, placement: 0, session: 1, seq: 1, at: 0 };
  return {
    ...{ _id: `${jobId}/${number}`, job_id: jobId, instance_number: number, child: "c" },
    ...{ phase: "assigned", epoch: 1, placement: 0, status: "CLUSTER_SCHEDULED", reason: "" },
    ...{ seen: { status: "RUNNING", status_detail: "", ...at, ...seen } },
  } as unknown as Instance;
}

/** One who watches instances that a test changes; answers what it has written. */
function aWatcher() {
  const instances = new Map<string, Instance>();
  const listeners: Parameters<InstanceBook["onChange"]>[0][] = [];
  const patches: JobPatch[] = [];
  let job = goingBack;
  const book: Pick<InstanceBook, "get" | "onChange"> = {
    get: (key) => instances.get(key),
    onChange: (listener) => listeners.push(listener),
  };
  const deps: RolloutDeps = {
    book: book as InstanceBook,
    jobs: { get: () => job, all: () => [job], specOf: (one) => one },
    tier: { current: () => ({ incarnation: "i", base: 0 }), renew: async () => undefined },
    clock: { nowMs: () => 10_000, monotonicMs: () => 10_000 },
    log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
    settings: { readyS: 5, deadlineS: 600, restarts: 3 },
    isGateOpen: () => true,
    livenessOf: () => "alive",
    keepRevision: async () => undefined,
    giveInstances: async () => undefined,
    changeJob: async (_job, patch) => {
      patches.push(patch);
      job = { ...job, ...patch, rev: job.rev + 1 } as Job;
      return true;
    },
  };
  const rollouts = createRollouts(deps);
  return {
    patches,
    see: async (number: number, seen: Partial<Observation> = {}): Promise<void> => {
      const after = anInstance(number, seen);
      instances.set(after._id, after);
      for (const tell of listeners) tell(after._id, undefined, after);
      await rollouts.idle();
    },
    stop: rollouts.stop,
  };
}

function nothing(): void {}

const statesOf = (patches: readonly JobPatch[]) =>
  patches.map(({ rollout_state: state }) => state?.state);

test("restarts of long ago are no fault of a rollout, those of now are", async () => {
  const watcher = aWatcher();
  await watcher.see(3);
  await watcher.see(0, { restarts: 40 });
  await watcher.see(0, { restarts: 42 });
  expect(watcher.patches).toEqual([]);
  await watcher.see(0, { restarts: 43 });
  expect(statesOf(watcher.patches)).toContain("rolling_back");
  await watcher.stop();
});

test("all restarts count of what the rollout itself has made", async () => {
  const watcher = aWatcher();
  await watcher.see(3, { restarts: 3 });
  expect(statesOf(watcher.patches)).toContain("rolling_back");
  await watcher.stop();
});
