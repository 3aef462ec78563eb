import type { Status } from "@oak/contracts";

/**
 * The lifecycle of an instance as clients see it. A row names what may follow. Refusals are alternatives
 * of REQUESTED: the instance still waits and says why. Any state may fall back to REQUESTED when the tier
 * above decides anew, and to UNDEPLOYED when it is deleted.
 */
const AGAIN = ["REQUESTED", "UNDEPLOYED"] as const;
const REFUSED = [
  "TargetClusterNotFound",
  "TargetClusterNotActive",
  "TargetClusterNoCapacity",
  "NoActiveClusterWithCapacity",
  "NO_WORKER_CAPACITY",
  "NO_QUALIFIED_WORKER_FOUND",
  "NO_NODE_FOUND",
] as const;
const waiting = ["CLUSTER_SCHEDULED", "NODE_SCHEDULED", ...REFUSED, ...AGAIN] as const;
const running = ["CREATING", "CREATED", "RUNNING", "FAILED", "DEAD", "COMPLETED"] as const;

export const TRANSITIONS = {
  REQUESTED: waiting,
  TargetClusterNotFound: waiting,
  TargetClusterNotActive: waiting,
  TargetClusterNoCapacity: waiting,
  NoActiveClusterWithCapacity: waiting,
  NO_WORKER_CAPACITY: waiting,
  NO_QUALIFIED_WORKER_FOUND: waiting,
  NO_NODE_FOUND: waiting,
  CLUSTER_SCHEDULED: ["NODE_SCHEDULED", ...REFUSED, ...running, ...AGAIN],
  NODE_SCHEDULED: [...running, ...REFUSED, ...AGAIN],
  CREATING: ["CREATED", "RUNNING", "FAILED", "DEAD", "COMPLETED", "NODE_SCHEDULED", ...AGAIN],
  CREATED: ["CREATING", "RUNNING", "FAILED", "DEAD", "COMPLETED", "NODE_SCHEDULED", ...AGAIN],
  RUNNING: ["CREATING", "CREATED", "FAILED", "DEAD", "COMPLETED", "NODE_SCHEDULED", ...AGAIN],
  FAILED: ["CREATING", "CREATED", "RUNNING", "DEAD", "COMPLETED", "NODE_SCHEDULED", ...AGAIN],
  DEAD: ["CREATING", "CREATED", "RUNNING", "FAILED", "COMPLETED", "NODE_SCHEDULED", ...AGAIN],
  COMPLETED: ["UNDEPLOYED"],
  UNDEPLOYED: [],
} as const satisfies Record<Status, readonly Status[]>;

/** Whether a client may see `to` right after `from`. */
export function mayFollow(from: Status, to: Status): boolean {
  const allowed: readonly Status[] = TRANSITIONS[from];
  return from === to || allowed.includes(to);
}

/** States that an instance never leaves by itself. */
export function isTerminal(status: Status): boolean {
  return status === "COMPLETED" || status === "UNDEPLOYED";
}
