import type { Instance, Job, Need, Observation } from "@oak/contracts";
import {
  isPauseOver,
  jobOfMember,
  nextNumber,
  pairOf,
  REASONS,
  type Reason,
  retryDelayS,
  revisionOf,
  silencePolicyOf,
} from "@oak/core";
import { fp } from "@oak/kit";
import { type PlacingDeps, type PlacingOutcome, placeInstance, writeCounted } from "@oak/tier";
import { isMember } from "../domain/is-member.ts";
import { newInstance } from "../domain/new-instance.ts";
import {
  type ClusterLiveness,
  type Evidence,
  type PlacerSettings,
  planInstance,
  type Step,
} from "../domain/plan-instance.ts";
import { askMove } from "./ask-move.ts";
import type { JobBook, RootLog, TierBook } from "./placer-ports.ts";

export interface PlacerDeps extends PlacingDeps {
  jobs: JobBook;
  tier: TierBook;
  random(): number;
  log: RootLog;
  settings: PlacerSettings;
  isGateOpen(): boolean;
  /** A copy there was given up: whether it still runs is for the cluster to tell. */
  onFenced(child: string): void;
  livenessOf(child: string): ClusterLiveness;
  roomGrewAtS(): number;
  /** the last instance of a deleted service is gone */
  onServiceEmpty(jobId: string): void;
}

const NO_NEED: Need = { vcpus: 0, memory: 0, vgpus: 0, host_ports: [] };
const MAX_STEPS = 12;

/**
 * Brings one instance forward until it rests; makes its record when a wanted number has none.
 * @returns monotonic milliseconds when to look again, undefined: only after a hint
 * @throws whatever the stores throw; the reconciler comes back
 */
export async function reconcileInstance(
  deps: PlacerDeps,
  key: string,
  evidence: Evidence[],
): Promise<number | undefined> {
  let facts = evidence;
  for (let count = 0; count < MAX_STEPS; count += 1) {
    const { jobId, instanceNumber } = split(key);
    const job = deps.jobs.get(jobId);
    const isWanted = isMember(job, instanceNumber);
    const instance =
      deps.book.get(key) ??
      (isWanted ? newInstance(job, instanceNumber, deps.clock.nowMs() / 1000) : undefined);
    if (instance === undefined) {
      deps.onServiceEmpty(jobId);
      return undefined;
    }
    const move = job?.moves?.[instanceNumber];
    const step = planInstance(instance, facts, {
      ...contextOf(deps, isWanted, job && jobOfMember(job, instanceNumber)),
      move,
    });
    // A first record can say at once where the instance went, which is one write less before it runs.
    if (instance.rev === 0 && step.do !== "place") {
      await deps.book.write(undefined, instance);
      continue;
    }
    if (step.do === "rest") return restUntilMs(deps, step.untilS);
    await execute(deps, instance, job, step);
    if (step.do === "learn" || step.do === "adopt") facts = [];
  }
  deps.log.error({ instance: key }, "an instance does not come to rest");
  return deps.clock.monotonicMs() + 1000;
}

function split(key: string): { jobId: string; instanceNumber: number } {
  const [jobId = "", number = ""] = key.split("/");
  return { jobId, instanceNumber: Number(number) };
}

function contextOf(deps: PlacerDeps, isWanted: boolean, job: Job | undefined) {
  return {
    nowS: deps.clock.nowMs() / 1000,
    isMember: isWanted,
    isGateOpen: deps.isGateOpen(),
    livenessOf: deps.livenessOf,
    onSilence: job === undefined ? ("keep" as const) : silencePolicyOf(job, "cluster"),
    roomGrewAtS: deps.roomGrewAtS(),
  };
}

function restUntilMs(deps: PlacerDeps, untilS: number | undefined): number | undefined {
  if (untilS === undefined) return undefined;
  return deps.clock.monotonicMs() + Math.max(0, untilS * 1000 - deps.clock.nowMs());
}

async function execute(
  deps: PlacerDeps,
  instance: Instance,
  job: Job | undefined,
  step: Exclude<Step, { do: "rest" }>,
): Promise<void> {
  switch (step.do) {
    case "place":
      return job === undefined ? undefined : place(deps, instance, job);
    case "learn":
      return takeOver(deps, instance, step);
    case "adopt":
      return takeOver(deps, instance, { child: step.child, epoch: nextEpoch(deps, step.above) });
    case "fence":
      return fence(deps, instance, step);
    case "unfence":
      return unfence(deps, instance, step.copies);
    case "release":
      return release(deps, instance, step.reason);
    case "clear":
      return clear(deps, instance, step);
    case "ask_move":
      return askMove(deps, instance, step.request);
    case "forget":
      await deps.book.remove(instance);
      fp("placer.forgotten", instance._id);
      return;
    default:
      return unreachable(step);
  }
}

async function place(deps: PlacerDeps, instance: Instance, job: Job): Promise<void> {
  const nowS = deps.clock.nowMs() / 1000;
  const excluded = instance.excluded.filter((e) => !isPauseOver(e.until, nowS));
  const spec_rev = revisionOf(job, instance.instance_number);
  const outcome = await placeInstance(deps, {
    instance: { ...instance, excluded, spec_rev },
    job: deps.jobs.specOf(job, spec_rev),
    pair: { epoch: nextEpoch(deps, instance.epoch), placement: 0 },
    status: "CLUSTER_SCHEDULED",
    exclude: excluded.map(({ child }) => child),
  });
  await afterPlacing(deps, instance, outcome);
}

async function afterPlacing(
  deps: PlacerDeps,
  before: Instance,
  outcome: PlacingOutcome,
): Promise<void> {
  if (outcome.placed || outcome.status === "conflict") return;
  const instance = deps.book.get(before._id) ?? before;
  const attempts = instance.attempts + 1;
  const { retryBaseS, retryMaxS } = deps.settings;
  const nowS = deps.clock.nowMs() / 1000;
  // A cluster that just handed it back knows better why than "no other cluster".
  const keepsWord = instance.reason === "handed_back" && outcome.reason === "no_place";
  await deps.book.write(instance, {
    ...instance,
    status: keepsWord ? instance.status : outcome.status,
    status_detail: keepsWord ? instance.status_detail : outcome.detail,
    reason: keepsWord ? instance.reason : outcome.reason,
    attempts,
    retry_at: nowS + retryDelayS(attempts, retryBaseS, retryMaxS, deps.random()),
    phase_since: nowS,
  });
}

function nextEpoch(deps: PlacerDeps, above: number): number {
  return nextNumber(above, deps.tier.current().base);
}

/** The copy runs, and the cluster's own figures count it: it needs an assignment, but no hold. */
async function takeOver(
  deps: PlacerDeps,
  instance: Instance,
  { child, epoch }: { child: string; epoch: number },
): Promise<void> {
  const previous = instance.child;
  await writeCounted(deps, child, instance, (want_rev) => ({
    ...instance,
    phase: "assigned",
    child,
    epoch,
    placement: 0,
    fenced: instance.fenced.filter((f) => f.child !== child),
    want_rev,
    reason: "adopted",
    status_detail: REASONS.adopted,
    phase_since: deps.clock.nowMs() / 1000,
  }));
  if (previous !== null && previous !== child) {
    await deps.holds.drop(previous, instance._id, pairOf(instance));
  }
}

async function fence(
  deps: PlacerDeps,
  instance: Instance,
  step: Extract<Step, { do: "fence" }>,
): Promise<void> {
  const { child, seen } = instance;
  const { reason } = step;
  if (child === null) return;
  deps.log.warn(
    { instance: instance._id, cluster: child, reason },
    "a copy is given up, it may run",
  );
  const words = step.exclude ? wordsOfRefusal(seen) : { status_detail: REASONS[reason] };
  await writeCounted(deps, child, instance, (want_rev) => ({
    ...instance,
    phase: "unplaced",
    child: null,
    fenced: [...instance.fenced, { child, ...pairOf(instance), want_rev }],
    status: "REQUESTED",
    ...words,
    reason,
    ...pauseAfter(deps, instance, step),
  }));
  deps.onFenced(child);
  // Nothing is placed in a silent cluster, and any other counts in its own figures what it runs.
  await deps.holds.drop(child, instance._id, pairOf(instance));
}

function wordsOfRefusal(seen: Observation | null) {
  return { status: seen?.status ?? "REQUESTED", status_detail: seen?.refused ?? "" };
}

/** When the next try comes, and whom it leaves out. */
function pauseAfter(
  deps: PlacerDeps,
  { child, excluded, attempts }: Instance,
  { exclude, reason }: { exclude: boolean; reason: Reason },
) {
  const nowS = deps.clock.nowMs() / 1000;
  if (!exclude || child === null) {
    return { excluded, attempts: 0, retry_at: 0, phase_since: nowS };
  }
  // Hand-backs come with growing pauses, and the next try goes elsewhere: it must come before the skip ends.
  const retryAtS = nowS + retryDelayS(attempts, 1, 60, deps.random());
  const others = excluded.filter((e) => e.child !== child);
  const exclusion = { child, reason, until: retryAtS + deps.settings.excludeS };
  return { excluded: [...others, exclusion], attempts, retry_at: retryAtS, phase_since: nowS };
}

async function unfence(
  deps: PlacerDeps,
  instance: Instance,
  copies: readonly { child: string }[],
): Promise<void> {
  const fenced = instance.fenced.filter((f) => !copies.some((c) => c.child === f.child));
  await deps.book.write(instance, { ...instance, fenced });
}

async function release(deps: PlacerDeps, instance: Instance, reason: Reason): Promise<void> {
  if (instance.child === null) return;
  await writeCounted(deps, instance.child, instance, (want_rev) => ({
    ...instance,
    phase: "releasing",
    want_rev,
    reason,
    status_detail: REASONS[reason],
    phase_since: deps.clock.nowMs() / 1000,
  }));
  fp("placer.release_stored", instance._id);
}

async function clear(
  deps: PlacerDeps,
  instance: Instance,
  step: Extract<Step, { do: "clear" }>,
): Promise<void> {
  const { child, seen } = instance;
  const isRetry = step.outcome === "retry";
  const isStored = await deps.book.write(instance, {
    ...instance,
    phase: isRetry ? "unplaced" : "closed",
    child: null,
    need: isRetry ? instance.need : NO_NEED,
    status: isRetry && step.exclude ? (seen?.status ?? "REQUESTED") : closedStatus(step),
    status_detail: seen?.refused ?? seen?.status_detail ?? "",
    reason: step.reason,
    ...pauseAfter(deps, instance, step),
  });
  if (isStored) fp("placer.cleared", instance._id);
  if (isStored && child !== null) await deps.holds.drop(child, instance._id, pairOf(instance));
}

function closedStatus(step: Extract<Step, { do: "clear" }>) {
  if (step.outcome === "retry") return "REQUESTED" as const;
  return step.reason === "completed" ? ("COMPLETED" as const) : ("UNDEPLOYED" as const);
}

function unreachable(value: never): never {
  throw new Error(`unexpected step ${JSON.stringify(value)}`);
}
