import { readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { InstanceKey } from "@oak/contracts";
import type { Logger } from "@oak/kit";
import { z } from "zod";
import type { Lease } from "../domain/lease-book.ts";
import type { LeaseStore } from "../ports.ts";

const LeaseFile = z.object({
  boot_id: z.string(),
  leases: z.array(
    z.object({
      key: InstanceKey,
      ttl_ms: z.number().positive(),
      /** Since the boot that `boot_id` names. */
      sent_ms: z.number().exactOptional(),
    }),
  ),
});

export interface LeaseFileOptions {
  folder: string;
  /** Of the running kernel; undefined: not known, so no lease is found again. */
  bootId: string | undefined;
  logger: Logger;
}

/**
 * Keeps leases in `<folder>/leases.json`, for an agent that is killed. Not flushed: after a power cut nothing
 * runs to which they could apply. There is no file while there are no leases.
 */
export function createLeaseFile({ folder, bootId, logger }: LeaseFileOptions): LeaseStore {
  const file = path.join(folder, "leases.json");
  let writing: Promise<void> = Promise.resolve();

  const write = async (leases: readonly Lease[]): Promise<void> => {
    if (leases.length === 0) return rm(file, { force: true });
    const stored = leases.map(({ key, ttlMs, sentMs }) => ({
      key,
      ttl_ms: ttlMs,
      ...(sentMs !== undefined && { sent_ms: sentMs }),
    }));
    await writeFile(`${file}.tmp`, JSON.stringify({ boot_id: bootId ?? "", leases: stored }), {
      mode: 0o600,
    });
    await rename(`${file}.tmp`, file);
  };

  return {
    load: async () => {
      try {
        const stored = LeaseFile.parse(JSON.parse(await readFile(file, "utf8")));
        const isOfThisBoot = bootId !== undefined && stored.boot_id === bootId;
        return stored.leases.map(({ key, ttl_ms: ttlMs, sent_ms: sentMs }) => ({
          key,
          ttlMs,
          ...(isOfThisBoot && sentMs !== undefined && { sentMs }),
        }));
      } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) {
          logger.warn({ file, err: error }, "leases unreadable, taken as ended");
        }
        return [];
      }
    },
    save: (leases) => {
      const written = writing.then(() => write(leases));
      writing = written.catch(() => undefined);
      return written;
    },
  };
}
