import type { CandidateTable, Reservation } from "@oak/core";

/**
 * Places that were proposed lately. Each counts against its candidate until the candidate's document
 * shows the hold (the table sees to that) or its time is over, whichever comes first: a caller that
 * dropped a proposal, or lost it, must not block the place for long.
 */
export interface RecentProposals {
  /** Replaces what was proposed for the same subject before. */
  add(subject: string, proposal: Proposal, nowMs: number): void;
  withdraw(subject: string): void;
  /** Answers whether there were any. */
  dropMadeUntil(atMs: number): boolean;
}

export interface Proposal extends Reservation {
  candidateId: string;
}

export function createRecentProposals(table: CandidateTable): RecentProposals {
  /** In the order in which they were made, since a replaced one is entered anew. */
  const open = new Map<string, { candidateId: string; madeAtMs: number }>();

  const withdraw = (subject: string): void => {
    const proposal = open.get(subject);
    if (proposal === undefined) return;
    open.delete(subject);
    table.release(proposal.candidateId, subject);
  };

  return {
    add: (subject, { candidateId, ...reservation }, nowMs) => {
      withdraw(subject);
      open.set(subject, { candidateId, madeAtMs: nowMs });
      table.reserve(candidateId, subject, reservation);
    },
    withdraw,
    dropMadeUntil: (atMs) => {
      let hasDropped = false;
      for (const [subject, { madeAtMs }] of open) {
        if (madeAtMs > atMs) break;
        withdraw(subject);
        hasDropped = true;
      }
      return hasDropped;
    },
  };
}

/**
 * What a proposal is for. Attempts of one instance (`<job>/<n>:…`) have one subject, so that a new attempt
 * takes the place of the last one; any other attempt stands for itself.
 */
export function subjectOf(attemptId: string): string {
  return /^[0-9a-f]{24}\/\d+(?=:)/.exec(attemptId)?.[0] ?? attemptId;
}
