import type { Fenced, Instance, Observation, Pair } from "@oak/contracts";
import { comparePairs } from "../protocol/pair.ts";

/**
 * The last report, when it speaks of the present assignment, or of the copy that an instance moves to: a word of that
 * one is stored from the moment on in which it runs, and then it is the one that counts.
 */
export function currentObservation(instance: Instance): Observation | undefined {
  const { seen } = instance;
  if (seen === null || instance.child === null) return undefined;
  return comparePairs(seen, instance) === 0 || isOfMove(instance, seen) ? seen : undefined;
}

/** Whether a pair is that of the copy to which the instance is being moved. */
export function isOfMove({ move }: Pick<Instance, "move">, pair: Pair): boolean {
  return move != null && move.child !== null && comparePairs(pair, move) === 0;
}

/** Copies that a move has left and that were not told to end yet: their connections may go on. */
export function drainedCopies({ fenced }: Pick<Instance, "fenced">): Fenced[] {
  return fenced.filter(({ ends_at, named }) => ends_at !== undefined && named !== true);
}

/** Whether the child has stored the present assignment. */
export function isAcknowledged(instance: Instance): boolean {
  return currentObservation(instance) !== undefined;
}
