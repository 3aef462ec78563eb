import type { Id, InstanceView, Job } from "@oak/contracts";
import type { Changed, Created } from "./applications.ts";

/** What the front door writes of a service after its creation. */
export interface JobPatch
  extends Partial<
    Pick<
      Job,
      | "members"
      | "moves"
      | "next_instance_progressive_number"
      | "deleted"
      | "spec_rev"
      | "last_revision"
      | "revised"
      | "member_revisions"
      | "other_specs"
      | "rollout_state"
    >
  > {
  /** another spec in the document; `unset` are keys that only the one before had */
  spec?: { set: Readonly<Record<string, unknown>>; unset: readonly string[] };
}

/** A service together with what is known of the instances that are wanted of it. */
export type JobWithInstances = Job & { instance_list: InstanceView[] };

/** The services of the root: intent. All methods reject when the store cannot be reached. */
export interface JobStore {
  /** All that are not deleted, or those of one application; without charts. */
  list(filter?: { applicationID?: Id }): Promise<JobWithInstances[]>;
  /** As stored; a deleted one as well, until the placer has removed it. */
  find(id: Id): Promise<Job | undefined>;
  /**
   * What this process knows of it without asking, if anything; it may have been changed by others since, which
   * a patch with its version finds out.
   */
  recall?(id: Id): Job | undefined;
  /** With charts; a deleted one as well. */
  findWithInstances(id: Id): Promise<JobWithInstances | undefined>;
  /** `name_taken` when another service has this job name, compared without case. */
  create(job: Job): Promise<Created<Job>>;
  /** Setting `deleted` gives the name free at once; it is never unset. */
  patch(id: Id, patch: JobPatch, ifVersion: number): Promise<Changed<Job>>;
}
