import type { Db, MongoClient, TopologyDescription } from "mongodb";
import { atMost } from "./at-most.ts";
import { backoffDelay } from "./backoff.ts";
import { type Clock, sleep, systemClock } from "./clock.ts";
import { databaseErrorToAppError, isDatabaseUnavailable } from "./database-errors.ts";
import { commonErrors } from "./errors.ts";
import type { Logger } from "./logger.ts";
import { revealed, type Secret } from "./secret.ts";

/** The database of a service: comes and goes without the process caring. */
export interface Database {
  /**
   * Makes the client and tries once; when that fails, goes on trying in the background. It rejects
   * only for a connection string that can never work.
   */
  start(): Promise<void>;
  stop(): Promise<void>;
  /**
   * Usable after `start`, also while the server is away: then operations fail within two seconds. It is another
   * object after the connection was made anew: ask for it at each use.
   */
  readonly db: Db;
  /**
   * Connected, and `prepare` has been through. That the server is gone may be seen ten seconds late (a quicker
   * heartbeat would cost an idle process), by `ping` at once; that it is back is seen within seconds.
   */
  readonly isReady: boolean;
  /** Resolves when ready, or when `signal` aborts. */
  whenReady(signal?: AbortSignal): Promise<void>;
  /** A readiness check: rejects with `unavailable` unless ready and the server answers. */
  ping(): Promise<void>;
}

export interface DatabaseOptions {
  /** `mongodb://host:port/`, or `mongodb://%2Fpath%2Fto.sock` for a unix socket. */
  url: string | Secret;
  /** Database name, which is also announced to the server. */
  name: string;
  logger: Logger;
  /** Indexes and migrations; run after each start until they succeed once. Must be repeatable. */
  prepare?: (db: Db) => Promise<void>;
  /** Told when `isReady` changes. */
  onStateChange?: (isReady: boolean) => void;
  clock?: Clock;
  random?: () => number;
}

/** Short, so that a handler answers 503 with a reason long before its client gives up. */
const selectionTimeoutMs = 2_000;
const retryBackoff = { baseMs: 200, maxMs: 5_000 };

/** Longer than the driver takes to fail by itself. */
const attemptLimitMs = 5_000;

const clientOptions = {
  serverSelectionTimeoutMS: selectionTimeoutMs,
  connectTimeoutMS: selectionTimeoutMs,
  waitQueueTimeoutMS: selectionTimeoutMs,
  socketTimeoutMS: 30_000,
  maxPoolSize: 20,
  ignoreUndefined: true,
  // An acknowledged write is on disk and survives an election; a standalone server reads this as "on disk".
  writeConcern: { w: "majority", journal: true },
} as const;

/**
 * The driver looks ten times a second for connections that were idle for too long or are missing, of which there
 * are none without a limit of either: most of what an idle service did. It takes no such option, but reads it.
 */
const rareUpkeep = { minPoolSizeCheckFrequencyMS: 30_000 } as const;

export function createDatabase(options: DatabaseOptions): Database {
  const { name, logger, prepare, clock = systemClock, random = Math.random } = options;
  const state = createReadiness(options);
  let link: Link | undefined;
  let controller = new AbortController();
  let connecting: Promise<void> | undefined;

  const makeLink = async (): Promise<Link> => {
    // The driver is large, and not every process that uses this package has a database.
    const { MongoClient } = await import("mongodb");
    const client = new MongoClient(revealed(options.url), {
      ...clientOptions,
      appName: `oak-${name}`,
    });
    Object.assign(client.options, rareUpkeep);
    // One object for all: the driver works out its options anew for each that it makes.
    const made = { client, db: client.db(name) };
    client.on("topologyDescriptionChanged", ({ newDescription }) => {
      if (link !== made) return;
      if (hasWritableServer(newDescription)) state.set({ isConnected: true });
      else lost();
    });
    return made;
  };

  const tryConnect = async (): Promise<boolean> => {
    try {
      if (link === undefined) return false;
      const { db } = link;
      await atMost(clock, attemptLimitMs, reach(link));
      if (!state.isPrepared()) await prepare?.(db);
      state.set({ isPrepared: true, isConnected: true });
      return true;
    } catch (error) {
      logger.warn({ database: name, err: error }, "database is not reachable yet");
      return false;
    }
  };

  /**
   * The driver can lose its way for good: what looks after the server waits for ever when its socket ends while it
   * writes to it, as it may when a server is killed. So whoever has failed once begins with a new client.
   */
  const beginAnew = async (): Promise<void> => {
    const old = link;
    link = await makeLink();
    await atMost(clock, attemptLimitMs, old?.client.close() ?? Promise.resolve()).catch(
      (err: unknown) => logger.debug({ database: name, err }, "an old connection does not end"),
    );
  };

  /**
   * Asks until it is back, since nobody else does: callers are refused by what `isReady` says, and the driver
   * by itself looks every ten seconds.
   */
  const lookForIt = (): void => {
    const { signal } = controller;
    connecting ??= keepTrying(signal).finally(() => {
      connecting = undefined;
      // Gone again before this one had ended.
      if (!signal.aborted && !state.isReady()) lookForIt();
    });
  };

  const keepTrying = async (signal: AbortSignal): Promise<void> => {
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      await sleep(clock, backoffDelay({ attempt, ...retryBackoff, random }), signal);
      if (signal.aborted) return;
      if (attempt > 0) await beginAnew();
      if (!signal.aborted && (await tryConnect())) return;
    }
  };

  const lost = (): void => {
    state.set({ isConnected: false });
    if (state.isPrepared()) lookForIt();
  };

  return {
    start: async () => {
      if (link !== undefined) return;
      controller = new AbortController();
      link = await makeLink();
      if (!(await tryConnect())) lookForIt();
    },
    stop: async () => {
      controller.abort();
      await link?.client.close();
      await connecting;
      // One that was begun anew meanwhile.
      await link?.client.close();
      link = undefined;
      state.set({ isConnected: false, isPrepared: false });
    },
    get db() {
      if (link === undefined) throw commonErrors.unavailable("The database is not started");
      return link.db;
    },
    get isReady() {
      return state.isReady();
    },
    whenReady: (signal) => state.whenReady(signal),
    ping: async () => {
      if (link === undefined || !state.isPrepared()) {
        throw commonErrors.unavailable("The database is not reachable yet");
      }
      try {
        await link.db.command({ ping: 1 });
        state.set({ isConnected: true });
      } catch (error) {
        if (isDatabaseUnavailable(error)) lost();
        throw databaseErrorToAppError(error) ?? error;
      }
    },
  };
}

interface Link {
  client: MongoClient;
  db: Db;
}

/** Whether the server answers now, through this client. */
async function reach({ client, db }: Link): Promise<void> {
  await client.connect();
  await db.command({ ping: 1 });
}

interface ReadinessFacts {
  isConnected: boolean;
  isPrepared: boolean;
}

/** Ready means both facts hold; those who wait are told once, the listener at each change. */
function createReadiness({ name, logger, onStateChange }: DatabaseOptions) {
  let facts: ReadinessFacts = { isConnected: false, isPrepared: false };
  let waiting: (() => void)[] = [];
  const isReady = (): boolean => facts.isConnected && facts.isPrepared;

  return {
    isReady,
    isPrepared: () => facts.isPrepared,
    set: (change: Partial<ReadinessFacts>) => {
      const wasReady = isReady();
      facts = { ...facts, ...change };
      if (isReady() === wasReady) return;
      logger.info({ database: name, isReady: isReady() }, "database readiness changed");
      onStateChange?.(isReady());
      if (isReady()) for (const resolve of waiting.splice(0)) resolve();
    },
    whenReady: (signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        if (isReady() || signal?.aborted === true) {
          resolve();
          return;
        }
        waiting.push(resolve);
        const giveUp = (): void => {
          waiting = waiting.filter((other) => other !== resolve);
          resolve();
        };
        signal?.addEventListener("abort", giveUp, { once: true });
      }),
  };
}

function hasWritableServer(description: TopologyDescription): boolean {
  const writable = new Set(["Standalone", "RSPrimary", "Mongos", "LoadBalancer"]);
  return [...description.servers.values()].some((server) => writable.has(server.type));
}
