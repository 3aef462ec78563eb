import { z } from "zod";
import { Allocatable, Resources } from "../candidate.ts";
import { Id, InstanceNumber } from "../ids.ts";
import { Need } from "../need.ts";
import { Digest, Incarnation, Pair, Seq, Session, SpecRev, WantRev } from "../numbers.ts";
import { DeploymentStatus } from "../statuses.ts";
import { NamedCopy } from "./commands.ts";

/** `information`: the heartbeat. Older workers send the whole node structure, without the numbers. */
export const InformationReport = Resources.extend({
  ip: z.string().exactOptional(),
  session: Session.exactOptional(),
  seq: Seq.exactOptional(),
  /** highest want_rev up to which nothing is missing */
  want_rev: WantRev.exactOptional(),
  digest: Digest.exactOptional(),
  allocatable: Allocatable.exactOptional(),
  /** echoes the newest heartbeat interval that the cluster asked for, milliseconds */
  interval_ms: z.int().exactOptional(),
  /** copies that a move has left, to which no connection is open any more */
  idle: z.array(NamedCopy).max(1_000).exactOptional(),
}).meta({ id: "InformationReport" });
export type InformationReport = z.infer<typeof InformationReport>;

/** `reason` of a FAILED copy for which its worker had no address left: any other worker may have one. */
export const NETWORK_FULL = "network_full";

/** Facts of one copy as its worker sees it. */
export const CopyFacts = z.object({
  status: DeploymentStatus,
  status_detail: z.string(),
  reason: z.string().exactOptional(),
  publicip: z.string().exactOptional(),
  published_ports: z.string().exactOptional(),
  restarts: z.int().exactOptional(),
  /** percent of the work done, while pulling */
  progress: z.number().exactOptional(),
  /** the end of what the last run printed, once it has ended; of one that runs, `jobs/resources` tells */
  logs: z.string().exactOptional(),
});
export type CopyFacts = z.infer<typeof CopyFacts>;

/**
 * `job`: a status of one instance. upstream: sname, status, status_detail, instance, publicip.
 * CREATING confirms that the assignment is stored; UNDEPLOYED that no copy with this pair or a lower one
 * runs or will run.
 */
export const JobReport = CopyFacts.extend({
  sname: z.string(),
  instance: InstanceNumber,
  job_id: Id.exactOptional(),
  session: Session.exactOptional(),
  seq: Seq.exactOptional(),
  epoch: z.int().min(0).exactOptional(),
  placement: z.int().min(0).exactOptional(),
}).meta({ id: "JobReport" });
export type JobReport = z.infer<typeof JobReport>;

/** `jobs/resources`. upstream: metrics are decimal strings. */
export const ResourcesReport = z
  .object({
    session: Session.exactOptional(),
    seq: Seq.exactOptional(),
    services: z.array(
      z.object({
        job_name: z.string(),
        instance: InstanceNumber,
        job_id: Id.exactOptional(),
        epoch: z.int().min(0).exactOptional(),
        placement: z.int().min(0).exactOptional(),
        virtualization: z.string().exactOptional(),
        cpu_percent: z.string().exactOptional(),
        memory_percent: z.string().exactOptional(),
        disk: z.string().exactOptional(),
        logs: z.string().exactOptional(),
      }),
    ),
  })
  .meta({ id: "ResourcesReport" });
export type ResourcesReport = z.infer<typeof ResourcesReport>;

/** One entry of an inventory: a copy that is held, or the memory of one that was deleted (`wanted: false`). */
export const HeldCopy = CopyFacts.extend({
  ...Pair.shape,
  job_id: Id,
  instance_number: InstanceNumber,
  job_name: z.string(),
  incarnation: Incarnation,
  spec_rev: SpecRev,
  want_rev: WantRev,
  wanted: z.boolean(),
  /** what it takes of its worker; of use to a cluster that does not know the service. Absent: older worker, or deleted */
  need: Need.exactOptional(),
}).meta({ id: "HeldCopy" });
export type HeldCopy = z.infer<typeof HeldCopy>;

/** `inventory`: everything that the worker holds. */
export const InventoryReport = z
  .object({
    session: Session,
    seq: Seq,
    want_rev: WantRev,
    digest: Digest,
    held: z.array(HeldCopy),
  })
  .meta({ id: "InventoryReport" });
export type InventoryReport = z.infer<typeof InventoryReport>;

/** `presence`. `agent_lost` is published by the broker as the last will; `leaving` by the agent itself. */
export const PresenceReport = z.object({
  session: Session,
  state: z.enum(["online", "leaving", "agent_lost"]),
});
export type PresenceReport = z.infer<typeof PresenceReport>;
