import type { Id } from "@oak/contracts";
import {
  type Clock,
  component,
  composeComponents,
  createHttpApp,
  createHttpFront,
  createMetrics,
  type HttpApp,
  type HttpClient,
  type HttpPatience,
  type Metrics,
  type ReadinessChecks,
  type RouteEntry,
  systemClock,
} from "@oak/kit";
import { createExplainClient } from "@oak/tier";
import { ObjectId } from "mongodb";
import { type AccountPart, createAccountPart, type MailOptions } from "./account-part.ts";
import { createArgon2Passwords } from "./adapters/argon2-passwords.ts";
import { createClusterAuthenticator } from "./adapters/cluster-authenticator.ts";
import { createApplicationClient } from "./adapters/resource-abstractor/applications.ts";
import { createClusterClient } from "./adapters/resource-abstractor/clusters.ts";
import {
  createCustomResourceClient,
  createHookClient,
} from "./adapters/resource-abstractor/extensions.ts";
import { createJobClient } from "./adapters/resource-abstractor/jobs.ts";
import { createRevisionClient } from "./adapters/resource-abstractor/revisions.ts";
import { createAddressPart } from "./address-part.ts";
import { type AskPart, createAskPart } from "./ask-part.ts";
import type { RolloutSettings } from "./domain/plan-rollout.ts";
import { errors } from "./errors.ts";
import { createFirstStart, type FirstStart, type FirstStartOptions } from "./first-start.ts";
import { createNetworkPart } from "./network-part.ts";
import type { ClusterCredentials } from "./ports/cluster-credentials.ts";
import type { Network } from "./ports/network.ts";
import type { Passwords } from "./ports/passwords.ts";
import { addPublicApi, type PublicApiDeps } from "./public-api.ts";
import { createRootPlacer, type RootPlacer } from "./root-placer.ts";
import { addDoubleEncoding, addMsgToErrors } from "./routes/answers.ts";
import { addClusterProtocol } from "./routes/cluster-protocol.ts";
import { createClusterCredentialStore } from "./store/cluster-credentials.ts";
import { createEventStore } from "./store/events.ts";
import { rememberCredentials } from "./store/remembered-credentials.ts";
import { createEventLog, type EventLimits, type EventLog } from "./use-cases/events/event-log.ts";

const DEFAULT_CLUSTER_TIMEOUT_MS = 15_000;

/** Made here unless a test brings its own. */
type Wired = "clock" | "passwords" | "newId";

export interface SystemManagerOptions extends Omit<FirstStartOptions, Wired> {
  /** To the resource abstractor of the root; see `createResourceAbstractorClient`. */
  abstractor: HttpClient;
  /** To the scheduler of the root, with the tier secret. */
  scheduler: HttpClient;
  /** To the network-manager of the root, with the tier secret; without it the network is off. */
  networkManager?: HttpClient | undefined;
  /** Silence after which a cluster gets nothing new, milliseconds. */
  clusterTimeoutMs?: number;
  /** COMPAT_DOUBLE_ENCODED */
  doubleEncoded?: boolean;
  /** How many events are kept, and for how long. */
  events?: Partial<EventLimits>;
  /** How long clients may take. */
  patience?: HttpPatience;
  /** What else must hold for `/readyz` to answer 200. */
  readiness?: ReadinessChecks;
  /** In place of the resource abstractor, for tests of the front door alone. */
  stores?:
    | Pick<PublicApiDeps, "applications" | "jobs" | "revisions" | "clusters" | "nudge">
    | undefined;
  /** Times of rollouts. */
  rolloutSettings?: Partial<RolloutSettings> | undefined;
  /** OAK_PASSWORD_MIN_LENGTH */
  minPasswordLength?: number;
  mail?: MailOptions;
  passwords?: Passwords;
  metrics?: Metrics;
  clock?: Clock;
}

export interface SystemManager {
  /**
   * Listens at once; requests get 503 until the database is reachable.
   * Rejects when the first account would get a well-known password on a network.
   */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** As `createHttpClient` takes it; throws before `start`. */
  url(): string;
  /** What clusters need to register; throws before the database was reached once. */
  joinSecret: FirstStart["joinSecret"];
  /** What decides; for whoever looks inside, such as tests. */
  placer: RootPlacer;
  /** What it serves, and its OpenAPI document, without serving; for a manager that is never started. */
  describe(): Promise<{ document: object; routes: readonly RouteEntry[] }>;
}

/** The front door of the root: accounts, and the intent of users. */
export function createSystemManager(options: SystemManagerOptions): SystemManager {
  const { logger, clock = systemClock } = options;
  const metrics = options.metrics ?? createMetrics({ service: "system-manager" });
  const passwords = options.passwords ?? createArgon2Passwords();
  const wired = { clock, passwords, newId: () => new ObjectId().toHexString() };
  const firstStart = createFirstStart({ ...options, ...wired });
  const { database } = firstStart;
  const credentials = rememberCredentials(
    createClusterCredentialStore(() => database.db),
    clock.monotonicMs,
  );
  const events = createEventLog({
    store: createEventStore(() => database.db),
    isStoreReady: () => database.isReady,
    log: logger.child({ component: "events" }),
    ...(options.events !== undefined && { limits: options.events }),
    metrics,
    clock,
  });
  const accountPart = createAccountPart({ ...options, ...firstStart, metrics, clock });
  const network = createNetworkPart({ ...options, credentials, metrics, clock });
  const addresses = createAddressPart({ ...options, events, metrics, clock });
  const asks = createAskPart({ clock });
  const placer = createRootPlacer({
    ...options,
    addresses,
    asks: asks.mailbox,
    network: network.network,
    events,
    onMembersChanged: network.clustersChanged,
    credentials,
    joinSecret: firstStart.joinSecret,
    clusterTimeoutMs: options.clusterTimeoutMs ?? DEFAULT_CLUSTER_TIMEOUT_MS,
    metrics,
    clock,
  });
  const makeApp = async (): Promise<HttpApp> => {
    const app = await createHttpApp({
      name: "system-manager",
      title: "Oakestra root api",
      version: "v1",
      description: "Accounts, applications, services, instances and clusters of the root",
      logger,
      metrics,
      ...(options.patience !== undefined && { patience: options.patience }),
      readiness: {
        database: () => database.ping(),
        accounts: firstStart.check,
        placer: placer.check,
        ...options.readiness,
      },
    });
    await addApi(app, {
      ...wired,
      options,
      firstStart,
      accountPart,
      placer,
      credentials,
      events,
      asks,
      network: network.network,
    });
    return app;
  };
  const http = createHttpFront({ makeApp, address: options.listen, logger });
  const { start, stop } = composeComponents({
    logger,
    components: [
      component("database", database),
      component("events", events),
      // After the database, which tries to get ready while it starts.
      component("accounts", { start: firstStart.check, stop: async () => {} }),
      ...accountPart.components,
      component("placer", placer),
      component("addresses", addresses),
      ...network.components,
      component("http", http),
      // Before the server, which waits for what is under way.
      component("asks", asks),
    ],
  });
  return {
    start,
    stop,
    url: http.url,
    joinSecret: firstStart.joinSecret,
    placer,
    describe: async () => {
      const app = await makeApp();
      await app.ready();
      const described = { document: app.swagger(), routes: app.routeTable };
      await app.close();
      return described;
    },
  };
}

interface Wiring {
  options: SystemManagerOptions;
  firstStart: FirstStart;
  accountPart: AccountPart;
  placer: RootPlacer;
  credentials: ClusterCredentials;
  events: EventLog;
  asks: AskPart;
  network: Network;
  passwords: Passwords;
  newId: () => Id;
  clock: Clock;
}

async function addApi(app: HttpApp, wiring: Wiring): Promise<void> {
  const { options, firstStart, accountPart, placer, credentials, asks, ...rest } = wiring;
  const { database, accounts } = firstStart;
  const jobs = placer.learningFrom(createJobClient(options.abstractor));
  const stores = options.stores ?? {
    applications: createApplicationClient(options.abstractor),
    jobs,
    shownJobs: placer.readingFrom(jobs),
    revisions: createRevisionClient(options.abstractor),
    clusters: createClusterClient(options.abstractor),
    // The placer has seen the change in the answer of the store already.
    nudge: () => undefined,
  };
  await app.register(async (plugin) => {
    const api = plugin as HttpApp;
    api.addHook("onRequest", async () => {
      // Without its unique indexes a database would take two users of one name.
      if (!database.isReady) throw errors.unavailable("The database is not reachable");
    });
    addMsgToErrors(api);
    if (options.doubleEncoded === true) addDoubleEncoding(api);
    addPublicApi(api, {
      ...stores,
      hooks: createHookClient(options.abstractor),
      customResources: createCustomResourceClient(options.abstractor),
      ...rest,
      numberBase: placer.numberBase,
      orphans: placer.orphans,
      askCluster: asks.askCluster,
      explainPlacement: createExplainClient(options.scheduler),
      removeCluster: placer.remove,
      logger: options.logger,
      accounts,
      ...accountPart,
      minPasswordLength: options.minPasswordLength ?? 1,
    });
    const clusters = createClusterAuthenticator(credentials);
    addClusterProtocol(api, { placer, clusters });
    asks.addRoutes(api, clusters);
  });
}
