import { judgeSilence, silentSinceMs } from "@oak/core";
import type { Log, TierClock } from "@oak/tier";
import type { Worker, WorkerRoster } from "../ports.ts";

export interface WatchDeps {
  roster: WorkerRoster;
  clock: TierClock;
  log: Log;
  /** called for each instance that the worker has, after the verdict is stored */
  onLost(workerId: string): void;
  onBraked?(reason: string): void;
  timeoutMs: number;
  reconnectSpreadMs: number;
  startedAtMs: number;
  linkUpSinceMs(): number | undefined;
  /** Finds out whether the link carries anything; the answer shows in `linkUpSinceMs`. */
  probeLink?(): void;
  /** by how much the calling loop ran late */
  loopLateMs(): number;
}

/**
 * How much longer than others a worker may be away that said goodbye: its workloads go on while its agent is
 * restarted or brought up to date, and end when its machine was switched off.
 */
const FAREWELL_MS = 60_000;

/** When the worker was heard the last time, by its words or by its signs of life. */
export function lastSignMs({ heardAtMs, sign }: Pick<Worker, "heardAtMs" | "sign">): number {
  return silentSinceMs({ heardAtMs, signAtMs: sign?.atMs });
}

/**
 * Declares workers lost that were silent for too long, unless the judge itself was deaf (rule 9). Answers in how
 * many milliseconds the next one is due, when nobody is heard until then; undefined: nobody.
 */
export async function watchWorkers(deps: WatchDeps): Promise<number | undefined> {
  const children = [...deps.roster.all()]
    .filter(({ liveness }) => liveness !== "lost")
    .map((worker) => ({
      id: worker.id,
      heardAtMs: worker.liveness === "left" ? worker.heardAtMs + FAREWELL_MS : lastSignMs(worker),
    }));
  const nowMs = deps.clock.monotonicMs();
  // Early enough that the answer is there when it counts: a frozen broker must not be taken for dead workers.
  if (children.some(({ heardAtMs }) => nowMs - heardAtMs >= deps.timeoutMs / 2)) deps.probeLink?.();
  const verdict = judgeSilence({
    nowMs,
    timeoutMs: deps.timeoutMs,
    reconnectSpreadMs: deps.reconnectSpreadMs,
    startedAtMs: deps.startedAtMs,
    linkUpSinceMs: deps.linkUpSinceMs(),
    loopLateMs: deps.loopLateMs(),
    children,
  });
  if ("braked" in verdict) {
    deps.onBraked?.(verdict.braked);
    if (verdict.braked === "too_many_silent") {
      deps.log.warn({ reason: verdict.braked }, "silence is not judged");
    }
    return undefined;
  }
  for (const id of verdict.lost) {
    try {
      await deps.roster.setLiveness(id, "lost");
      deps.log.warn({ worker: id }, "worker lost");
      deps.onLost(id);
    } catch (err) {
      // Of one worker only: the others are judged all the same.
      deps.log.warn({ worker: id, err }, "a lost worker could not be noted");
    }
  }
  const dueMs = children
    .map(({ heardAtMs }) => heardAtMs + deps.timeoutMs - nowMs)
    .filter((ms) => ms > 0)
    .reduce((least, ms) => Math.min(least, ms), Number.POSITIVE_INFINITY);
  return Number.isFinite(dueMs) ? dueMs : undefined;
}

/** Whether every worker that lived before the start has reported, or the time for that is over. */
export function isGateOpen(
  deps: Pick<WatchDeps, "roster" | "clock" | "startedAtMs">,
  waitMs: number,
): boolean {
  if (deps.clock.monotonicMs() - deps.startedAtMs >= waitMs) return true;
  for (const worker of deps.roster.all()) {
    if (worker.liveness === "alive" && !worker.hasReported) return false;
  }
  return true;
}
