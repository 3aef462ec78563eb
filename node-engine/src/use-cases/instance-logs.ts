import type { InstanceKey, LogsQuestion } from "@oak/contracts";
import { instanceKey } from "@oak/contracts";
import { type Clock, commonErrors, sleep } from "@oak/kit";
import { faultOf } from "../domain/fault.ts";
import {
  entriesAfter,
  type LogEntry,
  type LogPlace,
  linesOf,
  logTime,
} from "../domain/log-entries.ts";
import type { ObservedWorkload } from "../domain/workload.ts";
import type { LogQuery, Runtime } from "../ports.ts";
import type { LogArchive } from "../store/log-archive.ts";

export interface InstanceLogsDeps {
  runtime: Pick<Runtime, "logs" | "events">;
  engine: {
    /** Whether the instance is wanted here and has not come to its end. */
    isAwaited(key: InstanceKey): boolean;
    workloadsOf(key: InstanceKey): readonly ObservedWorkload[];
  };
  archive: Pick<LogArchive, "read">;
  clock: Clock;
}

/** What an instance has printed here, across the restarts of its workloads. */
export interface InstanceLogs {
  /**
   * Lines, oldest first. Followed, it goes on over restarts and ends when the instance is gone from this worker, or has come to
   * its end.
   * @throws AppError not_found: nothing of that instance is here
   */
  open(question: LogsQuestion, signal: AbortSignal): Promise<AsyncGenerator<Buffer>>;
}

/** A change of which no event tells, such as a deletion before anything ran, is seen within this time. */
const lookEveryMs = 1_000;
/** What is counted from the end is held in memory until it is known where to begin. */
const mostTailBytes = 4 * 1024 * 1024;
const mostTail = 10_000;

type Places = Map<string, LogPlace>;

export function createInstanceLogs(deps: InstanceLogsDeps): InstanceLogs {
  return {
    open: async (question, signal) => {
      const key = instanceKey(question.job_id, question.instance_number);
      const kept = await keptOf(deps, key, question);
      const isHere = deps.engine.isAwaited(key) || deps.engine.workloadsOf(key).length > 0;
      if (!isHere && kept.length === 0) {
        throw commonErrors.not_found("Nothing of this instance is on its worker");
      }
      const entries = entriesOf(deps, { key, question, kept, signal });
      return linesOf(entries, question);
    },
  };
}

interface Reading {
  key: InstanceKey;
  question: LogsQuestion;
  kept: readonly LogEntry[];
  signal: AbortSignal;
}

async function* entriesOf(deps: InstanceLogsDeps, reading: Reading): AsyncGenerator<LogEntry> {
  const { key, question, kept, signal } = reading;
  const places: Places = new Map();
  const history = historyOf(deps, reading, places);
  if (question.tail === undefined) {
    yield* kept;
    yield* history;
  } else {
    yield* await lastOf(history, Math.min(question.tail, mostTail), kept);
  }
  while (question.follow && !signal.aborted) {
    const workload = newestOf(deps.engine.workloadsOf(key));
    const change = changeOf(deps, key, signal);
    try {
      if (workload !== undefined) yield* followOne(deps, workload, places, reading);
      // After the look: what ends while it is looked at is seen by the next.
      if (!deps.engine.isAwaited(key) && !isRunning(newestOf(deps.engine.workloadsOf(key)))) return;
      await change.happened;
    } finally {
      change.forget();
    }
  }
}

/** What those that are here have printed so far. */
async function* historyOf(
  { runtime, engine }: InstanceLogsDeps,
  { key, question, signal }: Reading,
  places: Places,
): AsyncGenerator<LogEntry> {
  const { since_ms: sinceMs, tail } = question;
  const inOrder = [...engine.workloadsOf(key)].sort((a, b) => a.createdAtMs - b.createdAtMs);
  for (const { handle } of inOrder) {
    const place = { at: "", count: 0 };
    places.set(handle, place);
    const query: LogQuery = {
      follow: false,
      signal,
      ...(sinceMs !== undefined && { sinceMs }),
      // The very last is read also where none is wanted: it tells from where to follow.
      ...(tail !== undefined && { tail: Math.max(1, Math.min(tail, mostTail)) }),
    };
    yield* unlessGone(entriesAfter(place, runtime.logs(handle, query)));
  }
}

/** What it prints from where it was read to, until its run ends. */
async function* followOne(
  { runtime }: Pick<InstanceLogsDeps, "runtime">,
  { handle }: ObservedWorkload,
  places: Places,
  { question, signal }: Reading,
): AsyncGenerator<LogEntry> {
  const place = places.get(handle) ?? { at: "", count: 0 };
  places.set(handle, place);
  const fromMs = place.at === "" ? question.since_ms : Date.parse(place.at);
  const query: LogQuery = {
    follow: true,
    signal,
    // Times of the runtime are finer than these milliseconds; what was read is left out.
    ...(fromMs !== undefined && { sinceMs: Math.floor(fromMs) - 1 }),
  };
  yield* unlessGone(entriesAfter(place, runtime.logs(handle, query)));
}

/** A workload that is removed while it is read has nothing more to say. */
async function* unlessGone(entries: AsyncIterable<LogEntry>): AsyncGenerator<LogEntry> {
  try {
    yield* entries;
  } catch (error) {
    if (faultOf(error).reason !== "workload_gone") throw error;
  }
}

async function keptOf(
  { archive }: InstanceLogsDeps,
  key: InstanceKey,
  { since_ms: sinceMs }: LogsQuestion,
): Promise<LogEntry[]> {
  const entries = await archive.read(key);
  if (sinceMs === undefined) return entries;
  const since = logTime(sinceMs);
  return entries.filter(({ at }) => at >= since);
}

/** The last entries of both, of which there may be fewer than asked for. */
async function lastOf(
  history: AsyncIterable<LogEntry>,
  tail: number,
  kept: readonly LogEntry[],
): Promise<LogEntry[]> {
  const last: LogEntry[] = [...kept];
  let bytes = kept.reduce((sum, entry) => sum + entry.bytes.length, 0);
  const drop = (): void => {
    while (last.length > tail || bytes > mostTailBytes) bytes -= last.shift()?.bytes.length ?? 0;
  };
  drop();
  for await (const entry of history) {
    last.push(entry);
    bytes += entry.bytes.length;
    drop();
  }
  return last;
}

/** Begins to wait for a change of the instance. */
function changeOf(
  { runtime, clock }: InstanceLogsDeps,
  key: InstanceKey,
  signal: AbortSignal,
): { happened: Promise<unknown>; forget(): void } {
  const over = new AbortController();
  const end = (): void => over.abort();
  signal.addEventListener("abort", end, { once: true });
  const unsubscribe = runtime.events((event) => {
    if (event.kind === "changed" && event.workload.identity.key !== key) return;
    end();
  });
  return {
    happened: sleep(clock, lookEveryMs, over.signal),
    forget: () => {
      end();
      unsubscribe();
      signal.removeEventListener("abort", end);
    },
  };
}

function newestOf(workloads: readonly ObservedWorkload[]): ObservedWorkload | undefined {
  return workloads.toSorted((a, b) => b.createdAtMs - a.createdAtMs)[0];
}

function isRunning(workload: ObservedWorkload | undefined): boolean {
  return workload?.state === "running";
}
