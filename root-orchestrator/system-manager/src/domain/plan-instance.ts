import type { Instance } from "@oak/contracts";
import { comparePairs, currentObservation, type Reason } from "@oak/core";

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
export type Evidence = { kind: "higher"; child: string; epoch: number };

export interface PlanContext {
  nowS: number;
  /** the service still wants this instance number */
  isMember: boolean;
  /** closed after a start until the clusters known before it have reported */
  isGateOpen: boolean;
  isChildRemoved(child: string): boolean;
  /** when room was last seen to grow anywhere, Unix seconds of the own clock */
  roomGrewAtS: number;
}

export type Step =
  | { do: "rest"; untilS?: number }
  | { do: "place" }
  /** the cluster has it under an epoch that this database does not know: take over that number */
  | { do: "learn"; child: string; epoch: number }
  | { do: "release"; reason: Reason }
  | { do: "clear"; outcome: "retry" | "closed"; reason: Reason; exclude: boolean }
  | { do: "forget" };

/**
 * Decides the next step for one instance at the root. The root acts on intent, hand-back and removal
 * only: a cluster that is silent keeps what it has (an uplink that is down is the edge's normal day).
 */
export function planInstance(
  instance: Instance,
  evidence: readonly Evidence[],
  context: PlanContext,
): Step {
  const higher = evidence.find((fact) => fact.epoch > instance.epoch);
  if (higher !== undefined) return { do: "learn", child: higher.child, epoch: higher.epoch };
  switch (instance.phase) {
    case "unplaced":
      return planUnplaced(instance, context);
    case "assigned":
      return planAssigned(instance, context);
    case "releasing":
      return planReleasing(instance, context);
    case "closed":
      return context.isMember ? { do: "rest" } : { do: "forget" };
    default:
      return unreachable(instance.phase);
  }
}

function planUnplaced(instance: Instance, context: PlanContext): Step {
  if (!context.isMember) return { do: "forget" };
  if (!context.isGateOpen) return { do: "rest", untilS: context.nowS + 0.25 };
  // A pause is for refusals that nothing has changed about; new room ends it, but not the least pause.
  const leastS = instance.attempts === 0 ? 0 : LEAST_PAUSE_S;
  const tryAtS =
    context.roomGrewAtS > instance.phase_since
      ? Math.min(instance.retry_at, instance.phase_since + leastS)
      : instance.retry_at;
  return context.nowS < tryAtS ? { do: "rest", untilS: tryAtS } : { do: "place" };
}

function planAssigned(instance: Instance, context: PlanContext): Step {
  const seen = currentObservation(instance);
  if (seen?.released === true) return afterRelease(instance, context);
  if (instance.child !== null && context.isChildRemoved(instance.child)) {
    return { do: "clear", outcome: "retry", reason: "child_removed", exclude: false };
  }
  if (!context.isMember) return { do: "release", reason: "deleted" };
  return { do: "rest" };
}

function planReleasing(instance: Instance, context: PlanContext): Step {
  const isRemoved = instance.child === null || context.isChildRemoved(instance.child);
  const { seen } = instance;
  const isConfirmed = seen?.released === true && comparePairs(seen, instance) >= 0;
  if (isRemoved || isConfirmed) return afterRelease(instance, context);
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
