import type { Candidate, Instance, Job, TierIdentity } from "@oak/contracts";
import { type CandidateTable, createCandidateTable } from "@oak/core";
import { createShelf, type Shelf } from "./shelf.ts";

/** What a tier has on its disk: it survives everything but a wipe. */
export interface TierDisk {
  readonly name: string;
  readonly instances: Shelf<Instance>;
  readonly candidates: Shelf<Candidate>;
  readonly jobs: Shelf<Job>;
  /** identity, specs, and what the tier knows of its parent */
  readonly notes: Shelf<unknown>;
  /** as the scheduler has them, up to date */
  table(): CandidateTable;
  identity(): TierIdentity;
  /** One that no database of this tier has given before. */
  nextId(prefix: string): string;
  /** A new incarnation with lifted counters, unless somebody was quicker. */
  renew(incarnation: string): void;
  copy(): DiskCopy;
  restore(copy: DiskCopy): void;
  /** An empty database in place of the old one. */
  wipe(): void;
}

export interface DiskCopy {
  instances: ReadonlyMap<string, Instance>;
  candidates: ReadonlyMap<string, Candidate>;
  jobs: ReadonlyMap<string, Job>;
  notes: ReadonlyMap<string, unknown>;
}

/** The identity as one process knows it: read at its start, and with the answer to a renewal. */
export function createTierBook(
  disk: TierDisk,
  change: <T>(apply: () => T) => Promise<T>,
): { current(): TierIdentity; renew(): Promise<void> } {
  let identity = disk.identity();
  return {
    current: () => identity,
    renew: async () => {
      const { incarnation } = identity;
      identity = await change(() => {
        disk.renew(incarnation);
        return disk.identity();
      });
    },
  };
}

/** More than the tail of a database that was lost can have counted. */
const RENEWAL_STEP = 1_000_000;

export function createTierDisk(name: string): TierDisk {
  const instances = createShelf<Instance>();
  const candidates = createShelf<Candidate>();
  const jobs = createShelf<Job>();
  const notes = createShelf<unknown>();
  const table = createTable(candidates);
  let incarnations = 0;
  const identify = (base: number): void => {
    incarnations += 1;
    notes.put("identity", { incarnation: `${name}-incarnation-${incarnations}`, base });
  };
  let ids = 0;
  const nextId = (prefix: string): string => {
    ids += 1;
    return prefix + ids.toString(16).padStart(24 - prefix.length, "0");
  };
  const identity = (): TierIdentity => notes.get("identity") as TierIdentity;
  const restore = (copy: DiskCopy): void => {
    notes.restore(copy.notes);
    jobs.restore(copy.jobs);
    candidates.restore(copy.candidates);
    instances.restore(copy.instances);
  };
  identify(0);
  return {
    ...{ name, instances, candidates, jobs, notes, table, identity, nextId, restore },
    renew: (incarnation) => {
      if (identity().incarnation === incarnation) identify(identity().base + RENEWAL_STEP);
    },
    copy: () => ({
      instances: instances.copy(),
      candidates: candidates.copy(),
      jobs: jobs.copy(),
      notes: notes.copy(),
    }),
    wipe: () => {
      const empty = new Map<string, never>();
      restore({ instances: empty, candidates: empty, jobs: empty, notes: empty });
      identify(0);
    },
  };
}

/** Most changes of a document are followed by another one before anything is placed. */
function createTable(candidates: Shelf<Candidate>): () => CandidateTable {
  const table = createCandidateTable();
  const changed = new Set<string>();
  candidates.onChange((id) => changed.add(id));
  return () => {
    for (const id of changed) {
      const candidate = candidates.get(id);
      if (candidate === undefined) table.remove(id);
      else table.upsert(candidate);
    }
    changed.clear();
    return table;
  };
}
