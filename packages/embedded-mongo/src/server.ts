import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createCursors } from "./commands/cursors.ts";
import { type CommandObserver, dispatch } from "./commands/dispatch.ts";
import { lockDataDir } from "./data-dir-lock.ts";
import { createFrontDoor } from "./front-door.ts";
import type { ListenAddress } from "./listener.ts";
import { type Logger, silentLogger } from "./logger.ts";
import type { EnvironmentOptions } from "./storage/environment.ts";
import { openStore } from "./storage/store.ts";

export interface EmbeddedMongoOptions {
  /** Directory of the database; made with mode 0700 if it is missing. */
  dataDir: string;
  /** Default: the unix socket `mongo.sock` in the data directory. */
  listen?: ListenAddress;
  logger?: Logger;
  /**
   * Called with every command before it runs. The `documents` of an insert are BSON bytes, all
   * other values are decoded.
   */
  onCommand?: CommandObserver;
}

/** A server that has not started does nothing and holds nothing. */
export interface EmbeddedMongo {
  /** @throws DataDirInUseError if another live process holds the data directory */
  start(): Promise<void>;
  /** Finishes the commands at work, closes the connections and gives the directory free. */
  stop(): Promise<void>;
  /** The connection string for the driver; with TCP port 0 it is known only after `start`. */
  readonly url: string;
}

/** Hooks that only tests use. */
export type StorageHooks = Pick<EnvironmentOptions, "afterFlush" | "flushTimeoutMs">;

const cursorLimits = { idleMs: 10 * 60_000, maxOpen: 1000, now: () => performance.now() };
const reapIntervalMs = 60_000;

/** A durable server of our part of MongoDB's wire protocol, in this process. */
export function createEmbeddedMongo(
  options: EmbeddedMongoOptions,
  hooks: StorageHooks = {},
): EmbeddedMongo {
  const { dataDir, logger = silentLogger, onCommand } = options;
  const cursors = createCursors(cursorLimits);
  const frontDoor = createFrontDoor({
    address: options.listen ?? { socketPath: join(dataDir, "mongo.sock") },
    logger,
  });
  /** What was opened, to be closed in the opposite order. */
  const opened: (() => Promise<void>)[] = [];

  const stop = async (): Promise<void> => {
    for (let close = opened.pop(); close !== undefined; close = opened.pop()) await close();
  };

  return {
    get url() {
      return frontDoor.url;
    },
    async start() {
      if (opened.length > 0) throw new Error("the embedded database is started already");
      try {
        await mkdir(dataDir, { recursive: true, mode: 0o700 });
        const lock = await lockDataDir(dataDir);
        opened.push(() => lock.release());
        const store = await openStore({ directory: dataDir, logger, ...hooks });
        opened.push(() => store.close());
        const reaper = setInterval(() => cursors.reap(), reapIntervalMs).unref();
        opened.push(async () => {
          clearInterval(reaper);
          cursors.clear();
        });
        await frontDoor.open((request) => dispatch(request, { store, cursors, logger, onCommand }));
        opened.push(() => frontDoor.close());
      } catch (error) {
        await stop();
        throw error;
      }
      logger.info({ dataDir, url: frontDoor.url }, "embedded database listens");
    },
    async stop() {
      await stop();
      logger.info({ dataDir }, "embedded database stopped");
    },
  };
}
