import {
  createFabric,
  createTinyImage,
  engineIdsBelow,
  type Fabric,
  type TestBed,
  type WorkerSite,
} from "@oak/testkit";
import type Docker from "dockerode";
import { type BenchSystem, startBenchSystem, until } from "../../system/bench-system.ts";
import { anSla, type ServiceName, serviceNames } from "./sla.ts";

/** Namespaces that a worker makes in advance, unless it is told otherwise. */
export const poolSize = 2;

/** One cluster with three workers on this machine's Docker, of which two have service networking. */
export interface NetworkedScene {
  readonly system: BenchSystem;
  /** Ids of the services, which have no instance yet. */
  readonly services: Readonly<Record<ServiceName, string>>;
  /** Of the worker that measures are made on. */
  readonly engineId: string;
  /** Process id of its net-manager. */
  readonly netManagerPid: number;
}

const hub = "hub";
const joinMs = 60_000;

/** Starts it, and waits until all workers are there; everything ends with the bed. */
export async function startNetworkedScene(bed: TestBed, docker: Docker): Promise<NetworkedScene> {
  const image = await createTinyImage({ docker });
  bed.onClose(image.remove);
  const fabric = await createFabric({ hosts: [hub, "on", "other"] });
  bed.onClose(fabric.remove);
  const system = await startBenchSystem(bed);
  const { cluster } = system;
  for (const port of [Number(new URL(cluster.managerUrl).port), cluster.brokerPort]) {
    await fabric.offer(hub, port);
  }
  const workers = [
    await cluster.addWorker({ name: "off" }),
    await addNetworked(system, fabric, "on"),
    await addNetworked(system, fabric, "other"),
  ];
  await Promise.all(workers.flatMap(({ processes }) => processes.map((one) => one.start())));
  await until("all workers are alive", { withinMs: joinMs }, async () => {
    const alive = await system.clusterMetric("oak_cluster_workers", { liveness: "alive" });
    return alive === workers.length;
  });
  const { serviceIds } = await system.api.createApplication(anSla(cluster.name, image.name));
  const [, on] = workers;
  const [engineId] = on === undefined ? [] : await engineIdsBelow(on.stateDir);
  const netManagerPid = on?.netManager?.pid;
  if (engineId === undefined || netManagerPid === undefined) throw new Error("A worker is missing");
  return { system, services: named(serviceIds), engineId, netManagerPid };
}

function addNetworked({ cluster }: BenchSystem, fabric: Fabric, name: string): Promise<WorkerSite> {
  const { path: namespace } = fabric.host(name);
  const network = { namespace, clusterAddress: fabric.host(hub).v4 };
  return cluster.addWorker({ name, network, env: { OAK_NETWORK_POOL: String(poolSize) } });
}

function named(ids: readonly string[]): Record<ServiceName, string> {
  const entries = serviceNames.map((name, index) => [name, ids[index] ?? ""]);
  return Object.fromEntries(entries) as Record<ServiceName, string>;
}
