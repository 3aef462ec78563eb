import type { Id } from "@oak/contracts";
import type { ClusterCandidates } from "../ports/cluster-candidates.ts";
import type { ClusterCredentials } from "../ports/cluster-credentials.ts";

/** The clusters that the network knows; all reject when it is away. */
export interface NetworkClusters {
  list(): Promise<readonly Id[]>;
  register(cluster: { clusterId: Id; tokenHash: string }): Promise<void>;
  remove(clusterId: Id): Promise<void>;
}

export interface TellClustersDeps {
  credentials: Pick<ClusterCredentials, "list">;
  candidates: Pick<ClusterCandidates, "list">;
  network: NetworkClusters;
}

/**
 * Brings the clusters that the network knows to those that have credentials: each pass compares both sides, so what
 * was missed, on either side, is made up for by the next.
 */
export function createTellClusters({ credentials, candidates, network }: TellClustersDeps) {
  /** What this process has told: the hash of each cluster's token. */
  const told = new Map<Id, string>();
  return async (): Promise<void> => {
    const known = new Set(await network.list());
    // Read after the other side: a cluster that registers in between is not taken for a removed one.
    const members = await credentials.list();
    for (const { clusterId, tokenHash } of members) {
      if (known.has(clusterId) && told.get(clusterId) === tokenHash) continue;
      await network.register({ clusterId, tokenHash });
      told.set(clusterId, tokenHash);
    }
    // The subnets of its workers go with a cluster, so it has to be gone from both databases: one may have been lost.
    const candidateIds = (await candidates.list()).map(({ _id }) => _id);
    const wanted = new Set([...candidateIds, ...members.map(({ clusterId }) => clusterId)]);
    for (const clusterId of known) {
      if (wanted.has(clusterId)) continue;
      await network.remove(clusterId);
      told.delete(clusterId);
    }
  };
}
