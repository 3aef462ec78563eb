import type { Fenced, Instance, MoveRequest, OnDisconnect } from "@oak/contracts";
import { comparePairs, currentObservation, isPauseOver, type Reason } from "@oak/core";

/** Times of the root's placer, all in seconds. */
export interface PlacerSettings {
  retryBaseS: number;
  retryMaxS: number;
  /** how long a cluster that handed an instance back is skipped for it */
  excludeS: number;
}

export const DEFAULT_PLACER_SETTINGS: PlacerSettings = {
  retryBaseS: 0.5,
  retryMaxS: 60,
  excludeS: 10,
};

const LEAST_PAUSE_S = 0.5;

/** Facts that came with a cluster's report and are stored nowhere yet. */
export type Evidence =
  /** the cluster has it under an epoch that this database did not give */
  | { kind: "higher"; child: string; epoch: number }
  /** another cluster than the assigned one runs it under the same epoch, which was given twice */
  | { kind: "twin"; child: string; epoch: number }
  /** a cluster that was given up is back, with the copy in good health */
  | { kind: "survivor"; child: string; epoch: number }
  /** the cluster confirmed that no copy up to this epoch is left */
  | { kind: "ended"; child: string; epoch: number }
  /**
   * a full report that does not name the instance, made when the cluster had followed up to `want_rev`, and
   * could not take anything up any more that was given up as of `fences_up_to`
   */
  | { kind: "absent"; child: string; want_rev: number; fences_up_to: number };

/** `removed`: an operator took the cluster out */
export type ClusterLiveness = "alive" | "lost" | "removed";

export interface PlanContext {
  nowS: number;
  /** the service still wants this instance number */
  isMember: boolean;
  /** closed after a start until the clusters known before it have reported */
  isGateOpen: boolean;
  livenessOf(child: string): ClusterLiveness;
  /** the last request to move it, if there was one */
  move: MoveRequest | undefined;
  /** what is done when the cluster falls silent */
  onSilence: OnDisconnect;
  /** when room was last seen to grow anywhere, Unix seconds of the own clock */
  roomGrewAtS: number;
}

export type Step =
  | { do: "rest"; untilS?: number }
  | { do: "place" }
  /** the cluster has it under an epoch that this database does not know: take over that number */
  | { do: "learn"; child: string; epoch: number }
  /** keep the copy that runs there, under an epoch above `above` */
  | { do: "adopt"; child: string; above: number }
  | { do: "fence"; reason: Reason; exclude: boolean }
  | { do: "unfence"; copies: Fenced[] }
  | { do: "release"; reason: Reason }
  | { do: "clear"; outcome: "retry" | "closed"; reason: Reason; exclude: boolean }
  /** the cluster is to move it to another worker */
  | { do: "ask_move"; request: MoveRequest }
  | { do: "forget" };

/**
 * Decides the next step for one instance at the root. The root acts on intent, hand-back and removal; a
 * cluster that is silent keeps what it has (an uplink that is down is the edge's normal day), unless the
 * service asks for a replacement.
 */
export function planInstance(
  instance: Instance,
  evidence: readonly Evidence[],
  context: PlanContext,
): Step {
  const higher = evidence.find((fact) => fact.kind === "higher" && fact.epoch > instance.epoch);
  if (higher?.kind === "higher") return takeOver(instance, higher);
  const ended = endedFences(instance, evidence, context);
  if (ended.length > 0) return { do: "unfence", copies: ended };
  switch (instance.phase) {
    case "unplaced":
      return planUnplaced(instance, evidence, context);
    case "assigned":
      return planAssigned(instance, evidence, context);
    case "releasing":
      return planReleasing(instance, evidence, context);
    case "closed":
      return context.isMember ? { do: "rest" } : forget(instance);
    default:
      return unreachable(instance.phase);
  }
}

/** What we remember may run as well: that cluster is told, and its copy stands behind a fence until it is gone. */
function takeOver({ child }: Instance, later: { child: string; epoch: number }): Step {
  const isElsewhere = child !== null && child !== later.child;
  return isElsewhere
    ? { do: "fence", reason: "adopted", exclude: false }
    : { do: "learn", child: later.child, epoch: later.epoch };
}

/** Copies in clusters that were given up, and are gone by their word or with them. */
function endedFences(
  { fenced }: Instance,
  evidence: readonly Evidence[],
  { livenessOf }: PlanContext,
): Fenced[] {
  return fenced.filter(
    (fence) =>
      livenessOf(fence.child) === "removed" ||
      evidence.some((fact) => fact.child === fence.child && isEndOf(fact, fence)),
  );
}

function isEndOf(fact: Evidence, fence: Fenced): boolean {
  if (fact.kind === "ended") return fact.epoch >= fence.epoch;
  return fact.kind === "absent" && fact.fences_up_to >= fence.want_rev;
}

/** The record outlives every copy: one in a silent cluster may still run. */
function forget({ fenced }: Instance): Step {
  return fenced.length === 0 ? { do: "forget" } : { do: "rest" };
}

function planUnplaced(
  instance: Instance,
  evidence: readonly Evidence[],
  context: PlanContext,
): Step {
  if (!context.isMember) return forget(instance);
  const original = evidence.find((fact) => fact.kind === "survivor" || fact.kind === "twin");
  if (original?.kind === "survivor" || original?.kind === "twin") {
    const above = Math.max(original.epoch, instance.epoch);
    return { do: "adopt", child: original.child, above };
  }
  if (!context.isGateOpen) return { do: "rest", untilS: context.nowS + 0.25 };
  // A pause is for refusals that nothing has changed about; new room ends it, but not the least pause.
  const leastS = instance.attempts === 0 ? 0 : LEAST_PAUSE_S;
  const tryAtS =
    context.roomGrewAtS > instance.phase_since
      ? Math.min(instance.retry_at, instance.phase_since + leastS)
      : instance.retry_at;
  return isPauseOver(tryAtS, context.nowS) ? { do: "place" } : { do: "rest", untilS: tryAtS };
}

function planAssigned(
  instance: Instance,
  evidence: readonly Evidence[],
  context: PlanContext,
): Step {
  const seen = currentObservation(instance);
  if (seen?.released === true || isAbsent(instance, evidence)) {
    return afterRelease(instance, context);
  }
  const liveness = instance.child === null ? "alive" : context.livenessOf(instance.child);
  if (liveness === "removed") {
    return { do: "clear", outcome: "retry", reason: "child_removed", exclude: false };
  }
  if (!context.isMember) return { do: "release", reason: "deleted" };
  if (hasTwin(instance, evidence)) return { do: "fence", reason: "adopted", exclude: false };
  // Handed back before the end of every copy there is certain: one is on a worker that fell silent.
  if (seen?.refused !== undefined) return { do: "fence", reason: "handed_back", exclude: true };
  if (liveness === "lost" && context.onSilence === "replace") {
    return { do: "fence", reason: "child_lost", exclude: false };
  }
  return planMove(instance, context);
}

/** A request that was made before the instance went to another cluster, or came anew to this one, is void. */
function planMove({ asked, epoch }: Instance, { move }: PlanContext): Step {
  const isNew = move !== undefined && move.epoch === epoch && move.request !== asked?.request;
  return isNew ? { do: "ask_move", request: move } : { do: "rest" };
}

/** The copy that ran first goes on; the one that we know of may run as well. */
function hasTwin({ child, epoch }: Instance, evidence: readonly Evidence[]): boolean {
  return evidence.some(
    (fact) => fact.kind === "twin" && fact.child !== child && fact.epoch >= epoch,
  );
}

/**
 * The cluster has followed the wish and has forgotten the instance since, which it does only once its last
 * word was stored here: by a later state of this database than the one that was put back.
 */
function isAbsent({ child, want_rev }: Instance, evidence: readonly Evidence[]): boolean {
  return evidence.some(
    (fact) => fact.kind === "absent" && fact.child === child && fact.want_rev >= want_rev,
  );
}

function planReleasing(
  instance: Instance,
  evidence: readonly Evidence[],
  context: PlanContext,
): Step {
  const isRemoved = instance.child === null || context.livenessOf(instance.child) === "removed";
  const { seen } = instance;
  const isConfirmed = seen?.released === true && comparePairs(seen, instance) >= 0;
  if (isRemoved || isConfirmed || isAbsent(instance, evidence))
    return afterRelease(instance, context);
  return { do: "rest" };
}

function afterRelease(instance: Instance, context: PlanContext): Step {
  const { seen } = instance;
  if (!context.isMember) {
    return { do: "clear", outcome: "closed", reason: "deleted", exclude: false };
  }
  if (seen?.status === "COMPLETED") {
    return { do: "clear", outcome: "closed", reason: "completed", exclude: false };
  }
  if (seen?.refused !== undefined) {
    return { do: "clear", outcome: "retry", reason: "handed_back", exclude: true };
  }
  return { do: "clear", outcome: "retry", reason: "released_by_child", exclude: false };
}

function unreachable(value: never): never {
  throw new Error(`unexpected phase ${String(value)}`);
}
