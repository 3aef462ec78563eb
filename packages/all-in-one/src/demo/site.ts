import { spawnSync } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { createLogger, type Logger } from "@oak/kit";
import {
  addWorkerSite,
  canMakeFabric,
  createFabric,
  createTestBed,
  type Fabric,
  type TestBed,
} from "@oak/testkit";
import { type AllInOne, createAllInOne } from "../all-in-one.ts";
import type { Ports } from "../ports.ts";
import { loadSecrets } from "../secrets-file.ts";

/** Everything that runs for a demo. */
export interface DemoSite {
  /** base URL of the public API */
  readonly url: string;
  start(): Promise<void>;
  /** What a worker publishes at this port, as a port of this machine's loopback. */
  portOf(worker: string, published: number): Promise<number>;
  /** Ends and removes all of it. */
  remove(): Promise<void>;
}

export interface DemoSiteOptions {
  dataDir: string;
  ports: Ports;
}

export const WORKERS: readonly string[] = ["worker-1", "worker-2"];
/** The machine at whose address the workers reach the cluster. */
const hub = "hub";

/** Networking needs network namespaces, nftables and an engine that runs its processes on this machine. */
export function canNetwork(): boolean {
  const engine = process.env["DOCKER_HOST"] ?? "unix:";
  return (
    canMakeFabric() &&
    engine.startsWith("unix:") &&
    spawnSync("nft", ["--version"], { stdio: "ignore" }).status === 0
  );
}

/** Root, cluster and one worker without networking, in this process. */
export function createPlainSite(options: DemoSiteOptions): DemoSite {
  const system = createSystem(options, true);
  return {
    url: system.url,
    start: () => system.start(),
    portOf: async (_worker, published) => published,
    remove: async () => {
      await system.stop({ drain: true });
      await rm(options.dataDir, { recursive: true, force: true });
    },
  };
}

/**
 * Root and cluster in this process, and two workers, each a node-engine and a net-manager on a machine of its own: a
 * network namespace with a link to a switch.
 */
export function createNetworkedSite(options: DemoSiteOptions): DemoSite {
  const { dataDir, ports } = options;
  const system = createSystem(options, false);
  let bed: TestBed | undefined;
  let fabric: Fabric | undefined;

  const start = async (): Promise<void> => {
    await system.start();
    const { workerJoin: joinSecret } = await loadSecrets(dataDir);
    bed = await createTestBed();
    fabric = await createFabric({ hosts: [hub, ...WORKERS] });
    bed.onClose(fabric.remove);
    for (const port of [ports.clusterManager, ports.mqttBroker]) await fabric.offer(hub, port);
    const clusterAddress = fabric.host(hub).v4;
    for (const name of WORKERS) {
      const { processes } = await addWorkerSite(
        bed,
        { name, network: { namespace: fabric.host(name).path, clusterAddress } },
        {
          prefix: "demo-",
          stateDir: join(bed.folder, name),
          managerPort: ports.clusterManager,
          joinSecret,
          commonEnv: { LOG_LEVEL: "warn" },
        },
      );
      for (const one of processes) one.launch();
    }
  };

  return {
    url: system.url,
    start,
    portOf: async (worker, published) => {
      if (fabric === undefined) throw new Error("the workers were not started");
      return fabric.expose(worker, published);
    },
    remove: async () => {
      await bed?.close();
      await system.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function createSystem({ dataDir, ports }: DemoSiteOptions, withWorker: boolean): AllInOne {
  return createAllInOne({ dataDir, host: "127.0.0.1", ports, withWorker, logger: demoLogger() });
}

/** Warnings and worse go to the screen; the rest would hide the steps. */
function demoLogger(): Logger {
  return createLogger({ name: "oak", level: process.env["LOG_LEVEL"] ?? "error" });
}
