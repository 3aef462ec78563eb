import type { Job, JobSpec, TierIdentity } from "@oak/contracts";
import type { Log } from "@oak/tier";

export type RootLog = Log;

/** Intent in memory: every service of the root, tombstones included, kept fresh by the abstractor's feed. */
export interface JobBook {
  get(jobId: string): Job | undefined;
  all(): Iterable<Job>;
  /** what travels down */
  specOf(job: Job): JobSpec;
}

/** Identity of the root's database, and its renewal after a restore. */
export interface TierBook {
  current(): TierIdentity;
  renew(): Promise<void>;
}
