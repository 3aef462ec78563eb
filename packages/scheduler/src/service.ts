import { explainOnCluster, explainOnWorker, placeOnCluster, placeOnWorker } from "@oak/core";
import {
  type Clock,
  component,
  composeComponents,
  createHttpApp,
  createHttpClient,
  createHttpFront,
  createMetrics,
  createTask,
  type HttpApp,
  type ListenAddress,
  type Logger,
  type Metrics,
  requirePrincipal,
  revealed,
  type Secret,
  systemClock,
  tierSecretAuthenticator,
} from "@oak/kit";
import { createResultReceiver } from "./adapters/manager.ts";
import { createCandidateSource } from "./adapters/resource-abstractor.ts";
import { createCandidateView } from "./domain/candidate-view.ts";
import { addCalculateRoutes, type CalculateRouteDeps } from "./routes/calculate.ts";
import { addStatusRoute } from "./routes/status.ts";
import { createSchedulerMetrics } from "./scheduler-metrics.ts";
import { createDeployAnswers } from "./use-cases/answer-deploys.ts";
import { createCandidateFollower, viewFault } from "./use-cases/follow-candidates.ts";
import { createProposer, type Explain, type Place } from "./use-cases/propose.ts";

export interface SchedulerOptions {
  /** Base URL of the tier's resource abstractor, as `createHttpClient` takes it. */
  resourceAbstractorUrl: string;
  /** Base URL of the tier's manager, which is told asynchronous results. */
  managerUrl: string;
  /** `OAK_TIER_SECRET`: sent to both, and asked of every caller. */
  tierSecret: string | Secret;
  listen: ListenAddress;
  logger: Logger;
  metrics?: Metrics;
  clock?: Clock;
  random?: () => number;
}

export interface Scheduler {
  /** Listens at once; decisions get 503 until the candidates are known. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** As `createHttpClient` takes it; throws before `start`. */
  url(): string;
}

/** A batch holds up to a thousand specs of some kilobytes. */
const bodyLimit = 8 * 1024 * 1024;

/** Proposes clusters. */
export function createRootScheduler(options: SchedulerOptions): Scheduler {
  return createScheduler({ ...options, place: placeOnCluster, explain: explainOnCluster });
}

/** Proposes workers. */
export function createClusterScheduler(options: SchedulerOptions): Scheduler {
  return createScheduler({ ...options, place: placeOnWorker, explain: explainOnWorker });
}

/**
 * The service that proposes places. It decides from a view of the candidates in memory, which follows the
 * resource abstractor, and keeps nothing on disk: a proposal binds nobody until the caller holds the place.
 */
export function createScheduler(
  options: SchedulerOptions & { place: Place; explain: Explain },
): Scheduler {
  const { logger, clock = systemClock } = options;
  const metrics = options.metrics ?? createMetrics({ service: "scheduler" });
  const clients = createClients(options);
  const rooms = createRooms({ ...options, clients, clock, metrics });
  const http = createHttpFront({
    makeApp: async () => {
      const app = await createHttpApp({
        name: "scheduler",
        title: "Scheduler",
        version: "1",
        description: "Proposes a place for an instance",
        logger,
        metrics,
        readiness: { candidates: rooms.requireFreshView },
        bodyLimit,
        // Services alone call it; a web page has no business here.
        cors: false,
      });
      await addRoutes(app, options.tierSecret, rooms);
      return app;
    },
    address: options.listen,
    logger,
  });
  const { start, stop } = composeComponents({
    logger,
    components: [
      component("http clients", clients),
      component("candidate view", rooms.following),
      component("deploy answers", rooms.answers),
      component("http", http),
    ],
  });
  return {
    start,
    stop,
    url: http.url,
  };
}

function createClients({ resourceAbstractorUrl, managerUrl, tierSecret }: SchedulerOptions) {
  const headers = { authorization: `Bearer ${revealed(tierSecret)}` };
  const resourceAbstractor = createHttpClient({ baseUrl: resourceAbstractorUrl, headers });
  const manager = createHttpClient({ baseUrl: managerUrl, headers });
  return {
    resourceAbstractor,
    manager,
    start: async () => undefined,
    stop: async () => {
      resourceAbstractor.close();
      manager.close();
    },
  };
}

interface Wiring {
  place: Place;
  explain: Explain;
  clients: ReturnType<typeof createClients>;
  logger: Logger;
  metrics: Metrics;
  clock: Clock;
  random?: () => number;
}

function createRooms(wiring: Wiring) {
  const { place, explain, clients, logger, metrics, clock, random = Math.random } = wiring;
  const figures = createSchedulerMetrics(metrics);
  const view = createCandidateView();
  const source = createCandidateSource(clients.resourceAbstractor, logger);
  const follower = createCandidateFollower({ source, view, clock, onFed: figures.fed });
  const { refresh } = follower;
  const proposer = createProposer({
    ...{ view, place, explain, clock, refresh },
    onDecided: figures.decided,
  });
  const answers = createDeployAnswers({
    proposer,
    receiver: createResultReceiver(clients.manager),
    clock,
    random,
    logger,
    onAnswered: figures.answered,
  });
  const following = createTask({
    name: "candidate-view",
    run: follower.follow,
    // The view is all that decisions rest on: come back soon after the resource abstractor does.
    backoff: { baseMs: 250, maxMs: 4_000 },
    logger,
    metrics,
    clock,
    random,
  });
  return {
    proposer,
    answers,
    following,
    /** An old view still makes good proposals, for the hold decides; none at all makes nothing. */
    blockedBy: () => (view.fedAtMs === undefined ? viewFault(view, 0) : undefined),
    requireFreshView: async () => {
      const fault = viewFault(view, clock.monotonicMs());
      if (fault !== undefined) throw new Error(fault);
    },
  };
}

async function addRoutes(
  app: HttpApp,
  tierSecret: string | Secret,
  deps: CalculateRouteDeps,
): Promise<void> {
  addStatusRoute(app);
  await app.register(
    async (plugin) => {
      const api = plugin as HttpApp;
      api.addHook("onRequest", requirePrincipal(tierSecretAuthenticator(tierSecret), "tier"));
      // Answers are made here, of the types of their schemas: to parse a thousand proposals finds nothing.
      api.setSerializerCompiler(() => (data) => JSON.stringify(data));
      addCalculateRoutes(api, deps);
    },
    { prefix: "/api" },
  );
}
