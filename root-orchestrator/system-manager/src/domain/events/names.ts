import type { ClusterReachability, EventSubject } from "@oak/contracts";
import type { NewEvent } from "../../ports/events.ts";

/** Names by which events call clusters and workers; who is not known is called by id. */
export interface Names {
  cluster(id: string | undefined): Pick<EventSubject, "cluster_id" | "cluster_name">;
  node(id: string | undefined): Pick<EventSubject, "node_id" | "node_name">;
  learnCluster(id: string, name: string): void;
  learnNode(id: string, name: string): void;
  forgetCluster(id: string): void;
}

const nodesAtMost = 10_000;

export function createNames(): Names {
  const clusters = new Map<string, string>();
  const nodes = new Map<string, string>();
  return {
    cluster: (id) =>
      id === undefined ? {} : { cluster_id: id, cluster_name: clusters.get(id) ?? id },
    node: (id) => (id === undefined ? {} : { node_id: id, node_name: nodes.get(id) ?? id }),
    learnCluster: (id, name) => {
      clusters.set(id, name);
    },
    learnNode: (id, name) => {
      nodes.delete(id);
      nodes.set(id, name);
      const [oldest] = nodes.keys();
      if (nodes.size > nodesAtMost && oldest !== undefined) nodes.delete(oldest);
    },
    forgetCluster: (id) => {
      clusters.delete(id);
    },
  };
}

/** What the root finds where a cluster says that it is; undefined when it says nothing. */
export function reachabilityEvent(
  cluster: { id: string; name: string },
  { status, detail }: Pick<ClusterReachability, "status" | "detail">,
): NewEvent | undefined {
  if (status === "not_advertised") return undefined;
  const about = { cluster_id: cluster.id, cluster_name: cluster.name };
  const where = "found where it says that it is";
  return status === "reachable"
    ? { reason: "cluster_reachable", message: `Cluster ${cluster.name} is ${where}`, about }
    : {
        reason: "cluster_unreachable",
        message: `Cluster ${cluster.name} is not ${where}: ${detail}`,
        about,
      };
}
