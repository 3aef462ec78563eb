import {
  type Clock,
  commonErrors,
  component,
  composeComponents,
  createDatabase,
  createMetrics,
  createTask,
  type Database,
  type HttpServer,
  type Metrics,
  type Startable,
  systemClock,
} from "@oak/kit";
import { createSignListener } from "./adapters/datagrams/sign-listener.ts";
import { createClients } from "./clients.ts";
import type { ClusterCore } from "./cluster-core.ts";
import { createClusterHttp } from "./http.ts";
import { createClusterLoops } from "./loops/cluster-loops.ts";
import { createRootLoops } from "./loops/root-loops.ts";
import { createRooms, type Rooms } from "./rooms.ts";
import type { ClusterManagerOptions } from "./service-options.ts";
import { collectionsOf } from "./store/collections.ts";
import { prepareDatabase } from "./store/prepare-database.ts";
import { createSecretStore } from "./store/secrets.ts";
import { workerJoinSecret } from "./use-cases/worker-join-secret.ts";

export interface ClusterManager {
  /**
   * Listens at once, whatever else is there: database, resource abstractor, scheduler, broker and root are
   * waited for, and `/readyz` says which is missing. One start for each object.
   */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** As `createHttpClient` takes it; throws before `start`. */
  url(): string;
  readonly core: ClusterCore;
}

/** The service that runs one cluster: its workers, what is placed on them, and its word with the root. */
export function createClusterManager(options: ClusterManagerOptions): ClusterManager {
  const { logger, clock = systemClock } = options;
  const metrics = options.metrics ?? createMetrics({ service: "cluster-manager" });
  const clients = createClients(options);
  const database = createDatabase({
    ...options.database,
    logger: logger.child({ component: "database" }),
    prepare: prepareDatabase,
    clock,
  });
  let isLoaded = false;
  let joinSecret: string | undefined;
  const shared = { options, clients, database, metrics, clock, isLoaded: () => isLoaded };
  const rooms = createRooms({ ...shared, onUrgentLoad: () => loops.flushSoon() });
  const loops = createLoops(options, { ...shared, rooms });

  const load = async (): Promise<void> => {
    joinSecret = await readJoinSecret(options, database);
    await rooms.tier.load();
    await rooms.specs.load();
    await rooms.core.load();
    isLoaded = true;
    logger.info({ instances: rooms.core.book.count() }, "stored state is read");
  };
  let server: HttpServer | undefined;
  const http = {
    start: async () => {
      const secret = (): string => {
        if (joinSecret === undefined)
          throw commonErrors.unavailable("The database is not read yet");
        return joinSecret;
      };
      const hearsSigns = signs.isListening;
      server = await createClusterHttp({ ...shared, rooms, joinSecret: secret, hearsSigns });
      await server.start();
    },
    stop: async () => {
      await server?.stop();
      server = undefined;
    },
  };
  const signs = createSignListener({
    address: () => addressOf(server),
    take: (sign) => (isLoaded ? rooms.signs.take(sign) : "unknown_worker"),
    logger,
    metrics,
  });
  const { start, stop } = composeComponents({
    logger,
    components: [
      component("http clients", clients),
      component("database", database),
      component("lag monitor", rooms.lag),
      component("broker link", rooms.link),
      component("http", http),
      // Stops before the server, which waits for what is under way.
      component("questions", rooms.asks),
      component("signs of life", signs),
      component("decisions", decisions({ options, metrics, clock, load, core: rooms.core, loops })),
    ],
  });
  return {
    start,
    stop,
    url: () => {
      if (server === undefined) throw new Error("The cluster manager is not started");
      return server.url();
    },
    core: rooms.core,
  };
}

/** Where a server listens, unless that is a unix socket. */
function addressOf(server: HttpServer | undefined): { host: string; port: number } | undefined {
  const url = server?.url() ?? "unix:";
  if (url.startsWith("unix:")) return undefined;
  const { hostname, port } = new URL(url);
  return { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || 80) };
}

interface Loops extends Startable {
  flushSoon(): void;
}

function createLoops(
  { logger, root }: ClusterManagerOptions,
  wiring: {
    rooms: Rooms;
    clients: ReturnType<typeof createClients>;
    metrics: Metrics;
    clock: Clock;
  },
): Loops {
  const { rooms, clients, metrics, clock } = wiring;
  const { core } = rooms;
  let reportedAtMs: number | undefined;
  const common = { logger, metrics, clock };
  const rootLoops = createRootLoops({
    ...common,
    root: core.root,
    onRootWork: core.onRootWork,
    figuresCostMs: rooms.figures.costMs,
    onReported: () => {
      reportedAtMs = clock.monotonicMs();
    },
  });
  const clusterLoops = createClusterLoops({
    ...common,
    ...rooms,
    resourceAbstractor: clients.resourceAbstractor,
    onNews: rootLoops.reportSoon,
    refreshMetrics: () =>
      rooms.clusterMetrics.refresh({
        workers: core.roster.all(),
        instances: core.book.all(),
        reportedAgoMs: reportedAtMs === undefined ? undefined : clock.monotonicMs() - reportedAtMs,
      }),
  });
  const components = [
    ...clusterLoops.components,
    ...(root === undefined ? [] : rootLoops.components),
  ];
  return { ...composeComponents({ logger, components }), flushSoon: clusterLoops.flushSoon };
}

/** Nothing is decided before the stored state is read, however long that takes. */
function decisions(deps: {
  options: ClusterManagerOptions;
  metrics: Metrics;
  clock: Clock;
  load(): Promise<void>;
  core: ClusterCore;
  loops: Startable;
}): Startable {
  const { options, load, core, loops } = deps;
  const task = createTask({
    name: "decisions",
    run: async (signal) => {
      await load();
      await loops.start();
      await aborted(signal);
      await loops.stop();
      await core.stop();
    },
    backoff: { baseMs: 250, maxMs: 4_000 },
    logger: options.logger,
    metrics: deps.metrics,
    clock: deps.clock,
  });
  return task;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true }),
  );
}

async function readJoinSecret(
  { workerJoinSecret: configured, onNewJoinSecret }: ClusterManagerOptions,
  database: Database,
): Promise<string> {
  const secrets = createSecretStore(() => collectionsOf(database.db));
  const { value, isNew } = await workerJoinSecret(secrets, configured);
  if (isNew) onNewJoinSecret?.(value);
  return value;
}
