import { z } from "zod";
import { Liveness } from "../candidate.ts";
import { Id, InstanceNumber } from "../ids.ts";
import { Status } from "../statuses.ts";

const Names = z.array(z.string());

/** A worker as its cluster knows it. */
export const NodeFacts = z.object({
  id: Id,
  name: z.string(),
  liveness: Liveness,
  schedulable: z.boolean().describe("false: it gets nothing new"),
  architecture: z.string(),
  os: z.string().exactOptional(),
  virtualization: Names,
  csi_drivers: Names,
  supported_addons: Names,
  gpu_drivers: Names,
  vcpus: z.number().describe("in all"),
  memory: z.number().describe("MB in all"),
  vgpus: z.number(),
  cpu_percent: z.number(),
  memory_percent: z.number(),
  disk: z.number().exactOptional().describe("MB of free disk"),
  ip: z.string().describe("empty for who may not see it"),
  versions: z.record(z.string(), z.string()).exactOptional().describe("of its agents"),
  joined_at: z.number().exactOptional().describe("Unix seconds of its last registration"),
  last_seen: z.number().describe("Unix seconds"),
  instances: z.int().min(0),
});
export type NodeFacts = z.infer<typeof NodeFacts>;

/** What one worker has been given. */
export const NodeWorkload = z.object({
  service_id: Id,
  service_name: z.string(),
  instance_number: InstanceNumber,
  status: Status,
  status_detail: z.string(),
  image: z.string(),
  vcpus: z.number(),
  memory: z.number().describe("MB"),
  cpu_percent: z.string().exactOptional(),
  memory_percent: z.string().exactOptional(),
  restarts: z.int().exactOptional(),
});
export type NodeWorkload = z.infer<typeof NodeWorkload>;

/** One worker with what it runs, and everything that it says of itself. */
export const NodeFactsInFull = NodeFacts.extend({
  workloads: z.array(NodeWorkload),
  hardware: z.record(z.string(), z.unknown()).describe("as the worker registered it"),
});
export type NodeFactsInFull = z.infer<typeof NodeFactsInFull>;

const atCluster = {
  cluster_id: Id,
  cluster_name: z.string(),
  stale: z
    .literal(true)
    .exactOptional()
    .describe("the cluster does not answer: this is what it said last"),
};

/** `GET /api/nodes`. */
export const NodeView = NodeFacts.extend(atCluster).meta({ id: "NodeView" });
export type NodeView = z.infer<typeof NodeView>;

/** `GET /api/nodes/{id}`. */
export const NodeViewInFull = NodeFactsInFull.extend(atCluster).meta({ id: "NodeViewInFull" });
export type NodeViewInFull = z.infer<typeof NodeViewInFull>;

/** What is asked of clusters and workers. */
export const ASK_KINDS = {
  /** of a cluster: `NodesQuestion`, answered with `NodesAnswer` */
  nodes: "nodes",
  /** of a cluster: `NodeQuestion`, answered with `NodeFactsInFull` */
  node: "node",
  /** of both: `LogsQuestion`, answered with lines */
  logs: "logs",
  /** of a cluster: `ExplainQuestion`, answered with `PlacementExplained` */
  explain: "explain",
} as const;

/** Question `nodes` to a cluster: its workers in order of their ids. */
export const NodesQuestion = z.object({
  limit: z.int().min(1).max(1_000),
  after: Id.exactOptional().describe("id of the last one of the page before"),
});
export type NodesQuestion = z.infer<typeof NodesQuestion>;

export const NodesAnswer = z.object({
  nodes: z.array(NodeFacts).max(1_000),
  total: z.int().min(0),
});
export type NodesAnswer = z.infer<typeof NodesAnswer>;

/** Question `node` to a cluster, answered with `NodeFactsInFull`. */
export const NodeQuestion = z.object({ id: Id });
export type NodeQuestion = z.infer<typeof NodeQuestion>;
