import type { Clock } from "@oak/kit";
import type { LogEntry } from "../domain/log-entries.ts";
import type { ObservedWorkload } from "../domain/workload.ts";
import type { Runtime } from "../ports.ts";
import type { LogArchive } from "../store/log-archive.ts";

export interface KeepLogsDeps {
  runtime: Pick<Runtime, "logs">;
  archive: Pick<LogArchive, "keep">;
  clock: Clock;
}

const mostLines = 1_000;
/** A runtime that hangs must not hold up a removal. */
const withinMs = 3_000;

/** Puts the end of what a workload printed where it outlives the workload. */
export function createKeepLogs({ runtime, archive, clock }: KeepLogsDeps) {
  return async ({ handle, identity }: ObservedWorkload): Promise<void> => {
    const late = new AbortController();
    const cancel = clock.setTimer(withinMs, () => late.abort());
    const entries: LogEntry[] = [];
    try {
      const query = { tail: mostLines, follow: false, signal: late.signal };
      for await (const entry of runtime.logs(handle, query)) entries.push(entry);
    } catch {
      // It may be gone already, or its log unreadable; what was read is kept.
    } finally {
      cancel();
    }
    await archive.keep(identity.key, entries);
  };
}
