import type { TierIdentityBook } from "@oak/tier";
import type { FollowedJobs } from "./adapters/resource-abstractor/job-book.ts";
import {
  createServiceMemory,
  type ServiceFacts,
  type ServiceMemory,
  type ServiceMemoryDeps,
} from "./adapters/resource-abstractor/service-memory.ts";
import { createStoredInstances } from "./adapters/resource-abstractor/stored-instances.ts";
import type { RootCore } from "./root-core.ts";
import type { TierBook } from "./use-cases/placer-ports.ts";

export interface PlacerMemoryDeps extends Pick<ServiceMemoryDeps, "listClusters" | "monotonicMs"> {
  jobs: FollowedJobs;
  tier: Pick<TierBook, "current">;
  /** The same identity, for looking whether the database is another one by now. */
  storedTier: Pick<TierIdentityBook, "load" | "current">;
}

/** What the placer knows, for those who read services. */
export interface PlacerMemory extends Pick<ServiceMemory, "readingFrom"> {
  /** Before the core reads its instances. */
  attach(core: Pick<RootCore, "book" | "instancesOf">): void;
  /** From now on the core that was attached last knows all of them. */
  loaded(): void;
  /** A cluster has come or gone. */
  membersChanged(): void;
}

export function createPlacerMemory(deps: PlacerMemoryDeps): PlacerMemory {
  const { jobs, tier, storedTier } = deps;
  let attached: ServiceFacts | undefined;
  let known: ServiceFacts | undefined;
  let incarnation = "";
  const memory = createServiceMemory({
    ...deps,
    facts: () => {
      // A new life of the database: it was put back, and may differ from memory in anything.
      if (!jobs.isTrue() || tier.current().incarnation !== incarnation) return undefined;
      return known;
    },
    checkStore: async () => {
      await storedTier.load();
      if (storedTier.current().incarnation !== incarnation) jobs.doubt();
    },
    doubt: jobs.doubt,
  });
  jobs.onChange(memory.forget);
  return {
    readingFrom: memory.readingFrom,
    membersChanged: memory.membersChanged,
    attach: ({ book, instancesOf }) => {
      const stored = createStoredInstances();
      book.onChange((key, before, after) => {
        stored.changed(key, before, after);
        // Versions only fall when an older state of the database was put back.
        if (before !== undefined && after !== undefined && after.rev < before.rev) jobs.doubt();
        memory.forget((after ?? before)?.job_id ?? "");
      });
      attached = { jobs, instancesOf: (jobId) => instancesOf(jobId).map(stored.asStored) };
    },
    loaded: () => {
      known = attached;
      ({ incarnation } = tier.current());
    },
  };
}
