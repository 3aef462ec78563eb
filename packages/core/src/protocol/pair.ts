import type { Pair } from "@oak/contracts";

/** Negative, zero or positive as `a` is below, equal to or above `b`: epoch first, then placement. */
export function comparePairs(a: Pair, b: Pair): number {
  return a.epoch - b.epoch || a.placement - b.placement;
}

/** The numbers alone, without whatever else the record carries. */
export function pairOf(record: Pair): Pair {
  return { epoch: record.epoch, placement: record.placement };
}

/** The next number of a counter; a tier whose database was restored continues above `base`. */
export function nextNumber(current: number, base: number): number {
  return Math.max(current, base) + 1;
}
