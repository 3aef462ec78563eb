import type { Candidate, Hold, HoldRequest, InstanceKey } from "@oak/contracts";
import { comparePairs, fits, nextNumber } from "@oak/core";

export interface HoldContext {
  key: InstanceKey;
  /** of the tier: counters continue above it */
  base: number;
  /** Unix seconds of the tier's own clock */
  now: number;
}

export type HoldDecision =
  | { ok: true; hold: Hold; wantRev: number }
  | { ok: false; code: "stale" | "not_schedulable" | "no_room"; reason: string };

/**
 * Whether a candidate grants a hold. A cordoned candidate may renew the hold of an instance that it has
 * already (adoption under a new pair), since a cordon moves nothing away.
 */
export function decideHold(
  candidate: Candidate,
  request: HoldRequest,
  { key, base, now }: HoldContext,
): HoldDecision {
  const stored = candidate.holds[key];
  if (stored !== undefined && comparePairs(request, stored) < 0) {
    return { ok: false, code: "stale", reason: "a hold of a higher pair is stored" };
  }
  if (candidate.liveness !== "alive") {
    return { ok: false, code: "not_schedulable", reason: candidate.liveness };
  }
  if (!candidate.schedulable && stored === undefined) {
    return { ok: false, code: "not_schedulable", reason: "cordoned" };
  }
  const fit = fits(candidate, request.need, key);
  if (!fit.ok) return { ok: false, code: "no_room", reason: fit.reason };
  const { epoch, placement, need } = request;
  return {
    ok: true,
    hold: { ...need, epoch, placement, since: now },
    wantRev: nextNumber(candidate.want_rev, base),
  };
}
