import type { Candidate, InformationReport } from "@oak/contracts";
import type { TierClock } from "@oak/tier";
import { changedLoad, isSame, type LoadFields, loadOf } from "../domain/worker-load.ts";
import type { Worker } from "../ports.ts";
import type { CandidateStore } from "./worker-roster.ts";

export interface WorkerLoadDeps {
  candidates: Pick<CandidateStore, "patch">;
  clock: TierClock;
  /** the latest figures of a worker differ from the last ones */
  onChange(workerId: string): void;
  /** something is due at once: call `flush` soon */
  onUrgent(): void;
}

/** Load of the workers: in memory as heartbeats bring it, in the store now and then. */
export interface WorkerLoads {
  take(worker: Worker, report: InformationReport): void;
  /** What the latest heartbeat said, to be laid over the candidate. */
  of(workerId: string): Partial<Candidate>;
  /** Stores what is due; call it about every second. Rejects when something could not be stored. */
  flush(): Promise<void>;
  forget(workerId: string): void;
}

interface Entry {
  latest: LoadFields;
  written: LoadFields;
  writtenAtMs: number;
  isUrgent: boolean;
}

/** Everything that differs is stored this often, … */
const WRITE_EVERY_MS = 15_000;
/** … a real change sooner, but never at the pace of heartbeats. */
const WRITE_PAUSE_MS = 2_000;
const SIDE_BY_SIDE = 16;

export function createWorkerLoads(deps: WorkerLoadDeps): WorkerLoads {
  const entries = new Map<string, Entry>();

  const write = async (workerId: string, entry: Entry): Promise<void> => {
    const { latest } = entry;
    const { fields } = changedLoad(entry.written, latest);
    entry.isUrgent = false;
    entry.writtenAtMs = deps.clock.monotonicMs();
    if (Object.keys(fields).length === 0) return;
    try {
      await deps.candidates.patch(workerId, fields);
      entry.written = latest;
    } catch (error) {
      // Whatever was urgent comes with the next round for everything.
      entry.writtenAtMs -= WRITE_EVERY_MS / 2;
      throw error;
    }
  };

  const isDue = (entry: Entry): boolean => {
    const sinceMs = deps.clock.monotonicMs() - entry.writtenAtMs;
    if (entry.isUrgent || sinceMs >= WRITE_EVERY_MS) return true;
    return sinceMs >= WRITE_PAUSE_MS && changedLoad(entry.written, entry.latest).isReal;
  };

  return {
    take: (worker, report) => {
      const latest = loadOf(report, worker.isLegacy);
      const known = entries.get(worker.id);
      const allocatable = latest["allocatable"];
      const isUrgent =
        allocatable !== undefined && !isSame(known?.latest["allocatable"], allocatable);
      const before = known ?? {
        latest: {},
        written: {},
        writtenAtMs: Number.NEGATIVE_INFINITY,
        isUrgent: false,
      };
      if (known !== undefined && isSame(before.latest, latest)) return;
      entries.set(worker.id, {
        ...before,
        latest: { ...before.latest, ...latest },
        isUrgent: before.isUrgent || isUrgent,
      });
      deps.onChange(worker.id);
      if (isUrgent) deps.onUrgent();
    },
    of: (workerId) => entries.get(workerId)?.latest ?? {},
    flush: async () => {
      const due = [...entries].filter(([, entry]) => isDue(entry));
      let failure: unknown;
      for (let from = 0; from < due.length; from += SIDE_BY_SIDE) {
        const batch = due.slice(from, from + SIDE_BY_SIDE);
        const results = await Promise.allSettled(batch.map(([id, entry]) => write(id, entry)));
        failure ??= results.find((result) => result.status === "rejected")?.reason;
      }
      if (failure !== undefined) throw failure;
    },
    forget: (workerId) => {
      entries.delete(workerId);
    },
  };
}
