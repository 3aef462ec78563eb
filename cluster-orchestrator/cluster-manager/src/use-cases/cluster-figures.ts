import type { Candidate, ClusterFigures, Hold, Instance } from "@oak/contracts";
import { aggregate } from "@oak/core";
import type { TierClock } from "@oak/tier";

/** What the cluster can give, from its workers as the store tells of their changes. */
export interface ClusterFigureBook {
  /** All workers, in place of what was known. */
  reset(workers: Candidate[]): void;
  change(changed: Candidate[], removed: string[]): void;
  get(workerId: string): Candidate | undefined;
  all(): Candidate[];
  /** An assignment has changed. */
  touch(): void;
  /** The load of a worker has changed, which never is news by itself. */
  touchLoad(): void;
  /** For the report to the root; worked out again only when something has changed. */
  figures(): ClusterFigures;
  /** Whether what the cluster offers differs from the figures that were asked for last. */
  hasNews(): boolean;
  /** Milliseconds that the figures took to work out when that was done last. */
  costMs(): number;
}

export interface ClusterFigureDeps {
  /** instances that are assigned to the worker, or fenced there */
  instancesOf(workerId: string): Instance[];
  /** newer than what is stored */
  loadOf(workerId: string): Partial<Candidate>;
  clock: TierClock;
}

export function createClusterFigureBook(deps: ClusterFigureDeps): ClusterFigureBook {
  const workers = new Map<string, Candidate>();
  let latest: ClusterFigures | undefined;
  let toldOffer = "";
  let mayHaveNews = true;
  let costMs = 0;

  const compute = (): ClusterFigures => {
    if (latest !== undefined) return latest;
    const startedMs = deps.clock.monotonicMs();
    latest = aggregate([...workers.values()].map(withLatest));
    costMs = deps.clock.monotonicMs() - startedMs;
    return latest;
  };

  /**
   * The worker with its latest load, and with a hold for each instance that the book has there: the root
   * takes an instance for counted once it is reported, so it must be counted even when the hold is news.
   */
  const withLatest = (worker: Candidate): Candidate => {
    const holds: Record<string, Hold> = { ...worker.holds };
    for (const instance of deps.instancesOf(worker._id)) {
      if (holds[instance._id] !== undefined || instance.child !== worker._id) continue;
      const { epoch, placement } = instance;
      holds[instance._id] = {
        ...instance.need,
        epoch,
        placement,
        since: deps.clock.nowMs() / 1_000,
      };
    }
    return { ...worker, ...deps.loadOf(worker._id), holds };
  };

  const touch = (): void => {
    latest = undefined;
    mayHaveNews = true;
  };

  return {
    reset: (all) => {
      workers.clear();
      for (const worker of all) workers.set(worker._id, worker);
      touch();
    },
    change: (changed, removed) => {
      for (const worker of changed) workers.set(worker._id, worker);
      for (const id of removed) workers.delete(id);
      touch();
    },
    get: (id) => workers.get(id),
    all: () => [...workers.values()],
    touch,
    touchLoad: () => {
      latest = undefined;
    },
    figures: () => {
      const figures = compute();
      toldOffer = offerOf(figures);
      mayHaveNews = false;
      return figures;
    },
    hasNews: () => {
      if (!mayHaveNews) return false;
      mayHaveNews = offerOf(compute()) !== toldOffer;
      return mayHaveNews;
    },
    costMs: () => costMs,
  };
}

/** What decides whether an instance fits; load alone is no news. */
function offerOf({ free_shapes, allocatable, active_nodes }: ClusterFigures): string {
  // Free disk wavers as load does: whole steps of 5 GB are news.
  const storage = Math.round(allocatable.storage / 5_000);
  return JSON.stringify([free_shapes, { ...allocatable, storage }, active_nodes]);
}
