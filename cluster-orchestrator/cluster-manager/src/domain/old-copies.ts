import type { Fenced, Instance } from "@oak/contracts";
import { isPauseOver } from "@oak/core";

/**
 * Whether fenced copies must end: a replacement is assigned, or none is wanted any more. Before that the
 * original is still the best copy there is (protocol rule 8).
 */
export function mustOldCopiesEnd(instance: Instance): boolean {
  return instance.phase !== "unplaced" || !isCopyWanted(instance);
}

/** Whether this one must end now: of a copy that a move has left, connections may still be open. */
export function mustOldCopyEnd(instance: Instance, copy: Fenced, nowS: number): boolean {
  return mustOldCopiesEnd(instance) && !(isDraining(copy, nowS) && isCopyWanted(instance));
}

/** Whether its connections may still end by themselves. */
export function isDraining({ ends_at }: Fenced, nowS: number): boolean {
  return ends_at !== undefined && !isPauseOver(ends_at, nowS);
}

/** Whether the instance is to run, here and now: it is wanted, and has not done its work. */
export function isCopyWanted(instance: Instance): boolean {
  return instance.intent?.wanted === true && !hasCompleted(instance);
}

/** A one-shot workload has ended well. */
export function hasCompleted(instance: Instance): boolean {
  return instance.reason === "completed";
}
