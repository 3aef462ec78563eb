import type { Job } from "@oak/contracts";
import { isUnderWay, revisionOf, specOf } from "@oak/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { JobPatch } from "../ports/jobs.ts";
import { leavingFirst, withMore, without } from "./members.ts";
import { planRollout, type RolloutMember } from "./plan-rollout.ts";
import { patchOf, wayBack } from "./rollout-patch.ts";
import { turnService } from "./turn-service.ts";

const settings = { readyS: 5, deadlineS: 60, restarts: 3 };

/** A fleet as workers would have it: copies come up late, and those of some revisions never do. */
interface Fleet {
  job: Job;
  nowS: number;
  /** when each member runs for good; Infinity: never */
  upAtS: Map<number, number>;
}

interface Order {
  replicas: number;
  maxSurge: number;
  maxUnavailable: number;
  pauseS: number;
  /** how long copies take to run, drawn again and again */
  delays: readonly number[];
  isBad: boolean;
}

const order = fc
  .record({
    replicas: fc.integer({ min: 1, max: 7 }),
    maxSurge: fc.integer({ min: 0, max: 3 }),
    maxUnavailable: fc.integer({ min: 0, max: 3 }),
    pauseS: fc.constantFrom(0, 7),
    delays: fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 9 }),
    isBad: fc.boolean(),
  })
  .filter(({ maxSurge, maxUnavailable }) => maxSurge + maxUnavailable > 0);

function aJob(members: number[]): Job {
  const names = { app_name: "a", app_ns: "n", service_name: "s", service_ns: "n" };
  return {
    ...names,
    _id: "5e0000000000000000000000",
    microservice_name: "s",
    microservice_namespace: "n",
    applicationID: "5e0000000000000000000001",
    job_name: "a.n.s.n",
    job_name_key: "a.n.s.n",
    code: "web:1",
    image: "web:1",
    virtualization: "docker",
    owner: "ada",
    rev: 1,
    spec_rev: 1,
    members,
    next_instance_progressive_number: members.length,
    deleted: false,
    created_at: 0,
  };
}

function apply(job: Job, { spec, ...patch }: JobPatch): Job {
  const next: Record<string, unknown> = { ...job, ...spec?.set, ...patch, rev: job.rev + 1 };
  for (const key of spec?.unset ?? []) delete next[key];
  return next as Job;
}

function update(fleet: Fleet, image: string, { maxSurge, maxUnavailable, pauseS }: Order): void {
  const { patch } = turnService(fleet.job, {
    spec: { ...specOf(fleet.job), image, code: image },
    strategy: { maxSurge, maxUnavailable, pauseS },
    made: { at: fleet.nowS, by: "ada" },
    numberBase: 0,
    leavingFirst: fleet.job.members,
  });
  if (patch !== undefined) fleet.job = apply(fleet.job, patch);
}

function membersOf({ job, nowS, upAtS }: Fleet): RolloutMember[] {
  return job.members.map((number) => {
    const runningForS = nowS - (upAtS.get(number) ?? Number.POSITIVE_INFINITY);
    const revision = revisionOf(job, number);
    return { number, revision, runningForS: runningForS >= 0 ? runningForS : undefined };
  });
}

const readyIn = (fleet: Fleet): number =>
  membersOf(fleet).filter(({ runningForS }) => runningForS !== undefined).length;

/** One step, or the time until the next thing happens. */
function step(fleet: Fleet, isUp: (revision: number) => boolean, delays: readonly number[]): void {
  const { job, nowS } = fleet;
  const { rollout_state: rollout } = job;
  if (!isUnderWay(rollout)) return;
  const planned = planRollout(rollout, {
    target: job.spec_rev,
    canGoBack: wayBack(job, rollout) !== undefined,
    members: membersOf(fleet),
    nowS,
    watchingForS: nowS,
    settings,
  });
  if (planned.do === "rest") {
    const next = [...fleet.upAtS.values()].filter((atS) => atS > nowS);
    const untilS = Math.min(planned.untilS ?? Number.POSITIVE_INFINITY, ...next);
    expect(untilS).toBeLessThan(Number.POSITIVE_INFINITY);
    expect(untilS).toBeGreaterThan(nowS);
    fleet.nowS = untilS;
    return;
  }
  fleet.job = apply(job, patchOf(job, rollout, planned, { nowS, numberBase: 0 }));
  for (const number of fleet.job.members) {
    if (fleet.upAtS.has(number)) continue;
    const delay = delays[number % delays.length] ?? 0;
    const isGood = isUp(revisionOf(fleet.job, number));
    fleet.upAtS.set(number, isGood ? nowS + delay : Number.POSITIVE_INFINITY);
  }
}

function started(wanted: Order): Fleet {
  const members = Array.from({ length: wanted.replicas }, (_, number) => number);
  const fleet: Fleet = { job: aJob(members), nowS: 0, upAtS: new Map(members.map((n) => [n, 0])) };
  fleet.nowS = 100;
  update(fleet, "web:2", wanted);
  return fleet;
}

/** Runs it to its end, with a look at the fleet after each step. */
function runOut(
  fleet: Fleet,
  wanted: Order,
  look: (fleet: Fleet) => void,
  between: (fleet: Fleet, count: number) => void = () => undefined,
): void {
  const isUp = (revision: number): boolean => revision !== 2 || !wanted.isBad;
  for (let count = 0; count < 500; count += 1) {
    if (!isUnderWay(fleet.job.rollout_state)) return;
    between(fleet, count);
    step(fleet, isUp, wanted.delays);
    look(fleet);
  }
  throw new Error(`it does not end: ${JSON.stringify(fleet.job.rollout_state)}`);
}

test("there are never too many, never too few that run, and it ends as it should", () => {
  fc.assert(
    fc.property(order, (wanted) => {
      const fleet = started(wanted);
      const { replicas, maxSurge, maxUnavailable } = wanted;
      runOut(fleet, wanted, () => {
        expect(fleet.job.members.length).toBeLessThanOrEqual(replicas + maxSurge);
        expect(readyIn(fleet)).toBeGreaterThanOrEqual(Math.max(0, replicas - maxUnavailable));
      });
      const { job } = fleet;
      const revision = wanted.isBad ? 1 : 2;
      expect(job.rollout_state?.state).toBe(wanted.isBad ? "rolled_back" : "completed");
      expect(job).toMatchObject({ spec_rev: revision, image: `web:${revision}` });
      expect(job.members.map((number) => revisionOf(job, number))).toEqual(
        job.members.map(() => revision),
      );
      expect(job.members).toHaveLength(replicas);
      expect(readyIn(fleet)).toBe(replicas);
      expect([job.member_revisions, job.other_specs]).toEqual([{}, {}]);
    }),
    { numRuns: 300 },
  );
});

test("whoever takes over at any step goes on to the same end", () => {
  fc.assert(
    fc.property(order, fc.integer({ min: 0, max: 30 }), (wanted, at) => {
      const straight = started(wanted);
      runOut(straight, wanted, () => undefined);
      const broken = started(wanted);
      runOut(
        broken,
        wanted,
        () => undefined,
        (fleet, count) => {
          // All that another process has is what is stored.
          if (count === at) fleet.job = JSON.parse(JSON.stringify(fleet.job));
        },
      );
      expect(broken.job).toEqual(straight.job);
    }),
    { numRuns: 100 },
  );
});

test("scaling, single instances and a second update in the middle leave what was asked for last", () => {
  const acts = fc.array(
    fc.record({
      at: fc.integer({ min: 0, max: 12 }),
      act: fc.constantFrom("more", "less", "again", "one_less"),
      count: fc.integer({ min: 1, max: 4 }),
    }),
    { maxLength: 4 },
  );
  fc.assert(
    fc.property(order, acts, (drawn, list) => {
      const wanted = { ...drawn, isBad: false };
      const fleet = started(wanted);
      let { replicas } = wanted;
      const act = ({ act: kind, count }: { act: string; count: number }): void => {
        const { job } = fleet;
        if (kind === "again") {
          update(fleet, `web:${3 + count}`, wanted);
          return;
        }
        const isMore = kind === "more";
        const fewer = Math.min(count, replicas, job.members.length);
        const leaving =
          kind === "less" ? leavingFirst(job, []).slice(0, fewer) : job.members.slice(0, 1);
        const change = isMore ? withMore(job, count, 0) : without(job, leaving);
        replicas = Math.max(0, replicas + (isMore ? count : -change.removed.length));
        fleet.job = apply(job, change.patch);
        for (const number of change.added) fleet.upAtS.set(number, fleet.nowS + count);
      };
      runOut(
        fleet,
        wanted,
        () => undefined,
        (_fleet, count) => {
          for (const one of list) if (one.at === count) act(one);
        },
      );
      const { job } = fleet;
      expect(job.rollout_state?.state).toBe("completed");
      expect(job.members).toHaveLength(replicas);
      expect(job.members.every((number) => revisionOf(job, number) === job.spec_rev)).toBe(true);
    }),
    { numRuns: 300 },
  );
});
