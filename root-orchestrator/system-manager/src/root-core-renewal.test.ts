import type { Candidate, ClusterReport, Instance, Job } from "@oak/contracts";
import { expect, test } from "vitest";
import { DEFAULT_PLACER_SETTINGS } from "./domain/plan-instance.ts";
import { createRootCore, type RootCoreDeps, UnknownSession } from "./root-core.ts";

const clusterId = "c".repeat(24);
const nothing = (): void => undefined;

/** A root with a service that waits for a place, and one cluster, which had followed it up to 7. */
async function aRoot() {
  const world = { nowMs: 0, proposals: 0, incarnation: "before" };
  const job = { _id: "a".repeat(24), members: [0], deleted: false, spec_rev: 1 } as unknown as Job;
  const deps = {
    store: {
      list: async () => [],
      write: async (instance: Instance) => ({ ...instance, rev: 1, seen: null }),
    },
    jobs: { get: () => job, all: () => [job], specOf: () => job },
    scheduler: {
      propose: async () => {
        world.proposals += 1;
        return { status: "NoActiveClusterWithCapacity", status_detail: "" };
      },
    },
    tier: {
      current: () => ({ incarnation: world.incarnation, base: 0 }),
      renew: async () => {
        world.incarnation = "after";
      },
    },
    clock: { nowMs: () => world.nowMs, monotonicMs: () => world.nowMs },
    random: () => 0,
    log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
    settings: DEFAULT_PLACER_SETTINGS,
    listCandidates: async () =>
      [{ _id: clusterId, session: 1, want_rev: 7, liveness: "alive" }] as Candidate[],
    learnS: 10,
  };
  const core = createRootCore(deps as unknown as RootCoreDeps);
  await core.load();
  const report = (want_rev: number, session = 1) =>
    core.report(clusterId, {
      ...{ session, seq: 1, incarnation: "before", want_rev, full: true, jobs: [] },
    } as unknown as ClusterReport);
  const proposalsAt = async (nowMs: number): Promise<number> => {
    world.nowMs = nowMs;
    core.tick();
    await core.idle();
    return world.proposals;
  };
  return { world, report, proposalsAt };
}

test("what waits is placed as soon as all clusters have reported", async () => {
  const { report, proposalsAt } = await aRoot();
  expect(await proposalsAt(1000)).toBe(0);
  await report(7);
  expect(await proposalsAt(1500)).toBe(1);
});

test("an older database does not know all clusters: everybody gets the whole time", async () => {
  const { report, proposalsAt } = await aRoot();
  await proposalsAt(1000);
  await report(9);
  expect(await proposalsAt(10_900)).toBe(0);
  expect(await proposalsAt(11_200)).toBe(1);
});

test("a session that was not given here shows a database that is old", async () => {
  const { world, report } = await aRoot();
  await expect(report(7, 2)).rejects.toThrow(UnknownSession);
  expect(world.incarnation).toBe("after");
});
