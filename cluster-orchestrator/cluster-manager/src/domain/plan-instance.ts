import {
  type Fenced,
  type Instance,
  type Liveness,
  NETWORK_FULL,
  type Observation,
  type OnDisconnect,
  type Pair,
  type Status,
} from "@oak/contracts";
import {
  comparePairs,
  currentObservation,
  EXCLUSIVE,
  isPauseOver,
  pairOf,
  type Reason,
} from "@oak/core";
import type { Evidence } from "./evidence.ts";
import { hasCompleted, isCopyWanted, isNamed } from "./old-copies.ts";
import { planDrains, standby } from "./plan-drains.ts";
import { isForgotten, isSure, pendingWish, planWithMove } from "./plan-move.ts";
import type { PlacerSettings } from "./settings.ts";

/** What the plan may know beside the instance itself. */
export interface PlanContext {
  nowS: number;
  settings: PlacerSettings;
  /** closed after a start until the workers known before it were heard (nothing is placed meanwhile) */
  isGateOpen: boolean;
  /** the database turned out to be an old one, and not every worker has told what it holds since */
  isLearning: boolean;
  /** `removed`: an operator took the worker out */
  livenessOf(child: string): Liveness | "removed";
  /** seconds since the present command went out from this process; undefined: never */
  sentAgoS: number | undefined;
  /** seconds since it went out from this process for the first time; undefined: never */
  sendingForS: number | undefined;
  /** the root has stored our last word on this instance and cannot command it any more */
  isSettledAbove: boolean;
  /** what is done when its worker falls silent */
  onSilence: OnDisconnect;
  /** seconds since the last word of its worker, by our own clock */
  silentForS: number;
  /** when the deploy of a move's second copy went out from this process; undefined: never */
  moveSent: { agoS: number; sendingForS: number } | undefined;
  /** seconds since this process told the worker to end an older copy; undefined: never */
  stopSentAgoS(child: string): number | undefined;
}

/** One step towards what the root wants. `rest`: nothing to do before `untilS`, or before a hint. */
export type Step =
  | { do: "rest"; untilS?: number }
  | { do: "place" }
  /** keep the copy that runs there, under a pair above `above` */
  | { do: "adopt"; child: string; above: Pair }
  | { do: "send_deploy" }
  | { do: "send_delete" }
  | { do: "release"; reason: Reason; exclude: boolean }
  | { do: "fence"; reason: Reason }
  | { do: "unfence"; copies: Fenced[] }
  | { do: "clear"; outcome: "unplaced" | "closed"; reason: Reason; exclude: boolean }
  | { do: "close"; reason: Reason }
  | { do: "forget" }
  /** look for another worker and have a second copy made there, or say why not */
  | { do: "begin_move" }
  | { do: "send_move" }
  /** the second copy has got so far */
  | { do: "note_move"; status: Status }
  /** the second copy is the assigned one from now on. `isGone`: of the first one nothing is left */
  | { do: "switch_copy"; isGone: boolean }
  /** the instance stays where it is */
  | { do: "end_move"; detail: string }
  /** of a copy that is not needed any more the end is counted, and then its worker is told */
  | { do: "name_copy"; copy: Fenced }
  | { do: "stop_copy"; copy: Fenced };

/** Decides the next step for one instance of this cluster. Pure; the rules are those of the protocol. */
export function planInstance(
  instance: Instance,
  evidence: readonly Evidence[],
  context: PlanContext,
): Step {
  const ended = endedFences(instance, evidence, context);
  if (ended.length > 0) return { do: "unfence", copies: ended };
  if (instance.phase !== "assigned" && pendingWish(instance) !== undefined) {
    return { do: "end_move", detail: "It does not run" };
  }
  return planDrains(instance, evidence, context, planPhase(instance, evidence, context));
}

function planPhase(instance: Instance, evidence: readonly Evidence[], context: PlanContext): Step {
  switch (instance.phase) {
    case "unplaced":
      return planUnplaced(instance, evidence, context);
    case "assigned":
      return planWithMove(instance, evidence, context, () =>
        planAssigned(instance, evidence, context),
      );
    case "releasing":
      return planReleasing(instance, evidence, context);
    case "closed":
      return context.isSettledAbove && instance.fenced.length === 0
        ? { do: "forget" }
        : { do: "rest" };
    default:
      return unreachable(instance.phase);
  }
}

const isWanted = (instance: Instance): boolean => instance.intent?.wanted === true;

/** Fenced copies that are confirmed gone, or whose worker was taken out by a person. */
function endedFences(
  instance: Instance,
  evidence: readonly Evidence[],
  context: PlanContext,
): Fenced[] {
  return instance.fenced.filter(
    (fence) =>
      context.livenessOf(fence.child) === "removed" ||
      evidence.some(
        (fact) =>
          (fact.kind !== "absent" || isNamed(fence)) &&
          confirmsEnd(fact, fence.child, fence, fence.want_rev),
      ),
  );
}

function confirmsEnd(fact: Evidence, child: string, pair: Pair, wantRev: number): boolean {
  if (fact.child !== child) return false;
  if (fact.kind === "released") return comparePairs(fact, pair) >= 0;
  return fact.kind === "absent" && fact.want_rev >= wantRev;
}

function planUnplaced(
  instance: Instance,
  evidence: readonly Evidence[],
  context: PlanContext,
): Step {
  if (!isCopyWanted(instance)) {
    // A copy on a silent worker may still run: "it is over" is only said when that is true.
    const reason = hasCompleted(instance) ? "completed" : "deleted";
    return instance.fenced.length === 0 ? { do: "close", reason } : { do: "rest" };
  }
  const original = evidence.find(
    (fact) => (fact.kind === "survivor" && fact.isHealthy) || fact.kind === "higher",
  );
  if (original !== undefined && original.kind !== "absent") {
    return { do: "adopt", child: original.child, above: pairOf(original) };
  }
  const left = standby(instance, context);
  if (left !== undefined) return { do: "adopt", child: left.child, above: pairOf(left) };
  if (!context.isGateOpen) return { do: "rest", untilS: context.nowS + 0.25 };
  const { retry_at: untilS } = instance;
  return isPauseOver(untilS, context.nowS) ? { do: "place" } : { do: "rest", untilS };
}

function planAssigned(
  instance: Instance,
  evidence: readonly Evidence[],
  context: PlanContext,
): Step {
  if (!isWanted(instance)) return { do: "release", reason: "deleted", exclude: false };
  const higher = evidence.find((fact) => fact.kind === "higher");
  if (higher?.kind === "higher" && isOfLaterPlacement(higher, instance)) {
    // The later placement is the one that counts. What we remember may run as well, or not any more.
    if (higher.child !== instance.child) return { do: "fence", reason: "adopted" };
    return { do: "adopt", child: higher.child, above: pairOf(higher) };
  }
  if (instance.intent?.spec_rev !== instance.spec_rev) {
    return { do: "release", reason: "spec_changed", exclude: false };
  }
  const seen = currentObservation(instance);
  if (seen?.released === true || isForgotten(instance.child, evidence, context)) {
    return { do: "clear", outcome: "unplaced", reason: "released_by_child", exclude: false };
  }
  const silence = planSilence(instance, context);
  if (silence !== undefined) return silence;
  if (instance.child !== null && needsHigherPair(instance)) {
    // The root may speak of a later placement than this database knows of: its worker is heard first.
    if (!context.isGateOpen) return { do: "rest", untilS: context.nowS + 0.25 };
    return { do: "adopt", child: instance.child, above: pairOf(instance) };
  }
  if (seen === undefined) return planUnacknowledged(context);
  return planReported(seen, context);
}

function needsHigherPair(instance: Instance): boolean {
  return (instance.intent?.epoch ?? 0) > instance.epoch || isOfGivenUpMove(instance);
}

/**
 * The second copy of a move failed in the moment in which it was taken for running. Reports of the one that goes on
 * are below that: it needs numbers above.
 */
function isOfGivenUpMove(instance: Instance): boolean {
  const { move, seen } = instance;
  if (move == null || move.child !== null || seen === null) return false;
  return comparePairs(seen, move) === 0 && comparePairs(seen, instance) > 0;
}

/** Also under equal numbers elsewhere: then they were given twice, and the first copy is the one that ran. */
function isOfLaterPlacement(copy: Pair & { child: string }, instance: Instance): boolean {
  const order = comparePairs(copy, instance);
  return order > 0 || (order === 0 && copy.child !== instance.child);
}

function planSilence(instance: Instance, context: PlanContext): Step | undefined {
  const liveness = instance.child === null ? "alive" : context.livenessOf(instance.child);
  if (liveness === "removed") {
    return { do: "clear", outcome: "unplaced", reason: "child_removed", exclude: false };
  }
  if (liveness !== "lost") return undefined;
  if (context.onSilence === "keep") return { do: "rest" };
  const waitS = context.onSilence === "replace" ? 0 : EXCLUSIVE.ttlS + EXCLUSIVE.marginS;
  return context.silentForS < waitS
    ? { do: "rest", untilS: context.nowS + waitS - context.silentForS }
    : { do: "fence", reason: "child_lost" };
}

function planUnacknowledged(context: PlanContext): Step {
  const { settings, nowS, sentAgoS, sendingForS = 0 } = context;
  // It may have gone elsewhere since: nothing starts before that is known.
  if (context.isLearning) return { do: "rest", untilS: nowS + 0.25 };
  // A process that has just started asks first: the answer may have come while nobody listened.
  if (sendingForS > settings.acknowledgeS) {
    return { do: "release", reason: "not_acknowledged", exclude: true };
  }
  if (sentAgoS === undefined || sentAgoS >= settings.resendS) return { do: "send_deploy" };
  return { do: "rest", untilS: nowS + settings.resendS - sentAgoS };
}

function planReported(seen: Observation, context: PlanContext): Step {
  const { settings, nowS } = context;
  const { at: atS, reason } = seen;
  const status: string = seen.status;
  const limitS = { CREATING: settings.creatingS, CREATED: settings.createdS }[status];
  if (limitS !== undefined) {
    const untilS = atS + limitS;
    if (nowS <= untilS) return { do: "rest", untilS: untilS + 0.001 };
    // What is stored may be old: it may run since, and nobody listened.
    if (!isSure(context)) return { do: "rest", untilS: nowS + 0.25 };
    return { do: "release", reason: "stuck", exclude: true };
  }
  if (status === "COMPLETED") return { do: "release", reason: "completed", exclude: false };
  // The worker tries again in place as long as that makes sense; FAILED and DEAD are its last word.
  if (status === "FAILED" || status === "DEAD") {
    const isFull = reason === NETWORK_FULL;
    return { do: "release", reason: isFull ? "worker_full" : "workload_failed", exclude: true };
  }
  return { do: "rest" };
}

function planReleasing(
  instance: Instance,
  evidence: readonly Evidence[],
  context: PlanContext,
): Step {
  const { child } = instance;
  const later = evidence.find((fact) => fact.kind === "higher");
  if (later?.kind === "higher" && isOfLaterPlacement(later, instance)) {
    // What is being released there is not there any more, and the worker refuses to end more than we name.
    if (later.child === child) return { do: "adopt", child, above: pairOf(later) };
    // A good copy of a later placement runs elsewhere: it goes on, whatever becomes of this one.
    if (isCopyWanted(instance)) return { do: "fence", reason: "adopted" };
  }
  const isConfirmed =
    child === null ||
    context.livenessOf(child) === "removed" ||
    currentObservation(instance)?.released === true ||
    evidence.some((fact) => confirmsEnd(fact, child, instance, instance.want_rev));
  if (isConfirmed) return afterRelease(instance);
  const silence = isCopyWanted(instance) ? planSilence(instance, context) : undefined;
  if (silence !== undefined) return silence;
  const { resendS } = context.settings;
  if (context.sentAgoS === undefined || context.sentAgoS >= resendS) return { do: "send_delete" };
  return { do: "rest", untilS: context.nowS + resendS - context.sentAgoS };
}

function afterRelease(instance: Instance): Step {
  const reason = instance.reason as Reason;
  if (!isCopyWanted(instance) && instance.fenced.length === 0) {
    return { do: "clear", outcome: "closed", reason, exclude: false };
  }
  const exclude = EXCLUDING.has(reason);
  return { do: "clear", outcome: "unplaced", reason, exclude };
}

/** After these another worker is tried first. */
const EXCLUDING: ReadonlySet<Reason> = new Set([
  ...(["workload_failed", "worker_full", "not_acknowledged", "stuck"] as const),
]);

function unreachable(value: never): never {
  throw new Error(`unexpected phase ${String(value)}`);
}
