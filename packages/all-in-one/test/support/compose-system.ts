import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { addWorkerSite, type TestBed, type WorkerSite } from "@oak/testkit";
import {
  type ComposeProject,
  composeProject,
  removeWithBed,
  runScript,
} from "./compose-project.ts";
import { createPublicApi, type PublicApi } from "./public-api.ts";
import { type Copy, copiesOf } from "./running-copies.ts";

/** Names of the ports that a stack publishes, as the compose files call them. */
export const ROOT_PORTS = ["SYSTEM_MANAGER_PORT", "ROOT_SERVICE_MANAGER_PORT"] as const;
export const CLUSTER_PORTS = [
  "CLUSTER_MANAGER_PORT",
  "MQTT_BROKER_PORT",
  "CLUSTER_SERVICE_MANAGER_PORT",
] as const;

type PortName = (typeof ROOT_PORTS)[number] | (typeof CLUSTER_PORTS)[number];

/** What a stack is given by variables, and what its workers and users need of it. */
export interface StackSettings {
  readonly ports: Readonly<Record<PortName, number>>;
  readonly adminPassword: string;
  readonly clusterJoinSecret: string;
  readonly workerJoinSecret: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Root and cluster in containers, as scripts/start-full.sh starts them, and workers beside them. */
export interface ComposeSystem {
  readonly bed: TestBed;
  readonly project: ComposeProject;
  readonly settings: StackSettings;
  readonly api: PublicApi;
  readonly workers: readonly WorkerSite[];
  /** What the workers have, in the order of the instances. */
  copies(): Promise<Copy[]>;
  /** The start script, with these arguments; answers what it printed. @throws with that when it fails */
  script(...args: readonly string[]): Promise<string>;
}

/** Free ports on 127.0.0.1 and secrets, for compose and for the start scripts. */
export async function stackSettings(bed: TestBed, version: string): Promise<StackSettings> {
  const names = [...ROOT_PORTS, ...CLUSTER_PORTS];
  const leased = await bed.leasePorts(names.length);
  const ports = Object.fromEntries(names.map((name, index) => [name, leased[index]!])) as Record<
    PortName,
    number
  >;
  const [root, cluster, admin, clusterJoin, workerJoin] = Array.from({ length: 5 }, newSecret);
  return {
    ports,
    adminPassword: admin!,
    clusterJoinSecret: clusterJoin!,
    workerJoinSecret: workerJoin!,
    env: {
      ...Object.fromEntries(names.map((name) => [name, String(ports[name])])),
      OAK_VERSION: version,
      OAK_PUBLISH_ADDRESS: "127.0.0.1",
      OAK_CLUSTER_ADDRESS: "127.0.0.1",
      OAK_ROOT_TIER_SECRET: root!,
      OAK_CLUSTER_TIER_SECRET: cluster!,
      ADMIN_PASSWORD: admin!,
      OAK_CLUSTER_JOIN_SECRET: clusterJoin!,
      OAK_WORKER_JOIN_SECRET: workerJoin!,
      CLUSTER_NAME: "composed",
    },
  };
}

/** A name that no other project of this machine has. */
export function projectName(): string {
  return `oaktest${randomBytes(6).toString("hex")}`;
}

/** The API of the root that was given these settings. */
export function apiOf({ ports, adminPassword }: StackSettings): PublicApi {
  const url = `http://127.0.0.1:${ports.SYSTEM_MANAGER_PORT}`;
  return createPublicApi(url, { username: "Admin", password: adminPassword });
}

/** Prepares a worker of the cluster with these settings; starts nothing. */
export function addComposeWorker(
  bed: TestBed,
  { ports, workerJoinSecret }: StackSettings,
  wishes: { name: string; runtime?: "docker" | "fake" },
): Promise<WorkerSite> {
  return addWorkerSite(bed, wishes, {
    prefix: "compose-",
    stateDir: join(bed.folder, wishes.name),
    managerPort: ports.CLUSTER_MANAGER_PORT,
    joinSecret: workerJoinSecret,
  });
}

/** Root, cluster and two workers, started. */
export async function startComposeSystem(bed: TestBed, version: string): Promise<ComposeSystem> {
  const name = projectName();
  const settings = await stackSettings(bed, version);
  const envFile = join(bed.folder, "full.env");
  const files = [
    "docker-compose.yml",
    "root-orchestrator/override-embedded-db.yml",
    "cluster-orchestrator/override-embedded-db.yml",
  ];
  const script = async (...args: readonly string[]): Promise<string> => {
    const { code, output } = await runScript("start-full.sh", args, {
      ...settings.env,
      OAK_ENV_FILE: envFile,
      COMPOSE_PROJECT_NAME: name,
      OAK_NETWORK_NAME: name,
      OVERRIDE_FILES: "override-embedded-db.yml,override-no-dashboard.yml",
    });
    if (code !== 0) throw new Error(output);
    return output;
  };
  removeWithBed(bed, name);
  await script();
  const workers = await Promise.all(
    ["w1", "w2"].map((worker) => addComposeWorker(bed, settings, { name: worker })),
  );
  await Promise.all(workers.map(({ process }) => process.start()));
  return {
    bed,
    project: composeProject({ name, envFile, files }),
    settings,
    api: apiOf(settings),
    workers,
    copies: () => copiesOf(workers.map(({ stateDir }) => stateDir)),
    script,
  };
}

function newSecret(): string {
  return randomBytes(16).toString("hex");
}
