import type { Observation } from "@oak/contracts";
import { comparePairs } from "../protocol/pair.ts";

/**
 * What is stored of an instance after one more accepted report: facts about the same copy that it does not repeat stay,
 * but a reason belongs to its status alone. A report about another copy stands for itself.
 */
export function mergedObservation(stored: Observation | null, report: Observation): Observation {
  if (stored === null || comparePairs(stored, report) !== 0) return report;
  const { reason: _reason, ...facts } = stored;
  return { ...facts, ...report };
}
