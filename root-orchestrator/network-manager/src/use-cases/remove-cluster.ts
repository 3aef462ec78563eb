import type { Clock } from "@oak/kit";
import { errors } from "../errors.ts";
import type { AddressStore, ClusterStore } from "../ports.ts";

export interface RemoveClusterDeps {
  clusters: Pick<ClusterStore, "remove">;
  addresses: Pick<AddressStore, "ofCluster" | "release">;
  clock: Pick<Clock, "nowMs">;
}

/**
 * Forgets a cluster. The subnets of its workers rest and go to others then.
 * @throws AppError cluster_unknown
 */
export function createRemoveCluster({ clusters, addresses, clock }: RemoveClusterDeps) {
  return async (clusterId: string): Promise<void> => {
    const leased = await addresses.ofCluster(clusterId);
    for (const { address, holder = "" } of leased) {
      await addresses.release(address, holder, clock.nowMs() / 1000);
    }
    // The last step, so that it can be done again when it was interrupted.
    const isKnown = await clusters.remove(clusterId);
    if (!isKnown && leased.length === 0) throw errors.cluster_unknown(`No cluster ${clusterId}`);
  };
}
