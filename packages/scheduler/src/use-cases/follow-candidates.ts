import { type Clock, sleep } from "@oak/kit";
import type { CandidateView } from "../domain/candidate-view.ts";
import type { CandidateSource } from "../ports.ts";

export interface FollowDeps {
  source: CandidateSource;
  view: CandidateView;
  clock: Clock;
  onFed(candidates: number): void;
}

/** How long one poll waits for a change. */
export const pollWaitMs = 10_000;

/** Changes within this time come in one answer; it also bounds what a source that never waits can cost. */
const gatherMs = 25;

/** Keeps the view fed until `signal` aborts. Throws when a poll fails; the cursor stays good. */
export async function followCandidates(deps: FollowDeps, signal: AbortSignal): Promise<void> {
  const { source, view, clock } = deps;
  while (!signal.aborted) {
    const since = view.cursor;
    // Nothing known yet: whatever is there is wanted at once.
    const waitMs = since === "" ? 0 : pollWaitMs;
    const feed = await source.poll({ since, waitMs, signal });
    view.apply(feed, clock.monotonicMs());
    deps.onFed(view.table.size);
    await sleep(clock, gatherMs, signal);
  }
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
