import { NetClusters } from "@oak/contracts";
import { type HttpClient, HttpError, pathOf } from "@oak/kit";
import type { NetworkClusters } from "../../use-cases/tell-clusters.ts";

const path = "/api/net/cluster";

/** The clusters that the root's network-manager knows. */
export function createNetworkClusters(client: HttpClient): NetworkClusters {
  return {
    list: async () => (await client.request({ path, schema: NetClusters })).cluster_ids,
    register: async ({ clusterId, tokenHash }) => {
      // Without an address it is not dialled: the network-managers of clusters ask by themselves.
      const body = {
        cluster_id: clusterId,
        cluster_address: "",
        cluster_port: "",
        token_hash: tokenHash,
      };
      await client.request({ method: "POST", path, body });
    },
    remove: async (clusterId) => {
      try {
        await client.request({ method: "DELETE", path: `${path}${pathOf(clusterId)}` });
      } catch (error) {
        if (!(error instanceof HttpError) || error.code !== "cluster_unknown") throw error;
      }
    },
  };
}
