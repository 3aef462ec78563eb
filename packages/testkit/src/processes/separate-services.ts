import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type ProgramName, programPath } from "./program-paths.ts";
import type { ServiceProcess, ServiceProcessOptions } from "./service-process.ts";
import type { TestBed } from "./test-bed.ts";

export interface SeparateServicesOptions {
  /** Without it there is no node-engine, and no Docker is needed. */
  withWorker: boolean;
  /** `fake`: a worker that only pretends. */
  runtime?: "docker" | "fake";
  logLevel?: string;
  /** Further variables of single services. */
  env?: Readonly<Partial<Record<ServiceName, Readonly<Record<string, string>>>>>;
  clusterName?: string;
  nodeFlags?: ServiceProcessOptions["nodeFlags"];
}

/** Names of the services, in the order in which they start. */
export const SERVICE_NAMES = [
  "root-resource-abstractor",
  "root-scheduler",
  "system-manager",
  "cluster-resource-abstractor",
  "cluster-scheduler",
  "mqtt-broker",
  "cluster-manager",
  "node-engine",
] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

/** Every service as a process of its own, wired over the loopback with environment variables alone. */
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

/** The resource abstractor of a tier, as the tier's own services reach it. */
export interface TierAccess {
  readonly abstractorUrl: string;
  readonly tierSecret: string;
}

/** What one service is given. */
interface Wire {
  program: ProgramName;
  env: Readonly<Record<string, string>>;
  healthUrl: string;
}

interface Plan extends SeparateServicesOptions {
  folder: string;
  secrets: Record<"rootTier" | "clusterTier" | "clusterJoin" | "workerJoin" | "admin", string>;
  ports: Record<PortName, number>;
}

const portNames = [
  "systemManager",
  "rootAbstractor",
  "rootScheduler",
  "clusterManager",
  "clusterAbstractor",
  "clusterScheduler",
  "broker",
  "brokerHealth",
  "nodeHealth",
] as const;
type PortName = (typeof portNames)[number];

/** Prepares the services on leased ports, with their data in the bed's folder; starts nothing. */
export async function addSeparateServices(
  bed: TestBed,
  options: SeparateServicesOptions,
): Promise<SeparateServices> {
  const leased = await bed.leasePorts(portNames.length);
  const ports = Object.fromEntries(
    portNames.map((name, index) => [name, leased[index]]),
  ) as Plan["ports"];
  const folder = join(bed.folder, "services");
  await mkdir(folder, { recursive: true });
  const plan: Plan = { ...options, folder, ports, secrets: makeSecrets() };
  const wires = { ...rootWires(plan), ...clusterWires(plan), ...workerWire(plan) };
  const { logLevel = "info", nodeFlags } = options;
  const entries = SERVICE_NAMES.flatMap((name) => {
    const wire = wires[name];
    if (wire === undefined) return [];
    const service = bed.addProcess({
      name,
      entry: programPath(wire.program),
      env: { ...wire.env, LOG_LEVEL: logLevel, ...options.env?.[name] },
      healthUrl: wire.healthUrl,
      ...(nodeFlags !== undefined && { nodeFlags }),
    });
    return [[name, service] as const];
  });
  return {
    services: Object.fromEntries(entries),
    url: urlOf(ports.systemManager),
    adminPassword: plan.secrets.admin,
    tiers: {
      root: { abstractorUrl: urlOf(ports.rootAbstractor), tierSecret: plan.secrets.rootTier },
      cluster: {
        abstractorUrl: urlOf(ports.clusterAbstractor),
        tierSecret: plan.secrets.clusterTier,
      },
    },
    stateDir: stateDirIn(folder),
    clusterManagerUrl: urlOf(ports.clusterManager),
    dataDirs: { root: dataDirIn(folder, "root"), cluster: dataDirIn(folder, "cluster") },
    start: async () => {
      for (const [, service] of entries) service.launch();
      await Promise.all(entries.map(([, service]) => service.waitUntilReady()));
    },
  };
}

type Wires = Partial<Record<ServiceName, Wire>>;

function rootWires({ folder, ports, secrets }: Plan): Wires {
  const tier = { OAK_TIER_SECRET: secrets.rootTier };
  const abstractor = { RESOURCE_ABSTRACTOR_PORT: String(ports.rootAbstractor) };
  const dataDir = { OAK_DATA_DIR: dataDirIn(folder, "root") };
  return {
    "root-resource-abstractor": {
      program: "resource-abstractor",
      env: { ...tier, ...abstractor, ...dataDir },
      healthUrl: urlOf(ports.rootAbstractor),
    },
    "root-scheduler": {
      program: "scheduler",
      env: {
        ...tier,
        ...abstractor,
        ORCHESTRATION_PLANE: "root",
        API_PORT: String(ports.rootScheduler),
        MANAGER_PORT: String(ports.systemManager),
      },
      healthUrl: urlOf(ports.rootScheduler),
    },
    "system-manager": {
      program: "system-manager",
      env: {
        ...tier,
        ...abstractor,
        ...dataDir,
        MY_PORT: String(ports.systemManager),
        ROOT_SCHEDULER_PORT: String(ports.rootScheduler),
        OAK_CLUSTER_JOIN_SECRET: secrets.clusterJoin,
        ADMIN_PASSWORD: secrets.admin,
      },
      healthUrl: urlOf(ports.systemManager),
    },
  };
}

function clusterWires({ folder, ports, secrets, clusterName = "local" }: Plan): Wires {
  const tier = { OAK_TIER_SECRET: secrets.clusterTier };
  const abstractor = { RESOURCE_ABSTRACTOR_PORT: String(ports.clusterAbstractor) };
  const dataDir = { OAK_DATA_DIR: dataDirIn(folder, "cluster") };
  const broker = { MQTT_BROKER_PORT: String(ports.broker) };
  return {
    "cluster-resource-abstractor": {
      program: "resource-abstractor",
      env: { ...tier, ...abstractor, ...dataDir },
      healthUrl: urlOf(ports.clusterAbstractor),
    },
    "cluster-scheduler": {
      program: "scheduler",
      env: {
        ...tier,
        ...abstractor,
        ORCHESTRATION_PLANE: "cluster",
        API_PORT: String(ports.clusterScheduler),
        MANAGER_PORT: String(ports.clusterManager),
      },
      healthUrl: urlOf(ports.clusterScheduler),
    },
    "mqtt-broker": {
      program: "mqtt-broker",
      env: {
        ...tier,
        ...broker,
        HEALTH_PORT: String(ports.brokerHealth),
        CLUSTER_MANAGER_PORT: String(ports.clusterManager),
      },
      healthUrl: urlOf(ports.brokerHealth),
    },
    "cluster-manager": {
      program: "cluster-manager",
      env: {
        ...tier,
        ...abstractor,
        ...dataDir,
        ...broker,
        MY_PORT: String(ports.clusterManager),
        CLUSTER_NAME: clusterName,
        CLUSTER_SCHEDULER_PORT: String(ports.clusterScheduler),
        OAK_MQTT_ADMIN_URL: urlOf(ports.brokerHealth),
        OAK_WORKER_JOIN_SECRET: secrets.workerJoin,
        OAK_CLUSTER_JOIN_SECRET: secrets.clusterJoin,
        OAK_CLUSTER_ADDRESS: "127.0.0.1",
        SYSTEM_MANAGER_URL: "127.0.0.1",
        SYSTEM_MANAGER_PORT: String(ports.systemManager),
      },
      healthUrl: urlOf(ports.clusterManager),
    },
  };
}

function workerWire({ withWorker, runtime = "docker", folder, ports, secrets }: Plan): Wires {
  if (!withWorker) return {};
  return {
    "node-engine": {
      program: "node-engine",
      env: {
        OAK_CLUSTER_ADDRESS: "127.0.0.1",
        OAK_CLUSTER_PORT: String(ports.clusterManager),
        OAK_WORKER_JOIN_SECRET: secrets.workerJoin,
        OAK_STATE_DIR: stateDirIn(folder),
        OAK_RUNTIME: runtime,
        HEALTH_PORT: String(ports.nodeHealth),
      },
      healthUrl: urlOf(ports.nodeHealth),
    },
  };
}

function dataDirIn(folder: string, tier: "root" | "cluster"): string {
  return join(folder, tier);
}

function stateDirIn(folder: string): string {
  return join(folder, "worker");
}

function makeSecrets(): Plan["secrets"] {
  const secret = (): string => randomBytes(16).toString("hex");
  return {
    rootTier: secret(),
    clusterTier: secret(),
    clusterJoin: secret(),
    workerJoin: secret(),
    admin: secret(),
  };
}

function urlOf(port: number): string {
  return `http://127.0.0.1:${port}`;
}
