import type { Instance } from "@oak/contracts";
import { CandidateFeed } from "@oak/contracts";
import {
  type Clock,
  type Component,
  component,
  createLoop,
  createTask,
  type HttpClient,
  type Logger,
  type Metrics,
} from "@oak/kit";
import { followFeed } from "@oak/tier";
import type { ClusterCore } from "../cluster-core.ts";
import type { ClusterFigureBook } from "../use-cases/cluster-figures.ts";
import type { CachedSpecBook } from "../use-cases/spec-book.ts";
import type { WorkerLoads } from "../use-cases/worker-load.ts";

export interface ClusterLoopDeps {
  core: ClusterCore;
  specs: CachedSpecBook;
  figures: ClusterFigureBook;
  loads: WorkerLoads;
  resourceAbstractor: HttpClient;
  /** the cluster offers something else than it told the root */
  onNews(): void;
  refreshMetrics(): void;
  logger: Logger;
  metrics: Metrics;
  clock: Clock;
}

export interface ClusterLoops {
  components: readonly Component[];
  /** Stores figures now rather than with the next pass. */
  flushSoon(): void;
}

const tickMs = 200;
/** Looking at ten thousand workers takes a millisecond. */
const watchMs = 200;
/** Who falls due sooner than that is looked at then, so that no wait adds to its timeout. */
const shortestWatchMs = 10;
const sweepMs = 10_000;
/** Soon after a start: a crash is what leaves most of it behind. */
const firstSweepMs = 2_000;
const flushMs = 1_000;
const backoff = { baseMs: 250, maxMs: 5_000 };

/** What the cluster does by itself, again and again. */
export function createClusterLoops(deps: ClusterLoopDeps): ClusterLoops {
  const { core, specs, figures, loads } = deps;
  const ticking = createLoop({
    ...deps,
    name: "tick",
    everyMs: tickMs,
    jitter: 0,
    run: async () => core.tick(),
  });
  const watching = createLoop({
    ...deps,
    name: "watch-workers",
    everyMs: watchMs,
    jitter: 0,
    run: async () => {
      const dueMs = await core.watch();
      if (dueMs === undefined || dueMs >= watchMs) return;
      deps.clock.setTimer(Math.max(shortestWatchMs, Math.ceil(dueMs)), watching.trigger);
    },
  });
  const sweeping = createLoop({
    ...deps,
    name: "sweep",
    everyMs: sweepMs,
    startDelayMs: firstSweepMs,
    run: async () => {
      await core.sweepHolds();
      await specs.sweep(revisionsInUse(core.book.all()));
    },
  });
  const flushing = createLoop({
    ...deps,
    name: "flush-figures",
    everyMs: flushMs,
    jitter: 0,
    backoff,
    run: async () => {
      deps.refreshMetrics();
      if (figures.hasNews()) deps.onNews();
      await Promise.all([loads.flush(), core.flushFigures()]);
    },
  });
  const following = createTask({
    ...deps,
    name: "follow-workers",
    backoff,
    run: (signal) =>
      followFeed(
        deps.resourceAbstractor,
        {
          path: "/api/v1/resources",
          schema: CandidateFeed,
          onReset: figures.reset,
          onChange: figures.change,
        },
        signal,
      ),
  });
  return {
    flushSoon: flushing.trigger,
    components: [
      component("worker feed", following),
      component("tick", ticking),
      component("worker watch", watching),
      component("figure flush", flushing),
      component("sweep", sweeping),
    ],
  };
}

/** Also what an instance is about to be made of. */
function revisionsInUse(instances: Iterable<Instance>): Map<string, Set<number>> {
  const inUse = new Map<string, Set<number>>();
  for (const { job_id, spec_rev, intent } of instances) {
    const revisions = inUse.get(job_id) ?? new Set();
    revisions.add(spec_rev);
    if (intent !== null) revisions.add(intent.spec_rev);
    inUse.set(job_id, revisions);
  }
  return inUse;
}
