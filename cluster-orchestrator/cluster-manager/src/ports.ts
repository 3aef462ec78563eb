import type {
  DeleteCommand,
  DeployCommand,
  HeardNotice,
  JobSpec,
  Liveness,
  OnDisconnect,
  SyncCommand,
  TierIdentity,
} from "@oak/contracts";
import type {
  HoldStore,
  InstanceBook,
  Log,
  PlacementScheduler,
  TierClock,
  WantLedger,
} from "@oak/tier";
import type { PlacerSettings } from "./domain/settings.ts";

/**
 * Commands to workers. Fire and forget: a message may be lost, repeated or late, and every use case
 * expects that. Implementations never throw and never wait for the worker.
 */
export interface WorkerLink {
  deploy(workerId: string, command: DeployCommand): void;
  remove(workerId: string, command: DeleteCommand): void;
  sync(workerId: string, command: SyncCommand): void;
  heard(workerId: string, notice: HeardNotice): void;
  /** The worker's session is not the present one: it must register again. */
  registerAgain(workerId: string): void;
}

/** A worker as the cluster-manager sees it now. */
export interface Worker {
  id: string;
  session: number;
  liveness: Liveness;
  /** monotonic milliseconds of the last word from it; of our start when there was none yet */
  heardAtMs: number;
  /** the newest sign of life of this session, and when it came */
  sign?: { seq: number; atMs: number };
  /** whether this process has taken a full inventory of it since it started */
  hasReported: boolean;
  /** number of the last inventory of this session that was taken */
  inventorySeq?: number;
  /** an older worker that speaks no pairs */
  isLegacy: boolean;
}

/** The workers of the cluster, in memory; candidates in the resource abstractor are the stored form. */
export interface WorkerRoster {
  get(workerId: string): Worker | undefined;
  all(): Iterable<Worker>;
  /** `removed`: an operator took it out. One that is not known yet is on its way. */
  livenessOf(workerId: string): Liveness | "removed";
  /** Durable when it resolves, for the liveness states that outlive the process. */
  setLiveness(workerId: string, liveness: Liveness): Promise<void>;
}

/** A service as its instances here are made of it. */
export interface ServiceSpecs {
  jobId: string;
  /** the revision that came last */
  latest: number;
  byRevision: ReadonlyMap<number, JobSpec>;
}

/** Specs, written before an intent that needs them is acknowledged. */
export interface SpecBook {
  /** @param revision what a copy is to be made of; absent: the latest, which tells what all have in common */
  get(jobId: string, revision?: number): Promise<JobSpec | undefined>;
  /** `job_name`, empty while the spec has not been read */
  nameOf(jobId: string): string;
  /** what is done when its worker falls silent; `keep` while the spec has not been read */
  policyOf(jobId: string, revision: number): OnDisconnect;
  put(spec: JobSpec, revision: number): Promise<void>;
}

/** Identity of this tier's database, and its renewal after a restore. */
export interface TierBook {
  current(): TierIdentity;
  /** A new incarnation with lifted counters; all workers must register again afterwards. */
  renew(): Promise<void>;
}

/** What the use cases around assignments need. */
export interface AssignmentDeps {
  book: InstanceBook;
  holds: HoldStore;
  specs: SpecBook;
  scheduler: PlacementScheduler;
  ledger: WantLedger;
  tier: TierBook;
  roster: WorkerRoster;
  link: WorkerLink;
  clock: TierClock;
  random(): number;
  log: Log;
  settings: PlacerSettings;
  /** see PlanContext */
  isGateOpen(): boolean;
  isSettledAbove(key: string): boolean;
  /** see PlanContext */
  isLearning(): boolean;
  /** each step as it begins, for metrics */
  onStep?(step: string): void;
}
