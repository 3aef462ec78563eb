import { z } from "zod";
import { Ask } from "../asks.ts";
import { Allocatable, FreeShape, Resources } from "../candidate.ts";
import { Id, InstanceNumber } from "../ids.ts";
import { MoveWish, Observation } from "../instance.ts";
import { JobSpec } from "../job.ts";
import { NamedCopy } from "../mqtt/commands.ts";
import { Incarnation, Seq, Session, SpecRev, WantRev } from "../numbers.ts";
import { ClusterReachability } from "../reachability.ts";
import { Status } from "../statuses.ts";

const Port = z.int().min(1).max(65_535);

/** `POST /api/cluster/register` at the root; needs the join secret, or the token of an earlier answer. */
export const ClusterRegistration = z
  .object({
    cluster_name: z.string().min(1).max(128),
    cluster_location: z.string().max(256).exactOptional().describe("lat,lon,radius or free text"),
    ip: z
      .string()
      .max(256)
      .exactOptional()
      .describe("advertised address; absent: cannot be dialled"),
    port: Port.exactOptional().describe("of the cluster-manager, at that address"),
    broker_port: Port.exactOptional().describe("of the MQTT broker, at that address"),
    network_port: Port.exactOptional().describe("of the network-manager, at that address"),
    incarnation: Incarnation,
  })
  .meta({ id: "ClusterRegistration" });
export type ClusterRegistration = z.infer<typeof ClusterRegistration>;

export const ClusterRegistered = z
  .object({
    id: Id,
    token: z.string().describe("authenticates both directions from now on"),
    session: Session,
    incarnation: Incarnation.describe("of the root"),
    want_rev: WantRev.describe(
      "the root's counter at this moment: what is wanted up to it is older",
    ),
  })
  .meta({ id: "ClusterRegistered" });
export type ClusterRegistered = z.infer<typeof ClusterRegistered>;

/** Numbers that a command of the root to a cluster carries. */
export const ClusterCommandNumbers = z.object({
  incarnation: Incarnation,
  epoch: z.int().min(0),
  spec_rev: SpecRev,
  want_rev: WantRev,
});
export type ClusterCommandNumbers = z.infer<typeof ClusterCommandNumbers>;

/** `POST /api/service/{id}/{n}` at the cluster. upstream: the job document of that one instance. */
export const AssignBody = JobSpec.extend({ assignment: ClusterCommandNumbers }).meta({
  id: "AssignBody",
});
export type AssignBody = z.infer<typeof AssignBody>;

/** `DELETE /api/service/{id}/{n}` at the cluster. */
export const ReleaseBody = z
  .object({ assignment: ClusterCommandNumbers })
  .meta({ id: "ReleaseBody" });
export type ReleaseBody = z.infer<typeof ReleaseBody>;

/** One change of what the root wants of a cluster. `job` is there when `wanted`. */
export const WantedChange = z
  .object({
    job_id: Id,
    instance_number: InstanceNumber,
    epoch: z.int().min(0),
    spec_rev: SpecRev,
    want_rev: WantRev,
    wanted: z.boolean(),
    job: JobSpec.exactOptional(),
    move: MoveWish.exactOptional(),
    placed_rev: WantRev.exactOptional().describe(
      "want_rev when the epoch was given, if it was counted again since",
    ),
  })
  .meta({ id: "WantedChange" });
export type WantedChange = z.infer<typeof WantedChange>;

/**
 * `GET /api/clusters/{id}/wanted?since=&wait=`: changes after `since`, in order of want_rev; with
 * `since=0` the whole set (`full`). `want_rev` is the cursor for the next call.
 */
export const WantedAnswer = z
  .object({
    incarnation: Incarnation,
    session: Session,
    want_rev: WantRev,
    full: z.boolean(),
    changes: z.array(WantedChange),
    asks: z
      .array(Ask)
      .exactOptional()
      .describe("questions; they have nothing to do with the numbers, and may come twice"),
  })
  .meta({ id: "WantedAnswer" });
export type WantedAnswer = z.infer<typeof WantedAnswer>;

/** One instance in the report of a cluster; absent facts did not change. */
export const ClusterInstanceReport = Observation.omit({ session: true, seq: true, at: true })
  .extend({
    instance_number: InstanceNumber,
    /** of the root's database that gave the epoch */
    incarnation: Incarnation,
    /** the root's counter when the cluster got the intent */
    want_rev: WantRev,
    cluster_location: z.string().exactOptional(),
  })
  .meta({ id: "ClusterInstanceReport" });
export type ClusterInstanceReport = z.infer<typeof ClusterInstanceReport>;

export const ClusterJobReport = z.object({
  _id: Id,
  job_name: z.string(),
  status: Status.exactOptional(),
  instance_list: z.array(ClusterInstanceReport),
});
export type ClusterJobReport = z.infer<typeof ClusterJobReport>;

/** What a cluster can give, summed up over its workers. */
export const ClusterFigures = Resources.extend({
  allocatable: Allocatable,
  free_shapes: z.array(FreeShape),
  active_nodes: z.int().min(0),
});
export type ClusterFigures = z.infer<typeof ClusterFigures>;

/** Something that has happened at a cluster. */
export const ClusterEvent = z.object({
  n: z.int().min(1).describe("grows within a series"),
  at: z.number().describe("Unix seconds of the cluster's clock"),
  reason: z
    .string()
    .max(64)
    .describe("see core's event reasons; one that the root does not know is left out"),
  message: z
    .string()
    .max(500)
    .describe("of a node a sentence, of an instance what follows its name"),
  node_id: Id.exactOptional(),
  node_name: z.string().max(256).exactOptional(),
  job_id: Id.exactOptional(),
  instance_number: InstanceNumber.exactOptional(),
});
export type ClusterEvent = z.infer<typeof ClusterEvent>;

/**
 * What a cluster has to tell beside its state, oldest first. It comes again until a report was answered; a series, which
 * lives as long as the process, and the numbers tell what was told already.
 */
export const ClusterTold = z.object({
  series: z.string().min(1).max(64),
  lost: z.int().min(0).describe("events before these that could not be kept"),
  list: z.array(ClusterEvent).max(200),
});
export type ClusterTold = z.infer<typeof ClusterTold>;

/** `POST /api/information/{id}` at the root: figures, and the instances that changed since the last answer. */
export const ClusterReport = ClusterFigures.extend({
  session: Session,
  seq: Seq,
  incarnation: Incarnation.describe("of the root's database that the cursor belongs to"),
  want_rev: WantRev.describe("cursor: everything up to here is stored"),
  /** true: `jobs` lists everything that the cluster holds */
  full: z.boolean(),
  jobs: z.array(ClusterJobReport),
  told: ClusterTold.exactOptional().describe("events; they have nothing to do with the numbers"),
}).meta({ id: "ClusterReport" });
export type ClusterReport = z.infer<typeof ClusterReport>;

/** The root's answer: its arrival acknowledges the report. */
export const ClusterReportAnswer = z
  .object({
    message: z.literal("ok"),
    /** copies that must end: their epoch is below the root's, or the root closed them */
    stop: z.array(NamedCopy),
    /** the root wants the whole list in the next report */
    send_full: z.boolean(),
    want_rev: WantRev.describe("the root's latest; the cluster pulls when its own is lower"),
    incarnation: Incarnation,
    reachability: ClusterReachability.exactOptional().describe(
      "how the root finds the cluster's address; absent: it has not looked yet",
    ),
  })
  .meta({ id: "ClusterReportAnswer" });
export type ClusterReportAnswer = z.infer<typeof ClusterReportAnswer>;
