import { type ClusterManager, createClusterManager } from "@oak/cluster-manager";
import {
  type ClusterNetworkManager,
  createClusterNetworkManager,
} from "@oak/cluster-network-manager";
import {
  type Component,
  component,
  createHttpClient,
  createMetrics,
  HttpError,
  type Logger,
  type ReadinessChecks,
  reachOf,
  Secret,
  systemClock,
} from "@oak/kit";
import {
  createCachedCredentials,
  createClusterManagerCredentials,
  createMqttBroker,
  createTierCredentials,
  type MqttBroker,
} from "@oak/mqtt-broker";
import { createResourceAbstractor } from "@oak/resource-abstractor";
import { createClusterScheduler } from "@oak/scheduler";
import type { Wiring } from "../wiring.ts";

const CREDENTIALS_TTL_MS = 60_000;

export interface ClusterParts {
  components: Component[];
  readiness: ReadinessChecks;
}

/** The services of the cluster, in the order in which they start. */
export function clusterParts(wiring: Wiring): ClusterParts {
  const { ports, secrets, databaseUrl } = wiring;
  const tierSecret = new Secret(secrets.clusterTier);
  const named = (name: string): Logger => wiring.logger.child({ service: name });
  const local = (port: number) => ({ host: "127.0.0.1", port });
  const urlOf = (port: number): string => `http://127.0.0.1:${port}`;

  const abstractor = createResourceAbstractor({
    database: { url: databaseUrl, name: "cluster_resource_abstractor" },
    tierSecret,
    hooks: wiring.hooks,
    listen: local(ports.clusterAbstractor),
    logger: named("cluster-resource-abstractor"),
  });
  const scheduler = createClusterScheduler({
    resourceAbstractorUrl: urlOf(ports.clusterAbstractor),
    managerUrl: urlOf(ports.clusterManager),
    tierSecret,
    listen: local(ports.clusterScheduler),
    logger: named("cluster-scheduler"),
  });
  const broker = createBroker(wiring, tierSecret);
  const manager = createManager(wiring, { tierSecret, broker });
  return {
    components: [
      component("cluster resource-abstractor", abstractor),
      component("cluster scheduler", scheduler),
      component("mqtt-broker", broker),
      component("cluster-manager", manager),
      component("cluster network-manager", createNetworkManager(wiring, tierSecret)),
    ],
    readiness: { cluster: readyAt(urlOf(ports.clusterManager)) },
  };
}

function createBroker({ host, ports, logger }: Wiring, tierSecret: Secret): MqttBroker {
  const manager = createHttpClient({
    baseUrl: `http://127.0.0.1:${ports.clusterManager}`,
    headers: { authorization: `Bearer ${tierSecret.reveal()}` },
  });
  const workers = createCachedCredentials({
    source: createClusterManagerCredentials(manager),
    clock: systemClock,
    ttlMs: CREDENTIALS_TTL_MS,
  });
  return createMqttBroker({
    listen: { host, port: ports.mqttBroker },
    credentials: createTierCredentials(tierSecret, workers),
    logger: logger.child({ service: "mqtt-broker" }),
    metrics: createMetrics({ service: "mqtt-broker" }),
  });
}

function createManager(
  wiring: Wiring,
  { tierSecret, broker }: { tierSecret: Secret; broker: MqttBroker },
): ClusterManager {
  const { host, ports, secrets, clusterLocation: location } = wiring;
  return createClusterManager({
    name: wiring.clusterName,
    ...(location === undefined ? {} : { location }),
    listen: { host, port: ports.clusterManager },
    // People look for it in lists of clusters, and installers of workers ask there. All addresses together are none.
    ...(reachOf(host) === "unspecified"
      ? {}
      : { advertised: { ip: host, port: ports.clusterManager, broker_port: ports.mqttBroker } }),
    database: { url: wiring.databaseUrl, name: "cluster_cluster_manager" },
    tierSecret,
    workerJoinSecret: new Secret(secrets.workerJoin),
    resourceAbstractorUrl: `http://127.0.0.1:${ports.clusterAbstractor}`,
    schedulerUrl: `http://127.0.0.1:${ports.clusterScheduler}`,
    root: {
      url: `http://127.0.0.1:${ports.systemManager}`,
      joinSecret: new Secret(secrets.clusterJoin),
    },
    broker: { host: "127.0.0.1", port: ports.mqttBroker },
    brokerAdmin: {
      disconnect: async (username: string) => {
        broker.disconnect(username);
      },
    },
    logger: wiring.logger.child({ service: "cluster-manager" }),
  });
}

function createNetworkManager(wiring: Wiring, tierSecret: Secret): ClusterNetworkManager {
  const { ports, databaseUrl, logger } = wiring;
  const headers = { authorization: `Bearer ${tierSecret.reveal()}` };
  const urlOf = (port: number): string => `http://127.0.0.1:${port}`;
  return createClusterNetworkManager({
    database: { url: databaseUrl, name: "cluster_network_manager" },
    tierSecret,
    broker: { host: "127.0.0.1", port: ports.mqttBroker },
    abstractor: createHttpClient({ baseUrl: urlOf(ports.clusterAbstractor), headers }),
    clusterManager: createHttpClient({ baseUrl: urlOf(ports.clusterManager), headers }),
    root: createHttpClient({ baseUrl: urlOf(ports.rootNetworkManager) }),
    listen: { host: "127.0.0.1", port: ports.clusterNetworkManager },
    logger: logger.child({ service: "cluster-network-manager" }),
  });
}

/** The service's own word: what it waits for. */
function readyAt(baseUrl: string): () => Promise<void> {
  const client = createHttpClient({ baseUrl, timeoutMs: 2000 });
  return async () => {
    try {
      await client.request({ path: "/readyz" });
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      throw new Error(JSON.stringify(error.body), { cause: error });
    }
  };
}
