import { randomBytes } from "node:crypto";
import {
  type Authenticator,
  bearerToken,
  type Clock,
  commonErrors,
  createHttpApp,
  createHttpServer,
  type Database,
  equalSecrets,
  type HttpServer,
  type Metrics,
  newToken,
  type ReadinessChecks,
  tierSecretAuthenticator,
} from "@oak/kit";
import type { Clients } from "./clients.ts";
import type { Rooms } from "./rooms.ts";
import { addClusterRoutes } from "./routes/cluster-routes.ts";
import { addCredentialRoutes } from "./routes/credential-routes.ts";
import { addOperatorRoutes, type WorkerView } from "./routes/operator-routes.ts";
import { addServiceRoutes } from "./routes/service-routes.ts";
import { addWorkerRoutes } from "./routes/worker-routes.ts";
import { type ClusterManagerOptions, defaults } from "./service-options.ts";
import { collectionsOf } from "./store/collections.ts";
import { createWorkerCredentialStore } from "./store/worker-credentials.ts";
import { checkCredential } from "./use-cases/check-credential.ts";
import { createRegisterWorker, type RegisterWorker } from "./use-cases/register-worker.ts";
import { removeWorker } from "./use-cases/remove-worker.ts";
import { lastSignMs } from "./use-cases/watch-workers.ts";

export interface HttpDeps {
  options: ClusterManagerOptions;
  rooms: Rooms;
  clients: Clients;
  database: Database;
  metrics: Metrics;
  clock: Clock;
  isLoaded(): boolean;
  joinSecret(): string;
  /** whether signs of life would be heard */
  hearsSigns(): boolean;
}

/** The cluster-manager's HTTP side. It listens at once and says what is missing until all is there. */
export async function createClusterHttp(deps: HttpDeps): Promise<HttpServer> {
  const { options, rooms, clock, database } = deps;
  const { logger, name: clusterName } = options;
  const { core } = rooms;
  const app = await createHttpApp({
    name: "cluster-manager",
    title: "Cluster manager",
    version: "1",
    description: "Workers, assignments and reports of one cluster",
    logger,
    metrics: deps.metrics,
    readiness: readinessOf(deps),
  });
  const credentials = createWorkerCredentialStore(() => collectionsOf(database.db));
  const tier = tierSecretAuthenticator(options.tierSecret);
  const whenLoaded = guard(deps.isLoaded);
  addWorkerRoutes(app, whenLoaded(registerWorkerOf(deps, credentials)));
  addCredentialRoutes(app, { authenticator: tier, credentials });
  rooms.asks.addRoutes(app, (credential) => checkCredential(credentials, credential));
  addClusterRoutes(app, {
    clusterName,
    clusterId: () => core.root.state()?.clusterId,
    isConnectedToRoot: core.root.isConnected,
    seenByRoot: rooms.seenByRoot.current,
  });
  addServiceRoutes(app, {
    authenticator: rootAuthenticator(rooms),
    accept: whenLoaded(core.root.accept),
    heldOf: (jobId, number) => core.book.get(`${jobId}/${number}`)?.intent ?? undefined,
  });
  addOperatorRoutes(app, {
    authenticator: tier,
    joinSecret: deps.joinSecret,
    isKnown: (id) => core.roster.get(id) !== undefined || rooms.figures.get(id) !== undefined,
    workers: () => workerViews(rooms, clock),
    orphans: () => [...core.orphans.values()],
    endOrphan: core.endOrphan,
    membership: () => {
      const state = core.root.state();
      return state && { cluster_id: state.clusterId, token: state.token };
    },
    removeWorker: whenLoaded((workerId: string) =>
      removeWorker(
        {
          credentials,
          candidates: rooms.candidates,
          broker: options.brokerAdmin,
          onRemoved: (id) => {
            core.workerRemoved(id);
            rooms.loads.forget(id);
          },
          log: logger,
        },
        workerId,
      ),
    ),
  });
  return createHttpServer({ app, address: options.listen, logger });
}

function registerWorkerOf(
  { options, rooms, clock, joinSecret, hearsSigns }: HttpDeps,
  credentials: ReturnType<typeof createWorkerCredentialStore>,
): RegisterWorker {
  const { roster, workerRegistered } = rooms.core;
  const timeoutMs = options.workerTimeoutMs ?? defaults.workerTimeoutMs;
  return createRegisterWorker({
    credentials,
    candidates: rooms.candidates,
    broker: options.brokerAdmin,
    tier: rooms.tier,
    isHeard: (workerId) => {
      const worker = roster.get(workerId);
      return worker?.liveness === "alive" && clock.monotonicMs() - lastSignMs(worker) < timeoutMs;
    },
    onRegistered: workerRegistered,
    signTerms: (worker) => (hearsSigns() ? rooms.signs.terms(worker) : undefined),
    joinSecret,
    newId: () => randomBytes(12).toString("hex"),
    newPassword: newToken,
    nowMs: clock.nowMs,
    log: options.logger,
    settings: {
      allowInsecureJoin: options.allowInsecureJoin ?? false,
      mqttBrokerPort: options.advertisedBrokerPort ?? options.broker.port,
      heartbeatMs: options.heartbeatMs ?? defaults.heartbeatMs,
    },
  });
}

/** Refuses until the stored state is read: decisions before that would be made out of ignorance. */
function guard(isLoaded: () => boolean) {
  return <Args extends unknown[], Answer>(work: (...args: Args) => Promise<Answer>) =>
    async (...args: Args): Promise<Answer> => {
      if (!isLoaded()) throw commonErrors.unavailable("The cluster manager is still starting");
      return work(...args);
    };
}

/** The root shows the token that it gave to this cluster: it authenticates both directions. */
function rootAuthenticator({ core }: Rooms): Authenticator {
  return {
    authenticate: async (headers) => {
      const state = core.root.state();
      const token = bearerToken(headers);
      if (state === undefined || token === undefined) return undefined;
      return equalSecrets(token, state.token)
        ? { kind: "cluster", id: state.clusterId }
        : undefined;
    },
  };
}

function readinessOf({ rooms, clients, database, isLoaded }: HttpDeps): ReadinessChecks {
  return {
    database: () => database.ping(),
    resource_abstractor: (signal) =>
      clients.resourceAbstractor.request({ path: "/readyz", timeoutMs: 2_500, signal }),
    scheduler: (signal) => clients.scheduler.request({ path: "/livez", timeoutMs: 2_500, signal }),
    broker: async () => {
      if (rooms.link.upSinceMs() === undefined) throw new Error("no connection to the broker");
    },
    state: async () => {
      if (!isLoaded()) throw new Error("the stored state is not read yet");
    },
  };
}

function workerViews({ core, figures, loads }: Rooms, clock: Clock): WorkerView[] {
  return figures.all().map((candidate) => {
    const worker = core.roster.get(candidate._id);
    return {
      ...candidate,
      ...loads.of(candidate._id),
      liveness: worker?.liveness ?? candidate.liveness,
      is_legacy: worker?.isLegacy ?? candidate.proto === undefined,
      silent_ms: worker === undefined ? 0 : Math.round(clock.monotonicMs() - lastSignMs(worker)),
    };
  });
}
