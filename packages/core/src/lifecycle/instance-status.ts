import type { Instance, Observation } from "@oak/contracts";
import { comparePairs } from "../protocol/pair.ts";

/** The last report, when it speaks of the present assignment. */
export function currentObservation(instance: Instance): Observation | undefined {
  const { seen } = instance;
  if (seen === null || instance.child === null) return undefined;
  return comparePairs(seen, instance) === 0 ? seen : undefined;
}

/** Whether the child has stored the present assignment. */
export function isAcknowledged(instance: Instance): boolean {
  return currentObservation(instance) !== undefined;
}
