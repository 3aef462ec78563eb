import { type ClusterReachability, ClusterStatus } from "@oak/contracts";
import type { HttpApp } from "@oak/kit";

export interface ClusterRouteDeps {
  clusterName: string;
  /** As the root gave it; `undefined` while the root does not know this cluster. */
  clusterId(): string | undefined;
  isConnectedToRoot(): boolean;
  /** How the root finds the address of this cluster; `undefined` until it has told. */
  seenByRoot(): ClusterReachability | undefined;
}

/** upstream: cluster manager, `GET /api/cluster/status`; also its health check, so nothing is asked for. */
export function addClusterRoutes(app: HttpApp, deps: ClusterRouteDeps): void {
  app.get(
    "/api/cluster/status",
    { schema: { tags: ["cluster"], response: { 200: ClusterStatus } } },
    async () => {
      const seen = deps.seenByRoot();
      return {
        cluster_name: deps.clusterName,
        cluster_id: deps.clusterId() ?? "",
        connected_to_root: deps.isConnectedToRoot(),
        ...(seen !== undefined && { seen_by_root: seen }),
      };
    },
  );
}
