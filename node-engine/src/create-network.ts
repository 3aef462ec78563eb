import { access } from "node:fs/promises";
import path from "node:path";
import { NET_MANAGER_SOCKET } from "@oak/contracts";
import type { Clock, Logger } from "@oak/kit";
import { createResolvFile } from "./network/resolv-file.ts";
import { withoutNetwork } from "./network/without-network.ts";
import { createWorkerNetwork, networkOff, type WorkerNetwork } from "./network/worker-network.ts";
import type { Runtime } from "./ports.ts";

/** upstream: `NodeEngine config network auto|manual|off`, with a socket of one's own as `custom:<path>`. */
export interface NetworkChoice {
  /**
   * `manual`: the net-manager behind the socket connects workloads. `auto`: so where one is installed. `off`: the
   * runtime publishes their ports.
   */
  mode: "auto" | "manual" | "off";
  /** Absent: the usual one. */
  socketPath?: string;
  /** How many namespaces are made in advance; absent: 2. */
  poolSize?: number;
}

export interface NetworkDeps {
  choice: NetworkChoice | undefined;
  runtime: Runtime;
  stateDir: string;
  clock: Clock;
  random: () => number;
  logger: Logger;
}

/** Makes the network that was chosen, around the runtime. */
export async function createNetwork(deps: NetworkDeps): Promise<WorkerNetwork> {
  const { choice, runtime, logger } = deps;
  const { namespaces } = runtime;
  const socketPath = choice?.socketPath ?? NET_MANAGER_SOCKET;
  const mode = choice?.mode ?? "off";
  const isOn = mode === "manual" || (mode === "auto" && (await isInstalled(socketPath)));
  if (!isOn || namespaces === undefined) {
    const bare = namespaces === undefined ? runtime : withoutNetwork(runtime, namespaces, logger);
    return { ...networkOff, runtime: bare, start: noWork, stop: noWork };
  }
  const { createNetManagerClient } = await import("./adapters/net-manager/net-manager-client.ts");
  logger.info({ socket: socketPath }, "workloads are connected by the net-manager");
  return createWorkerNetwork({
    ...deps,
    namespaces,
    manager: createNetManagerClient(socketPath),
    poolSize: choice?.poolSize ?? 2,
    resolvFile: createResolvFile(path.join(deps.stateDir, "network")),
  });
}

/** By its configuration too: at the start of the machine it may come after this agent. */
async function isInstalled(socketPath: string): Promise<boolean> {
  const signs = [socketPath, path.join(path.dirname(socketPath), "netcfg.json")];
  const found = await Promise.all(signs.map((sign) => access(sign).then(yes, no)));
  return found.includes(true);
}

const noWork = async (): Promise<void> => undefined;
const yes = (): boolean => true;
const no = (): boolean => false;
