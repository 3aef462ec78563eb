import { createFault, RuntimeFault } from "../../domain/fault.ts";
import { type LogEntry, logTime } from "../../domain/log-entries.ts";
import type { LogQuery } from "../../ports.ts";
import type { FakeMachine, FakeWorkload } from "./fake-machine.ts";

/** Each run prints one line when it begins. */
export async function* readFakeLogs(
  machine: FakeMachine,
  handle: string,
  { sinceMs = 0, tail, follow, signal }: LogQuery,
): AsyncGenerator<LogEntry> {
  if (!machine.isAvailable()) throw new RuntimeFault(createFault("runtime_unavailable"));
  const workload = machine.workloads.get(handle);
  if (workload === undefined) throw new RuntimeFault(createFault("workload_gone"));
  const entries = (workload.runsAtMs ?? [])
    .filter((atMs) => atMs >= sinceMs)
    .map((atMs) => entryOf(workload, atMs));
  yield* tail === undefined ? entries : entries.slice(Math.max(0, entries.length - tail));
  if (follow) await endOfRun(machine, workload, signal);
}

function entryOf({ image }: FakeWorkload, atMs: number): LogEntry {
  return { at: logTime(atMs), bytes: Buffer.from(`ready: ${image}\n`) };
}

function endOfRun(
  machine: FakeMachine,
  { handle, startedAtMs }: FakeWorkload,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      const now = machine.workloads.get(handle);
      if (now?.state === "running" && now.startedAtMs === startedAtMs && !signal.aborted) return;
      unsubscribe();
      signal.removeEventListener("abort", look);
      resolve();
    };
    const unsubscribe = machine.subscribe(look);
    signal.addEventListener("abort", look, { once: true });
    look();
  });
}
