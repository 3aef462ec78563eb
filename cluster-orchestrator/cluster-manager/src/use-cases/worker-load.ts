import type { Candidate, InformationReport } from "@oak/contracts";
import type { TierClock } from "@oak/tier";
import {
  changedLoad,
  isSame,
  type LoadFields,
  type LoadGrade,
  loadOf,
} from "../domain/worker-load.ts";
import type { Worker } from "../ports.ts";

/** Fields to merge into one of many candidates. */
export interface CandidatePatch {
  _id: string;
  fields: Partial<Candidate>;
}

export interface LoadStore {
  /**
   * Whether each is stored, in their order: not when it is unknown or refused. Rejects when the store is away;
   * then some of them may be stored.
   */
  patchAll(patches: readonly CandidatePatch[]): Promise<boolean[]>;
}

export interface WorkerLoadDeps {
  candidates: LoadStore;
  /** the worker as the store last told of it */
  storedOf(workerId: string): Candidate | undefined;
  clock: TierClock;
  random(): number;
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
  /** of what differs between the two */
  grade: LoadGrade;
  writtenAtMs: number;
  refreshAtMs: number;
  /** the store did not take it: next time it gets everything */
  isRefused: boolean;
}

/** Everything that differs is stored this often, … */
const WRITE_EVERY_MS = 15_000;
/** … what ranks a worker differently sooner, but never at the pace of heartbeats. */
const WRITE_PAUSE_MS = 5_000;
/** The store does one request at a stretch, and what waits behind it are holds. */
const AT_ONCE = 100;

export function createWorkerLoads(deps: WorkerLoadDeps): WorkerLoads {
  const entries = new Map<string, Entry>();

  /** Refreshes begin at random: a crowd that came together would be written together for ever. */
  const firstRefreshMs = (): number => deps.clock.monotonicMs() + deps.random() * WRITE_EVERY_MS;

  const entryOf = (workerId: string): Entry => {
    const known = entries.get(workerId);
    if (known !== undefined) return known;
    const stored = deps.storedOf(workerId);
    const entry: Entry = {
      latest: {},
      // What its registration stored need not be stored again.
      written: stored === undefined ? {} : loadOf(stored, false),
      grade: "none",
      writtenAtMs: Number.NEGATIVE_INFINITY,
      refreshAtMs: firstRefreshMs(),
      isRefused: false,
    };
    entries.set(workerId, entry);
    return entry;
  };

  const isDue = ({ grade, writtenAtMs, refreshAtMs, isRefused }: Entry): boolean => {
    const nowMs = deps.clock.monotonicMs();
    if (nowMs >= refreshAtMs) return grade !== "none" || isRefused;
    if (isRefused) return false;
    return grade === "urgent" || (grade === "real" && nowMs - writtenAtMs >= WRITE_PAUSE_MS);
  };

  const write = async (due: readonly (readonly [string, Entry])[]): Promise<void> => {
    const sent = due.map(([, entry]) => entry.latest);
    const patches = due.map(([_id, { written, latest, isRefused }]) => ({
      _id,
      fields: isRefused ? latest : changedLoad(written, latest).fields,
    }));
    const stored = await deps.candidates.patchAll(patches);
    const nowMs = deps.clock.monotonicMs();
    for (const [i, [, entry]] of due.entries()) {
      const isFirst = entry.writtenAtMs === Number.NEGATIVE_INFINITY;
      entry.refreshAtMs = isFirst ? firstRefreshMs() : nowMs + WRITE_EVERY_MS;
      entry.writtenAtMs = nowMs;
      entry.isRefused = stored[i] !== true;
      entry.written = { ...entry.written, ...sent[i] };
      entry.grade = changedLoad(entry.written, entry.latest).grade;
    }
  };

  return {
    take: (worker, report) => {
      const told = loadOf(report, worker.isLegacy);
      const entry = entryOf(worker.id);
      if (Object.entries(told).every(([key, value]) => isSame(entry.latest[key], value))) return;
      const { grade } = entry;
      entry.latest = { ...entry.latest, ...told };
      entry.grade = changedLoad(entry.written, entry.latest).grade;
      deps.onChange(worker.id);
      if (entry.grade === "urgent" && grade !== "urgent") deps.onUrgent();
    },
    of: (workerId) => entries.get(workerId)?.latest ?? {},
    flush: async () => {
      const due = [...entries].filter(([, entry]) => isDue(entry));
      for (let from = 0; from < due.length; from += AT_ONCE) {
        await write(due.slice(from, from + AT_ONCE));
      }
    },
    forget: (workerId) => {
      entries.delete(workerId);
    },
  };
}
