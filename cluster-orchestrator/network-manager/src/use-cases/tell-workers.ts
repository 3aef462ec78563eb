import { createHash } from "node:crypto";
import { type UpdatesAvailable, type UpdateType, updatesTopic } from "@oak/contracts";
import { type LocalFacts, localTable } from "../domain/local-table.ts";
import type { ServiceBook } from "../domain/service-book.ts";
import { tableResult } from "../domain/table-result.ts";
import type { WorkerMessages } from "../ports.ts";

export interface WorkerTellerDeps {
  services: Pick<ServiceBook, "named">;
  facts(): LocalFacts;
  workers: WorkerMessages;
  /** Whether everything was read since the start: before that a table would lack what is not known yet. */
  isReady(): boolean;
}

/** Tells all workers that asked for a service what has become of it. */
export interface WorkerTeller {
  tell(jobName: string, type: UpdateType): void;
  /** Tells what could not be told until now, and forgets services that nobody asks for. */
  tidy(): void;
}

/**
 * Of a larger service only that it has changed: in a burst each change would carry all of it, where those who ask
 * are answered once for several.
 */
const mostCharacters = 16_384;

export function createWorkerTeller(deps: WorkerTellerDeps): WorkerTeller {
  const { services, facts, workers } = deps;
  const lastTold = new Map<string, string>();
  const untold = new Map<string, UpdateType>();

  const updateOf = (jobName: string, type: UpdateType): UpdatesAvailable | undefined => {
    const known = services.named(jobName)?.service;
    if (known === undefined || known === null) {
      lastTold.delete(jobName);
      return { type };
    }
    const local = facts();
    const table = tableResult(jobName, localTable(known, local), local.clusterId);
    const text = JSON.stringify(table);
    // Much of what changes here, and nearly all that comes back from the root, changes no route.
    const digest = `${workers.upSinceMs()} ${createHash("sha1").update(text).digest("base64")}`;
    if (lastTold.get(jobName) === digest) return undefined;
    lastTold.set(jobName, digest);
    return text.length > mostCharacters ? { type } : { type, table };
  };

  const tell: WorkerTeller["tell"] = (jobName, type) => {
    if (workers.upSinceMs() === undefined || !deps.isReady()) {
      untold.set(jobName, type);
      return;
    }
    untold.delete(jobName);
    const update = updateOf(jobName, type);
    if (update !== undefined) workers.publish(updatesTopic(jobName), update);
  };

  return {
    tell,
    tidy: () => {
      for (const [jobName, type] of [...untold]) tell(jobName, type);
      for (const jobName of lastTold.keys()) {
        if (services.named(jobName) === undefined) lastTold.delete(jobName);
      }
    },
  };
}
