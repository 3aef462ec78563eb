import { join } from "node:path";
import { newSecret, type RootSite, type TierAccess } from "./root-site.ts";
import { addSite, leaseNamed, type Site, type SiteEnv, type SiteManners, urlOf } from "./site.ts";
import type { TestBed } from "./test-bed.ts";
import { addWorkerSite, type WorkerSite, type WorkerWishes } from "./worker-site.ts";

export type ClusterServiceName =
  | "cluster-resource-abstractor"
  | "cluster-scheduler"
  | "mqtt-broker"
  | "cluster-manager"
  | "cluster-network-manager";

/** What a cluster is to be like. */
export interface ClusterWishes {
  name: string;
  /** false: the root cannot reach it, as behind NAT, and it has to ask. */
  isDialable?: boolean;
  env?: SiteEnv<ClusterServiceName> | undefined;
}

/** The services of a cluster, and its workers. */
export interface ClusterSite extends Site<ClusterServiceName> {
  readonly name: string;
  readonly managerUrl: string;
  readonly brokerPort: number;
  readonly networkManagerUrl: string;
  readonly access: TierAccess;
  readonly workerJoinSecret: string;
  /** Where its databases lie. */
  readonly dataDir: string;
  /** Those that were added and not removed; not all of them need to run. */
  readonly workers: readonly WorkerSite[];
  /** Prepares a worker, with an identity and a health port of its own; starts nothing. */
  addWorker(wishes: WorkerWishes): Promise<WorkerSite>;
  /** Kills a worker for good. What it runs goes on until the bed is closed, as when only an agent dies. */
  removeWorker(worker: WorkerSite): Promise<void>;
}

export interface ClusterSiteOptions extends SiteManners {
  root: Pick<RootSite, "port" | "networkManagerPort" | "clusterJoinSecret">;
  /** For its data and that of its workers. */
  folder: string;
  /** Before the name of each process. */
  prefix: string;
}

/** Prepares a cluster on leased ports; starts nothing. */
export async function addClusterSite(
  bed: TestBed,
  wishes: ClusterWishes,
  options: ClusterSiteOptions,
): Promise<ClusterSite> {
  const { folder, prefix } = options;
  const ports = await leaseNamed(bed, portNames);
  const dataDir = join(folder, "data");
  const secrets = { tier: newSecret(), workerJoin: newSecret() };
  const site = addSite<ClusterServiceName>(bed, {
    prefix,
    manners: options,
    env: wishes.env,
    wires: wiresOf(wishes, options, { ports, dataDir, secrets }),
  });
  const workers = new Set<WorkerSite>();
  return {
    ...site,
    name: wishes.name,
    managerUrl: urlOf(ports.manager),
    brokerPort: ports.broker,
    networkManagerUrl: urlOf(ports.network),
    access: {
      abstractorUrl: urlOf(ports.abstractor),
      schedulerUrl: urlOf(ports.scheduler),
      tierSecret: secrets.tier,
    },
    workerJoinSecret: secrets.workerJoin,
    dataDir,
    get workers() {
      return [...workers];
    },
    addWorker: async (wished) => {
      const worker = await addWorkerSite(bed, wished, {
        ...options,
        stateDir: join(folder, wished.name),
        managerPort: ports.manager,
        joinSecret: secrets.workerJoin,
      });
      workers.add(worker);
      return worker;
    },
    removeWorker: async (worker) => {
      workers.delete(worker);
      await Promise.all(worker.processes.map((one) => one.kill()));
    },
  };
}

const portNames = [
  "manager",
  "abstractor",
  "scheduler",
  "broker",
  "brokerHealth",
  "network",
] as const satisfies readonly string[];

interface Given {
  ports: Record<(typeof portNames)[number], number>;
  dataDir: string;
  secrets: Record<"tier" | "workerJoin", string>;
}

function wiresOf(
  { name, isDialable = true }: ClusterWishes,
  { root }: ClusterSiteOptions,
  { ports, dataDir, secrets }: Given,
) {
  const tier = { OAK_TIER_SECRET: secrets.tier };
  const abstractor = { RESOURCE_ABSTRACTOR_PORT: String(ports.abstractor) };
  const broker = { MQTT_BROKER_PORT: String(ports.broker) };
  return {
    "cluster-resource-abstractor": {
      program: "resource-abstractor",
      env: { ...tier, ...abstractor, OAK_DATA_DIR: dataDir },
      healthUrl: urlOf(ports.abstractor),
    },
    "cluster-scheduler": {
      program: "scheduler",
      env: {
        ...tier,
        ...abstractor,
        ORCHESTRATION_PLANE: "cluster",
        API_PORT: String(ports.scheduler),
        MANAGER_PORT: String(ports.manager),
      },
      healthUrl: urlOf(ports.scheduler),
    },
    "mqtt-broker": {
      program: "mqtt-broker",
      env: {
        ...tier,
        ...broker,
        HEALTH_PORT: String(ports.brokerHealth),
        CLUSTER_MANAGER_PORT: String(ports.manager),
      },
      healthUrl: urlOf(ports.brokerHealth),
    },
    "cluster-manager": {
      program: "cluster-manager",
      env: {
        ...tier,
        ...abstractor,
        ...broker,
        OAK_DATA_DIR: dataDir,
        MY_PORT: String(ports.manager),
        CLUSTER_NAME: name,
        CLUSTER_SCHEDULER_PORT: String(ports.scheduler),
        OAK_MQTT_ADMIN_URL: urlOf(ports.brokerHealth),
        OAK_WORKER_JOIN_SECRET: secrets.workerJoin,
        OAK_CLUSTER_JOIN_SECRET: root.clusterJoinSecret,
        SYSTEM_MANAGER_URL: "127.0.0.1",
        SYSTEM_MANAGER_PORT: String(root.port),
        CLUSTER_SERVICE_MANAGER_ADDR: "127.0.0.1",
        CLUSTER_SERVICE_MANAGER_PORT: String(ports.network),
        ...(isDialable && { OAK_CLUSTER_ADDRESS: "127.0.0.1" }),
      },
      healthUrl: urlOf(ports.manager),
    },
    "cluster-network-manager": {
      program: "cluster-network-manager",
      env: {
        ...tier,
        ...abstractor,
        ...broker,
        OAK_DATA_DIR: dataDir,
        MY_PORT: String(ports.network),
        CLUSTER_MANAGER_PORT: String(ports.manager),
        ROOT_SERVICE_MANAGER_PORT: String(root.networkManagerPort),
      },
      healthUrl: urlOf(ports.network),
    },
  } as const;
}
