import type {
  Application,
  Candidate,
  CustomType,
  Instance,
  Job,
  StoredRevision,
  TierIdentity,
} from "@oak/contracts";
import type { Collection, Db } from "mongodb";
import type { HookRecord } from "../domain/hooks/hook-record.ts";
import type { StoredResource } from "../ports.ts";
import type { HookLogDocument, HookQueueDocument } from "./hooks.ts";

/** The named fields of a loose schema: unknown keys are stored as well, but no update of ours names them. */
type Named<T> = { [K in keyof T as string extends K ? never : K]: T[K] };

/** `identity_key` is unique and never leaves the store; see `identityKeyOf`. */
export type CandidateDocument = Named<Candidate> & { identity_key: string };
export type ApplicationDocument = Named<Application>;
export type JobDocument = Named<Job>;
export type TierDocument = TierIdentity & { _id: string };

export interface Collections {
  candidates: Collection<CandidateDocument>;
  apps: Collection<ApplicationDocument>;
  jobs: Collection<JobDocument>;
  revisions: Collection<StoredRevision>;
  instances: Collection<Instance>;
  tier: Collection<TierDocument>;
  hooks: Collection<HookRecord>;
  hook_queue: Collection<HookQueueDocument>;
  hook_logs: Collection<HookLogDocument>;
  custom_types: Collection<CustomType>;
  custom_resources: Collection<StoredResource>;
}

/** Asked for at each use, because the client behind it may be a new one after a restart of the service. */
export type GetCollections = () => Collections;

/** Makes the objects once for each database object: the driver works out its options anew for each. */
export function createGetCollections(currentDb: () => Db): GetCollections {
  let known: { db: Db; collections: Collections } | undefined;
  return () => {
    const db = currentDb();
    if (known?.db !== db) known = { db, collections: collectionsOf(db) };
    return known.collections;
  };
}

function collectionsOf(db: Db): Collections {
  return {
    candidates: db.collection("candidates"),
    apps: db.collection("apps"),
    jobs: db.collection("jobs"),
    revisions: db.collection("revisions"),
    instances: db.collection("instances"),
    tier: db.collection("tier"),
    hooks: db.collection("hooks"),
    hook_queue: db.collection("hook_queue"),
    hook_logs: db.collection("hook_logs"),
    custom_types: db.collection("custom_types"),
    custom_resources: db.collection("custom_resources"),
  };
}

/** What charts cost in a document is more than everything else in it, and few readers want them. */
export const withoutCharts = { cpu_history: 0, memory_history: 0 } as const;

export const chartLength = 100;
