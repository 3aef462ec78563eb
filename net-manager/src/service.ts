import { type Clock, type Logger, type Metrics, type ReadinessChecks, systemClock } from "@oak/kit";
import { hostPorts } from "./adapters/host-ports.ts";
import { type Agent, type AgentSettings, createAgent } from "./agent.ts";
import type { AgentOptions } from "./agent-parts.ts";
import type { ClientIdentity } from "./cluster/broker-login.ts";
import { sourceAddressTo } from "./cluster/own-address.ts";
import { createResolver, type Resolver } from "./dns/resolver.ts";
import type { DataPlane } from "./ports.ts";
import { agentRoutes } from "./socket/routes.ts";
import { createSocketServer } from "./socket/socket-server.ts";
import type { NodeFiles } from "./store/node-files.ts";

export interface NetManagerOptions
  extends Partial<
    Pick<
      AgentOptions,
      | "hostPorts"
      | "sourceAddressTo"
      | "measureRoundTrip"
      | "idleMs"
      | "sweepMs"
      | "addressCheckMs"
      | "measureMs"
      | "quietMs"
      | "registerWaitMs"
    > &
      Pick<AgentSettings, "settleMs">
  > {
  plane: DataPlane;
  /** Of the unix socket. */
  socketPath: string;
  stateFolder: string;
  files: NodeFiles;
  identity?: ClientIdentity;
  dns: {
    port: number;
    /** `/etc/resolv.conf` of the host. */
    resolvConf: string;
    /** In place of the addresses of the bridge. */
    addresses?: readonly string[];
  };
  logger: Logger;
  metrics: Metrics;
  clock?: Clock;
  /** Numbers in [0, 1). */
  random?: () => number;
}

/** The network of one worker. */
export interface NetManager {
  start(): Promise<void>;
  /** Ends the process's part; connections go on. */
  stop(): Promise<void>;
  readonly readiness: ReadinessChecks;
  readonly agent: Agent;
  readonly resolver: Resolver;
}

export function createNetManager(options: NetManagerOptions): NetManager {
  const { clock = systemClock, random = Math.random, logger, metrics, dns } = options;
  const agent = createAgent({
    hostPorts,
    sourceAddressTo,
    ...options,
    clock,
    random,
    onResolver: () => {
      const bridge = agent.resolver();
      if (bridge !== undefined) resolver.listen(dns.addresses ?? [bridge.v4, bridge.v6]);
    },
  });
  const resolver = createResolver({
    find: agent.find,
    port: dns.port,
    resolvConf: dns.resolvConf,
    clock,
    logger: logger.child({ component: "dns" }),
    metrics,
  });
  const socket = createSocketServer({
    path: options.socketPath,
    routes: agentRoutes(agent),
    logger: logger.child({ component: "socket" }),
  });
  return {
    start: async () => {
      await agent.start();
      await socket.start();
    },
    stop: async () => {
      agent.giveUp();
      await socket.stop();
      await resolver.stop();
      await agent.stop();
    },
    readiness: {
      network: async () => {
        if (!agent.status().registered) throw new Error("not registered");
      },
      mqtt: async () => {
        if (!agent.status().isConnected) throw new Error("not connected");
      },
    },
    agent,
    resolver,
  };
}
