import {
  type Component,
  component,
  createHttpClient,
  createMetrics,
  type Logger,
  Secret,
} from "@oak/kit";
import { createResourceAbstractor } from "@oak/resource-abstractor";
import { createRootNetworkManager, type RootNetworkManager } from "@oak/root-network-manager";
import { createRootScheduler } from "@oak/scheduler";
import {
  createResourceAbstractorClient,
  createSystemManager,
  type SystemManager,
} from "@oak/system-manager";
import type { Wiring } from "../wiring.ts";

/** The services of the root, in the order in which they start. */
export function rootParts(wiring: Wiring): { components: Component[]; manager: SystemManager } {
  const { ports, secrets, logger, databaseUrl } = wiring;
  const tierSecret = new Secret(secrets.rootTier);
  const named = (name: string): Logger => logger.child({ service: name });
  const local = (port: number) => ({ host: "127.0.0.1", port });
  const urlOf = (port: number): string => `http://127.0.0.1:${port}`;
  const headers = { authorization: `Bearer ${secrets.rootTier}` };

  const abstractor = createResourceAbstractor({
    database: { url: databaseUrl, name: "root_resource_abstractor" },
    tierSecret,
    hooks: wiring.hooks,
    listen: local(ports.rootAbstractor),
    logger: named("root-resource-abstractor"),
  });
  const scheduler = createRootScheduler({
    resourceAbstractorUrl: urlOf(ports.rootAbstractor),
    managerUrl: urlOf(ports.systemManager),
    tierSecret,
    listen: local(ports.rootScheduler),
    logger: named("root-scheduler"),
  });
  const manager = createSystemManager({
    database: { url: databaseUrl, name: "root_system_manager" },
    listen: { host: wiring.host, port: ports.systemManager },
    adminPassword: wiring.adminPassword,
    ...wiring.accounts,
    joinSecret: new Secret(secrets.clusterJoin),
    doubleEncoded: wiring.doubleEncoded,
    abstractor: createResourceAbstractorClient({
      baseUrl: urlOf(ports.rootAbstractor),
      tierSecret,
    }),
    scheduler: createHttpClient({ baseUrl: urlOf(ports.rootScheduler), headers }),
    networkManager: createHttpClient({ baseUrl: urlOf(ports.rootNetworkManager), headers }),
    rolloutSettings: wiring.rollouts,
    readiness: wiring.readiness,
    logger: named("system-manager"),
    metrics: createMetrics({ service: "all-in-one", process }),
  });
  return {
    manager,
    components: [
      component("root resource-abstractor", abstractor),
      component("root scheduler", scheduler),
      component("root network-manager", createNetworkManager(wiring, tierSecret)),
      component("system-manager", manager),
    ],
  };
}

function createNetworkManager(wiring: Wiring, tierSecret: Secret): RootNetworkManager {
  const { host, ports, databaseUrl, logger } = wiring;
  const urlOf = (port: number): string => `http://127.0.0.1:${port}`;
  return createRootNetworkManager({
    database: { url: databaseUrl, name: "root_network_manager" },
    tierSecret,
    abstractor: createResourceAbstractorClient({
      baseUrl: urlOf(ports.rootAbstractor),
      tierSecret,
    }),
    systemManager: createHttpClient({ baseUrl: urlOf(ports.systemManager) }),
    listen: { host, port: ports.rootNetworkManager },
    logger: logger.child({ service: "root-network-manager" }),
  });
}
