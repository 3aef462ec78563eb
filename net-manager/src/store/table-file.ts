import { type FileHandle, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import { TableResult } from "@oak/contracts";
import type { Clock, Logger } from "@oak/kit";
import { inSlices } from "../in-slices.ts";

/** What the cluster has answered, kept so that routes stand after a restart while it is away. */
export interface TableFile {
  /** What cannot be read is left out. */
  load(): Promise<TableResult[]>;
  /** Some seconds later, once for any number of calls. */
  saveLater(): void;
  /** Writes what is due. */
  stop(): Promise<void>;
  remove(): Promise<void>;
}

export interface TableFileOptions {
  folder: string;
  read(): TableResult[];
  clock: Clock;
  logger: Logger;
  delayMs?: number;
}

const defaultDelayMs = 5_000;
/** Between two batches packets and questions have their turn. */
const batchSize = 200;

/** One answer a line in `tables.jsonl`. */
export function createTableFile(options: TableFileOptions): TableFile {
  const { folder, read, clock, logger, delayMs = defaultDelayMs } = options;
  const file = path.join(folder, "tables.jsonl");
  let cancel: (() => void) | undefined;
  let writing: Promise<void> = Promise.resolve();

  const begin = (): void => {
    cancel = undefined;
    writing = writing
      .then(() => write(folder, file, read()))
      .catch((err: unknown) => {
        logger.error({ err, file }, "the table was not written");
      });
  };

  return {
    load: async () => {
      const text = await readFile(file, "utf8").catch(() => "");
      const results: TableResult[] = [];
      await inSlices(text.split("\n"), (line) => void results.push(...readLine(line)));
      return results;
    },
    saveLater: () => {
      cancel ??= clock.setTimer(delayMs, begin);
    },
    stop: async () => {
      const isDue = cancel !== undefined;
      cancel?.();
      if (isDue) begin();
      await writing;
    },
    remove: async () => {
      cancel?.();
      cancel = undefined;
      await writing;
      await rm(file, { force: true });
    },
  };
}

function readLine(line: string): TableResult[] {
  if (line === "") return [];
  try {
    return [TableResult.parse(JSON.parse(line))];
  } catch {
    return [];
  }
}

async function write(folder: string, file: string, results: TableResult[]): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const handle = await open(`${file}.new`, "w", 0o600);
  try {
    await writeBatches(handle, results);
  } finally {
    await handle.close();
  }
  await rename(`${file}.new`, file);
}

async function writeBatches(handle: FileHandle, results: TableResult[]): Promise<void> {
  for (let index = 0; index < results.length; index += batchSize) {
    const lines = results.slice(index, index + batchSize).map((result) => JSON.stringify(result));
    await handle.write(`${lines.join("\n")}\n`);
  }
}
