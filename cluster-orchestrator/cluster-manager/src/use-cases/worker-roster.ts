import type { Candidate, Liveness } from "@oak/contracts";
import type { TierClock } from "@oak/tier";
import type { Worker, WorkerRoster } from "../ports.ts";

/** The part of the resource abstractor that keeps workers. */
export interface CandidateStore {
  list(): Promise<Candidate[]>;
  /** Merges fields of one candidate; rejects when it is unknown or the store is away. */
  patch(id: string, fields: Partial<Candidate>): Promise<void>;
}

export interface Roster extends WorkerRoster {
  /** Reads the workers that were known before this process started. */
  load(): Promise<void>;
  /** A worker registered: its new session, alive. */
  registered(worker: { id: string; session: number; isLegacy: boolean }): void;
  /** Any word of the present session. */
  heard(workerId: string): void;
  reported(workerId: string): void;
  /** What was reported counts for nothing any more: everybody is to report again. */
  forgetReports(): void;
  remove(workerId: string): void;
}

/** Workers in memory; only changes of liveness are written, heartbeats never (architecture, "Scale"). */
export function createRoster(candidates: CandidateStore, clock: TierClock): Roster {
  const workers = new Map<string, Worker>();
  const change = (id: string, fields: Partial<Worker>): void => {
    const known = workers.get(id);
    if (known !== undefined) workers.set(id, { ...known, ...fields });
  };
  return {
    load: async () => {
      for (const candidate of await candidates.list()) {
        if (workers.has(candidate._id)) continue;
        workers.set(candidate._id, {
          id: candidate._id,
          session: candidate.session,
          liveness: candidate.liveness,
          heardAtMs: clock.monotonicMs(),
          hasReported: false,
          isLegacy: candidate.proto === undefined,
        });
      }
    },
    registered: (worker) => {
      workers.set(worker.id, {
        ...worker,
        liveness: "alive",
        heardAtMs: clock.monotonicMs(),
        hasReported: worker.isLegacy,
      });
    },
    heard: (id) => change(id, { heardAtMs: clock.monotonicMs() }),
    reported: (id) => change(id, { hasReported: true }),
    forgetReports: () => {
      for (const { id, isLegacy } of workers.values()) change(id, { hasReported: isLegacy });
    },
    remove: (id) => {
      workers.delete(id);
    },
    get: (id) => workers.get(id),
    all: () => workers.values(),
    setLiveness: async (id, liveness: Liveness) => {
      if (workers.get(id)?.liveness === liveness) return;
      await candidates.patch(id, { liveness });
      change(id, { liveness });
    },
  };
}
