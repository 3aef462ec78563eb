import type { Candidate, Liveness } from "@oak/contracts";
import type { TierClock } from "@oak/tier";
import type { TierBook, Worker, WorkerRoster } from "../ports.ts";

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
  /** A sign of life of the present session, newer than those before. */
  signed(workerId: string, seq: number): void;
  /** What it holds is known. `seq`: number of the inventory that told it. */
  reported(workerId: string, seq?: number): void;
  /** Stores again what is believed of the worker, if nobody knows what came of the last try to change it. */
  confirmLiveness(workerId: string): Promise<void>;
  /** Sessions of an earlier incarnation count for nothing: everybody is to register and report again. */
  endSessions(): void;
  remove(workerId: string): void;
}

/** How long a change whose answer was lost may still come about; requests give up well before. */
const LATE_MS = 15_000;

/** Below every session that is given. */
const NO_SESSION = -1;

/** Workers in memory; only changes of liveness are written, heartbeats never (architecture, "Scale"). */
export function createRoster(
  candidates: CandidateStore,
  { clock, tier }: { clock: TierClock; tier: Pick<TierBook, "current"> },
): Roster {
  const workers = new Map<string, Worker>();
  const removed = new Set<string>();
  /** a change of their liveness was not answered: until these monotonic milliseconds it may come about */
  const doubtful = new Map<string, number>();
  const change = (id: string, fields: Partial<Worker>): void => {
    const known = workers.get(id);
    if (known !== undefined) workers.set(id, { ...known, ...fields });
  };
  const store = async (id: string, liveness: Liveness): Promise<void> => {
    const beganAtMs = clock.monotonicMs();
    try {
      await candidates.patch(id, { liveness });
    } catch (error) {
      doubtful.set(id, clock.monotonicMs() + LATE_MS);
      throw error;
    }
    if (beganAtMs >= (doubtful.get(id) ?? beganAtMs)) doubtful.delete(id);
  };
  /** A renewal lifts sessions as well: a lower one was given before it, and its worker has not heard of it. */
  const validSession = ({ session, isLegacy }: { session: number; isLegacy: boolean }): number =>
    isLegacy || session > tier.current().base ? session : NO_SESSION;
  return {
    load: async () => {
      for (const candidate of await candidates.list()) {
        if (workers.has(candidate._id)) continue;
        const isLegacy = candidate.proto === undefined;
        workers.set(candidate._id, {
          id: candidate._id,
          session: validSession({ session: candidate.session, isLegacy }),
          liveness: candidate.liveness,
          heardAtMs: clock.monotonicMs(),
          hasReported: false,
          isLegacy,
        });
      }
    },
    registered: (worker) => {
      removed.delete(worker.id);
      // What is in doubt stays so: a change without an answer may come about after the registration.
      workers.set(worker.id, {
        ...worker,
        session: validSession(worker),
        liveness: "alive",
        heardAtMs: clock.monotonicMs(),
        hasReported: worker.isLegacy,
      });
    },
    heard: (id) => change(id, { heardAtMs: clock.monotonicMs() }),
    signed: (id, seq) => change(id, { sign: { seq, atMs: clock.monotonicMs() } }),
    reported: (id, seq) =>
      change(id, { hasReported: true, ...(seq !== undefined && { inventorySeq: seq }) }),
    endSessions: () => {
      for (const { id, isLegacy } of workers.values()) {
        if (!isLegacy) change(id, { session: NO_SESSION, hasReported: false });
      }
    },
    remove: (id) => {
      workers.delete(id);
      doubtful.delete(id);
      removed.add(id);
    },
    livenessOf: (id) => {
      const known = workers.get(id);
      if (known !== undefined) return known.liveness;
      if (removed.has(id)) return "removed";
      // Its registration is stored and the answer to that was lost: it gets the usual time to come again.
      const heardAtMs = clock.monotonicMs();
      const fresh = { session: NO_SESSION, hasReported: false, isLegacy: false };
      workers.set(id, { id, liveness: "alive", heardAtMs, ...fresh });
      return "alive";
    },
    get: (id) => workers.get(id),
    all: () => workers.values(),
    setLiveness: async (id, liveness: Liveness) => {
      if (workers.get(id)?.liveness === liveness) return;
      await store(id, liveness);
      change(id, { liveness });
    },
    confirmLiveness: async (id) => {
      const known = workers.get(id);
      if (known !== undefined && doubtful.has(id)) await store(id, known.liveness);
    },
  };
}
