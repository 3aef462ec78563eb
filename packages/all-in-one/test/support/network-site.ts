import {
  addFleet,
  type ClusterSite,
  createFabric,
  type Fabric,
  type Fleet,
  type FleetOptions,
  type TestBed,
  type WorkerPlace,
  type WorkerSite,
} from "@oak/testkit";
import { expect } from "vitest";
import { eventually } from "./eventually.ts";
import { createPublicApi, type PublicApi } from "./public-api.ts";

/** Workers on machines of their own, which reach their clusters over the switch. */
export interface NetworkSite {
  readonly bed: TestBed;
  readonly fabric: Fabric;
  readonly fleet: Fleet;
  readonly api: PublicApi;
  cluster(name: string): ClusterSite;
  worker(name: string): WorkerSite;
}

export interface NetworkSiteOptions extends Pick<FleetOptions, "rootEnv" | "logLevel"> {
  /** Names of the workers of each cluster. */
  clusters: Readonly<Record<string, readonly string[]>>;
  /** Machines without a worker. */
  machines?: readonly string[];
  /** The `netcfg.json` of workers, by their names; prepared when the machines are there. */
  netcfgs?: (fabric: Fabric) => Readonly<Record<string, WorkerPlace["netcfg"]>>;
  clusterEnv?: NonNullable<FleetOptions["clusters"]>[number]["env"];
}

/** Where the clusters are reached from the workers. */
const hub = "hub";

/** Prepares it, starts everything, and waits until the root knows all workers. */
export async function startNetworkSite(
  bed: TestBed,
  { clusters, clusterEnv, machines = [], netcfgs, ...options }: NetworkSiteOptions,
): Promise<NetworkSite> {
  const names = Object.values(clusters).flat();
  const fabric = await createFabric({ hosts: [hub, ...names, ...machines] });
  bed.onClose(fabric.remove);
  const netcfgOf = netcfgs?.(fabric) ?? {};
  const fleet = await addFleet(bed, {
    ...options,
    clusters: Object.keys(clusters).map((name) => ({ name, env: clusterEnv })),
  });
  for (const cluster of fleet.clusters) {
    await fabric.offer(hub, Number(new URL(cluster.managerUrl).port));
    await fabric.offer(hub, cluster.brokerPort);
    for (const name of clusters[cluster.name] ?? []) {
      const namespace = fabric.host(name).path;
      await cluster.addWorker({
        name,
        network: {
          namespace,
          clusterAddress: fabric.host(hub).v4,
          netcfg: netcfgOf[name],
        },
      });
    }
  }
  const { root } = fleet;
  const account = { username: "Admin", password: root.adminPassword };
  const site: NetworkSite = {
    bed,
    fabric,
    fleet,
    api: createPublicApi(root.url, account),
    cluster: (name) => found(fleet.clusters, name),
    worker: (name) =>
      found(
        fleet.clusters.flatMap(({ workers }) => workers),
        name,
      ),
  };
  await fleet.start();
  await eventually(async () => {
    const active = (await site.api.clusters()).map(({ active_nodes }) => active_nodes);
    expect(active.reduce((sum, count) => sum + count, 0)).toBe(names.length);
  });
  return site;
}

function found<T extends { name: string }>(all: readonly T[], name: string): T {
  const one = all.find((candidate) => candidate.name === name);
  if (one === undefined) throw new Error(`there is no ${name}`);
  return one;
}
