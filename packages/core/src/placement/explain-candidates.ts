import type { CandidateVerdict } from "@oak/contracts";
import type { CandidateTable, Rows } from "./candidate-table.ts";
import type { Demand, PlaceRequest } from "./demand.ts";
import { amountWanted, phraseOf } from "./explain.ts";
import { type RefusalOf, scoreOfSlot } from "./find-best.ts";
import type { Placement } from "./placement.ts";
import { CODE, FITS, REFUSAL_REASONS, type RefusalReason } from "./refusal-reasons.ts";
import { fromUnits } from "./units.ts";

/** What one tier decides by, so that each candidate can be judged by itself. */
export interface Judgement {
  noun: "worker" | "cluster";
  rows: Rows;
  demand: Demand;
  request: PlaceRequest;
  /** what constraints leave over, and the reason of those that they do not; undefined: everything */
  slots: readonly number[] | undefined;
  outside: (slot: number) => RefusalReason;
  refusalOf: RefusalOf;
  /** the most that a candidate has of something, in units */
  unitsOf(slot: number, reason: AmountCode): number;
}

export type AmountCode = "vcpus" | "memory" | "vgpus" | "storage";

export interface ExplainedPlacement {
  placement: Placement;
  candidates: CandidateVerdict[];
  /** candidates that are not listed */
  omitted: number;
}

/** Beyond this a list is read by nobody. */
const listedAtMost = 20;

interface Judged {
  verdict: CandidateVerdict;
  /** chosen, then the best, then those that came closest */
  rank: number;
}

/**
 * What speaks for and against each candidate, by the very checks that decide. Looks at all of them, so it is for people
 * who ask, not for decisions.
 */
export function explainCandidates(
  table: CandidateTable,
  judgement: Judgement,
  placement: Placement,
): ExplainedPlacement {
  const judged: Judged[] = [];
  const inside = judgement.slots === undefined ? undefined : new Set(judgement.slots);
  for (const id of table.ids()) {
    const slot = judgement.rows.slotOf(id);
    if (slot === undefined) continue;
    judged.push(judge(judgement, { slot, isOutside: inside?.has(slot) === false }, placement));
  }
  judged.sort((a, b) => b.rank - a.rank || (a.verdict.name < b.verdict.name ? -1 : 1));
  return {
    placement,
    candidates: judged.slice(0, listedAtMost).map(({ verdict }) => verdict),
    omitted: Math.max(0, judged.length - listedAtMost),
  };
}

function judge(
  judgement: Judgement,
  { slot, isOutside }: { slot: number; isOutside: boolean },
  placement: Placement,
): Judged {
  const { rows, demand } = judgement;
  const { id = "", name = "" } = rows.entryAt(slot) ?? {};
  const code = isOutside ? CODE[judgement.outside(slot)] : judgement.refusalOf(rows, slot, demand);
  const reason = REFUSAL_REASONS[code - 1];
  if (code === FITS || reason === undefined) {
    const score = scoreOfSlot(rows, slot, demand);
    const isChosen = placement.ok && placement.candidate === id;
    const verdict = isChosen ? ("chosen" as const) : ("suitable" as const);
    return {
      verdict: { id, name, verdict, score, reasons: [] },
      rank: 1_000 + score + (isChosen ? 1_000 : 0),
    };
  }
  const reasons = [{ code: reason, message: sentenceOf(judgement, slot, reason) }];
  return { verdict: { id, name, verdict: "rejected", reasons }, rank: code };
}

function sentenceOf(judgement: Judgement, slot: number, reason: RefusalReason): string {
  const { noun, request } = judgement;
  if (!isAmount(reason)) return phraseOf(reason, request);
  const units = judgement.unitsOf(slot, reason);
  const free = Math.floor(fromUnits(Math.max(0, units)) * 100) / 100;
  const which = noun === "cluster" ? "the most that one worker has is" : "it has";
  return `needs ${amountWanted(reason, request)}, ${which} ${free}`;
}

function isAmount(reason: RefusalReason): reason is AmountCode {
  return ["vcpus", "memory", "vgpus", "storage"].includes(reason);
}
