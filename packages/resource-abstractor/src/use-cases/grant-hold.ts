import { type HoldGranted, type HoldRequest, instanceKey } from "@oak/contracts";
import type { AppError, Clock } from "@oak/kit";
import { decideHolds, type KeyedHoldRequest, type RefusedHold } from "../domain/hold.ts";
import { createKeyedBatcher } from "../domain/keyed-batcher.ts";
import { errors } from "../errors.ts";
import type { CandidateStore } from "../ports.ts";
import type { TierReader } from "./tier-base.ts";

export interface GrantHoldDeps {
  candidates: Pick<CandidateStore, "find" | "recall" | "setHolds">;
  tier: Pick<TierReader, "base">;
  clock: Pick<Clock, "nowMs">;
  observe: (outcome: "granted" | RefusedHold["code"]) => void;
}

export interface HoldTarget {
  id: string;
  job: string;
  n: number;
}

/** Grants one hold or throws why not. */
export type GrantHold = (target: HoldTarget, request: HoldRequest) => Promise<HoldGranted>;

type Outcome = RefusedHold | (HoldGranted & { ok: true });

/** What else writes to a candidate (figures, wants) is rare beside a retry that takes a millisecond. */
const mostAttempts = 16;

/**
 * `PUT /api/v1/resources/{id}/holds/{job}/{n}`: the only gate of capacity. The decision is made on the
 * version that the write then insists on, so two requests for the last room cannot both have it.
 * That version comes from memory at first, which makes a grant one operation; a refusal, which no write
 * confirms, is always made of what the database says.
 * Requests for one candidate that come together share one write: at the root, everything that a cluster
 * gets goes through one document.
 */
export function createGrantHold(deps: GrantHoldDeps): GrantHold {
  const batcher = createKeyedBatcher<KeyedHoldRequest, Outcome>((id, requests) =>
    grantTogether(deps, id, requests),
  );
  return async ({ id, job, n }, request) => {
    const outcome = await batcher.submit(id, { key: instanceKey(job, n), request });
    deps.observe(outcome.ok ? "granted" : outcome.code);
    if (!outcome.ok) throw refusal(outcome);
    return { want_rev: outcome.want_rev, rev: outcome.rev };
  };
}

async function grantTogether(
  { candidates, tier, clock }: GrantHoldDeps,
  id: string,
  requests: readonly KeyedHoldRequest[],
): Promise<Outcome[]> {
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const recalled = attempt === 0 ? candidates.recall(id) : undefined;
    const read = recalled ?? (await candidates.find(id, { charts: false }));
    if (read === undefined) throw errors.candidate_unknown(`No resource ${id}`);
    const context = { base: await tier.base(), now: clock.nowMs() / 1000 };
    const { decisions, after } = decideHolds(read, requests, context);
    const granted = decisions.flatMap((decision) => (decision.ok ? [decision.key] : []));
    const isConfirmed =
      granted.length === 0
        ? recalled === undefined
        : await candidates.setHolds(read, after, granted);
    if (isConfirmed) {
      return decisions.map((decision) =>
        decision.ok ? { ok: true, want_rev: decision.wantRev, rev: read.rev + 1 } : decision,
      );
    }
  }
  throw errors.busy(`Resource ${id} kept changing`);
}

function refusal({ code, reason }: RefusedHold): AppError {
  return errors[code]({ detail: reason, params: { reason } });
}
