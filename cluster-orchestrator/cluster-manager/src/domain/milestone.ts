import type { Instance, Status } from "@oak/contracts";
import { currentObservation } from "@oak/core";

const ON_THE_WAY: ReadonlySet<Status> = new Set([
  "REQUESTED",
  "CLUSTER_SCHEDULED",
  "NODE_SCHEDULED",
  "CREATING",
  "CREATED",
]);

/**
 * Whether somebody above waits for what an instance has come to. Steps on the way to running are not: telling
 * each of them at once would take time from the very next step.
 */
export function isMilestone(instance: Instance): boolean {
  if (instance.phase === "closed") return true;
  return !ON_THE_WAY.has(currentObservation(instance)?.status ?? instance.status);
}
