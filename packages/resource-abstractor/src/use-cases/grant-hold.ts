import { type HoldGranted, type HoldRequest, instanceKey } from "@oak/contracts";
import type { Clock } from "@oak/kit";
import { decideHold, type HoldDecision } from "../domain/hold.ts";
import type { KeyedQueue } from "../domain/keyed-queue.ts";
import { errors } from "../errors.ts";
import type { CandidateStore } from "../ports.ts";
import type { TierReader } from "./tier-base.ts";

export interface GrantHoldDeps {
  candidates: Pick<CandidateStore, "find" | "setHold">;
  tier: Pick<TierReader, "base">;
  /** Requests for one candidate take turns: within this process no compare-and-set is lost to another. */
  queue: KeyedQueue;
  clock: Pick<Clock, "nowMs">;
  observe: (outcome: "granted" | "no_room" | "not_schedulable" | "stale") => void;
}

export interface HoldTarget {
  id: string;
  job: string;
  n: number;
}

/** What else writes to a candidate (figures, wants) is rare beside a retry that takes a millisecond. */
const mostAttempts = 16;

/**
 * `PUT /api/v1/resources/{id}/holds/{job}/{n}`: the only gate of capacity. The decision is made on the
 * version that the write then insists on, so two requests for the last room cannot both have it.
 */
export function grantHold(
  deps: GrantHoldDeps,
  target: HoldTarget,
  request: HoldRequest,
): Promise<HoldGranted> {
  return deps.queue.run(target.id, () => tryToGrant(deps, target, request));
}

async function tryToGrant(
  { candidates, tier, clock, observe }: GrantHoldDeps,
  { id, job, n }: HoldTarget,
  request: HoldRequest,
): Promise<HoldGranted> {
  const key = instanceKey(job, n);
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const read = await candidates.find(id, { charts: false });
    if (read === undefined) throw errors.candidate_unknown(`No resource ${id}`);
    const context = { key, base: await tier.base(), now: clock.nowMs() / 1000 };
    const decision = decideHold(read, request, context);
    if (!decision.ok) throw refusalOf(decision, observe);
    if (await candidates.setHold(read, key, decision)) {
      observe("granted");
      return { want_rev: decision.wantRev, rev: read.rev + 1 };
    }
  }
  throw errors.busy(`Resource ${id} kept changing`);
}

function refusalOf(
  { code, reason }: Extract<HoldDecision, { ok: false }>,
  observe: GrantHoldDeps["observe"],
) {
  observe(code);
  return errors[code]({ detail: reason, params: { reason } });
}
