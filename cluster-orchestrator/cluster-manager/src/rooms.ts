import type { Candidate } from "@oak/contracts";
import {
  type AskHandlers,
  type Clock,
  createLagMonitor,
  type Database,
  type LagMonitor,
  type Metrics,
} from "@oak/kit";
import {
  createAssignmentClient,
  createExplainClient,
  createHoldClient,
  createSchedulerClient,
  createTierIdentityBook,
  type TierIdentityBook,
} from "@oak/tier";
import { type BrokerLink, createBrokerLink } from "@oak/tier/mqtt";
import { createCandidates } from "./adapters/resource-abstractor/candidates.ts";
import { createSpecDocuments } from "./adapters/resource-abstractor/jobs.ts";
import { createNoRoot } from "./adapters/root/no-root.ts";
import { createRootLink } from "./adapters/root/root-link.ts";
import { type AskPart, createAskPart } from "./asks/ask-part.ts";
import { explainQuestion } from "./asks/explain-question.ts";
import { logQuestions } from "./asks/log-questions.ts";
import { nodeQuestions } from "./asks/node-questions.ts";
import type { Clients } from "./clients.ts";
import { type ClusterCore, createClusterCore } from "./cluster-core.ts";
import { createClusterMetrics } from "./cluster-metrics.ts";
import { DEFAULT_PLACER_SETTINGS } from "./domain/settings.ts";
import { createIntake, type IntakeHandlers, SUBSCRIPTIONS } from "./mqtt/intake.ts";
import { createWorkerLink } from "./mqtt/worker-link.ts";
import { type ClusterManagerOptions, defaults, learnS } from "./service-options.ts";
import { collectionsOf } from "./store/collections.ts";
import { createRootStateStore } from "./store/root-states.ts";
import { type ClusterFigureBook, createClusterFigureBook } from "./use-cases/cluster-figures.ts";
import { createSeenByRoot, type SeenByRoot } from "./use-cases/seen-by-root.ts";
import { type CachedSpecBook, createSpecBook } from "./use-cases/spec-book.ts";
import { createSignBook, type SignBook } from "./use-cases/take-sign-of-life.ts";
import { lastSignMs } from "./use-cases/watch-workers.ts";
import { createWorkerLoads, type WorkerLoads } from "./use-cases/worker-load.ts";

/** The parts of the service that hold state, wired to each other. */
export interface Rooms {
  tier: TierIdentityBook;
  specs: CachedSpecBook;
  candidates: ReturnType<typeof createCandidates>;
  core: ClusterCore;
  figures: ClusterFigureBook;
  loads: WorkerLoads;
  signs: SignBook;
  link: BrokerLink;
  lag: LagMonitor;
  clusterMetrics: ReturnType<typeof createClusterMetrics>;
  seenByRoot: SeenByRoot;
  asks: AskPart;
}

export interface RoomDeps {
  options: ClusterManagerOptions;
  clients: Clients;
  database: Database;
  metrics: Metrics;
  clock: Clock;
  isLoaded(): boolean;
  /** figures of a worker wait to be stored at once */
  onUrgentLoad(): void;
}

/** Of the broker, for a sign of life; less where workers are missed sooner. */
const longestPatienceMs = 1_000;

export function createRooms(deps: RoomDeps): Rooms {
  const { options, clients, clock, metrics } = deps;
  const { logger, random = Math.random, workerTimeoutMs = defaults.workerTimeoutMs } = options;
  const tier = createTierIdentityBook(clients.resourceAbstractor);
  const specs = createSpecBook({
    documents: createSpecDocuments(clients.resourceAbstractor),
    monotonicMs: clock.monotonicMs,
  });
  const candidates = createCandidates(clients.resourceAbstractor);
  const lag = createLagMonitor({ clock });
  const clusterMetrics = createClusterMetrics(metrics);
  const loads = createWorkerLoads({
    candidates,
    storedOf: (workerId) => figures.get(workerId),
    clock,
    random,
    onChange: () => figures.touchLoad(),
    onUrgent: deps.onUrgentLoad,
  });
  const figures = createClusterFigureBook({
    instancesOf: (workerId) => core.book.of(workerId),
    loadOf: loads.of,
    clock,
  });
  const intake = createIntake({
    handlers: handlersOf(() => core, loads),
    hear: (workerId, session) => core.hear(workerId, session),
    isReady: deps.isLoaded,
    logger,
    metrics,
  });
  const link = createBrokerLink({
    name: "cluster-manager",
    broker: options.broker,
    tierSecret: options.tierSecret,
    subscriptions: SUBSCRIPTIONS,
    onMessage: intake.onMessage,
    patienceMs: Math.min(longestPatienceMs, workerTimeoutMs / 4),
    logger,
    clock,
    random,
  });
  const seenByRoot = createSeenByRoot(logger);
  const core = createClusterCore({
    store: createAssignmentClient(clients.resourceAbstractor),
    holds: createHoldClient(clients.resourceAbstractor),
    scheduler: createSchedulerClient(clients.scheduler),
    specs,
    candidates,
    tier,
    link: createWorkerLink(link),
    clock,
    random,
    log: logger,
    settings: DEFAULT_PLACER_SETTINGS,
    root: rootLinkOf({ options, clients, tier, seenByRoot }),
    rootStates: createRootStateStore(() => collectionsOf(deps.database.db)),
    figures: figures.figures,
    learnS,
    workerTimeoutMs,
    reconnectSpreadMs: options.reconnectSpreadMs ?? defaults.reconnectSpreadMs,
    linkUpSinceMs: link.upSinceMs,
    probeLink: link.probe,
    // A pause that has just ended was one in which nobody was heard.
    loopLateMs: () => lag.worstLateMs(2_000),
    runtimesOf: (workerId) => figures.get(workerId)?.virtualization?.length ?? 1,
    addressOf: (workerId) => figures.get(workerId)?.ip || undefined,
    nodeNameOf: (workerId) => figures.get(workerId)?.candidate_name,
    events: clusterMetrics,
    onAsks: (questions) => asks.take(questions),
  });
  core.book.onChange(figures.touch);
  const { tierSecret } = options;
  const signs = createSignBook({ roster: core.roster, tierSecret, timeoutMs: workerTimeoutMs });
  const asks: AskPart = createAskPart({
    rootUrl: options.root?.url,
    rootState: core.root.state,
    handlers: {
      ...nodeQuestionsOf({ core, figures, loads, specs, clock }),
      ...explainQuestion(createExplainClient(clients.scheduler)),
      ...logQuestions({
        instance: core.book.get,
        worker: core.roster.get,
        askWorker: (question) => asks.askWorker(question),
      }),
    },
    link,
    logger,
    clock,
  });
  return {
    ...{ tier, specs, candidates, core, figures, loads, signs, link, lag, clusterMetrics },
    seenByRoot,
    asks,
  };
}

function nodeQuestionsOf({
  core,
  figures,
  loads,
  specs,
  clock,
}: Pick<Rooms, "core" | "figures" | "loads" | "specs"> & { clock: Clock }): AskHandlers {
  const latest = (worker: Candidate): Candidate => ({ ...worker, ...loads.of(worker._id) });
  return nodeQuestions({
    workers: () => figures.all().map(latest),
    worker: (id) => {
      const known = figures.get(id);
      return known && latest(known);
    },
    now: (candidate) => {
      const worker = core.roster.get(candidate._id);
      const silentMs = worker === undefined ? 0 : clock.monotonicMs() - lastSignMs(worker);
      return {
        liveness: worker?.liveness ?? candidate.liveness,
        lastSeen: Math.round((clock.nowMs() - silentMs) / 1_000),
        instances: core.book.of(candidate._id).length,
      };
    },
    instancesOf: (id) => core.book.of(id),
    specOf: specs.get,
  });
}

function handlersOf(core: () => ClusterCore, loads: WorkerLoads): IntakeHandlers {
  return {
    information: async (workerId, report) => {
      await core().takeHeartbeat(workerId, report);
      const worker = core().roster.get(workerId);
      if (worker === undefined) return;
      if (worker.isLegacy || report.session === worker.session) loads.take(worker, report);
    },
    job: (workerId, report) => core().takeJobReport(workerId, report),
    resources: (workerId, report) => core().takeResources(workerId, report),
    inventory: (workerId, report) => core().takeInventory(workerId, report),
    presence: (workerId, report) => core().takePresence(workerId, report),
  };
}

function rootLinkOf({
  options,
  clients,
  tier,
  seenByRoot,
}: Pick<RoomDeps, "options" | "clients"> & Pick<Rooms, "tier" | "seenByRoot">) {
  if (clients.root === undefined) return createNoRoot();
  const { name, location, advertised } = options;
  return createRootLink({
    client: clients.root,
    joinSecret: options.root?.joinSecret,
    onSeen: seenByRoot.take,
    registration: () => ({
      cluster_name: name,
      ...(location === undefined ? {} : { cluster_location: location }),
      ...advertised,
      incarnation: tier.current().incarnation,
    }),
  });
}
