import type { Observation, SeenWrite } from "@oak/contracts";
import { comparePairs, isNewerReport } from "@oak/core";

/** What orders reports about one instance. */
export type ObservationOrder = Pick<Observation, "epoch" | "placement" | "session" | "seq">;

/**
 * How a report is stored beside the last one. Pairs are compared first: sessions are counted per child,
 * and another pair may be another child's.
 * - `merge`: same pair and newer; facts that it does not repeat stay
 * - `replace`: first report, or of a higher pair
 * - `stale`: changes nothing
 */
export type ObservationStep = "merge" | "replace" | "stale";

export function observationStep(
  stored: ObservationOrder | null,
  report: ObservationOrder,
): ObservationStep {
  if (stored === null) return "replace";
  const order = comparePairs(report, stored);
  if (order !== 0) return order > 0 ? "replace" : "stale";
  return isNewerReport(stored, report) ? "merge" : "stale";
}

export interface ObservedInstance {
  _id: string;
  seen: SeenWrite;
}

/** Decides a batch in its order; a later report about the same instance sees the earlier one as stored. */
export function observationSteps(
  stored: ReadonlyMap<string, ObservationOrder | null>,
  items: readonly ObservedInstance[],
): ObservationStep[] {
  const known = new Map(stored);
  return items.map(({ _id, seen }) => {
    const last = known.get(_id);
    if (last === undefined) return "stale";
    const step = observationStep(last, seen);
    if (step !== "stale") known.set(_id, seen);
    return step;
  });
}

export function isSameReport(
  stored: ObservationOrder | null | undefined,
  report: ObservationOrder,
): boolean {
  if (stored === undefined || stored === null || comparePairs(stored, report) !== 0) return false;
  return stored.session === report.session && stored.seq === report.seq;
}
