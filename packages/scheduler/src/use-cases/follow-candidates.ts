import { type Clock, sleep } from "@oak/kit";
import type { CandidateView } from "../domain/candidate-view.ts";
import type { CandidateSource } from "../ports.ts";

export interface FollowDeps {
  source: CandidateSource;
  view: CandidateView;
  clock: Clock;
  onFed(candidates: number): void;
}

export interface CandidateFollower {
  /** Keeps the view fed until `signal` aborts. Throws when a poll fails; the cursor stays good. */
  follow(signal: AbortSignal): Promise<void>;
  /**
   * Brings the view up to what is stored at the time of the call, which the feed may tell a little later.
   * Never rejects: when there is no answer in time, the view stays what it is.
   */
  refresh(): Promise<void>;
}

/** How long one poll waits for a change. */
export const pollWaitMs = 10_000;

/** Changes within this time come in one answer; it also bounds what a source that never waits can cost. */
const gatherMs = 25;

/** Another answer can come first again and again only while changes follow each other closely. */
const refreshTries = 3;

/** A decision waits for this; the source is on the same machine, or in the same process. */
const longestRefreshMs = 500;

export function createCandidateFollower(deps: FollowDeps): CandidateFollower {
  const { source, view, clock } = deps;
  let refreshing: Promise<void> | undefined;
  let nextRefresh: Promise<void> | undefined;

  /** Answers whether the view shows now what was stored at the time of the call, or later. */
  const feed = async (waitMs: number, signal: AbortSignal): Promise<boolean> => {
    const since = view.cursor;
    const answer = await source.poll({ since, waitMs, signal });
    // Two polls can overlap. The later answer may be the older one; what it tells comes again with the next.
    if (view.cursor !== since) return false;
    view.apply(answer, clock.monotonicMs());
    deps.onFed(view.table.size);
    return true;
  };

  const refreshNow = async (): Promise<void> => {
    const controller = new AbortController();
    const cancel = clock.setTimer(longestRefreshMs, () => controller.abort());
    try {
      for (let tries = 0; tries < refreshTries; tries += 1) {
        if (await feed(0, controller.signal)) return;
      }
    } catch {
      // The task that follows says so, again and again.
    } finally {
      cancel();
    }
  };

  return {
    follow: async (signal) => {
      while (!signal.aborted) {
        // Nothing known yet: whatever is there is wanted at once.
        await feed(view.cursor === "" ? 0 : pollWaitMs, signal);
        await sleep(clock, gatherMs, signal);
      }
    },
    refresh: () => {
      // One that is under way may have looked too early for this caller; the next is for all who wait.
      nextRefresh ??= (refreshing ?? Promise.resolve()).then(async () => {
        refreshing = nextRefresh;
        nextRefresh = undefined;
        await refreshNow();
        refreshing = undefined;
      });
      return nextRefresh;
    },
  };
}

/** Missing one answer is normal while the resource abstractor restarts; after two the view is old. */
const staleAfterMs = 2 * pollWaitMs;

/** Why the view cannot be relied on; undefined when it can. */
export function viewFault(view: CandidateView, nowMs: number): string | undefined {
  if (view.fedAtMs === undefined) return "the candidates are not known yet";
  const ageMs = nowMs - view.fedAtMs;
  return ageMs > staleAfterMs
    ? `the candidates were last told ${Math.round(ageMs / 1000)} s ago`
    : undefined;
}
