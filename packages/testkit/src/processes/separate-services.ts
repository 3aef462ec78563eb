import { join } from "node:path";
import { addClusterSite, type ClusterServiceName } from "./cluster-site.ts";
import { addRootSite, type RootServiceName, type TierAccess } from "./root-site.ts";
import type { ServiceProcess } from "./service-process.ts";
import { type SiteEnv, type SiteManners, startTogether } from "./site.ts";
import type { TestBed } from "./test-bed.ts";

/** Names of the services, in the order in which they start. */
export const SERVICE_NAMES = [
  "root-resource-abstractor",
  "root-scheduler",
  "root-network-manager",
  "system-manager",
  "cluster-resource-abstractor",
  "cluster-scheduler",
  "mqtt-broker",
  "cluster-manager",
  "cluster-network-manager",
  "node-engine",
] as const satisfies readonly (RootServiceName | ClusterServiceName | "node-engine")[];
export type ServiceName = (typeof SERVICE_NAMES)[number];

export interface SeparateServicesOptions extends SiteManners {
  /** Without it there is no node-engine, and no Docker is needed. */
  withWorker: boolean;
  /** `fake`: a worker that only pretends. */
  runtime?: "docker" | "fake";
  env?: SiteEnv<ServiceName>;
  clusterName?: string;
}

/** A root, a cluster and a worker of it: the smallest fleet, with a name for each process. */
export interface SeparateServices {
  /** Absent: not wanted. */
  readonly services: Readonly<Partial<Record<ServiceName, ServiceProcess>>>;
  /** base URL of the public API */
  readonly url: string;
  /** Of the account Admin. */
  readonly adminPassword: string;
  /** Where the records of each tier are, and what opens them. */
  readonly tiers: Readonly<Record<"root" | "cluster", TierAccess>>;
  /** Of the worker. */
  readonly stateDir: string;
  readonly clusterManagerUrl: string;
  /** Where the databases of each tier lie, one folder a service. */
  readonly dataDirs: Readonly<Record<"root" | "cluster", string>>;
  /** Starts all of them at once, as a machine does at boot, and waits until all are ready. */
  start(): Promise<void>;
}

/** Prepares the services on leased ports, with their data in the bed's folder; starts nothing. */
export async function addSeparateServices(
  bed: TestBed,
  options: SeparateServicesOptions,
): Promise<SeparateServices> {
  const { withWorker, runtime, env, clusterName: name = "local" } = options;
  const folder = join(bed.folder, "services");
  const root = await addRootSite(bed, { ...options, dataDir: join(folder, "root") });
  const place = { folder: join(folder, "cluster"), prefix: "" };
  const cluster = await addClusterSite(bed, { name, env }, { ...options, ...place, root });
  const engineEnv = env?.["node-engine"];
  const worker = withWorker
    ? await cluster.addWorker({ name: "worker", runtime, env: engineEnv })
    : undefined;
  const services = {
    ...root.services,
    ...cluster.services,
    ...(worker !== undefined && { "node-engine": worker.process }),
  };
  return {
    services,
    url: root.url,
    adminPassword: root.adminPassword,
    tiers: { root: root.access, cluster: cluster.access },
    stateDir: worker?.stateDir ?? join(place.folder, "worker"),
    clusterManagerUrl: cluster.managerUrl,
    dataDirs: { root: root.dataDir, cluster: cluster.dataDir },
    start: () => startTogether(Object.values(services)),
  };
}
