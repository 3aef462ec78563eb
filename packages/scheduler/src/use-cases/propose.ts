import { setImmediate as nextTurn } from "node:timers/promises";
import type { PlacementExplained, PlacementProposal, PlacementRequest } from "@oak/contracts";
import {
  type CandidateTable,
  type ExplainedPlacement,
  needOf,
  type Placement,
  type PlaceRequest,
} from "@oak/core";
import type { Clock } from "@oak/kit";
import type { CandidateView } from "../domain/candidate-view.ts";
import { createLastDecisions } from "../domain/last-decisions.ts";
import { createRecentProposals, subjectOf } from "../domain/recent-proposals.ts";

/** `placeOnCluster` at the root, `placeOnWorker` at a cluster: all that tells the tiers apart. */
export type Place = (table: CandidateTable, request: PlaceRequest) => Placement;

/** `explainOnCluster` or `explainOnWorker`: the same decision in words. */
export type Explain = (table: CandidateTable, request: PlaceRequest) => ExplainedPlacement;

export interface ProposeDeps {
  view: CandidateView;
  place: Place;
  explain: Explain;
  clock: Clock;
  /** Brings the view up to date; never rejects. */
  refresh(): Promise<void>;
  onDecided(placement: Placement, seconds: number): void;
}

export interface Proposer {
  /**
   * Decides one by one; each decision counts those before it as if they were held. Nothing is refused for what the
   * feed had not told yet: callers ask again when they hear of new room, often sooner than the feed.
   */
  proposeAll(requests: readonly PlacementRequest[]): Promise<PlacementProposal[]>;
  /** From the view as it is. */
  propose(request: PlacementRequest): PlacementProposal;
  /** What would be decided now, and why; nothing is proposed by it. */
  explain(request: PlacementRequest): PlacementExplained;
}

/** A hold follows its proposal within milliseconds; whoever takes longer asks again. */
const proposalTtlMs = 2_000;

/** A proposal older than this of which what is stored shows no hold has been dropped, or had its time. */
const unheldAfterMs = 500;

/** After this much work in one turn other requests get theirs. */
const longestTurnMs = 20;

export function createProposer(deps: ProposeDeps): Proposer {
  const { view, place, clock } = deps;
  const recent = createRecentProposals(view.table);
  const last = createLastDecisions();

  const propose = (request: PlacementRequest): PlacementProposal => {
    const { attempt_id, job, exclude } = request;
    const startedMs = clock.monotonicMs();
    const subject = subjectOf(attempt_id);
    const need = needOf(job);
    recent.dropMadeUntil(startedMs - proposalTtlMs);
    // Its own last proposal must not be in the way of the next.
    recent.withdraw(subject);
    const placement = place(view.table, { job, need, exclude, salt: attempt_id });
    if (placement.ok) {
      recent.add(subject, { candidateId: placement.candidate, jobId: job._id, need }, startedMs);
    }
    last.note(subject, placement, clock.nowMs() / 1_000);
    deps.onDecided(placement, (clock.monotonicMs() - startedMs) / 1000);
    return toProposal(attempt_id, placement);
  };

  const proposeEach = async (requests: readonly PlacementRequest[]) => {
    const proposals: PlacementProposal[] = [];
    let turnStartedMs = clock.monotonicMs();
    for (const request of requests) {
      proposals.push(propose(request));
      if (clock.monotonicMs() - turnStartedMs < longestTurnMs) continue;
      await nextTurn();
      turnStartedMs = clock.monotonicMs();
    }
    return proposals;
  };

  const proposeAll = async (requests: readonly PlacementRequest[]) => {
    const decidedAt = view.cursor;
    const proposals = await proposeEach(requests);
    const refused = requests.filter((_request, i) => isRefusal(proposals[i]));
    if (refused.length === 0) return proposals;
    await deps.refresh();
    // A hold that came and went between two answers of the feed was never seen to take its proposal's place.
    const hasRoom = recent.dropMadeUntil(clock.monotonicMs() - unheldAfterMs);
    if (view.cursor === decidedAt && !hasRoom) return proposals;
    const again = (await proposeEach(refused)).values();
    return proposals.map((proposal) =>
      isRefusal(proposal) ? (again.next().value ?? proposal) : proposal,
    );
  };

  const explain = ({ attempt_id, job, exclude }: PlacementRequest): PlacementExplained => {
    const request = { job, need: needOf(job), exclude, salt: attempt_id };
    const { placement, candidates, omitted } = deps.explain(view.table, request);
    return {
      chosen: placement.ok ? placement.candidate : null,
      detail: placement.ok ? "" : placement.detail,
      candidates,
      omitted,
      last: last.of(subjectOf(attempt_id)) ?? null,
    };
  };

  return { propose, proposeAll, explain };
}

function isRefusal(proposal: PlacementProposal | undefined): boolean {
  return proposal !== undefined && "status" in proposal;
}

function toProposal(attemptId: string, placement: Placement): PlacementProposal {
  if (placement.ok) {
    return { attempt_id: attemptId, candidate_id: placement.candidate, score: placement.score };
  }
  const { status, detail, refusals } = placement;
  return { attempt_id: attemptId, status, status_detail: detail, refusals: { ...refusals } };
}
