import type { Clock, Logger } from "@oak/kit";
import type { Runtime } from "../ports.ts";
import { createAttachments } from "./attachments.ts";
import { createNamespacePool } from "./namespace-pool.ts";
import { createNetSession } from "./net-session.ts";
import { createNetworkedRuntime, type NetworkedRuntime } from "./networked-runtime.ts";
import type { NamespaceHost, NetManager, Network } from "./ports.ts";
import type { ResolvFile } from "./resolv-file.ts";

export interface WorkerNetworkDeps {
  runtime: Runtime;
  namespaces: NamespaceHost;
  manager: NetManager;
  /** How many namespaces wait for workloads; each keeps a shim of some 4 MB. */
  poolSize: number;
  resolvFile: ResolvFile;
  /** Milliseconds; absent: a fifth of a second, some ten times what it takes a change to reach the workers. */
  leaveMs?: number;
  clock: Clock;
  random: () => number;
  logger: Logger;
}

/** A runtime with its network, and what the engine tells that network. */
export interface WorkerNetwork extends Network {
  runtime: Runtime;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Connects workloads through the net-manager of this machine. It may be down, and come later. */
export function createWorkerNetwork(deps: WorkerNetworkDeps): WorkerNetwork {
  const { manager, resolvFile, namespaces } = deps;
  const session = createNetSession({
    ...deps,
    onSession: async ({ resolver }) => {
      await resolvFile.write(resolver);
      // What runs comes before what only waits.
      await attachments.retell();
      await pool.retell();
    },
    onIdle: (copies) => attachments.setIdle(copies),
    onReady: () => {
      attachments.wake();
      pool.wake();
    },
  });
  const attachments = createAttachments({
    ...deps,
    session,
    onPorts: (handle) => runtime.refresh(handle),
  });
  const pool = createNamespacePool({
    ...deps,
    ...{ host: namespaces, session, size: deps.poolSize },
  });
  const runtime: NetworkedRuntime = createNetworkedRuntime({
    ...{ runtime: deps.runtime, namespaces, pool, attachments },
    ...{ clock: deps.clock, logger: deps.logger, leaveMs: deps.leaveMs ?? 200 },
    resolvFile: resolvFile.path,
  });
  return {
    isOn: true,
    capacity: session.capacity,
    runtime,
    registered: session.enter,
    placed: attachments.placed,
    renewLeases: attachments.renewLeases,
    idle: attachments.idle,
    start: async () => session.start(),
    stop: async () => {
      await session.stop();
      manager.close();
    },
  };
}

/** Workloads have what their runtime gives them. */
export const networkOff: Network = {
  isOn: false,
  capacity: () => undefined,
  registered: () => undefined,
  placed: () => undefined,
  renewLeases: () => undefined,
  idle: () => [],
};
