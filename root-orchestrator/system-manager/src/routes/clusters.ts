import { ClusterView } from "@oak/contracts";
import type { HttpApp } from "@oak/kit";
import { z } from "zod";
import { clusterView } from "../domain/cluster-view.ts";
import type { ClusterDirectory } from "../ports/clusters.ts";
import { responses } from "./answers.ts";
import type { Gates } from "./gates.ts";

export interface ClusterRoutesDeps {
  clusters: ClusterDirectory;
  gates: Gates;
}

/** upstream: open to everybody. Addresses of machines are not; every client sends its token anyway. */
export function addClusterRoutes(app: HttpApp, { clusters, gates }: ClusterRoutesDeps): void {
  const schema = { tags: ["clusters"], response: responses(z.array(ClusterView), 401) };
  app.get(
    "/api/clusters",
    { onRequest: gates.userStrict, schema: { ...schema, summary: "All clusters" } },
    async () => (await clusters.list()).map(clusterView),
  );
  app.get(
    "/api/clusters/active",
    {
      onRequest: gates.userStrict,
      schema: { ...schema, summary: "Clusters that are connected" },
    },
    async () => (await clusters.list()).map(clusterView).filter(({ active }) => active),
  );
}
