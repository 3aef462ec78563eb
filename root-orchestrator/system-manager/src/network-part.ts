import {
  type Clock,
  type Component,
  component,
  createLoop,
  type HttpClient,
  type Logger,
  type Metrics,
} from "@oak/kit";
import { createNetworkClusters } from "./adapters/network-manager/clusters.ts";
import { createNetwork } from "./adapters/network-manager/network.ts";
import { createClusterCandidates } from "./adapters/resource-abstractor/cluster-candidates.ts";
import type { ClusterCredentials } from "./ports/cluster-credentials.ts";
import { type Network, noNetwork } from "./ports/network.ts";
import { createTellClusters } from "./use-cases/tell-clusters.ts";

export interface NetworkPartOptions {
  /** Undefined: the network is off. */
  networkManager?: HttpClient | undefined;
  abstractor: HttpClient;
  credentials: ClusterCredentials;
  logger: Logger;
  metrics: Metrics;
  clock: Clock;
}

export interface NetworkPart {
  network: Network;
  /** A cluster has registered or was removed. */
  clustersChanged(): void;
  components: Component[];
}

/** In case that the network-manager lost what it was told. */
const comparedEveryMs = 60_000;

/** What the root's network-manager is asked and told. */
export function createNetworkPart(options: NetworkPartOptions): NetworkPart {
  const { networkManager: client, credentials, abstractor } = options;
  if (client === undefined) {
    return { network: noNetwork, clustersChanged: () => undefined, components: [] };
  }
  const logger = options.logger.child({ component: "network" });
  const telling = createLoop({
    ...options,
    logger,
    name: "tell-clusters",
    everyMs: comparedEveryMs,
    backoff: { baseMs: 250, maxMs: 10_000 },
    run: createTellClusters({
      credentials,
      candidates: createClusterCandidates(abstractor),
      network: createNetworkClusters(client),
    }),
  });
  return {
    network: createNetwork({ client, clock: options.clock, logger }),
    clustersChanged: telling.trigger,
    components: [component("network clusters", telling)],
  };
}
