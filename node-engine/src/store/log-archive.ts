import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { type InstanceKey, splitInstanceKey } from "@oak/contracts";
import type { Logger } from "@oak/kit";
import { z } from "zod";
import type { LogEntry } from "../domain/log-entries.ts";

/** The last words of workloads that are gone. */
export interface LogArchive {
  /** Puts them in the place of what is kept of this instance beyond its size. Never rejects. */
  keep(key: InstanceKey, entries: readonly LogEntry[]): Promise<void>;
  /** Oldest first; what cannot be read is not there. Never rejects. */
  read(key: InstanceKey): Promise<LogEntry[]>;
}

export interface LogArchiveOptions {
  folder: string;
  /** Of one instance. */
  mostBytes?: number;
  /** Of all; those that were written longest ago go first. */
  mostFiles?: number;
  logger: Logger;
}

const Line = z.tuple([z.string(), z.base64()]);

/** One file an instance, one line an entry: its time and its bytes. */
export function createLogArchive(options: LogArchiveOptions): LogArchive {
  const { folder, mostBytes = 256 * 1024, mostFiles = 200, logger } = options;
  const fileOf = (key: InstanceKey): string => {
    const { jobId, instanceNumber } = splitInstanceKey(key);
    return path.join(folder, `${jobId}-${instanceNumber}.log`);
  };
  const read = async (key: InstanceKey): Promise<LogEntry[]> => {
    try {
      const text = await readFile(fileOf(key), "utf8");
      return text.split("\n").filter(Boolean).map(parse);
    } catch (err) {
      if (!isAbsent(err)) logger.warn({ instance: key, err }, "kept logs cannot be read");
      return [];
    }
  };
  return {
    read,
    keep: async (key, entries) => {
      if (entries.length === 0) return;
      try {
        const kept = lastOf([...(await read(key)), ...entries], mostBytes);
        const lines = kept.map(({ at, bytes }) => JSON.stringify([at, bytes.toString("base64")]));
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await writeFile(fileOf(key), `${lines.join("\n")}\n`, { mode: 0o600 });
        await removeOldest(folder, mostFiles);
      } catch (err) {
        // A full disk must not keep a workload from being removed.
        logger.warn({ instance: key, err }, "the last words of a workload are lost");
      }
    },
  };
}

function parse(line: string): LogEntry {
  const [at, bytes] = Line.parse(JSON.parse(line));
  return { at, bytes: Buffer.from(bytes, "base64") };
}

function lastOf(entries: readonly LogEntry[], mostBytes: number): LogEntry[] {
  let left = mostBytes;
  let start = entries.length;
  while (start > 0) {
    left -= entries[start - 1]?.bytes.length ?? 0;
    if (left < 0) break;
    start -= 1;
  }
  return entries.slice(start);
}

async function removeOldest(folder: string, mostFiles: number): Promise<void> {
  const names = await readdir(folder);
  if (names.length <= mostFiles) return;
  const files = await Promise.all(
    names.map(async (name) => ({ name, atMs: (await stat(path.join(folder, name))).mtimeMs })),
  );
  const oldest = files.sort((a, b) => a.atMs - b.atMs).slice(0, names.length - mostFiles);
  await Promise.all(oldest.map(({ name }) => rm(path.join(folder, name), { force: true })));
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
