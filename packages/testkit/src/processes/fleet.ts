import { join } from "node:path";
import { addClusterSite, type ClusterSite, type ClusterWishes } from "./cluster-site.ts";
import { addRootSite, type RootServiceName, type RootSite } from "./root-site.ts";
import type { ServiceProcess } from "./service-process.ts";
import { type SiteEnv, type SiteManners, startTogether } from "./site.ts";
import type { TestBed } from "./test-bed.ts";
import type { WorkerWishes } from "./worker-site.ts";

export interface FleetOptions extends SiteManners {
  rootEnv?: SiteEnv<RootServiceName>;
  /** Those that are there from the beginning. */
  clusters?: readonly (ClusterWishes & { workers?: readonly WorkerWishes[] })[];
}

/**
 * A root with any number of clusters and workers, every service a process of its own, wired over the loopback
 * with environment variables alone.
 */
export interface Fleet {
  readonly root: RootSite;
  readonly clusters: readonly ClusterSite[];
  /** Prepares one more cluster, without workers; starts nothing. */
  addCluster(wishes: ClusterWishes): Promise<ClusterSite>;
  /** Everything that was added and not removed. */
  processes(): ServiceProcess[];
  /** Starts all of it at once, and waits until it is ready. */
  start(): Promise<void>;
}

/** Prepares a fleet on leased ports, with its data in the bed's folder; starts nothing. */
export async function addFleet(bed: TestBed, options: FleetOptions = {}): Promise<Fleet> {
  const { rootEnv, clusters: wished = [] } = options;
  const folder = join(bed.folder, "fleet");
  const root = await addRootSite(bed, { ...options, env: rootEnv, dataDir: join(folder, "root") });
  const clusters: ClusterSite[] = [];
  const addCluster: Fleet["addCluster"] = async (wishes) => {
    const { name } = wishes;
    const place = { folder: join(folder, name), prefix: `${name}-` };
    const cluster = await addClusterSite(bed, wishes, { ...options, ...place, root });
    clusters.push(cluster);
    return cluster;
  };
  for (const { workers = [], ...wishes } of wished) {
    const cluster = await addCluster(wishes);
    for (const worker of workers) await cluster.addWorker(worker);
  }
  const processes = (): ServiceProcess[] => [
    ...[root, ...clusters].flatMap(({ services }) => Object.values(services)),
    ...clusters.flatMap(({ workers }) => workers.flatMap((worker) => worker.processes)),
  ];
  return { root, clusters, addCluster, processes, start: () => startTogether(processes()) };
}
