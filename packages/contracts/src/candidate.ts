import { z } from "zod";
import { Id, InstanceKey } from "./ids.ts";
import { Hold } from "./need.ts";
import { Incarnation, Session, WantRev } from "./numbers.ts";
import { Advertised, ClusterReachability } from "./reachability.ts";

/** One bar of a chart; `value` is a decimal string because older clients insist on it. */
export const HistoryPoint = z.object({ value: z.string(), timestamp: z.string() });

export const CsiDriver = z.union([
  z.string(),
  z.looseObject({ csi_driver_name: z.string(), csi_driver_endpoint: z.string().exactOptional() }),
]);

/** What a child can give in all, before anything is held. */
export const Allocatable = z
  .object({
    vcpus: z.number().min(0),
    memory: z.number().min(0).describe("MB"),
    vgpus: z.int().min(0),
    storage: z.number().min(0).describe("MB of free disk"),
    addresses: z
      .int()
      .min(0)
      .exactOptional()
      .describe("how many workloads its subnet has addresses for; absent: no limit"),
  })
  .meta({ id: "Allocatable" });
export type Allocatable = z.infer<typeof Allocatable>;

/** `count` workers of a cluster that each have this much left; what a parent knows of single workers. */
export const FreeShape = z
  .object({
    vcpus: z.number().min(0),
    memory: z.number().min(0),
    vgpus: z.int().min(0),
    addresses: z.int().min(0).exactOptional().describe("for workloads; absent: no limit"),
    count: z.int().min(1),
    architecture: z.string(),
    virtualization: z.array(z.string()),
  })
  .meta({ id: "FreeShape" });
export type FreeShape = z.infer<typeof FreeShape>;

/**
 * How the parent sees a child. `agent_lost`: the kernel lives, the agent is gone, no new placements;
 * `lost`: silent for too long; `left`: said goodbye.
 */
export const Liveness = z.enum(["alive", "agent_lost", "lost", "left"]);
export type Liveness = z.infer<typeof Liveness>;

const Percent = z.number().min(0);

/** Load and hardware, as far as known; all of it ranks candidates, none of it decides what fits. */
export const Resources = z.looseObject({
  cpu_percent: Percent.exactOptional(),
  memory_percent: Percent.exactOptional(),
  gpu_percent: Percent.exactOptional(),
  gpu_temp: z.number().exactOptional(),
  vram: z.number().exactOptional(),
  vram_percent: Percent.exactOptional(),
  vcpus: z.number().exactOptional().describe("total logical cores"),
  vgpus: z.int().exactOptional(),
  memory: z.number().exactOptional().describe("available MB"),
  active_nodes: z.int().exactOptional(),
  virtualization: z.array(z.string()).nullable().exactOptional(),
  supported_addons: z.array(z.string()).nullable().exactOptional(),
  csi_drivers: z.array(CsiDriver).nullable().exactOptional(),
  gpu_drivers: z.array(z.string()).nullable().exactOptional(),
  architecture: z.string().exactOptional(),
  aggregation_per_architecture: z.record(z.string(), z.unknown()).exactOptional(),
});
export type Resources = z.infer<typeof Resources>;

/**
 * A worker (in a cluster) or a cluster (at the root): collection `candidates` of the resource abstractor.
 * Unknown keys are kept, so that addons can rank by resources of their own.
 */
export const Candidate = Resources.extend({
  _id: Id,
  candidate_name: z.string(),
  candidate_location: z.string().exactOptional(),
  ip: z.string().exactOptional(),
  port: z.string().exactOptional(),
  rev: z.int().min(0),
  want_rev: WantRev,
  allocatable: Allocatable,
  free_shapes: z.array(FreeShape).exactOptional().describe("clusters only"),
  holds: z.record(InstanceKey, Hold),
  advertised: Advertised.exactOptional().describe("clusters only"),
  reachability: ClusterReachability.exactOptional().describe("clusters only"),
  liveness: Liveness,
  schedulable: z.boolean().describe("false while cordoned"),
  session: Session,
  child_incarnation: Incarnation.exactOptional(),
  node_id: z.string().exactOptional().describe("identity that the worker made for itself"),
  machine_id: z.string().exactOptional(),
  boot_id: z.string().exactOptional(),
  proto: z.int().exactOptional().describe("absent: an older worker that speaks no pairs"),
  cpu_history: z.array(HistoryPoint).exactOptional(),
  memory_history: z.array(HistoryPoint).exactOptional(),
  last_modified_timestamp: z.number().describe("Unix seconds"),
}).meta({ id: "Candidate" });
export type Candidate = z.infer<typeof Candidate>;
