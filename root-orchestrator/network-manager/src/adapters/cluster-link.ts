import { createHttpClient, type HttpClient } from "@oak/kit";
import type { TellCluster } from "../loops/push-updates.ts";
import type { ClusterRecord } from "../ports.ts";

const timeoutMs = 2_000;

export interface ClusterLinks {
  tell: TellCluster;
  close(): void;
}

/**
 * Dials the network managers of clusters. The hash of the cluster's token, which nobody else has, says to it that the
 * root is calling.
 */
export function createClusterLinks(): ClusterLinks {
  const clients = new Map<string, { baseUrl: string; client: HttpClient }>();
  const clientOf = (cluster: ClusterRecord): HttpClient => {
    const baseUrl = urlOf(cluster);
    const known = clients.get(cluster._id);
    if (known?.baseUrl === baseUrl) return known.client;
    known?.client.close();
    const client = createHttpClient({ baseUrl, timeoutMs });
    clients.set(cluster._id, { baseUrl, client });
    return client;
  };
  return {
    tell: async (cluster, body) => {
      const { token_hash: hash } = cluster;
      await clientOf(cluster).request({
        method: "POST",
        path: "/api/net/job/update",
        body,
        headers: hash === undefined ? {} : { authorization: `Bearer ${hash}` },
      });
    },
    close: () => {
      for (const { client } of clients.values()) client.close();
      clients.clear();
    },
  };
}

function urlOf({ address, port }: ClusterRecord): string {
  const host = address.includes(":") && !address.startsWith("[") ? `[${address}]` : address;
  return `http://${host}:${port}`;
}
