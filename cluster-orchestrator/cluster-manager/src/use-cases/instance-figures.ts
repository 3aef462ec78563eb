import type { InstanceKey, Observation, ResourcesReport } from "@oak/contracts";
import { instanceKey } from "@oak/contracts";
import { comparePairs, currentObservation, isNewerReport } from "@oak/core";
import type { InstanceBook, TierClock } from "@oak/tier";
import type { Worker } from "../ports.ts";
import type { InstanceFacts } from "./build-root-report.ts";

/** Figures of running instances: in memory as they come, in the store now and then. */
export interface InstanceFigures {
  /** Takes what a worker measured; entries that do not speak of an assignment of it are left out. */
  take(worker: Worker, report: ResourcesReport): void;
  /** The newest figures of an instance, as far as this process has heard any. */
  of(key: InstanceKey): InstanceFacts | undefined;
  /** Stores what has changed, each instance at most every 15 s; call it every second or so. */
  flush(): Promise<void>;
}

interface Entry {
  facts: InstanceFacts;
  epoch: number;
  placement: number;
  session: number;
  seq: number;
  isDirty: boolean;
  writtenAtMs: number;
}

type ServiceEntry = ResourcesReport["services"][number];

const WRITE_EVERY_MS = 15_000;

export function createInstanceFigures(deps: {
  book: InstanceBook;
  clock: TierClock;
}): InstanceFigures {
  const { book, clock } = deps;
  const entries = new Map<InstanceKey, Entry>();
  book.onChange((key, _before, after) => {
    const known = entries.get(key);
    if (known === undefined) return;
    if (after === undefined || comparePairs(known, after) !== 0) entries.delete(key);
  });

  const takeEntry = (worker: Worker, report: ResourcesReport, entry: ServiceEntry): void => {
    const { job_id, epoch, placement } = entry;
    if (job_id === undefined || epoch === undefined || placement === undefined) return;
    const key = instanceKey(job_id, entry.instance);
    const instance = book.get(key);
    if (instance?.child !== worker.id || instance.phase !== "assigned") return;
    if (comparePairs(instance, { epoch, placement }) !== 0) return;
    const { session = worker.session, seq = nextSeqOf(instance.seen, session) } = report;
    entries.set(key, {
      facts: factsOf(entry),
      epoch,
      placement,
      session,
      seq,
      isDirty: true,
      writtenAtMs: entries.get(key)?.writtenAtMs ?? Number.NEGATIVE_INFINITY,
    });
  };

  const write = async (key: InstanceKey, entry: Entry): Promise<void> => {
    const instance = book.get(key);
    const seen = instance === undefined ? undefined : currentObservation(instance);
    entry.isDirty = false;
    // A status that is newer than the figures: they go along with the next ones.
    if (seen === undefined || seen.released === true || !isNewerReport(seen, entry)) return;
    const { session, seq } = entry;
    // Deadlines of what does not run yet count from its status, not from its figures.
    const at = seen.status === "RUNNING" ? clock.nowMs() / 1000 : seen.at;
    try {
      await book.observe(key, { ...seen, ...entry.facts, session, seq, at });
      entry.writtenAtMs = clock.monotonicMs();
    } catch (error) {
      entry.isDirty = true;
      throw error;
    }
  };

  return {
    take: (worker, report) => {
      for (const entry of report.services) takeEntry(worker, report, entry);
    },
    of: (key) => entries.get(key)?.facts,
    flush: async () => {
      const nowMs = clock.monotonicMs();
      const due = [...entries].filter(
        ([, entry]) => entry.isDirty && nowMs - entry.writtenAtMs >= WRITE_EVERY_MS,
      );
      // Side by side: the store's client makes one request of them.
      await Promise.all(due.map(([key, entry]) => write(key, entry)));
    },
  };
}

/** Older workers number nothing: their messages count in the order in which they arrive. */
export function nextSeqOf(seen: Observation | null, session: number): number {
  return seen?.session === session ? seen.seq + 1 : 1;
}

function factsOf({ cpu_percent, memory_percent, disk, logs }: ServiceEntry): InstanceFacts {
  return {
    ...(cpu_percent === undefined ? {} : { cpu_percent }),
    ...(memory_percent === undefined ? {} : { memory_percent }),
    ...(disk === undefined ? {} : { disk }),
    ...(logs === undefined ? {} : { logs }),
  };
}
