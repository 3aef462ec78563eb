import type { Job, JobSpec, TierIdentity } from "@oak/contracts";
import type { Log } from "@oak/tier";

export type RootLog = Log;

/** Intent in memory: every service of the root, tombstones included, kept fresh by the abstractor's feed. */
export interface JobBook {
  get(jobId: string): Job | undefined;
  all(): Iterable<Job>;
  /** what travels down, for an instance of that revision */
  specOf(job: Job, revision: number): JobSpec;
}

/** Identity of the root's database, and its renewal after a restore. */
export interface TierBook {
  current(): TierIdentity;
  renew(): Promise<void>;
}
