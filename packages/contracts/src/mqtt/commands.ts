import { z } from "zod";
import { Id, InstanceNumber } from "../ids.ts";
import { JobSpec } from "../job.ts";
import { Incarnation, Pair, Seq, Session, SpecRev, WantRev } from "../numbers.ts";

/** Numbers that every command of a cluster to a worker carries. Older workers ignore them. */
export const CommandNumbers = Pair.extend({
  incarnation: Incarnation,
  spec_rev: SpecRev,
  want_rev: WantRev,
});
export type CommandNumbers = z.infer<typeof CommandNumbers>;

/** `control/deploy`. upstream: the job document with `instance_number`. */
export const DeployCommand = JobSpec.extend({
  instance_number: InstanceNumber,
  assignment: CommandNumbers,
  /**
   * `onDisconnect: exclusive`: seconds after the worker sent the last heartbeat for which this copy was named in
   * `control/heard`, at which the copy must have been stopped. This command alone lets nothing run: it may be old.
   */
  exclusive_ttl_s: z.number().positive().exactOptional(),
}).meta({ id: "DeployCommand" });
export type DeployCommand = z.infer<typeof DeployCommand>;

/** `control/delete`. upstream: the first three keys. */
export const DeleteCommand = z
  .object({
    job_name: z.string(),
    virtualization: z.string(),
    instance_number: InstanceNumber,
    job_id: Id,
    assignment: CommandNumbers,
  })
  .meta({ id: "DeleteCommand" });
export type DeleteCommand = z.infer<typeof DeleteCommand>;

/** Names one copy of one instance. */
export const NamedCopy = Pair.extend({ job_id: Id, instance_number: InstanceNumber });
export type NamedCopy = z.infer<typeof NamedCopy>;

/**
 * `control/sync`: everything that is wanted of this worker at `want_rev`, and by name what is gone.
 * What it names in neither list goes on (nothing stops out of ignorance).
 */
export const SyncCommand = z
  .object({
    incarnation: Incarnation,
    session: z.int().min(0),
    want_rev: WantRev,
    wanted: z.array(DeployCommand),
    gone: z.array(NamedCopy),
  })
  .meta({ id: "SyncCommand" });
export type SyncCommand = z.infer<typeof SyncCommand>;

/**
 * `control/heard`: the newest heartbeat that the cluster took, and the exclusive copies that may go on for
 * `exclusive_ttl_s` after it was sent. Goes to workers that have such copies, after each heartbeat.
 */
export const HeardNotice = z
  .object({ session: Session, seq: Seq, copies: z.array(NamedCopy) })
  .meta({ id: "HeardNotice" });
export type HeardNotice = z.infer<typeof HeardNotice>;

/** `control/inventory`. */
export const InventoryRequest = z.object({ incarnation: Incarnation });
export type InventoryRequest = z.infer<typeof InventoryRequest>;

/** `control/error`: the cluster does not know this session; register again. */
export const ErrorCommand = z.looseObject({
  message: z.string(),
  register_again: z.boolean().exactOptional(),
});
export type ErrorCommand = z.infer<typeof ErrorCommand>;
