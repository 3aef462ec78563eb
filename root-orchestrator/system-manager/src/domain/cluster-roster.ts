import type { ClusterLiveness } from "./plan-instance.ts";

/** A cluster in its present session. */
export interface KnownCluster {
  readonly id: string;
  readonly session: number;
  /** nothing is placed after a start before it has reported; one that was away already is not waited for */
  readonly isAwaited: boolean;
  /** it has told everything that it holds since that was last asked */
  hasReported: boolean;
  /** it has been silent for too long */
  isLost: boolean;
}

/** Clusters in memory, as far as the placer has to know them. */
export interface ClusterRoster {
  /** A cluster that is stored, or has just registered. */
  learn(cluster: { id: string; session: number; isAwaited: boolean }): void;
  /** Taken out by a person, or gone from the store before this process began. */
  remove(id: string): void;
  /** It is silent; when it is back it tells everything first. */
  lose(id: string): void;
  /** It has more to tell than what has changed since its last report. */
  askAgain(id: string): void;
  get(id: string): KnownCluster | undefined;
  /** One that is not known and was not removed is about to be: its registration is stored already. */
  livenessOf(id: string): ClusterLiveness;
  /** It is not silent, and has reported since the start when it was silent before that. */
  isHeard(id: string): boolean;
  haveAllReported(): boolean;
  /** From now on everybody is to tell everything again. */
  forgetReports(): void;
}

export function createClusterRoster(): ClusterRoster {
  const clusters = new Map<string, KnownCluster>();
  const removed = new Set<string>();
  return {
    learn: (cluster) => {
      removed.delete(cluster.id);
      clusters.set(cluster.id, { ...cluster, hasReported: false, isLost: false });
    },
    remove: (id) => {
      clusters.delete(id);
      removed.add(id);
    },
    lose: (id) => {
      const cluster = clusters.get(id);
      if (cluster !== undefined) Object.assign(cluster, { isLost: true, hasReported: false });
    },
    askAgain: (id) => {
      const cluster = clusters.get(id);
      if (cluster !== undefined) cluster.hasReported = false;
    },
    get: (id) => clusters.get(id),
    livenessOf: (id) => {
      if (removed.has(id)) return "removed";
      return clusters.get(id)?.isLost === true ? "lost" : "alive";
    },
    isHeard: (id) => {
      const cluster = clusters.get(id);
      return cluster?.isLost === false && (cluster.isAwaited || cluster.hasReported);
    },
    haveAllReported: () =>
      [...clusters.values()].every(
        ({ hasReported, isLost, isAwaited }) => hasReported || isLost || !isAwaited,
      ),
    forgetReports: () => {
      for (const cluster of clusters.values()) cluster.hasReported = false;
    },
  };
}
