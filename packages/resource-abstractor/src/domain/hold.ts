import type { Candidate, HoldRequest, InstanceKey, Pair } from "@oak/contracts";
import { comparePairs, fits, nextNumber } from "@oak/core";

/** What a placer does to the holds of a candidate and to its counter of wants. */
export type Change =
  | { do: "hold"; key: InstanceKey; request: HoldRequest }
  | { do: "drop"; key: InstanceKey; pair: Pair }
  | { do: "count" };

export interface ChangeContext {
  /** of the tier: counters continue above it */
  base: number;
  /** Unix seconds of the tier's own clock */
  now: number;
}

export interface RefusedHold {
  ok: false;
  code: "stale" | "not_schedulable" | "no_room";
  reason: string;
}

export interface MadeChange {
  ok: true;
  /** the counter after it */
  wantRev: number;
  /** whether a hold is gone by it */
  dropped: boolean;
}

export type ChangeDecision = MadeChange | RefusedHold;

export interface ChangePlan {
  /** one for each change, in their order */
  decisions: ChangeDecision[];
  /** the candidate with all that is granted, still of the version that was decided on; unchanged if nothing is */
  after: Candidate;
  /** whose holds `after` has set, or has no more */
  touched: ReadonlySet<InstanceKey>;
}

/** Decides changes in their order; each sees those before it as made. */
export function decideChanges(
  candidate: Candidate,
  changes: readonly Change[],
  { base, now }: ChangeContext,
): ChangePlan {
  const draft = { ...candidate, holds: { ...candidate.holds } };
  const touched = new Set<InstanceKey>();
  const made = (dropped = false): MadeChange => ({ ok: true, wantRev: draft.want_rev, dropped });
  const count = (): MadeChange => {
    draft.want_rev = nextNumber(draft.want_rev, base);
    return made();
  };
  const hold = (key: InstanceKey, request: HoldRequest): ChangeDecision => {
    const refusal = refusalOf(draft, key, request);
    if (refusal !== undefined) return refusal;
    const { need, epoch, placement } = request;
    draft.holds[key] = { ...need, epoch, placement, since: now };
    touched.add(key);
    return count();
  };
  const drop = (key: InstanceKey, pair: Pair): ChangeDecision => {
    const stored = draft.holds[key];
    const dropped = stored !== undefined && comparePairs(stored, pair) <= 0;
    if (dropped) {
      delete draft.holds[key];
      touched.add(key);
    }
    return made(dropped);
  };
  const decisions = changes.map((change): ChangeDecision => {
    if (change.do === "hold") return hold(change.key, change.request);
    if (change.do === "drop") return drop(change.key, change.pair);
    return count();
  });
  const isChanged = touched.size > 0 || draft.want_rev !== candidate.want_rev;
  return { decisions, after: isChanged ? draft : candidate, touched };
}

/**
 * Why a candidate does not grant a hold. A cordoned candidate may renew the hold of an instance that it
 * has already (adoption under a new pair), since a cordon moves nothing away. For a copy that is there the hold only
 * says what is so: then more may be held than there is, and nothing else fits until that has changed.
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
  if (request.is_there === true) return undefined;
  if (!candidate.schedulable && stored === undefined) {
    return { ok: false, code: "not_schedulable", reason: "cordoned" };
  }
  const fit = fits(candidate, request.need, key);
  return fit.ok ? undefined : { ok: false, code: "no_room", reason: fit.reason };
}
