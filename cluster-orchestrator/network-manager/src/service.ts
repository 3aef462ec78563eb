import {
  type Clock,
  component,
  composeAuthenticators,
  composeComponents,
  createDatabase,
  createHttpApp,
  createHttpFront,
  createMetrics,
  type HttpApp,
  type HttpClient,
  type ListenAddress,
  type Logger,
  type Metrics,
  type ReadinessChecks,
  type Secret,
  systemClock,
  tierSecretAuthenticator,
} from "@oak/kit";
import { type BrokerAddress, createBrokerLink } from "@oak/tier/mqtt";
import { createRootAuthenticator } from "./adapters/root-authenticator.ts";
import { createRootNetwork } from "./adapters/root-network.ts";
import { errors } from "./errors.ts";
import { createIntake, SUBSCRIPTIONS } from "./mqtt/intake.ts";
import { createRooms } from "./rooms.ts";
import { addNetworkRoutes, type NetworkRouteDeps } from "./routes/network.ts";
import { prepareDatabase } from "./store/record-store.ts";

const brokerPatienceMs = 5_000;

export interface ClusterNetworkManagerOptions {
  /** Where the documents are; the service owns this database name alone. */
  database: { url: string | Secret; name: string };
  /** `OAK_TIER_SECRET` of the cluster. */
  tierSecret: string | Secret;
  broker: BrokerAddress;
  /** To the resource abstractor of the cluster, with the tier secret. */
  abstractor: HttpClient;
  /** To the cluster-manager, with the tier secret. */
  clusterManager: HttpClient;
  /** To the network-manager of the root, without credentials. */
  root: HttpClient;
  listen: ListenAddress;
  /** What else must hold for `/readyz` to answer 200. */
  readiness?: ReadinessChecks;
  logger: Logger;
  metrics?: Metrics;
  clock?: Clock;
  random?: () => number;
}

export interface ClusterNetworkManager {
  /** Listens at once; requests get 503 until the database and the services are known. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** As `createHttpClient` takes it; throws before `start`. */
  url(): string;
}

/** The service that tells the workers of a cluster what stands behind addresses, also while the root is away. */
export function createClusterNetworkManager(
  options: ClusterNetworkManagerOptions,
): ClusterNetworkManager {
  const { logger, clock = systemClock, random = Math.random } = options;
  const metrics = options.metrics ?? createMetrics({ service: "cluster-network-manager" });
  const common = { logger, metrics, clock };
  const database = createDatabase({
    ...options.database,
    logger: logger.child({ component: "database" }),
    prepare: prepareDatabase,
    clock,
  });
  const root = createRootNetwork(options);
  const link = createBrokerLink({
    ...options,
    ...common,
    random,
    name: "network-manager",
    subscriptions: SUBSCRIPTIONS,
    onMessage: (topic, payload) => intake.onMessage(topic, payload),
    patienceMs: brokerPatienceMs,
  });
  const rooms = createRooms({ ...options, ...common, database, root, workers: link });
  const intake = createIntake({ ...common, ...rooms });
  const http = createHttpFront({
    makeApp: async () => {
      const app = await createHttpApp({
        name: "cluster-network-manager",
        title: "Cluster network manager",
        version: "v1",
        description: "What stands behind addresses, for the workers of one cluster",
        logger,
        metrics,
        readiness: {
          database: () => database.ping(),
          services: async () => {
            if (!rooms.isReady()) throw errors.unavailable("Not read yet");
          },
          broker: async () => {
            if (link.upSinceMs() === undefined) throw new Error("no connection to the broker");
          },
          ...options.readiness,
        },
      });
      const authenticator = composeAuthenticators(
        tierSecretAuthenticator(options.tierSecret),
        createRootAuthenticator(root.membership),
      );
      await addRoutes(app, { ...rooms, authenticator, onRemoved: rooms.tidySoon });
      return app;
    },
    address: options.listen,
    logger,
  });
  const { start, stop } = composeComponents({
    logger,
    components: [
      component("database", database),
      component("broker link", link),
      component("intake", { start: async () => {}, stop: intake.idle }),
      ...rooms.components,
      component("http", http),
    ],
  });
  return {
    start,
    stop,
    url: http.url,
  };
}

async function addRoutes(
  app: HttpApp,
  deps: NetworkRouteDeps & { isReady(): boolean },
): Promise<void> {
  await app.register(async (plugin) => {
    const api = plugin as HttpApp;
    api.addHook("onRequest", async () => {
      if (!deps.isReady()) throw errors.unavailable("The services are not known yet");
    });
    addNetworkRoutes(api, deps);
  });
}
