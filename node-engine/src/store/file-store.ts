import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import { type InstanceKey, instanceKey, splitInstanceKey } from "@oak/contracts";
import { flushFolder, type Logger, writeDurably } from "@oak/kit";
import type { InstanceStore, LoadedRecords } from "../ports.ts";
import { InstanceRecord } from "./instance-record.ts";

const recordName = /^([0-9a-f]{24})-(\d{1,16})\.json$/;
const corruptName = /^([0-9a-f]{24})-(\d{1,16})\.json\.corrupt$/;

export interface FileStoreOptions {
  /** Made when absent. One JSON file an instance, readable over ssh. */
  folder: string;
  logger: Logger;
}

/**
 * Keeps records as files. A file is whole or absent at any moment: it is written aside, flushed, and
 * renamed, and the folder is flushed too. What cannot be read is renamed to `….corrupt` and harms no
 * other instance.
 */
export function createFileStore({ folder, logger }: FileStoreOptions): InstanceStore {
  const fileOf = (key: InstanceKey): string => {
    const { jobId, instanceNumber } = splitInstanceKey(key);
    return path.join(folder, `${jobId}-${instanceNumber}.json`);
  };

  const loadOne = async (name: string): Promise<InstanceRecord | undefined> => {
    const file = path.join(folder, name);
    try {
      const record = InstanceRecord.parse(JSON.parse(await readFile(file, "utf8")));
      if (fileOf(record.key) === file) return record;
      throw new Error(`${name} holds ${record.key}`);
    } catch (error) {
      logger.error({ file, err: error }, "instance record unreadable, set aside");
      await rename(file, `${file}.corrupt`);
      return undefined;
    }
  };

  return {
    load: async (): Promise<LoadedRecords> => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const names = (await readdir(folder)).sort();
      const records: InstanceRecord[] = [];
      const unreadable = new Set(names.flatMap((name) => keyIn(name, corruptName)));
      for (const name of names.filter((one) => recordName.test(one))) {
        const record = await loadOne(name);
        if (record !== undefined) records.push(record);
        else for (const key of keyIn(name, recordName)) unreadable.add(key);
      }
      for (const { key } of records) unreadable.delete(key);
      return { records, unreadable: [...unreadable] };
    },
    save: (record) => writeDurably(fileOf(record.key), `${JSON.stringify(record, undefined, 2)}\n`),
    remove: async (key) => {
      await rm(fileOf(key), { force: true });
      await flushFolder(folder);
    },
  };
}

function keyIn(name: string, pattern: RegExp): InstanceKey[] {
  const [, jobId, number] = pattern.exec(name) ?? [];
  return jobId === undefined ? [] : [instanceKey(jobId, Number(number))];
}
