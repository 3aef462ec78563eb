import type { Id } from "@oak/contracts";
import {
  type Clock,
  component,
  composeComponents,
  createHttpApp,
  createHttpServer,
  createMetrics,
  type HttpApp,
  type Metrics,
  systemClock,
} from "@oak/kit";
import { ObjectId } from "mongodb";
import { createArgon2Passwords } from "./adapters/argon2-passwords.ts";
import { createJwtTokens } from "./adapters/jwt-tokens.ts";
import { createUserAuthenticator } from "./adapters/user-authenticator.ts";
import { errors } from "./errors.ts";
import { createFirstStart, type FirstStart, type FirstStartOptions } from "./first-start.ts";
import type { ApplicationStore } from "./ports/applications.ts";
import type { ClusterDirectory } from "./ports/clusters.ts";
import type { JobStore } from "./ports/jobs.ts";
import type { Nudge } from "./ports/nudge.ts";
import type { Passwords } from "./ports/passwords.ts";
import { addPublicApi } from "./public-api.ts";
import { addDoubleEncoding, addMsgToErrors } from "./routes/answers.ts";
import { createSigningKeyStore } from "./store/signing-keys.ts";

/** Made here unless a test brings its own. */
type Wired = "clock" | "passwords" | "newId";

export interface SystemManagerOptions extends Omit<FirstStartOptions, Wired> {
  applications: ApplicationStore;
  jobs: JobStore;
  clusters: ClusterDirectory;
  nudge: Nudge;
  /** COMPAT_DOUBLE_ENCODED */
  doubleEncoded?: boolean;
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
}

/** The front door of the root: accounts, and the intent of users. */
export function createSystemManager(options: SystemManagerOptions): SystemManager {
  const { logger, clock = systemClock } = options;
  const metrics = options.metrics ?? createMetrics({ service: "system-manager" });
  const passwords = options.passwords ?? createArgon2Passwords();
  const wired = { clock, passwords, newId: () => new ObjectId().toHexString() };
  const firstStart = createFirstStart({ ...options, ...wired });
  const { database } = firstStart;
  let server: ReturnType<typeof createHttpServer> | undefined;
  const http = {
    start: async () => {
      const app = await createHttpApp({
        name: "system-manager",
        title: "Oakestra root api",
        version: "v1",
        description: "Accounts, applications, services, instances and clusters of the root",
        logger,
        metrics,
        readiness: { database: () => database.ping(), accounts: firstStart.check },
      });
      await addApi(app, { ...wired, options, firstStart });
      server = createHttpServer({ app, address: options.listen, logger });
      await server.start();
    },
    stop: async () => {
      await server?.stop();
      server = undefined;
    },
  };
  const { start, stop } = composeComponents({
    logger,
    components: [
      component("database", database),
      // After the database, which tries to get ready while it starts.
      component("accounts", { start: firstStart.check, stop: async () => {} }),
      component("http", http),
    ],
  });
  return {
    start: async () => {
      await start();
    },
    stop: async () => {
      await stop();
    },
    url: () => {
      if (server === undefined) throw new Error("The system manager is not started");
      return server.url();
    },
    joinSecret: firstStart.joinSecret,
  };
}

interface Wiring {
  options: SystemManagerOptions;
  firstStart: FirstStart;
  passwords: Passwords;
  newId: () => Id;
  clock: Clock;
}

async function addApi(app: HttpApp, { options, firstStart, ...rest }: Wiring): Promise<void> {
  const { database, accounts } = firstStart;
  const tokens = createJwtTokens({
    keys: createSigningKeyStore(() => database.db),
    clock: rest.clock,
  });
  const authenticator = createUserAuthenticator({ tokens, accounts });
  await app.register(async (plugin) => {
    const api = plugin as HttpApp;
    api.addHook("onRequest", async () => {
      // Without its unique indexes a database would take two users of one name.
      if (!database.isReady) throw errors.unavailable("The database is not reachable");
    });
    addMsgToErrors(api);
    if (options.doubleEncoded === true) addDoubleEncoding(api);
    addPublicApi(api, { ...options, ...rest, accounts, tokens, authenticator });
  });
}
