import type { Instance, Status } from "@oak/contracts";
import { currentObservation } from "@oak/core";

/** To running, and after the end of a copy to another one or to the end of the instance. */
const ON_THE_WAY: ReadonlySet<Status> = new Set([
  "REQUESTED",
  "CLUSTER_SCHEDULED",
  "NODE_SCHEDULED",
  "CREATING",
  "CREATED",
  "UNDEPLOYED",
]);

/**
 * Whether somebody above waits for what an instance has come to. Steps on the way are not such: telling each of
 * them at once would take time from the very next step.
 */
export function isMilestone(before: Instance | undefined, after: Instance): boolean {
  const reached = stageOf(after);
  if (before !== undefined && stageOf(before) === reached) return false;
  return reached === "closed" || !ON_THE_WAY.has(reached);
}

function stageOf(instance: Instance): Status | "closed" {
  if (instance.phase === "closed") return "closed";
  return currentObservation(instance)?.status ?? instance.status;
}
