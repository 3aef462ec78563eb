import type { Candidate } from "@oak/contracts";

/**
 * Candidates as this process last read or wrote them, without charts. It saves the read before a decision
 * whose write insists on the version that was decided on; nothing else may rest on it, for it can be behind:
 * answers overtake each other, and an operator may put back an older database. Load changes without a new
 * version, so the load in here may be older than `rev` says; nothing is decided on it.
 *
 * Only candidates that somebody asked for are kept, and of those the latest: most are never decided about.
 */
export interface CandidateMemory {
  get(id: string): Candidate | undefined;
  /** A document as it was read or written; one that is older than what is known changes nothing. */
  learn(candidate: Candidate): void;
  /** As `learn`, of a candidate that is kept already. */
  follow(candidate: Candidate): void;
  forget(id: string): void;
}

/** With some hundred holds each, these are a few megabytes. */
const defaultCapacity = 1_000;

export function createCandidateMemory(capacity = defaultCapacity): CandidateMemory {
  /** the one learned longest ago comes first */
  const kept = new Map<string, Candidate>();

  const learn = (candidate: Candidate): void => {
    const { _id: id, rev } = candidate;
    const known = kept.get(id);
    if (known !== undefined && known.rev >= rev) return;
    kept.delete(id);
    kept.set(id, candidate);
    for (const oldest of kept.keys()) {
      if (kept.size <= capacity) return;
      kept.delete(oldest);
    }
  };

  return {
    get: (id) => kept.get(id),
    learn,
    follow: (candidate) => {
      if (kept.has(candidate._id)) learn(candidate);
    },
    forget: (id) => {
      kept.delete(id);
    },
  };
}
