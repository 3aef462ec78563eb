import type { LastDecision } from "@oak/contracts";
import type { Placement } from "@oak/core";

/** The last decision for each subject, in memory: for people who ask why. */
export interface LastDecisions {
  note(subject: string, placement: Placement, atS: number): void;
  of(subject: string): LastDecision | undefined;
}

/** Some hundred bytes each; the one that was decided longest ago goes first. */
const keptAtMost = 5_000;

export function createLastDecisions(): LastDecisions {
  const decisions = new Map<string, { placement: Placement; atS: number }>();
  return {
    note: (subject, placement, atS) => {
      decisions.delete(subject);
      decisions.set(subject, { placement, atS });
      if (decisions.size <= keptAtMost) return;
      const [oldest] = decisions.keys();
      if (oldest !== undefined) decisions.delete(oldest);
    },
    of: (subject) => {
      const known = decisions.get(subject);
      if (known === undefined) return undefined;
      const { placement, atS: at } = known;
      return placement.ok
        ? { at, candidate_id: placement.candidate, detail: "" }
        : { at, candidate_id: null, detail: placement.detail };
    },
  };
}
