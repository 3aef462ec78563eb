import { z } from "zod";
import { HistoryPoint } from "./candidate.ts";
import { Id, InstanceKey, InstanceNumber } from "./ids.ts";
import { Need } from "./need.ts";
import { Incarnation, Pair, Seq, Session, SpecRev, WantRev } from "./numbers.ts";
import { Status } from "./statuses.ts";

/**
 * Where the tier's own decision about an instance stands. Whether the child has stored an assignment is
 * not a phase: it shows in `seen`, which carries the pair that the child held.
 * - `unplaced`: no child has it; wanted, or on its way out
 * - `assigned`: hold and assignment are stored; the child may run it
 * - `releasing`: the child is told to stop and has not confirmed
 * - `closed`: nothing runs and nothing will, until the parent gives a higher epoch
 */
export const Phase = z.enum(["unplaced", "assigned", "releasing", "closed"]);
export type Phase = z.infer<typeof Phase>;

/** How long open connections may take to end on the worker that an instance leaves, in seconds. */
export const DRAIN_S = { default: 30, longest: 100 } as const;

/** That an instance shall leave its worker, as it travels from the root to the cluster. */
export const MoveWish = z.object({
  id: z.int().min(1).describe("grows with each wish for this instance; never falls"),
  node: Id.nullable().describe("worker; null: the best other one"),
  drain_s: z.number().min(0).max(DRAIN_S.longest),
});
export type MoveWish = z.infer<typeof MoveWish>;

/** What the root has made of a request to move; void once the instance has another epoch. */
export const MoveAsked = MoveWish.extend({
  request: z.int().min(0).describe("of the service, see MoveRequest"),
  epoch: z.int().min(0),
  placed_rev: WantRev.describe("of the cluster, when it was given this epoch"),
});
export type MoveAsked = z.infer<typeof MoveAsked>;

/**
 * The last move inside a cluster: its second copy, while `child` names a worker. Afterwards the numbers stay, so that
 * a late word of that copy is known for what it is.
 */
export const Move = Pair.extend({
  id: z.int().min(1).describe("of the wish that it answers"),
  child: Id.nullable(),
  want_rev: WantRev.describe("of the new worker"),
  status: Status.nullable().describe("what the new copy has reported; null: nothing yet"),
  detail: z.string().describe("why it did not come about; empty: it did, or is under way"),
  since: z.number().describe("Unix seconds, of the status"),
});
export type Move = z.infer<typeof Move>;

/** What the parent tier wants; at a cluster only. Stored before it is acknowledged. */
export const ParentIntent = z.object({
  incarnation: Incarnation,
  epoch: z.int().min(0),
  spec_rev: SpecRev,
  want_rev: WantRev,
  wanted: z.boolean(),
  move: MoveWish.exactOptional(),
});
export type ParentIntent = z.infer<typeof ParentIntent>;

/** A copy that may still run somewhere although another was placed; its hold stays. */
export const Fenced = Pair.extend({
  child: Id,
  want_rev: WantRev.describe("of the child, when it was fenced"),
  ends_at: z
    .number()
    .exactOptional()
    .describe("given up by a move: its connections may go on until then, Unix seconds"),
  named: z
    .boolean()
    .exactOptional()
    .describe("given up by a move: its end is counted at the child, which may be told of it"),
});
export type Fenced = z.infer<typeof Fenced>;

/** A child that is skipped for a while, and why. */
export const Exclusion = z.object({
  child: Id,
  reason: z.string(),
  until: z.number().describe("Unix seconds of the tier's own clock"),
});
export type Exclusion = z.infer<typeof Exclusion>;

export const Chart = z.array(HistoryPoint);

/** Observation: the last accepted report. It never moves `rev`. */
export const Observation = z.object({
  status: Status,
  status_detail: z.string(),
  /** machine reason, for example `image_not_found`; see core's reasons */
  reason: z.string().exactOptional(),
  session: Session,
  seq: Seq,
  /** the pair that the reporter held */
  epoch: z.int().min(0),
  placement: z.int().min(0),
  /** Unix seconds at the receiver */
  at: z.number(),
  publicip: z.string().exactOptional(),
  published_ports: z.string().exactOptional(),
  host_ip: z.string().exactOptional(),
  host_port: z.int().exactOptional(),
  worker_id: z.string().exactOptional(),
  cpu_percent: z.string().exactOptional(),
  memory_percent: z.string().exactOptional(),
  disk: z.string().exactOptional(),
  logs: z.string().exactOptional(),
  restarts: z.int().exactOptional(),
  /** the child says that no copy of this pair or a lower one runs or will run */
  released: z.boolean().exactOptional(),
  /** why the child handed it back */
  refused: z.string().exactOptional(),
});
export type Observation = z.infer<typeof Observation>;

/**
 * Assignment and observation of one instance at one tier: collection `instances`. The placer writes
 * everything but `seen` with compare-and-set on `rev`; report intake writes `seen` only.
 */
export const Instance = z
  .object({
    _id: InstanceKey,
    job_id: Id,
    instance_number: InstanceNumber,
    rev: z.int().min(0),
    phase: Phase,
    child: Id.nullable(),
    epoch: z.int().min(0),
    placement: z.int().min(0),
    spec_rev: SpecRev,
    want_rev: WantRev.describe("of the child, at the last change of what is wanted of it"),
    need: Need,
    intent: ParentIntent.nullable(),
    fenced: z.array(Fenced),
    /** at a cluster */
    move: Move.nullable().exactOptional(),
    /** at the root */
    asked: MoveAsked.nullable().exactOptional(),
    excluded: z.array(Exclusion),
    /** the status that this tier's decision implies; `seen.status` wins while a child has it */
    status: Status,
    status_detail: z.string(),
    reason: z.string(),
    attempts: z.int().min(0).describe("placements tried since it last ran well"),
    retry_at: z.number().describe("Unix seconds; not placed before"),
    phase_since: z.number().describe("Unix seconds"),
    seen: Observation.nullable(),
    cpu_history: Chart,
    memory_history: Chart,
  })
  .meta({ id: "Instance" });
export type Instance = z.infer<typeof Instance>;

const point = { value: "1.5", timestamp: "2026-01-31T12:00:00.000Z" };
const instanceExample = {
  instance_number: 0,
  status: "RUNNING",
  status_detail: "",
  reason: "",
  cluster_id: "65f0c0ffee65f0c0ffee65f2",
  cluster_location: "48.13,11.58,5000",
  worker_id: "65f0c0ffee65f0c0ffee65f3",
  host_ip: "192.0.2.10",
  host_port: 50_103,
  publicip: "192.0.2.10",
  published_ports: "8080:80/tcp",
  cpu_percent: "1.5",
  memory_percent: "0.4",
  disk: "1048576",
  logs: "ready to serve\n",
  cpu_history: [point],
  memory_history: [{ ...point, value: "0.4" }],
  last_modified_timestamp: 1_769_860_800,
  epoch: 1,
  placement: 1,
  restarts: 0,
  instance_ip: "10.30.0.1",
};

/** The shape of an instance in `instance_list`: a view; every field has the type that strict clients decode. */
export const InstanceView = z
  .looseObject({
    instance_number: z.int(),
    status: Status,
    status_detail: z.string(),
    cluster_id: z.string(),
    cluster_location: z.string(),
    worker_id: z.string(),
    host_ip: z.string(),
    host_port: z.int(),
    publicip: z.string(),
    published_ports: z.string(),
    cpu_percent: z.string(),
    memory_percent: z.string(),
    disk: z.string(),
    logs: z.string(),
    cpu_history: Chart,
    memory_history: Chart,
    last_modified_timestamp: z.number(),
    epoch: z.int(),
    placement: z.int(),
    restarts: z.int(),
    reason: z.string(),
    revision: z.int().exactOptional().describe("of the service, which this instance runs"),
    instance_ip: z.string().exactOptional().describe("its own address, wherever it runs"),
    instance_ip_v6: z.string().exactOptional(),
  })
  .meta({ id: "InstanceView", examples: [instanceExample] });
export type InstanceView = z.infer<typeof InstanceView>;
