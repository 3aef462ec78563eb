import { ClusterView, Id } from "@oak/contracts";
import type { HttpApp } from "@oak/kit";
import { z } from "zod";
import { clusterView } from "../domain/cluster-view.ts";
import type { ClusterDirectory } from "../ports/clusters.ts";
import { responses } from "./answers.ts";
import { callerOf, type Gates } from "./gates.ts";
import { createPaging } from "./paging.ts";

export interface ClusterRoutesDeps {
  clusters: ClusterDirectory;
  gates: Gates;
  /** Rejects with an AppError when the cluster is not known. */
  removeCluster(clusterId: string, actor: string): Promise<void>;
}

const paging = createPaging({
  id: (cluster: ClusterView) => cluster._id,
  fields: [
    "cluster_name",
    "cluster_location",
    "ip",
    "active",
    "active_nodes",
    "liveness",
    "schedulable",
    "cpu_percent",
    "memory_percent",
    "last_modified_timestamp",
  ],
});

/** upstream: open to everybody. Addresses of machines are not; every client sends its token anyway. */
export function addClusterRoutes(app: HttpApp, deps: ClusterRoutesDeps): void {
  const { clusters, gates, removeCluster } = deps;
  const schema = {
    tags: ["clusters"],
    querystring: paging.query,
    response: responses(z.array(ClusterView), 401, 422),
  };
  app.get(
    "/api/clusters",
    { onRequest: gates.userStrict, schema: { ...schema, summary: "All clusters" } },
    async (request, reply) => paging.page(request, reply, (await clusters.list()).map(clusterView)),
  );
  app.get(
    "/api/clusters/active",
    {
      onRequest: gates.userStrict,
      schema: { ...schema, summary: "Clusters that are connected" },
    },
    async (request, reply) => {
      const views = (await clusters.list()).map(clusterView);
      return paging.page(
        request,
        reply,
        views.filter(({ active }) => active),
      );
    },
  );
  app.delete(
    "/api/clusters/:clusterid",
    {
      onRequest: [gates.userStrict, gates.infrastructure],
      schema: {
        tags: ["clusters"],
        summary: "Take a cluster out for good",
        description:
          "What it ran is placed elsewhere. If it still runs it may join anew, as a new cluster.",
        params: z.object({ clusterid: Id }),
        response: responses(z.object({ message: z.literal("ok") }), 401, 403, 404),
      },
    },
    async (request) => {
      await removeCluster(request.params.clusterid, callerOf(request).name);
      return { message: "ok" as const };
    },
  );
}
