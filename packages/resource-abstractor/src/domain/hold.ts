import type { Candidate, HoldRequest, InstanceKey } from "@oak/contracts";
import { comparePairs, fits, nextNumber } from "@oak/core";

export interface KeyedHoldRequest {
  key: InstanceKey;
  request: HoldRequest;
}

export interface HoldContext {
  /** of the tier: counters continue above it */
  base: number;
  /** Unix seconds of the tier's own clock */
  now: number;
}

export interface GrantedHold {
  ok: true;
  key: InstanceKey;
  wantRev: number;
}

export interface RefusedHold {
  ok: false;
  code: "stale" | "not_schedulable" | "no_room";
  reason: string;
}

export type HoldDecision = GrantedHold | RefusedHold;

export interface HoldPlan {
  /** one for each request, in their order */
  decisions: HoldDecision[];
  /** the candidate with what is granted, still of the version that was decided on */
  after: Candidate;
}

/** Decides requests in their order; each sees those before it as granted. */
export function decideHolds(
  candidate: Candidate,
  requests: readonly KeyedHoldRequest[],
  { base, now }: HoldContext,
): HoldPlan {
  const after = { ...candidate, holds: { ...candidate.holds } };
  const decisions = requests.map(({ key, request }): HoldDecision => {
    const refusal = refusalOf(after, key, request);
    if (refusal !== undefined) return refusal;
    const { need, epoch, placement } = request;
    after.holds[key] = { ...need, epoch, placement, since: now };
    after.want_rev = nextNumber(after.want_rev, base);
    return { ok: true, key, wantRev: after.want_rev };
  });
  return { decisions, after };
}

/**
 * Why a candidate does not grant a hold. A cordoned candidate may renew the hold of an instance that it
 * has already (adoption under a new pair), since a cordon moves nothing away.
 */
function refusalOf(
  candidate: Candidate,
  key: InstanceKey,
  request: HoldRequest,
): RefusedHold | undefined {
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
  return fit.ok ? undefined : { ok: false, code: "no_room", reason: fit.reason };
}
