import {
  type Clock,
  component,
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
import { followDirectory } from "@oak/tier";
import { ObjectId } from "mongodb";
import { createClusterAuthenticator } from "./adapters/cluster-authenticator.ts";
import { createClusterLinks } from "./adapters/cluster-link.ts";
import { createUserAuthenticator } from "./adapters/user-tokens.ts";
import { errors } from "./errors.ts";
import { createRooms, type Rooms } from "./rooms.ts";
import { addClusterRoutes } from "./routes/clusters.ts";
import { createGates, requireDatabase } from "./routes/gates.ts";
import { addPublicRoutes } from "./routes/public.ts";
import { addServiceRoutes } from "./routes/services.ts";
import { addSubnetRoutes } from "./routes/subnets.ts";
import { prepareDatabase } from "./store/prepare-database.ts";

const defaultQuarantineS = 300;

export interface RootNetworkManagerOptions {
  /** Where the documents are; the service owns this database name alone. */
  database: { url: string | Secret; name: string };
  /** `OAK_TIER_SECRET` */
  tierSecret: string | Secret;
  /** To the resource abstractor of the root, with the tier secret. */
  abstractor: HttpClient;
  /** To the system-manager, which knows whose a token is. */
  systemManager: HttpClient;
  listen: ListenAddress;
  /** How long an address rests before somebody else gets it, seconds. */
  quarantineS?: number;
  /** What else must hold for `/readyz` to answer 200. */
  readiness?: ReadinessChecks;
  logger: Logger;
  metrics?: Metrics;
  clock?: Clock;
}

export interface RootNetworkManager {
  /** Listens at once; requests get 503 until the database and the services are known. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** As `createHttpClient` takes it; throws before `start`. */
  url(): string;
}

/** The service that gives addresses at the root, and tells clusters what stands behind them. */
export function createRootNetworkManager(options: RootNetworkManagerOptions): RootNetworkManager {
  const { logger, clock = systemClock, quarantineS = defaultQuarantineS } = options;
  const metrics = options.metrics ?? createMetrics({ service: "root-network-manager" });
  const database = createDatabase({
    ...options.database,
    logger: logger.child({ component: "database" }),
    prepare: prepareDatabase,
    clock,
  });
  const links = createClusterLinks();
  const common = { logger, metrics, clock };
  const rooms = createRooms({ ...common, database, tell: links.tell, quarantineS });
  const http = createHttpFront({
    makeApp: async () => {
      const app = await createHttpApp({
        name: "root-network-manager",
        title: "Oakestra Root Service Manager",
        version: "v1",
        description: "Addresses of services, instances and workers",
        logger,
        metrics,
        readiness: {
          database: () => database.ping(),
          services: async () => {
            if (!rooms.directory.isLoaded()) throw errors.unavailable("Not read yet");
          },
          ...options.readiness,
        },
      });
      await addRoutes(app, { options, rooms, clock, requireReady: requireDatabase(database) });
      return app;
    },
    address: options.listen,
    logger,
  });
  const { start, stop } = composeComponents({
    logger,
    components: [
      component("database", database),
      component("links", { start: async () => {}, stop: async () => links.close() }),
      ...followDirectory({ ...common, ...rooms, abstractor: options.abstractor }),
      component("address keeper", rooms.keeper),
      component("pushes", rooms.pusher),
      component("http", http),
    ],
  });
  return {
    start,
    stop,
    url: http.url,
  };
}

interface Wiring {
  options: RootNetworkManagerOptions;
  rooms: Rooms;
  clock: Clock;
  requireReady: () => Promise<void>;
}

async function addRoutes(app: HttpApp, wiring: Wiring): Promise<void> {
  const { options, rooms, clock, requireReady } = wiring;
  const gates = createGates({
    tier: tierSecretAuthenticator(options.tierSecret),
    clusters: createClusterAuthenticator(rooms.clusters),
    users: createUserAuthenticator({ systemManager: options.systemManager, clock }),
  });
  await app.register(async (plugin) => {
    const api = plugin as HttpApp;
    api.addHook("onRequest", requireReady);
    addClusterRoutes(api, {
      gates,
      clusters: rooms.clusters,
      remove: rooms.removeCluster,
      poll: rooms.pollUpdates,
      offer: rooms.passOffer,
      onRegistered: rooms.pusher.trigger,
      onPoll: rooms.pulling.begin,
    });
    addServiceRoutes(api, { ...rooms, gates, addresses: rooms.serviceAddresses });
    addSubnetRoutes(api, { ...rooms, gates, newId: () => new ObjectId().toHexString() });
    addPublicRoutes(api, { ...rooms, gates });
  });
}
