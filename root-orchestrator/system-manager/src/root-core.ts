import type {
  Candidate,
  ClusterRegistered,
  ClusterReport,
  ClusterReportAnswer,
  Instance,
  InstanceKey,
  Job,
  WantedAnswer,
} from "@oak/contracts";
import { instanceKey } from "@oak/contracts";
import { currentObservation, revisionOf } from "@oak/core";
import {
  type AssignmentStore,
  childrenOf,
  createHoldSweep,
  createInstanceBook,
  createReconciler,
  createWantLedger,
  decideRefreshed,
  type HoldStore,
  type InstanceBook,
  type Log,
  type PlacementScheduler,
  type TierClock,
  type WantLedger,
} from "@oak/tier";
import {
  type ClusterRoster,
  createClusterRoster,
  type KnownCluster,
} from "./domain/cluster-roster.ts";
import { createJobIndex, createWaitingIndex } from "./domain/instance-indexes.ts";
import { createListening } from "./domain/listening.ts";
import type { ClusterLiveness, Evidence, PlacerSettings } from "./domain/plan-instance.ts";
import type { RolloutSettings } from "./domain/plan-rollout.ts";
import { createCountedDrops } from "./use-cases/drop-counted.ts";
import { listWanted } from "./use-cases/list-wanted.ts";
import type { JobBook, TierBook } from "./use-cases/placer-ports.ts";
import { type PlacerDeps, reconcileInstance } from "./use-cases/reconcile-instance.ts";
import { createTierRenewal } from "./use-cases/renew-tier.ts";
import { createRollouts, type RolloutDeps, type RolloutPorts } from "./use-cases/run-rollouts.ts";
import {
  isWholeAccount,
  type RootOrphan,
  takeClusterReport,
} from "./use-cases/take-cluster-report.ts";

/** A cluster as it is stored when it registers. */
export interface RegisteredCluster {
  id: string;
  session: number;
  wantRev: number;
}

export interface RootCoreDeps {
  store: AssignmentStore;
  holds: HoldStore;
  jobs: JobBook;
  scheduler: PlacementScheduler;
  tier: TierBook;
  clock: TierClock;
  random(): number;
  log: Log;
  settings: PlacerSettings;
  rollouts: RolloutPorts & { settings: RolloutSettings };
  /** Clusters as they are stored. */
  listCandidates(): Promise<Candidate[]>;
  /** Removes the tombstone of a service whose instances are all confirmed gone. */
  removeJob(jobId: string): Promise<void>;
  /** how long placements wait after a start for the clusters that are known */
  learnS: number;
}

/** The cluster's session is not the present one: it must register again. */
export class UnknownSession extends Error {}

/**
 * The root's side of the assignment protocol, wired: everything that decides, without a socket or a timer
 * of its own. Whoever owns it calls `tick` in time.
 */
export interface RootCore {
  load(): Promise<void>;
  tick(): void;
  /** Drops holds that nothing points to, and tombstones that are not needed; every few seconds. */
  sweepHolds(): Promise<void>;
  /** A service has changed: its members are placed, and what is no member is released. */
  jobChanged(jobId: string): void;
  clusterRegistered(
    cluster: RegisteredCluster,
  ): Pick<ClusterRegistered, "incarnation" | "want_rev">;
  clusterRemoved(clusterId: string): void;
  /** A cluster has been silent for too long: what the service does not want to wait for goes elsewhere. */
  clusterLost(clusterId: string): void;
  /** A cluster has more room than before: whatever waits for a place is tried again. */
  roomGrew(): void;
  /** @throws UnknownSession */
  wanted(clusterId: string, session: number, since: number): WantedAnswer;
  /** Resolves when there may be something new for the cluster, or `signal` aborts. */
  wantedChanged(clusterId: string, signal: AbortSignal): Promise<boolean>;
  /**
   * @param figuresStored settles when the figures of this report are stored; at once when they are already
   * @throws UnknownSession
   */
  report(
    clusterId: string,
    report: ClusterReport,
    figuresStored?: Promise<unknown>,
  ): Promise<ClusterReportAnswer>;
  /** by cluster and instance */
  orphans: ReadonlyMap<string, RootOrphan>;
  book: InstanceBook;
  /** what is known of a service's instances */
  instancesOf(jobId: string): Instance[];
  ledger: WantLedger;
  idle(): Promise<void>;
  stop(): Promise<void>;
}

export function createRootCore(deps: RootCoreDeps): RootCore {
  const book = createInstanceBook(deps.store, deps.clock.monotonicMs);
  const ledger = createWantLedger();
  const clusters = createClusterRoster();
  const orphans = new Map<string, RootOrphan>();
  const byJob = createJobIndex(book);
  const waiting = createWaitingIndex(book);
  const drops = createCountedDrops(deps);
  const listening = createListening({ ...deps, ...deps.clock, ...clusters });
  let roomGrewAtS = 0;
  const onServiceEmpty = createTombstones(deps, byJob);
  const placer: PlacerDeps = {
    ...deps,
    book,
    ledger,
    isGateOpen: listening.isGateOpen,
    livenessOf: clusters.livenessOf,
    onFenced: clusters.askAgain,
    roomGrewAtS: () => roomGrewAtS,
    onServiceEmpty,
  };
  const reconciler = createReconciler<Evidence>({
    run: (key, evidence) =>
      decideRefreshed(placer, key, () => reconcileInstance(placer, key, evidence)),
    onError: (key, err) => deps.log.warn({ instance: key, err }, "a decision is tried again"),
    monotonicMs: deps.clock.monotonicMs,
  });
  let isLoaded = false;
  // While it is read, what stands in the book is not all that runs.
  const isGateOpen = (): boolean => isLoaded && listening.isGateOpen();
  const rollouts = createRollouts({ ...rolloutParts(deps, clusters), book, isGateOpen });
  const jobChanged = (jobId: string): void => {
    const job: Job | undefined = deps.jobs.get(jobId);
    const keys = byJob.keysOf(jobId);
    const wanted = (job?.members ?? []).map((number) => instanceKey(jobId, number));
    const isServed = servedBy(job, new Set(wanted));
    for (const key of new Set([...wanted, ...keys])) {
      // Each new instance changes its service: what that is nothing to must not be looked at each time.
      if (!isServed(book.get(key))) reconciler.kick(key);
    }
    if (keys.length === 0) onServiceEmpty(jobId);
    rollouts.kick(jobId);
  };
  const roomGrew = (): void => {
    roomGrewAtS = deps.clock.nowMs() / 1000;
    for (const key of waiting) reconciler.kick(key);
  };
  const renewal = createTierRenewal({
    ...deps,
    onRenewed: () => {
      clusters.forgetReports();
      listening.beginAnew();
    },
  });
  const clusterOf = (clusterId: string, session: number): KnownCluster => {
    const cluster = clusters.get(clusterId);
    // Only we give sessions, and this one we do not remember: an older state of the database was put back.
    if (cluster !== undefined && session > cluster.session) renewal.beginSoon();
    if (cluster === undefined || cluster.session !== session) {
      throw new UnknownSession(`session ${session} of cluster ${clusterId} is not the present one`);
    }
    return cluster;
  };

  return {
    book,
    instancesOf: (jobId) => byJob.keysOf(jobId).flatMap((key) => book.get(key) ?? []),
    ledger,
    orphans,
    load: async () => {
      await book.load();
      for (const { _id: id, session, want_rev, liveness } of await deps.listCandidates()) {
        ledger.learn(id, want_rev);
        clusters.learn({ id, session, isAwaited: liveness === "alive" });
      }
      for (const instance of book.all()) {
        for (const id of childrenOf(instance)) if (!clusters.get(id)) clusters.remove(id);
      }
      isLoaded = true;
      for (const job of deps.jobs.all()) jobChanged(job._id);
      for (const instance of book.all()) reconciler.kick(instance._id);
    },
    tick: () => {
      reconciler.tick();
      rollouts.tick();
    },
    jobChanged,
    roomGrew,
    clusterRegistered: ({ id, session, wantRev }) => {
      ledger.learn(id, wantRev);
      clusters.learn({ id, session, isAwaited: true });
      rollouts.kickAll();
      return {
        incarnation: deps.tier.current().incarnation,
        want_rev: ledger.settled(id),
      };
    },
    clusterRemoved: (clusterId) => {
      clusters.remove(clusterId);
      ledger.forget(clusterId);
      for (const instance of book.of(clusterId)) reconciler.kick(instance._id);
    },
    clusterLost: (clusterId) => {
      clusters.lose(clusterId);
      rollouts.kickAll();
      for (const instance of book.of(clusterId)) reconciler.kick(instance._id);
    },
    sweepHolds: createSweep(deps, book, onServiceEmpty),
    wanted: (clusterId, session, since) => {
      const cluster = clusterOf(clusterId, session);
      return listWanted({ book, ledger, jobs: deps.jobs, tier: deps.tier }, cluster, since);
    },
    wantedChanged: ledger.changed,
    report: async (clusterId, report, figuresStored = Promise.resolve()) => {
      const cluster = clusterOf(clusterId, report.session);
      cluster.isLost = false;
      const intake = { ...placer, kick: reconciler.kick, onParentIsOld: renewal.begin, orphans };
      const { answer, counted } = await takeClusterReport(intake, cluster, report);
      drops.begin(clusterId, counted, figuresStored);
      if (isWholeAccount(placer, cluster, report)) cluster.hasReported = true;
      // After a start, all that runs is to be known before anything is placed: soon, not with a repair.
      return { ...answer, send_full: !cluster.hasReported };
    },
    idle: () => reconciler.idle().then(rollouts.idle).then(drops.idle),
    stop: () => Promise.all([reconciler.stop(), rollouts.stop()]).then(() => undefined),
  };
}

function rolloutParts(
  { rollouts, ...deps }: RootCoreDeps,
  clusters: ClusterRoster,
): Omit<RolloutDeps, "book" | "isGateOpen"> {
  // What a silent cluster has said last is no news of what runs.
  const livenessOf = (id: string): ClusterLiveness => (clusters.isHeard(id) ? "alive" : "lost");
  return { ...deps, ...rollouts, livenessOf };
}

/** Has the last trace of a deleted service removed, once its last instance is gone. */
function createTombstones(
  { jobs, removeJob, log }: RootCoreDeps,
  byJob: { keysOf(jobId: string): string[] },
): (jobId: string) => void {
  /** services whose tombstone is on its way out */
  const leaving = new Set<string>();
  return (jobId) => {
    const job = jobs.get(jobId);
    if (job?.deleted !== true || byJob.keysOf(jobId).length > 0 || leaving.has(jobId)) return;
    leaving.add(jobId);
    void removeJob(jobId)
      .catch((err: unknown) => {
        log.warn({ service: jobId, err }, "the tombstone of a service is removed later");
      })
      .finally(() => leaving.delete(jobId));
  };
}

/** Whether an instance already is what its service wants of it. */
function servedBy(
  job: Job | undefined,
  wanted: ReadonlySet<InstanceKey>,
): (instance: Instance | undefined) => boolean {
  return (instance) =>
    instance?.phase === "assigned" &&
    job?.deleted === false &&
    wanted.has(instance._id) &&
    instance.spec_rev === revisionOf(job, instance.instance_number) &&
    job.moves?.[instance.instance_number]?.request === instance.asked?.request;
}

/** Clears up what a failure between two writes has left over. */
function createSweep(
  { jobs, holds, listCandidates, clock }: RootCoreDeps,
  book: InstanceBook,
  onServiceEmpty: (jobId: string) => void,
): () => Promise<void> {
  const sweepHolds = createHoldSweep({
    book,
    holds,
    listCandidates,
    monotonicMs: clock.monotonicMs,
    // Once the cluster counts it in its own figures, the root's hold has done its work.
    isNeeded: (instance, child) =>
      instance?.child === child && currentObservation(instance)?.worker_id === undefined,
  });
  return () => {
    for (const job of jobs.all()) if (job.deleted) onServiceEmpty(job._id);
    return sweepHolds();
  };
}
