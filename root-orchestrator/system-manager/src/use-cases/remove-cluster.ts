import type { Log } from "@oak/tier";
import { errors } from "../errors.ts";
import type { ClusterCandidates } from "../ports/cluster-candidates.ts";
import type { ClusterCredentials } from "../ports/cluster-credentials.ts";

export interface RemoveClusterDeps {
  credentials: Pick<ClusterCredentials, "removeOf">;
  candidates: Pick<ClusterCandidates, "list" | "remove">;
  /** the decisions about its instances may be taken: nothing runs there any more, says a person */
  onRemoved(clusterId: string): void;
  log: Log;
}

/**
 * Takes a cluster out by command; what it ran is placed elsewhere. First it loses its access, so that it
 * cannot report in between; what a failure leaves over goes with the next try. A cluster that still runs may
 * join anew with the join secret, as a new cluster.
 * @throws AppError cluster_unknown; whatever a store throws when it is away
 */
export async function removeCluster(deps: RemoveClusterDeps, clusterId: string): Promise<void> {
  const clusters = await deps.candidates.list();
  if (!clusters.some(({ _id }) => _id === clusterId)) throw errors.cluster_unknown();
  await deps.credentials.removeOf(clusterId);
  await deps.candidates.remove(clusterId);
  deps.onRemoved(clusterId);
  deps.log.info({ cluster: clusterId }, "cluster removed");
}
