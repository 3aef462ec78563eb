import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { NetCfg } from "@oak/contracts";
import type { z } from "zod";
import type { ServiceProcess } from "./service-process.ts";
import { addSite, leaseNamed, type SiteManners, urlOf, type Wire } from "./site.ts";
import type { TestBed } from "./test-bed.ts";

/** What a worker is to be like. */
export interface WorkerWishes {
  /** The one that it shows; unique among the workers of its cluster. */
  name: string;
  /** `fake`: a worker that only pretends, with its workloads in its state folder. */
  runtime?: "docker" | "fake" | undefined;
  env?: Readonly<Record<string, string>> | undefined;
  /** With a net-manager, usually on a machine of its own. */
  network?: WorkerPlace | undefined;
}

/** A machine of a fabric, as a worker uses it. */
export interface WorkerPlace {
  /** A file that is its network namespace; absent: that of the test, for a net-manager that only pretends. */
  namespace?: string;
  /** Where that machine reaches the cluster, on the cluster's own ports. */
  clusterAddress: string;
  /** Further variables of the net-manager. */
  env?: Readonly<Record<string, string>>;
  /** Its `netcfg.json`, as far as it is not as usual. */
  netcfg?: z.input<typeof NetCfg> | undefined;
}

/**
 * One worker. An engine makes its id in its state folder and marks its containers with it, so that any number
 * of them share a machine and a Docker.
 */
export interface WorkerSite {
  readonly name: string;
  /** Its node-engine. */
  readonly process: ServiceProcess;
  readonly netManager: ServiceProcess | undefined;
  /** All of it. */
  readonly processes: readonly ServiceProcess[];
  readonly stateDir: string;
  readonly runtime: "docker" | "fake";
}

export interface WorkerSiteOptions extends SiteManners {
  /** Before the name of its process. */
  prefix: string;
  stateDir: string;
  /** Of its cluster. */
  managerPort: number;
  joinSecret: string;
}

/** Where the net-manager of a worker answers: `NET_MANAGER_SOCKET`. */
export function networkSocketOf({ stateDir }: Pick<WorkerSite, "stateDir">): string {
  return join(networkFolder(stateDir), "net.sock");
}

/** Prepares a worker; starts nothing. */
export async function addWorkerSite(
  bed: TestBed,
  wishes: WorkerWishes,
  options: WorkerSiteOptions,
): Promise<WorkerSite> {
  const { name, runtime = "docker", network } = wishes;
  const { stateDir } = options;
  const common = {
    prefix: options.prefix === "" ? "" : `${options.prefix}${name}-`,
    manners: options,
  };
  const engine = addSite<"node-engine">(bed, {
    ...common,
    env: { "node-engine": wishes.env ?? {} },
    wires: { "node-engine": await engineWire(bed, wishes, options) },
  });
  const manager = network && addNetManager(bed, common, netManagerWire(network, stateDir));
  if (network?.netcfg !== undefined) await writeNetcfg(stateDir, network.netcfg);
  const process = engine.services["node-engine"];
  const processes = manager === undefined ? [process] : [manager, process];
  return { name, process, netManager: manager, processes, stateDir, runtime };
}

async function writeNetcfg(stateDir: string, netcfg: object): Promise<void> {
  await mkdir(networkFolder(stateDir), { recursive: true });
  await writeFile(netcfgFile(stateDir), JSON.stringify(netcfg));
}

function addNetManager(
  bed: TestBed,
  common: { prefix: string; manners: SiteManners },
  wire: Wire,
): ServiceProcess {
  const site = addSite<"net-manager">(bed, { ...common, wires: { "net-manager": wire } });
  return site.services["net-manager"];
}

async function engineWire(
  bed: TestBed,
  { name, runtime = "docker", network }: WorkerWishes,
  { stateDir, managerPort, joinSecret }: WorkerSiteOptions,
): Promise<Wire> {
  // From outside of its namespace nothing but a file of it is reached.
  const health = network?.namespace ? undefined : (await leaseNamed(bed, ["health"])).health;
  return {
    program: "node-engine",
    namespace: network?.namespace,
    env: {
      NODE_NAME: name,
      OAK_CLUSTER_ADDRESS: network?.clusterAddress ?? "127.0.0.1",
      OAK_CLUSTER_PORT: String(managerPort),
      OAK_WORKER_JOIN_SECRET: joinSecret,
      OAK_STATE_DIR: stateDir,
      OAK_RUNTIME: runtime,
      OAK_NETWORK: network ? "manual" : "off",
      ...(network && { OAK_NETWORK_SOCKET: networkSocketOf({ stateDir }) }),
      ...(health !== undefined && { HEALTH_PORT: String(health) }),
    },
    healthUrl: health === undefined ? `unix:${join(stateDir, "health.sock")}` : urlOf(health),
  };
}

function netManagerWire({ namespace, env }: WorkerPlace, stateDir: string): Wire {
  const folder = networkFolder(stateDir);
  const health = join(folder, "health.sock");
  return {
    program: "net-manager",
    namespace,
    // The sockets of wireguard-go, by the name of the device, which is the same on each machine.
    ownFolders: { "/var/run/wireguard": join(folder, "wireguard") },
    env: {
      NET_MANAGER_SOCKET: networkSocketOf({ stateDir }),
      OAK_NETCFG_FILE: netcfgFile(stateDir),
      OAK_TUNCFG_FILE: join(folder, "tuncfg.json"),
      OAK_NET_STATE_DIR: join(folder, "state"),
      OAK_HEALTH_SOCKET: health,
      ...env,
    },
    healthUrl: `unix:${health}`,
  };
}

function netcfgFile(stateDir: string): string {
  return join(networkFolder(stateDir), "netcfg.json");
}

function networkFolder(stateDir: string): string {
  return join(stateDir, "net");
}
