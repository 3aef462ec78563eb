import {
  Id,
  Incarnation,
  InstanceKey,
  InstanceNumber,
  JobSpec,
  Pair,
  SpecRev,
  WantRev,
} from "@oak/contracts";
import { z } from "zod";
import { FAULTS } from "../domain/fault.ts";

const faultReasons = Object.keys(FAULTS) as (keyof typeof FAULTS)[];

const StoredFault = z.object({ reason: z.enum(faultReasons), detail: z.string() });

/** How an instance ended for good under its pair. Only a higher pair or another spec begins anew. */
export const Outcome = z.enum(["gave_up", "completed", "drained"]);
export type Outcome = z.infer<typeof Outcome>;

/** What the worker remembers of its own efforts under the present pair. Times are wall time in ms. */
export const LocalState = z.object({
  /** Failed tries that still count, oldest first. */
  failures: z.array(z.object({ at_ms: z.number(), reason: z.enum(faultReasons) })),
  /** Times that the workload was started again. */
  restarts: z.int().min(0),
  /** Nothing is tried before this. */
  next_try: z
    .object({ at_ms: z.number(), delay_ms: z.number(), attempt: z.int(), of: z.int() })
    .exactOptional(),
  /** The end of a run that is already counted, so that seeing it again counts nothing. */
  last_exit: z.object({ handle: z.string(), finished_at_ms: z.number() }).exactOptional(),
  last_fault: StoredFault.exactOptional(),
  outcome: Outcome.exactOptional(),
});
export type LocalState = z.infer<typeof LocalState>;

/** What the cluster wants of one instance here, as last accepted. */
export const InstanceAssignment = Pair.extend({
  key: InstanceKey,
  job_id: Id,
  instance_number: InstanceNumber,
  incarnation: Incarnation,
  spec_rev: SpecRev,
  want_rev: WantRev,
  /** false: deleted, and remembered for its pair until the cluster closes the instance. */
  wanted: z.boolean(),
  job: JobSpec,
  /** Exclusive: seconds after the last heartbeat that was answered for it at which nothing of it may run. */
  exclusive_ttl_s: z.number().positive().exactOptional(),
});
export type InstanceAssignment = z.infer<typeof InstanceAssignment>;

/** An assignment with the worker's own notes: one file of the store. */
export const InstanceRecord = InstanceAssignment.extend({ local: LocalState });
export type InstanceRecord = z.infer<typeof InstanceRecord>;

export const freshLocalState: LocalState = { failures: [], restarts: 0 };
