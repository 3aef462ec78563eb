import type { Instance, Need, Pair } from "@oak/contracts";
import { nextNumber, pairOf, REASONS, type Reason, retryDelayS } from "@oak/core";
import {
  assignTo,
  type Placing,
  type PlacingOutcome,
  placeInstance,
  writeCounted,
} from "@oak/tier";
import type { Evidence } from "../domain/evidence.ts";
import { wordsAfterRelease, wordsOfRelease, wordsWithoutPlace } from "../domain/last-words.ts";
import { planInstance, type Step } from "../domain/plan-instance.ts";
import type { AssignmentDeps } from "../ports.ts";
import { deleteCommand, deployCommand } from "./commands.ts";

/** When each command went out from this process, so that it is repeated at its own pace. */
export type SentTimes = Map<string, { want_rev: number; firstAtMs: number; atMs: number }>;

const NO_NEED: Need = { vcpus: 0, memory: 0, vgpus: 0, host_ports: [] };
/** A chain of steps without a pause; more than this in one run is a defect of the plan. */
const MAX_STEPS = 12;

/**
 * Brings one instance forward until it rests.
 * @returns monotonic milliseconds when to look again, undefined: only after a hint
 * @throws whatever the store throws; the reconciler comes back
 */
export async function reconcileInstance(
  deps: AssignmentDeps,
  sent: SentTimes,
  key: string,
  evidence: Evidence[],
): Promise<number | undefined> {
  for (let count = 0; count < MAX_STEPS; count += 1) {
    const instance = deps.book.get(key);
    if (instance === undefined) {
      sent.delete(key);
      return undefined;
    }
    const step = planInstance(instance, evidence, contextOf(deps, sent, instance));
    if (step.do === "rest") return restUntilMs(deps, step.untilS);
    deps.onStep?.(step.do);
    await execute(deps, sent, instance, step);
    if (step.do === "adopt") evidence = [];
  }
  deps.log.error({ instance: key }, "an instance does not come to rest");
  return deps.clock.monotonicMs() + 1000;
}

function contextOf(deps: AssignmentDeps, sent: SentTimes, instance: Instance) {
  const last = sent.get(instance._id);
  const isSent = last !== undefined && last.want_rev === instance.want_rev;
  const nowMs = deps.clock.monotonicMs();
  return {
    nowS: deps.clock.nowMs() / 1000,
    settings: deps.settings,
    isGateOpen: deps.isGateOpen(),
    livenessOf: deps.roster.livenessOf,
    sentAgoS: isSent ? (nowMs - last.atMs) / 1000 : undefined,
    sendingForS: isSent ? (nowMs - last.firstAtMs) / 1000 : undefined,
    isSettledAbove: deps.isSettledAbove(instance._id),
    isLearning: deps.isLearning(),
    onSilence: "replace" as const,
  };
}

function restUntilMs(deps: AssignmentDeps, untilS: number | undefined): number | undefined {
  if (untilS === undefined) return undefined;
  return deps.clock.monotonicMs() + Math.max(0, untilS * 1000 - deps.clock.nowMs());
}

type ActiveStep = Exclude<Step, { do: "rest" }>;

async function execute(
  deps: AssignmentDeps,
  sent: SentTimes,
  instance: Instance,
  step: ActiveStep,
): Promise<void> {
  switch (step.do) {
    case "place":
      return place(deps, instance);
    case "adopt":
      return adopt(deps, instance, step.child, step.above);
    case "send_deploy":
      return send(deps, sent, instance, "deploy");
    case "send_delete":
      return send(deps, sent, instance, "delete");
    case "release":
      return release(deps, instance, step.reason);
    case "fence":
      return fence(deps, instance, step.reason);
    case "unfence":
      return unfence(deps, instance, step.copies);
    case "clear":
      return clear(deps, instance, step);
    case "close":
      await deps.book.write(instance, {
        ...instance,
        phase: "closed",
        ...saying(deps, step.reason),
        status: step.reason === "completed" ? "COMPLETED" : "UNDEPLOYED",
      });
      return;
    case "forget":
      await deps.book.remove(instance);
      return;
    default:
      return unreachable(step);
  }
}

async function place(deps: AssignmentDeps, instance: Instance): Promise<void> {
  const job = await deps.specs.get(instance.job_id);
  if (job === undefined) throw new Error(`no spec is stored for ${instance.job_id}`);
  const nowS = deps.clock.nowMs() / 1000;
  const excluded = instance.excluded.filter((e) => e.until > nowS);
  const placing: Placing = {
    instance: { ...instance, excluded, spec_rev: instance.intent?.spec_rev ?? instance.spec_rev },
    job,
    pair: nextPair(deps, instance, pairOf(instance)),
    status: "NODE_SCHEDULED",
    exclude: [...excluded.map((e) => e.child), ...instance.fenced.map((f) => f.child)],
  };
  await afterPlacing(deps, instance, await placeInstance(deps, placing));
}

async function adopt(
  deps: AssignmentDeps,
  instance: Instance,
  child: string,
  above: Pair,
): Promise<void> {
  const job = await deps.specs.get(instance.job_id);
  if (job === undefined) throw new Error(`no spec is stored for ${instance.job_id}`);
  const pair = nextPair(deps, instance, above);
  const intent = instance.intent && { ...instance.intent, epoch: pair.epoch };
  const fenced = instance.fenced.filter((f) => f.child !== child);
  const spec_rev = intent?.spec_rev ?? instance.spec_rev;
  const outcome = await assignTo(
    deps,
    {
      instance: { ...instance, intent, fenced, spec_rev },
      job,
      pair,
      status: "NODE_SCHEDULED",
      exclude: [],
    },
    child,
  );
  if (!outcome.placed && outcome.status !== "conflict") {
    return afterRefusedAdoption(deps, instance, outcome);
  }
  deps.log.info({ instance: instance._id, worker: child, ...pair }, "a running copy is adopted");
}

/** About seconds; by then the stale holds of an old database are gone. */
const PATIENT_ADOPTIONS = 15;

/**
 * The copy runs, whatever the holds say, and those may be of an old database: it is tried again, with the
 * same evidence, rather than replaced.
 */
async function afterRefusedAdoption(
  deps: AssignmentDeps,
  instance: Instance,
  outcome: PlacingOutcome,
): Promise<void> {
  if (instance.phase === "unplaced") {
    await afterPlacing(deps, instance, outcome);
    if (instance.attempts >= PATIENT_ADOPTIONS) return;
  }
  throw new Error(`a running copy has no hold yet: ${instance._id}`);
}

/** Numbers above everything that was given or seen. */
function nextPair(deps: AssignmentDeps, instance: Instance, above: Pair): Pair {
  const { base } = deps.tier.current();
  return {
    epoch: Math.max(instance.intent?.epoch ?? 0, above.epoch),
    placement: nextNumber(Math.max(instance.placement, above.placement), base),
  };
}

async function afterPlacing(
  deps: AssignmentDeps,
  before: Instance,
  outcome: PlacingOutcome,
): Promise<void> {
  if (outcome.placed || outcome.status === "conflict") return;
  const instance = deps.book.get(before._id) ?? before;
  const refusals = instance.attempts + 1;
  const { settings } = deps;
  const nowS = deps.clock.nowMs() / 1000;
  const isHopeless = outcome.reason === "no_place" && refusals >= settings.handBackAfter;
  const canHandBack = isHopeless && instance.fenced.length === 0;
  await deps.book.write(instance, {
    ...instance,
    phase: canHandBack ? "closed" : "unplaced",
    ...wordsWithoutPlace(instance, outcome),
    ...(canHandBack && { reason: "handed_back" }),
    attempts: refusals,
    retry_at: nowS + retryDelayS(refusals, settings.retryBaseS, settings.retryMaxS, deps.random()),
    phase_since: nowS,
  });
}

async function send(
  deps: AssignmentDeps,
  sent: SentTimes,
  instance: Instance,
  kind: "deploy" | "delete",
): Promise<void> {
  const { child } = instance;
  if (child === null) return;
  const job = await deps.specs.get(instance.job_id);
  if (job === undefined) throw new Error(`no spec is stored for ${instance.job_id}`);
  const { incarnation } = deps.tier.current();
  if (kind === "deploy") deps.link.deploy(child, deployCommand(instance, job, incarnation));
  else deps.link.remove(child, deleteCommand(instance, job, incarnation));
  const { want_rev } = instance;
  const atMs = deps.clock.monotonicMs();
  const last = sent.get(instance._id);
  const firstAtMs = last?.want_rev === want_rev ? last.firstAtMs : atMs;
  sent.set(instance._id, { want_rev, firstAtMs, atMs });
}

async function release(deps: AssignmentDeps, instance: Instance, reason: Reason): Promise<void> {
  if (instance.child === null) return;
  await writeCounted(deps, instance.child, instance, (want_rev) => ({
    ...instance,
    phase: "releasing",
    want_rev,
    ...saying(deps, reason),
    ...wordsOfRelease(instance, reason),
  }));
}

async function fence(deps: AssignmentDeps, instance: Instance, reason: Reason): Promise<void> {
  const { child } = instance;
  if (child === null) return;
  deps.log.warn(
    { instance: instance._id, worker: child, reason },
    "a copy is given up, it may run",
  );
  await writeCounted(deps, child, instance, (want_rev) => ({
    ...instance,
    phase: "unplaced",
    child: null,
    fenced: [...instance.fenced, { child, ...pairOf(instance), want_rev }],
    attempts: 0,
    retry_at: 0,
    ...saying(deps, reason),
    status: "REQUESTED",
  }));
}

async function unfence(
  deps: AssignmentDeps,
  instance: Instance,
  copies: readonly { child: string; epoch: number; placement: number }[],
): Promise<void> {
  const fenced = instance.fenced.filter((f) => !copies.some((c) => c.child === f.child));
  if (!(await deps.book.write(instance, { ...instance, fenced }))) return;
  for (const copy of copies) {
    // The instance may have come back to the same worker: that hold has a higher pair and stays.
    await deps.holds.drop(copy.child, instance._id, pairOf(copy));
  }
}

async function clear(
  deps: AssignmentDeps,
  instance: Instance,
  step: Extract<Step, { do: "clear" }>,
): Promise<void> {
  const { child } = instance;
  const nowS = deps.clock.nowMs() / 1000;
  const { settings } = deps;
  const exclusion =
    step.exclude && child !== null
      ? [{ child, reason: step.reason, until: nowS + settings.excludeS }]
      : [];
  const isRetry = step.outcome === "unplaced";
  const isStored = await deps.book.write(instance, {
    ...instance,
    phase: isRetry ? "unplaced" : "closed",
    child: null,
    need: isRetry ? instance.need : NO_NEED,
    excluded: [...instance.excluded.filter((e) => e.child !== child), ...exclusion],
    ...wordsAfterRelease(instance, step.reason, isRetry),
    reason: step.reason,
    attempts: 0,
    retry_at: exclusion.length > 0 ? nowS + settings.retryBaseS : 0,
    phase_since: nowS,
  });
  if (isStored && child !== null) await deps.holds.drop(child, instance._id, pairOf(instance));
}

function saying(deps: AssignmentDeps, reason: Reason) {
  return { reason, status_detail: REASONS[reason], phase_since: deps.clock.nowMs() / 1000 };
}

function unreachable(value: never): never {
  throw new Error(`unexpected step ${JSON.stringify(value)}`);
}
