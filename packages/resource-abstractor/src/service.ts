import { randomBytes } from "node:crypto";
import {
  type ChangeFeed,
  type Clock,
  component,
  composeComponents,
  createChangeFeed,
  createDatabase,
  createHttpApp,
  createHttpFront,
  createMetrics,
  type Database,
  type HttpApp,
  type ListenAddress,
  type Logger,
  type Metrics,
  requirePrincipal,
  type Secret,
  systemClock,
  tierSecretAuthenticator,
} from "@oak/kit";
import { ObjectId } from "mongodb";
import { createSchemaChecker } from "./adapters/schema-checker.ts";
import { createHooksPart, type HookOptions, type HooksPart } from "./hooks-part.ts";
import type {
  ApplicationStore,
  CandidateStore,
  CustomResourceStore,
  InstanceStore,
  JobStore,
  RevisionStore,
} from "./ports.ts";
import { addApplicationRoutes } from "./routes/applications.ts";
import { addCandidateRoutes } from "./routes/candidates.ts";
import { addCustomResourceRoutes } from "./routes/custom-resources.ts";
import { refuseBadIds, requireDatabase } from "./routes/guards.ts";
import { addHoldRoutes } from "./routes/holds.ts";
import { addHookRoutes } from "./routes/hooks.ts";
import { addInstanceRoutes } from "./routes/instances.ts";
import { addJobRoutes } from "./routes/jobs.ts";
import { addRevisionRoutes } from "./routes/revisions.ts";
import { addTierRoutes } from "./routes/tier.ts";
import { createApplicationStore } from "./store/applications.ts";
import { createCandidateStore } from "./store/candidates.ts";
import { createGetCollections, type GetCollections } from "./store/collections.ts";
import { createCustomResourceStore } from "./store/custom-resources.ts";
import { createHookStore } from "./store/hooks.ts";
import { createInstanceStore } from "./store/instances.ts";
import { createJobStore } from "./store/jobs.ts";
import { prepareDatabase } from "./store/migrations.ts";
import { createRevisionStore } from "./store/revisions.ts";
import { createTierStore } from "./store/tier.ts";
import { createChangeHolds } from "./use-cases/change-holds.ts";
import { type CustomTypes, createCustomTypes } from "./use-cases/custom-types.ts";
import { createTierReader, type TierReader } from "./use-cases/tier-base.ts";

export interface ResourceAbstractorOptions {
  /** Where the documents are; the service owns this database name alone. */
  database: { url: string | Secret; name: string };
  /** `OAK_TIER_SECRET`: what every caller has to send. */
  tierSecret: string | Secret;
  listen: ListenAddress;
  /** Which addresses hooks may reach. */
  hooks?: HookOptions;
  logger: Logger;
  metrics?: Metrics;
  clock?: Clock;
}

export interface ResourceAbstractor {
  /** Listens at once; requests get 503 until the database is reachable. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** As `createHttpClient` takes it; throws before `start`. */
  url(): string;
}

/** Batches of reports are the largest bodies: a thousand, each with a kilobyte of log. */
const bodyLimit = 4 * 1024 * 1024;

/** The service that owns candidates, applications, jobs and instances of a tier. */
export function createResourceAbstractor(options: ResourceAbstractorOptions): ResourceAbstractor {
  const { logger, listen, clock = systemClock } = options;
  const metrics = options.metrics ?? createMetrics({ service: "resource-abstractor" });
  const database = createDatabase({
    ...options.database,
    logger: logger.child({ component: "database" }),
    prepare: async (db) => {
      await prepareDatabase(db);
      // Before the first request: a write that a hook would refuse must not slip through.
      await hooks.load();
      await types.load();
    },
    clock,
  });
  const rooms = createRooms(database, clock);
  const newId = (): string => new ObjectId().toHexString();
  const types = createCustomTypes({
    store: rooms.customResources,
    checker: createSchemaChecker(),
    clock,
    newId,
  });
  const hooks = createHooksPart({
    ...rooms,
    store: createHookStore(rooms.collections),
    options: options.hooks ?? {},
    newId,
    clock,
    logger,
    metrics,
  });
  const http = createHttpFront({
    makeApp: async () => {
      const app = await createHttpApp({
        name: "resource-abstractor",
        title: "Resource abstractor",
        version: "1",
        description: "Candidates, applications, jobs and instances of a tier",
        logger,
        metrics,
        readiness: { database: () => database.ping() },
        bodyLimit,
        // Services alone call it; a web page has no business here.
        cors: false,
      });
      await addRoutes(app, { ...options, database, metrics, clock, rooms, hooks, types, newId });
      return app;
    },
    address: listen,
    logger,
  });
  const components = [
    component("database", database),
    component("hooks", hooks),
    component("http", http),
  ];
  const { start, stop } = composeComponents({ logger, components });
  return {
    start,
    stop,
    url: http.url,
  };
}

interface Wiring {
  database: Database;
  tierSecret: string | Secret;
  metrics: Metrics;
  clock: Clock;
  rooms: Rooms;
  hooks: HooksPart;
  types: CustomTypes;
  newId: () => string;
}

async function addRoutes(app: HttpApp, wiring: Wiring): Promise<void> {
  // upstream: the health check of its compose files.
  app.get("/", { schema: { hide: true } }, async () => "ok");
  const { database, tierSecret, metrics, clock, rooms, newId } = wiring;
  const holds = metrics.counter({
    name: "resource_abstractor_hold_requests_total",
    help: "Requests for capacity by their outcome",
    labels: ["outcome"],
  });
  const changeHolds = createChangeHolds({
    ...rooms,
    clock,
    observe: (outcome) => holds.inc({ outcome }),
  });
  const common = { clock, newId, hooks: wiring.hooks.writes };
  await app.register(
    async (plugin) => {
      const api = plugin as HttpApp;
      api.addHook("onRequest", requirePrincipal(tierSecretAuthenticator(tierSecret), "tier"));
      api.addHook("onRequest", requireDatabase(database));
      api.addHook("preValidation", refuseBadIds);
      // What is answered was parsed when it came in; parsing long lists again would cost more than reading them.
      api.setSerializerCompiler(() => (data) => JSON.stringify(data));
      addTierRoutes(api, rooms);
      addCandidateRoutes(api, { ...common, ...rooms, feed: rooms.feeds.candidates });
      addHoldRoutes(api, changeHolds);
      addInstanceRoutes(api, { ...common, ...rooms, feed: rooms.feeds.instances });
      addRevisionRoutes(api, rooms.revisions);
      addJobRoutes(api, { ...common, ...rooms, feed: rooms.feeds.jobs });
      addApplicationRoutes(api, { ...common, ...rooms });
      addHookRoutes(api, wiring.hooks.manage);
      const { types } = wiring;
      addCustomResourceRoutes(api, { ...common, types, store: rooms.customResources });
    },
    { prefix: "/api/v1" },
  );
}

/**
 * How long changes gather before followers are woken. Nobody decides by the speed of the first two: a manager knows
 * what it wrote, and a scheduler looks again before it refuses. Instances are followed by those who watch.
 */
const gatherMs = { candidates: 50, jobs: 50, instances: 0 } as const;

interface Rooms {
  collections: GetCollections;
  customResources: CustomResourceStore;
  tier: TierReader;
  candidates: CandidateStore;
  instances: InstanceStore;
  jobs: JobStore;
  revisions: RevisionStore;
  applications: ApplicationStore;
  feeds: Record<"candidates" | "instances" | "jobs", ChangeFeed>;
}

function createRooms(database: Database, clock: Clock): Rooms {
  const collections = createGetCollections(() => database.db);
  const createFeed = (gatherMs: number) =>
    createChangeFeed({ feedId: randomBytes(8).toString("hex"), clock, gatherMs });
  const feeds = {
    candidates: createFeed(gatherMs.candidates),
    instances: createFeed(gatherMs.instances),
    jobs: createFeed(gatherMs.jobs),
  };
  return {
    collections,
    customResources: createCustomResourceStore(collections),
    tier: createTierReader(createTierStore(collections)),
    candidates: createCandidateStore({ collections, feed: feeds.candidates }),
    instances: createInstanceStore({ collections, feed: feeds.instances }),
    jobs: createJobStore({ collections, feed: feeds.jobs }),
    revisions: createRevisionStore(collections),
    applications: createApplicationStore(collections),
    feeds,
  };
}
