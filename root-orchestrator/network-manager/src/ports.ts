import type { Attachment, Pair } from "@oak/contracts";
import type { PoolName } from "@oak/core";

/*
 * What the use cases ask of the database. Every write is one atomic change of one document; `undefined` and false
 * mean that no document matched.
 */

/** An address and whose it is. */
export interface AddressRecord {
  address: string;
  pool: PoolName;
  /** See core's `holderKey`; unique. Absent: nobody's at the moment. */
  holder?: string;
  /** Services and instances: of the service. */
  job_id?: string;
  /** Subnets: of the cluster that has the worker. */
  cluster_id?: string;
  /** Chosen by a user, so it was not next in its pool. */
  chosen: boolean;
  /** Unix seconds: when its holder got it. */
  since: number;
  /** Unix seconds: when it came back. */
  freed_at?: number;
}

/** What an address is given with. */
export type Grant = Required<Pick<AddressRecord, "holder">> &
  Pick<AddressRecord, "job_id" | "cluster_id" | "chosen" | "since">;

/** `taken`: another has it; `held`: the holder has another. */
export type InsertOutcome = "stored" | "taken" | "held";

export interface AddressStore {
  find(address: string): Promise<AddressRecord | undefined>;
  heldBy(holder: string): Promise<AddressRecord | undefined>;
  /** Of each holder, in their order. */
  heldByEach(holders: readonly string[]): Promise<(AddressRecord | undefined)[]>;
  ofJobs(jobIds: readonly string[]): Promise<AddressRecord[]>;
  /** Whether a service or an instance of it has one. */
  hasAny(jobId: string): Promise<boolean>;
  ofCluster(clusterId: string): Promise<AddressRecord[]>;
  /** Ids of all services that have addresses. */
  jobIds(): Promise<string[]>;
  insert(address: string, pool: PoolName, grant: Grant): Promise<InsertOutcome>;
  /** As many inserts in one request; an outcome for each, in their order. */
  insertEach(
    pool: PoolName,
    granted: readonly { address: string; grant: Grant }[],
  ): Promise<InsertOutcome[]>;
  /** Takes an address that is nobody's, however short it has rested. */
  claim(address: string, grant: Grant): Promise<InsertOutcome>;
  release(address: string, holder: string, freedAt: number): Promise<boolean>;
  /** Removes an address that is nobody's. */
  forget(address: string): Promise<void>;
  /** Lets the pool give an address that a user chose and does not have any more. */
  recycle(address: string): Promise<void>;
  /** Those that users chose and that came back before `freedBefore`. */
  restedChoices(pool: PoolName, freedBefore: number): Promise<string[]>;
  /** Those that the pool would give next, at most `limit`. */
  rested(pool: PoolName, freedBefore: number, limit: number): Promise<string[]>;
  chosen(pool: PoolName): Promise<string[]>;
  /** Where the pool stands; undefined before the first address. */
  next(pool: PoolName): Promise<string | undefined>;
  /** Moves the pool on; false when somebody did so before. */
  advance(pool: PoolName, from: string | undefined, to: string): Promise<boolean>;
}

/** Where a cluster's copy of an instance is attached, the one with the highest pair so far. */
export interface RouteRecord extends Attachment, Pair {
  /** Of the instance and the cluster. */
  _id: string;
  job_id: string;
  instance_number: number;
  cluster_id: string;
  worker_id?: string;
}

export interface RouteStore {
  ofJobs(jobIds: readonly string[]): Promise<RouteRecord[]>;
  /** Stores it unless a higher pair is there; false then, and when nothing is different. */
  put(route: RouteRecord): Promise<boolean>;
  remove(ids: readonly string[]): Promise<void>;
}

/** A cluster, and the services that it wants to hear of. */
export interface ClusterRecord {
  _id: string;
  /** Empty: it cannot be dialled. */
  address: string;
  port: string;
  /** upstream: ACTIVE, or ERROR after a push that failed. */
  status: "ACTIVE" | "ERROR";
  token_hash?: string;
  /** Job names. */
  interests: string[];
}

export interface ClusterStore {
  list(): Promise<ClusterRecord[]>;
  find(id: string): Promise<ClusterRecord | undefined>;
  findByToken(tokenHash: string): Promise<ClusterRecord | undefined>;
  register(cluster: Omit<ClusterRecord, "interests">): Promise<void>;
  setStatus(id: string, status: ClusterRecord["status"]): Promise<void>;
  addInterest(id: string, jobName: string): Promise<void>;
  removeInterest(id: string, jobName: string): Promise<void>;
  remove(id: string): Promise<boolean>;
}
