import type { Fenced, Instance } from "@oak/contracts";
import { isPauseOver } from "@oak/core";

/**
 * Whether fenced copies must end: a replacement is assigned, or none is wanted any more. Before that the
 * original is still the best copy there is (protocol rule 8).
 */
export function mustOldCopiesEnd(instance: Instance): boolean {
  return instance.phase !== "unplaced" || !isCopyWanted(instance);
}

/**
 * Whether this one must end, and may be named. Of a copy that a move has left, connections may still be open; and its
 * end has to be counted first, or what the worker was told before would pass for the latest.
 */
export function mustOldCopyEnd(instance: Instance, copy: Fenced): boolean {
  return mustOldCopiesEnd(instance) && isNamed(copy);
}

export function isNamed({ ends_at, named }: Fenced): boolean {
  return ends_at === undefined || named === true;
}

/** Whether its connections may still end by themselves. */
export function isDraining(copy: Fenced, nowS: number): boolean {
  return !isNamed(copy) && copy.ends_at !== undefined && !isPauseOver(copy.ends_at, nowS);
}

/** Whether the instance is to run, here and now: it is wanted, and has not done its work. */
export function isCopyWanted(instance: Instance): boolean {
  return instance.intent?.wanted === true && !hasCompleted(instance);
}

/** A one-shot workload has ended well. */
export function hasCompleted(instance: Instance): boolean {
  return instance.reason === "completed";
}
