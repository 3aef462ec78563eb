import type { HoldChange, HoldChangeOutcome } from "@oak/contracts";
import { AppError, type Clock } from "@oak/kit";
import { type Change, decideChanges, type MadeChange, type RefusedHold } from "../domain/hold.ts";
import { createKeyedBatcher } from "../domain/keyed-batcher.ts";
import { errors } from "../errors.ts";
import type { CandidateStore } from "../ports.ts";
import type { TierReader } from "./tier-base.ts";

export interface ChangeHoldsDeps {
  candidates: Pick<CandidateStore, "find" | "recall" | "setHolds">;
  tier: Pick<TierReader, "base">;
  clock: Pick<Clock, "nowMs">;
  /** Told how each request for a hold ended. */
  observe: (outcome: "granted" | RefusedHold["code"]) => void;
}

/** A change with the version that the candidate has after it. */
export type StoredChange = MadeChange & { rev: number };

/**
 * Makes one change of a candidate.
 * @throws AppError `candidate_unknown`, why a hold is refused, `busy`
 */
export type ChangeHolds = (candidateId: string, change: Change) => Promise<StoredChange>;

/** What else writes to a candidate (figures) is rare beside a retry that takes a millisecond. */
const mostAttempts = 16;

/**
 * The only gate of capacity. A decision is made on the version that the write then insists on, so two requests
 * for the last room cannot both have it. That version comes from memory at first, which makes a grant one
 * operation; a refusal, which no write confirms, is always made of what the database says.
 * Changes of one candidate that come together share one write: at the root, everything that a cluster gets and
 * gives back goes through one document.
 */
export function createChangeHolds(deps: ChangeHoldsDeps): ChangeHolds {
  const batcher = createKeyedBatcher<Change, StoredChange | RefusedHold>((id, changes) =>
    changeTogether(deps, id, changes),
  );
  return async (id, change) => {
    const outcome = await batcher.submit(id, change);
    if (change.do === "hold") deps.observe(outcome.ok ? "granted" : outcome.code);
    if (!outcome.ok) throw refusal(outcome);
    return outcome;
  };
}

async function changeTogether(
  { candidates, tier, clock }: ChangeHoldsDeps,
  id: string,
  changes: readonly Change[],
): Promise<(StoredChange | RefusedHold)[]> {
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const recalled = attempt === 0 ? candidates.recall(id) : undefined;
    const read = recalled ?? (await candidates.find(id, { charts: false }));
    if (read === undefined) throw errors.candidate_unknown(`No resource ${id}`);
    const context = { base: await tier.base(), now: clock.nowMs() / 1000 };
    const { decisions, after, touched } = decideChanges(read, changes, context);
    const isUnchanged = after === read;
    const isConfirmed = isUnchanged
      ? recalled === undefined
      : await candidates.setHolds(after, touched);
    if (isConfirmed) {
      const rev = isUnchanged ? read.rev : read.rev + 1;
      return decisions.map((decision) => (decision.ok ? { ...decision, rev } : decision));
    }
  }
  throw errors.busy(`Resource ${id} kept changing`);
}

function refusal({ code, reason }: RefusedHold): AppError {
  return errors[code]({ detail: reason, params: { reason } });
}

/** `POST /api/v1/resources/changes`: each item has an outcome of its own, whatever becomes of the others. */
export function changeManyHolds(
  changeHolds: ChangeHolds,
  items: readonly HoldChange[],
): Promise<HoldChangeOutcome[]> {
  const outcomeOf = async (item: HoldChange): Promise<HoldChangeOutcome> => {
    try {
      const {
        wantRev: want_rev,
        rev,
        dropped,
      } = await changeHolds(item.candidate_id, changeOf(item));
      return item.do === "drop" ? { dropped } : { want_rev, rev };
    } catch (error) {
      // Anything else is a fault of ours, and is logged as one.
      if (!(error instanceof AppError)) throw error;
      return { refused: error.code, status: error.status };
    }
  };
  return Promise.all(items.map(outcomeOf));
}

function changeOf(item: HoldChange): Change {
  if (item.do === "count") return { do: "count" };
  const { key, epoch, placement } = item;
  if (item.do === "drop") return { do: "drop", key, pair: { epoch, placement } };
  const { do: _do, candidate_id: _id, key: _key, ...request } = item;
  return { do: "hold", key, request };
}
