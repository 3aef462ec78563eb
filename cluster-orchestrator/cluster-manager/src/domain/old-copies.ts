import type { Instance } from "@oak/contracts";

/**
 * Whether fenced copies must end: a replacement is assigned, or none is wanted any more. Before that the
 * original is still the best copy there is (protocol rule 8).
 */
export function mustOldCopiesEnd(instance: Instance): boolean {
  return instance.phase !== "unplaced" || !isCopyWanted(instance);
}

/** Whether the instance is to run, here and now: it is wanted, and has not done its work. */
export function isCopyWanted(instance: Instance): boolean {
  return instance.intent?.wanted === true && !hasCompleted(instance);
}

/** A one-shot workload has ended well. */
export function hasCompleted(instance: Instance): boolean {
  return instance.reason === "completed";
}
