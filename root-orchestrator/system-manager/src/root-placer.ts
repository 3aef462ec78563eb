import {
  type ClusterRegistered,
  type ClusterRegistration,
  type ClusterReport,
  type ClusterReportAnswer,
  splitInstanceKey,
  type WantedAnswer,
} from "@oak/contracts";
import {
  type Clock,
  component,
  composeComponents,
  createLoop,
  createTask,
  type HttpClient,
  type Logger,
  type Mailbox,
  type Metrics,
  type Secret,
} from "@oak/kit";
import {
  createAssignmentClient,
  createHoldClient,
  createSchedulerClient,
  createTierIdentityBook,
} from "@oak/tier";
import { createClusterCandidates } from "./adapters/resource-abstractor/cluster-candidates.ts";
import { createJobBook } from "./adapters/resource-abstractor/job-book.ts";
import type { ServiceReader } from "./adapters/resource-abstractor/service-memory.ts";
import type { AddressPart } from "./address-part.ts";
import { createHeldBack } from "./domain/held-back.ts";
import { DEFAULT_PLACER_SETTINGS } from "./domain/plan-instance.ts";
import type { RolloutSettings } from "./domain/plan-rollout.ts";
import { errors } from "./errors.ts";
import { createPlacerMemory } from "./placer-memory.ts";
import { pollWanted } from "./poll-wanted.ts";
import type { ClusterCredentials } from "./ports/cluster-credentials.ts";
import type { Events } from "./ports/events.ts";
import type { JobStore } from "./ports/jobs.ts";
import type { Network } from "./ports/network.ts";
import { createRolloutPorts } from "./rollout-ports.ts";
import { createRootCore, type RootCore, UnknownSession } from "./root-core.ts";
import { createMembers } from "./root-members.ts";
import type { OrphanView } from "./routes/orphans.ts";
import { createPlacerTeller } from "./use-cases/events/tell-placer.ts";
import type { RootOrphan } from "./use-cases/take-cluster-report.ts";
import { createClusterWatch } from "./use-cases/watch-clusters.ts";

export interface RootPlacerOptions {
  /** to the root's resource abstractor */
  abstractor: HttpClient;
  scheduler: HttpClient;
  credentials: ClusterCredentials;
  joinSecret(): Secret;
  /** a cluster has registered or was removed; its credentials are stored */
  onMembersChanged(): void;
  /** silence after which a cluster gets nothing new, milliseconds */
  clusterTimeoutMs: number;
  /** whether clusters are reached where they say that they are */
  addresses: Pick<AddressPart, "registered" | "removed" | "of">;
  events: Events;
  /** what clusters are to be asked, which they learn with their wishes */
  asks: Pick<Mailbox, "take" | "changed">;
  network: Pick<Network, "giveInstance">;
  rolloutSettings?: Partial<RolloutSettings> | undefined;
  logger: Logger;
  metrics: Metrics;
  clock: Clock;
}

/** Who registers: what it shows, and where its connection comes from. */
export interface RegistrationCaller {
  bearer: string | undefined;
  seenFrom: string;
}

/** The root's placer as a running part of the system-manager. */
export interface RootPlacer {
  /** Begins in the background: its stores may come up later. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Rejects while the stored state has not been read. */
  check(): Promise<void>;
  register(body: ClusterRegistration, caller: RegistrationCaller): Promise<ClusterRegistered>;
  /** @throws AppError cluster_unknown */
  remove(clusterId: string, actor?: string): Promise<void>;
  wanted(
    clusterId: string,
    query: { session: number; since: number; wait: number },
    signal: AbortSignal,
  ): Promise<WantedAnswer>;
  report(clusterId: string, report: ClusterReport): Promise<ClusterReportAnswer>;
  /** The store of services, whose changes the placer then sees at once. */
  learningFrom(store: JobStore): JobStore;
  /** Reading of such a store, from the placer's memory for as long as that is what is stored. */
  readingFrom(store: JobStore): ServiceReader;
  core(): RootCore;
  /** What runs in clusters and is not wanted by any service; empty until the stored state is read. */
  orphans(): OrphanView[];
  /** 0 until an older state of the database was put back; see `TierIdentity` */
  numberBase(): number;
}

const TICK_MS = 200;
const WATCH_MS = 1000;
const SWEEP_MS = 10_000;
const LEARN_S = 10;

export function createRootPlacer(options: RootPlacerOptions): RootPlacer {
  const { abstractor, logger, clock } = options;
  const log = logger.child({ component: "placer" });
  const tier = createTierIdentityBook(abstractor);
  const jobs = createJobBook(abstractor);
  const candidates = createClusterCandidates(abstractor);
  const memory = createPlacerMemory({
    jobs,
    tier,
    storedTier: createTierIdentityBook(abstractor),
    listClusters: candidates.list,
    monotonicMs: clock.monotonicMs,
  });
  const watch = createClusterWatch({
    candidates,
    monotonicMs: clock.monotonicMs,
    timeoutMs: options.clusterTimeoutMs,
    everyMs: WATCH_MS,
    log,
    onLost: (clusterId) => loaded?.clusterLost(clusterId),
    onRoom: () => loaded?.roomGrew(),
    onSilent: (clusterId) => teller.clusterChanged(clusterId, "cluster_silent"),
    onBack: (clusterId) => teller.clusterChanged(clusterId, "cluster_back"),
  });
  const teller = createPlacerTeller({
    events: options.events,
    jobOf: jobs.get,
    instanceOf: (key) => loaded?.book.get(key),
    nowMs: clock.nowMs,
    log,
  });
  let loaded: RootCore | undefined;

  const core = (): RootCore => {
    if (loaded === undefined) throw errors.unavailable("The stored state has not been read yet");
    return loaded;
  };

  const load = async (): Promise<void> => {
    await tier.load();
    await jobs.whenLoaded();
    await watch.load();
    const made = createRootCore({
      store: createAssignmentClient(abstractor),
      holds: createHoldClient(abstractor),
      jobs,
      scheduler: createSchedulerClient(options.scheduler),
      tier,
      clock,
      random: Math.random,
      log,
      settings: DEFAULT_PLACER_SETTINGS,
      rollouts: createRolloutPorts({ ...options, jobs }),
      listCandidates: candidates.list,
      removeJob: jobs.remove,
      learnS: LEARN_S,
    });
    memory.attach(made);
    teller.know(await candidates.list());
    await made.load();
    made.book.onChange(teller.instanceChanged);
    loaded = made;
    // It acts as soon as it has read: what it, or the front door, has changed since must not be missed.
    changes.openFor(made.jobChanged);
    memory.loaded();
  };
  const changes = createHeldBack<string>();
  jobs.onChange(changes.put);

  const parts = createLoops({
    ...options,
    logger: log,
    followJobs: jobs.follow,
    decide: async () => (loaded === undefined ? load() : loaded.tick()),
    watch: watch.check,
    sweep: async () => loaded?.sweepHolds(),
  });
  const members = createMembers({
    ...options,
    candidates,
    tier,
    core,
    watch,
    teller,
    log,
    onMembersChanged: () => {
      memory.membersChanged();
      options.onMembersChanged();
    },
  });

  return {
    core,
    numberBase: () => (loaded === undefined ? 0 : tier.current().base),
    orphans: () => [...(loaded?.orphans.values() ?? [])].map(orphanView),
    learningFrom: jobs.learningFrom,
    readingFrom: memory.readingFrom,
    check: async () => {
      core();
    },
    start: parts.start,
    stop: async () => {
      await parts.stop();
      await loaded?.stop();
    },
    ...members,
    wanted: (clusterId, query, signal) =>
      inSession(() => pollWanted({ ...options, core }, { clusterId, ...query }, signal)),
    report: (clusterId, report) =>
      inSession(async () => {
        const placer = core();
        const figuresStored = watch.heard(clusterId, report);
        if (report.told !== undefined) teller.clusterTold(clusterId, report.told);
        // Side by side: what an instance has come to does not wait for figures.
        const taken = placer.report(clusterId, report, figuresStored);
        const [answer] = await Promise.all([taken, figuresStored]);
        const reachability = options.addresses.of(clusterId);
        return reachability === undefined ? answer : { ...answer, reachability };
      }),
  };
}

interface Loops extends Pick<RootPlacerOptions, "logger" | "metrics" | "clock"> {
  followJobs(signal: AbortSignal): Promise<void>;
  decide(): Promise<void>;
  watch(): Promise<void>;
  sweep(): Promise<void>;
}

/** What the placer does by itself, again and again. */
function createLoops({ followJobs, decide, watch, sweep, ...supervised }: Loops) {
  const looping = (name: string, everyMs: number, run: () => Promise<void>) =>
    createLoop({ ...supervised, name, everyMs, jitter: 0, run });
  return composeComponents({
    logger: supervised.logger,
    components: [
      component("jobs", createTask({ ...supervised, name: "follow-jobs", run: followJobs })),
      component("decisions", looping("decisions", TICK_MS, decide)),
      component("silence", looping("silence", WATCH_MS, watch)),
      component("holds", looping("sweep-holds", SWEEP_MS, sweep)),
    ],
  });
}

function orphanView({ key, ...copy }: RootOrphan): OrphanView {
  const { jobId, instanceNumber } = splitInstanceKey(key);
  return { ...copy, job_id: jobId, instance_number: instanceNumber };
}

async function inSession<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UnknownSession) {
      throw errors.unknown_session({ detail: error.message, cause: error });
    }
    throw error;
  }
}
