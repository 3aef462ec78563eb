import { type Database, open } from "lmdb";
import { CommandError } from "../errors.ts";
import type { Logger } from "../logger.ts";

export interface KeyRange {
  start: Uint8Array;
  /** Exclusive. */
  end: Uint8Array;
  exclusiveStart?: boolean;
  /** From the end to the start. */
  reverse?: boolean;
}

export interface Entry {
  key: Buffer;
  value: Buffer;
}

/** One ordered table of bytes. Reads inside `write` see the transaction, others what is committed. */
export interface Table {
  get(key: Uint8Array): Buffer | undefined;
  put(key: Uint8Array, value: Uint8Array): void;
  remove(key: Uint8Array): void;
  entries(range: KeyRange): Iterable<Entry>;
  count(range: KeyRange): number;
}

export interface WriteInProgress<T> {
  /** Resolves when readers see the changes. Never rejects. */
  settled: Promise<void>;
  /** The result of the work, once its changes are on the disk (fdatasync), not merely committed. */
  durable: Promise<T>;
}

/** The LMDB file: three tables that are written in one transaction. */
export interface Environment {
  documents: Table;
  indexes: Table;
  catalog: Table;
  /** Runs synchronous work in a write transaction of its own, undone if it throws. */
  write<T>(work: () => T): WriteInProgress<T>;
  /** Seconds spent in fdatasync so far, as LMDB measured them. */
  syncSeconds(): number;
  close(): Promise<void>;
}

export interface EnvironmentOptions {
  /** Directory of the LMDB files; it must exist. */
  directory: string;
  logger: Logger;
  /** Stands between a flush and its answer; tests put a gate here. */
  afterFlush?: (flushed: Promise<unknown>) => Promise<unknown>;
  /** How long a flush may take before the write is answered as failed, in milliseconds. */
  flushTimeoutMs?: number;
}

export function openEnvironment(options: EnvironmentOptions): Environment {
  const root = open({
    path: options.directory,
    maxDbs: 3,
    keyEncoding: "binary",
    encoding: "binary",
    // With it lmdb makes a promise of its own for each batch, whose rejection nobody can handle: a
    // full disk would end the process.
    eventTurnBatching: false,
    // Not in its typings. Two clock readings a transaction; `syncSeconds` needs them.
    ...{ trackMetrics: true },
  });
  const table = (name: string) =>
    createTable(root.openDB<Buffer, Buffer>(name, { keyEncoding: "binary", encoding: "binary" }));
  const afterFlush = options.afterFlush ?? ((flushed) => flushed);
  const flushTimeoutMs = options.flushTimeoutMs ?? 30_000;

  return {
    documents: table("documents"),
    indexes: table("indexes"),
    catalog: table("catalog"),
    write(work) {
      // A child transaction, so that an exception in the middle of the work undoes all of it
      // while other commands of the same group commit stay.
      const committed = root
        .childTransaction(work)
        .catch((error: unknown) => rejectWrite(error, options.logger));
      const settled = committed.then(
        () => undefined,
        () => undefined,
      );
      // Taken at once: later it would stand for a younger transaction. LMDB commits with
      // overlapping sync, so the commit alone says nothing about the disk.
      const flushed = afterFlush(root.flushed.then((done) => done));
      // It fails together with the commit, before anybody below waits for it.
      flushed.catch(() => undefined);
      const confirmed = settled.then(() => withDeadline(flushed, flushTimeoutMs));
      const durable = Promise.all([committed, confirmed]).then(([result]) => result);
      return { settled, durable };
    },
    syncSeconds: () => Number(Reflect.get(root.getStats(), "timeSync")),
    close: () => root.close(),
  };
}

function createTable(database: Database<Buffer, Buffer>): Table {
  return {
    get: (key) => database.get(asBuffer(key)),
    put: (key, value) => database.putSync(asBuffer(key), asBuffer(value)),
    remove: (key) => {
      database.removeSync(asBuffer(key));
    },
    entries: ({ start, end, exclusiveStart = false, reverse = false }) =>
      reverse
        ? // What lmdb calls the start is where the walk begins.
          database.getRange({
            start: end,
            end: start,
            exclusiveStart: true,
            inclusiveEnd: !exclusiveStart,
            reverse,
          })
        : database.getRange({ start, end, exclusiveStart }),
    count: ({ start, end }) => database.getKeysCount({ start, end }),
  };
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** lmdb reports a failed commit twice; the second report must not become an unhandled rejection. */
async function rejectWrite(error: unknown, logger: Logger): Promise<never> {
  const reason: unknown = error instanceof Error ? Reflect.get(error, "commitError") : undefined;
  if (!(reason instanceof Promise)) throw error;
  const cause: unknown = await reason.catch((commitError: unknown) => commitError);
  logger.error({ err: cause }, "commit failed");
  const message = cause instanceof Error ? cause.message : String(cause);
  const isFull = /space|MAP_FULL|too large/i.test(message);
  throw new CommandError(
    isFull ? "OutOfDiskSpace" : "InternalError",
    `the write could not be stored: ${message}`,
  );
}

/** lmdb never settles a flush that failed, so an answer of "unknown" is given after a while. */
async function withDeadline(flushed: Promise<unknown>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const message = `the disk did not confirm the write within ${timeoutMs} ms; its outcome is unknown`;
      reject(new CommandError("InternalError", message));
    }, timeoutMs);
  });
  try {
    await Promise.race([flushed, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
