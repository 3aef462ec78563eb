import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  addFleet,
  type ClusterServiceName,
  type ClusterSite,
  type Fleet,
  type FleetOptions,
  type RootServiceName,
  type ServiceProcess,
  type TestBed,
  type WorkerPlace,
  type WorkerSite,
} from "@oak/testkit";
import { createPublicApi } from "./public-api.ts";
import { type Copy, copiesOf, inOrder } from "./running-copies.ts";
import type { System } from "./system.ts";

/** A root with one cluster that has several workers. */
export interface FleetSystem extends System {
  readonly fleet: Fleet;
  readonly cluster: ClusterSite;
  service(name: RootServiceName | ClusterServiceName): ServiceProcess;
  worker(name: string): WorkerSite;
  /** What one of the workers has. */
  copiesAt(worker: WorkerSite): Promise<Copy[]>;
}

export interface FleetSystemOptions extends Omit<FleetOptions, "clusters"> {
  /** Names of the workers. */
  workers: readonly string[];
  runtime: "docker" | "fake";
  /** Of each worker; absent: the runtime publishes ports, and that is all. */
  network?: WorkerPlace;
  clusterEnv?: NonNullable<FleetOptions["clusters"]>[number]["env"];
}

/** Prepares it and starts everything. */
export async function startFleetSystem(
  bed: TestBed,
  { workers, runtime, network, clusterEnv, ...options }: FleetSystemOptions,
): Promise<FleetSystem> {
  const wishes = workers.map((name) => ({ name, runtime, network }));
  const clusters = [{ name: "local", workers: wishes, env: clusterEnv }];
  const fleet = await addFleet(bed, { ...options, clusters });
  await fleet.start();
  const { root } = fleet;
  const cluster = fleet.clusters[0]!;
  const copiesAt = ({ runtime: kind, stateDir }: WorkerSite): Promise<Copy[]> =>
    kind === "docker" ? copiesOf([stateDir]) : pretendedCopies(stateDir);
  return {
    bed,
    fleet,
    cluster,
    api: createPublicApi(root.url, { username: "Admin", password: root.adminPassword }),
    tiers: { root: root.access, cluster: cluster.access },
    clusterManagerUrl: cluster.managerUrl,
    get stateDirs() {
      return cluster.workers.map(({ stateDir }) => stateDir);
    },
    copies: async () => inOrder((await Promise.all(cluster.workers.map(copiesAt))).flat()),
    copiesAt,
    service: (name) => ({ ...root.services, ...cluster.services })[name],
    worker: (name) => cluster.workers.find((one) => one.name === name)!,
  };
}

/** What the file of a worker that only pretends says of one workload. */
interface PretendedWorkload {
  handle: string;
  identity: { key: string; pair: { epoch: number; placement: number } };
  state: string;
  startedAtMs: number;
}

/** What a worker that only pretends has. */
export async function pretendedCopies(stateDir: string): Promise<Copy[]> {
  const { workloads } = await readMachine(join(stateDir, "fake-machine.json"));
  return workloads.map(({ handle, identity, state, startedAtMs }) => ({
    id: `${stateDir} ${handle}`,
    instance: identity.key,
    pair: `${identity.pair.epoch}/${identity.pair.placement}`,
    isRunning: state === "running",
    startedAt: String(startedAtMs),
    pid: 0,
  }));
}

async function readMachine(file: string): Promise<{ workloads: PretendedWorkload[] }> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    // Written when it has its first workload.
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      return { workloads: [] };
    }
    throw error;
  }
}
