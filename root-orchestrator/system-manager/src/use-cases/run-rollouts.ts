import {
  type Instance,
  instanceKey,
  type Job,
  NETWORK_FULL,
  REFUSAL_STATUSES,
  type Rollout,
} from "@oak/contracts";
import { currentObservation, isUnderWay, revisionOf } from "@oak/core";
import { fp } from "@oak/kit";
import { createReconciler, type InstanceBook, type TierClock } from "@oak/tier";
import type { ClusterLiveness } from "../domain/plan-instance.ts";
import {
  giveUp,
  planRollout,
  type RolloutContext,
  type RolloutMember,
  type RolloutSettings,
  type RolloutStep,
} from "../domain/plan-rollout.ts";
import { patchOf, wayBack } from "../domain/rollout-patch.ts";
import type { JobPatch } from "../ports/jobs.ts";
import type { JobBook, RootLog, TierBook } from "./placer-ports.ts";

/** What a rollout writes. */
export interface RolloutPorts {
  /** A compare-and-set on the `rev` of `job`; false when it has moved on. */
  changeJob(job: Job, patch: JobPatch): Promise<boolean>;
  /** Keeps what a service was made of before it turns to something else; repeatable. */
  keepRevision(job: Job): Promise<void>;
  /** Asks for addresses of new instances; answers why there are none, if so. */
  giveInstances(jobId: string, numbers: readonly number[]): Promise<string | undefined>;
  /** A step was stored. */
  onStep?(job: Job, rollout: Rollout, step: RolloutAct): void;
}

/** A step that changes something. */
export type RolloutAct = Exclude<RolloutStep, { do: "rest" }>;

export interface RolloutDeps extends RolloutPorts {
  jobs: JobBook;
  book: InstanceBook;
  tier: TierBook;
  clock: TierClock;
  log: RootLog;
  settings: RolloutSettings;
  isGateOpen(): boolean;
  livenessOf(child: string): ClusterLiveness;
}

/** Takes services from one revision to the next, one step at a time. What it knows beside the documents it finds out anew. */
export interface Rollouts {
  /** A service has changed; changes of instances are seen here. */
  kick(jobId: string): void;
  /** A cluster fell silent, or is back. */
  kickAll(): void;
  tick(): void;
  idle(): Promise<void>;
  stop(): Promise<void>;
}

/** What is known of instances for having watched them, by their numbers. */
type Watched = Map<number, Watch>;

interface Watch {
  /** the copy that it is about */
  copy: string;
  /** that copy had been restarted so often when it was first seen */
  before: number;
  /** since when it runs without a restart */
  run?: { restarts: number; sinceMs: number } | undefined;
  /** the last thing that it was found to suffer from */
  trouble: string;
}

interface Current {
  job: Job;
  rollout: Rollout;
}

const STEPS_AT_ONCE = 8;

export function createRollouts(deps: RolloutDeps): Rollouts {
  const { clock, jobs } = deps;
  const watched = new Map<string, Watched>();
  const watchingSinceMs = clock.monotonicMs();
  const next = (jobId: string): Current | undefined => {
    const job = jobs.get(jobId);
    const rollout = job?.rollout_state;
    if (job !== undefined && !job.deleted && isUnderWay(rollout)) return { job, rollout };
    watched.delete(jobId);
    return undefined;
  };

  const contextOf = ({ job, rollout }: Current): RolloutContext => {
    const known: Watched = watched.get(job._id) ?? new Map();
    watched.set(job._id, known);
    return {
      target: job.spec_rev,
      canGoBack: wayBack(job, rollout) !== undefined,
      members: job.members.map((number) => memberOf(deps, { job, rollout }, { number, known })),
      nowS: clock.nowMs() / 1000,
      watchingForS: (clock.monotonicMs() - watchingSinceMs) / 1000,
      settings: deps.settings,
    };
  };

  const run = async (jobId: string): Promise<number | undefined> => {
    for (let count = 0; count < STEPS_AT_ONCE; count += 1) {
      const current = next(jobId);
      if (current === undefined) return undefined;
      // What clusters had to say while nobody was here is not known yet.
      if (!deps.isGateOpen()) return clock.monotonicMs() + 250;
      const step = planRollout(current.rollout, contextOf(current));
      if (step.do === "rest") {
        const { untilS } = step;
        return untilS && clock.monotonicMs() + Math.max(1, untilS * 1000 - clock.nowMs());
      }
      // Changed by somebody else: the change is told here too.
      if (!(await perform({ ...deps, next, contextOf }, current, step))) return undefined;
    }
    return clock.monotonicMs();
  };

  const reconciler = createReconciler<never>({
    run,
    onError: (service, err) => deps.log.warn({ service, err }, "a rollout goes on later"),
    monotonicMs: clock.monotonicMs,
  });
  const kick = (jobId: string): void => {
    if (next(jobId) !== undefined) reconciler.kick(jobId);
  };
  deps.book.onChange((_key, before, after) => kick((after ?? before)?.job_id ?? ""));
  return {
    kick,
    kickAll: () => {
      for (const job of jobs.all()) kick(job._id);
    },
    tick: reconciler.tick,
    idle: reconciler.idle,
    stop: reconciler.stop,
  };
}

interface PerformDeps extends RolloutDeps {
  next(jobId: string): Current | undefined;
  contextOf(current: Current): RolloutContext;
}

async function perform(
  deps: PerformDeps,
  { job, rollout }: Current,
  step: RolloutAct,
): Promise<boolean> {
  if (step.do === "roll_back") await deps.keepRevision(job);
  const patch = patchOf(job, rollout, step, {
    nowS: deps.clock.nowMs() / 1000,
    numberBase: deps.tier.current().base,
  });
  if (!(await deps.changeJob(job, patch))) return false;
  fp("root.intent_stored", job._id);
  tell(deps, job, rollout, step);
  deps.onStep?.(job, rollout, step);
  if (step.do !== "add") return true;
  const added = (patch.members ?? []).filter((member) => !job.members.includes(member));
  const refusal = await deps.giveInstances(job._id, added);
  if (refusal === undefined || rollout.state !== "progressing") return true;
  return giveBack(deps, job._id, refusal);
}

/** Without addresses nobody could reach what was added. */
async function giveBack(deps: PerformDeps, jobId: string, message: string): Promise<boolean> {
  const current = deps.next(jobId);
  if (current === undefined) return true;
  const failure = { reason: "addresses_exhausted", message };
  return perform(deps, current, giveUp(current.rollout, deps.contextOf(current), failure));
}

function tell({ log }: RolloutDeps, job: Job, { revision }: Rollout, step: RolloutAct): void {
  const facts = { service: job._id, revision, ...step };
  if (step.do === "roll_back") log.warn(facts, "a revision has failed and is rolled back");
  else if (step.do === "end") log.info(facts, "a rollout has ended");
}

/** Faults of the spec: no other worker and no other try would mend them. */
const SPEC_FAULTS: ReadonlySet<string> = new Set([
  ...["image_not_found", "command_not_found", "spec_refused"],
]);
/** Ends of a copy that its revision is not to blame for. */
const BLAMELESS: ReadonlySet<string> = new Set(["drained", NETWORK_FULL]);

const REFUSED: ReadonlySet<string> = new Set(REFUSAL_STATUSES);

function memberOf(
  deps: RolloutDeps,
  { job, rollout }: Current,
  { number, known }: { number: number; known: Watched },
): RolloutMember {
  const member = { number, revision: revisionOf(job, number) };
  const instance = deps.book.get(instanceKey(job._id, number));
  if (instance === undefined) return member;
  const seen = currentObservation(instance);
  const watch = watchOf(instance, known.get(number));
  known.set(number, watch);
  const isHeard = instance.child !== null && deps.livenessOf(instance.child) === "alive";
  const isRunning = instance.phase === "assigned" && seen?.status === "RUNNING" && isHeard;
  const restarts = seen?.restarts ?? 0;
  if (!isRunning) watch.run = undefined;
  else if (watch.run?.restarts !== restarts)
    watch.run = { restarts, sinceMs: deps.clock.monotonicMs() };
  const { status, status_detail } = seen ?? instance;
  const isFromBefore = number < (rollout.first_number ?? 0);
  return {
    ...member,
    isDone: instance.status === "COMPLETED" || seen?.status === "COMPLETED",
    restarts: isFromBefore ? restarts - watch.before : restarts,
    runningForS: watch.run && (deps.clock.monotonicMs() - watch.run.sinceMs) / 1000,
    fault: faultOf(instance),
    detail:
      instance.child === null || isHeard ? watch.trouble || status_detail : "its cluster is silent",
    isRefused: REFUSED.has(status),
  };
}

/** What was there before is not to blame for what happened to it before. */
function watchOf(instance: Instance, known: Watch | undefined): Watch {
  const seen = currentObservation(instance);
  const copy = `${instance.epoch}.${seen?.placement ?? 0}`;
  const trouble = seen?.reason === undefined ? "" : seen.status_detail;
  if (known?.copy === copy) return { ...known, trouble: trouble || known.trouble };
  const before = known === undefined ? (seen?.restarts ?? 0) : 0;
  return { copy, before, trouble };
}

function faultOf(instance: Instance): RolloutMember["fault"] {
  const seen = currentObservation(instance);
  const { status, status_detail: detail, reason = "" } = seen ?? instance;
  const isLastWord = status === "FAILED" || status === "DEAD";
  if (isLastWord ? BLAMELESS.has(reason) : !SPEC_FAULTS.has(reason)) return undefined;
  return { reason: reason || "workload_failed", detail: detail || `it is ${status}` };
}
