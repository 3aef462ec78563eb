import type { Logger } from "@oak/kit";
import type { ClusterCandidates } from "./ports/cluster-candidates.ts";
import type { RootCore } from "./root-core.ts";
import type { RootPlacer, RootPlacerOptions } from "./root-placer.ts";
import type { PlacerTeller } from "./use-cases/events/tell-placer.ts";
import type { TierBook } from "./use-cases/placer-ports.ts";
import { createRegisterCluster } from "./use-cases/register-cluster.ts";
import { removeCluster } from "./use-cases/remove-cluster.ts";
import type { ClusterWatch } from "./use-cases/watch-clusters.ts";

interface Members
  extends Pick<RootPlacerOptions, "credentials" | "joinSecret" | "onMembersChanged" | "addresses"> {
  candidates: ClusterCandidates;
  tier: TierBook;
  core(): RootCore;
  watch: Pick<ClusterWatch, "registered" | "removed" | "isHeard">;
  teller: Pick<PlacerTeller, "clusterRegistered" | "clusterChanged">;
  log: Logger;
}

/** How clusters come and go. */
export function createMembers(parts: Members): Pick<RootPlacer, "register" | "remove"> {
  const { core, watch, teller, addresses, log } = parts;
  const register = createRegisterCluster({ ...parts, isHeard: watch.isHeard });
  return {
    register: async (body, { bearer, seenFrom }) => {
      core();
      const answer = await register(body, bearer, seenFrom);
      watch.registered(answer.id);
      addresses.registered();
      parts.onMembersChanged();
      teller.clusterRegistered(answer.id, body.cluster_name);
      log.info({ cluster: answer.id, name: body.cluster_name }, "cluster registered");
      return answer;
    },
    remove: (clusterId, actor) => {
      const onRemoved = (id: string): void => {
        watch.removed(id);
        addresses.removed(id);
        core().clusterRemoved(id);
        parts.onMembersChanged();
        teller.clusterChanged(id, "cluster_removed", actor);
      };
      return removeCluster({ ...parts, onRemoved }, clusterId);
    },
  };
}
