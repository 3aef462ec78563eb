import type {
  Application,
  Candidate,
  CustomResourceBody,
  CustomType,
  HookDelivery,
  Instance,
  InstanceChange,
  InstanceChangeOutcome,
  InstanceKey,
  Job,
  SeenWrite,
  StoredRevision,
  TierIdentity,
} from "@oak/contracts";
import type { ViewedCandidate } from "@oak/core";
import type { CandidateChange } from "./domain/candidate-body.ts";
import type { FieldCondition } from "./domain/custom/custom-body.ts";
import type { HookRecord } from "./domain/hooks/hook-record.ts";
import type { Pending } from "./domain/hooks/outbox.ts";
import type { JobUpsert } from "./domain/job-body.ts";
import type { ObservedInstance } from "./domain/observation.ts";

/*
 * What the use cases ask of the database. Every write is one atomic change of one document and tells the
 * collection's feed. `undefined` means: no document matched (unknown, or another version of it). A unique
 * index that refuses makes the driver's duplicate key error.
 */

/** The collection's documents in the form in which feeds answer them: without charts. */
export interface FeedSource<T> {
  all(): Promise<T[]>;
  byIds(ids: readonly string[]): Promise<T[]>;
}

export interface CandidateFilter {
  liveness?: Candidate["liveness"];
  candidate_name?: string;
  ip?: string;
  node_id?: string;
}

export interface CandidateStore extends FeedSource<Candidate> {
  list(filter: CandidateFilter, options: { charts: boolean }): Promise<Candidate[]>;
  find(id: string, options: { charts: boolean }): Promise<Candidate | undefined>;
  /**
   * The candidate as it was last read or written here, without charts and without asking the database. It may be
   * outdated: good for a decision that `setHolds` confirms, and for no other.
   */
  recall(id: string): Candidate | undefined;
  /** Where instances of these candidates are, for views. */
  places(ids: readonly string[]): Promise<ViewedCandidate[]>;
  insert(candidate: Candidate): Promise<void>;
  /** One document per identity, whoever comes first; `initial` is for a new one. */
  upsert(change: CandidateChange, initial: Record<string, unknown>): Promise<Candidate>;
  update(id: string, change: CandidateChange): Promise<Candidate | undefined>;
  /**
   * Many candidates in one operation, by their ids. Answers those that are stored: an unknown one is not, nor one whose
   * fields the database refuses, and neither holds up the others.
   */
  updateAll(changes: ReadonlyMap<string, CandidateChange>): Promise<ReadonlySet<string>>;
  /** As `update`, of the version that was read, with the identity that follows from it. */
  updateVersion(read: Candidate, change: CandidateChange): Promise<Candidate | undefined>;
  remove(id: string): Promise<boolean>;
  /**
   * Makes the holds of these keys and the counter those of `after`, in one compare-and-set on the `rev` of `after`;
   * false when it moved on, and then it is not recalled any more.
   */
  setHolds(after: Candidate, keys: ReadonlySet<InstanceKey>): Promise<boolean>;
}

export interface InstanceFilter {
  job_id?: string;
  child?: string;
}

export interface InstanceStore extends FeedSource<Instance> {
  list(filter: InstanceFilter): Promise<Instance[]>;
  ofJobs(jobIds: readonly string[], options: { charts: boolean }): Promise<Instance[]>;
  /** With charts. */
  find(id: InstanceKey): Promise<Instance | undefined>;
  versionOf(id: InstanceKey): Promise<number | undefined>;
  /**
   * Many assignments and removals in one operation, each a compare-and-set on `rev`; what was observed stays. One
   * outcome for each, in their order.
   */
  changeAll(changes: readonly InstanceChange[]): Promise<InstanceChangeOutcome[]>;
  /** Whether it was newer than what is stored; false as well for an unknown instance. */
  observe(id: InstanceKey, seen: SeenWrite): Promise<boolean>;
  observeAll(items: readonly ObservedInstance[]): Promise<boolean[]>;
}

export interface JobFilter {
  applicationID?: string;
  job_name?: string;
  owner?: string;
  deleted?: boolean;
  ids?: readonly string[];
}

export interface JobStore extends FeedSource<Job> {
  list(filter: JobFilter): Promise<Job[]>;
  find(id: string): Promise<Job | undefined>;
  versionOf(id: string): Promise<number | undefined>;
  insert(job: Job): Promise<void>;
  upsert(id: string, change: JobUpsert): Promise<Job>;
  /** Compare-and-set on `rev` when a version is given. */
  update(
    which: { id: string; version: number | undefined },
    change: { fields: Record<string, unknown>; unset: readonly string[] },
  ): Promise<Job | undefined>;
  remove(id: string): Promise<Job | undefined>;
}

/** What jobs were made of before; the oldest ones make room. */
export interface RevisionStore {
  /** The newest first. */
  ofJob(jobId: string): Promise<StoredRevision[]>;
  keep(revision: Omit<StoredRevision, "_id">): Promise<void>;
  removeOf(jobId: string): Promise<void>;
}

export interface ApplicationFilter {
  application_name?: string;
  application_namespace?: string;
  userId?: string;
  organization_id?: string;
  ids?: readonly string[];
}

export interface ApplicationStore {
  list(filter: ApplicationFilter): Promise<Application[]>;
  find(id: string): Promise<Application | undefined>;
  versionOf(id: string): Promise<number | undefined>;
  insert(application: Application): Promise<void>;
  update(
    id: string,
    version: number | undefined,
    fields: Record<string, unknown>,
  ): Promise<Application | undefined>;
  remove(id: string): Promise<Application | undefined>;
}

export interface TierStore {
  current(): Promise<TierIdentity>;
  /** In one write; does nothing when `incarnation` is not the current one. */
  renew(incarnation: string): Promise<TierIdentity>;
}

/** What of hooks changed since it was saved last. */
export interface HookChanges {
  waiting: readonly Pending[];
  /** ids of what is told, or given up */
  settled: readonly string[];
  logs: ReadonlyMap<string, readonly HookDelivery[]>;
}

export interface HookStore {
  /** Everything: hooks in the order in which they were made, events in the order in which they happened. */
  load(): Promise<{
    hooks: HookRecord[];
    queue: Pending[];
    logs: ReadonlyMap<string, HookDelivery[]>;
  }>;
  insert(hook: HookRecord): Promise<void>;
  replace(hook: HookRecord): Promise<boolean>;
  /** With its log and what waits for it. */
  remove(id: string): Promise<boolean>;
  save(changes: HookChanges): Promise<void>;
}

/** A custom resource as it is stored. */
export interface StoredResource {
  _id: string;
  resource_type: string;
  rev: number;
  data: CustomResourceBody;
}

export interface CustomResourceStore {
  types(): Promise<CustomType[]>;
  insertType(type: CustomType): Promise<void>;
  /** With all its resources. */
  removeType(name: string): Promise<boolean>;
  count(type: string): Promise<number>;
  list(type: string, conditions: readonly FieldCondition[]): Promise<StoredResource[]>;
  find(type: string, id: string): Promise<StoredResource | undefined>;
  insert(resource: StoredResource): Promise<void>;
  /** Compare-and-set on the `rev` that was read. */
  replace(resource: StoredResource): Promise<boolean>;
  remove(type: string, id: string): Promise<boolean>;
}
