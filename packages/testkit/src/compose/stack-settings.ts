import { randomBytes } from "node:crypto";
import { ensureImages } from "../images/ensure-images.ts";
import { newSecret } from "../processes/root-site.ts";
import { leaseNamed } from "../processes/site.ts";
import type { TestBed } from "../processes/test-bed.ts";

/** What the compose files publish, by the names of their variables. */
const portNames = [
  "SYSTEM_MANAGER_PORT",
  "ROOT_SERVICE_MANAGER_PORT",
  "CLUSTER_MANAGER_PORT",
  "MQTT_BROKER_PORT",
  "CLUSTER_SERVICE_MANAGER_PORT",
] as const satisfies readonly string[];

/** What a stack is given by variables, and what its users and workers need of it. */
export interface StackSettings {
  readonly ports: Readonly<Record<(typeof portNames)[number], number>>;
  /** base URL of the root's public API */
  readonly url: string;
  readonly adminPassword: string;
  readonly workerJoinSecret: string;
  /** For compose and for the start scripts. */
  readonly env: Readonly<Record<string, string>>;
}

/** Free ports on 127.0.0.1, secrets, and images of this working tree, which go with the bed. */
export async function stackSettings(bed: TestBed): Promise<StackSettings> {
  const images = await ensureImages();
  bed.onClose(images.remove);
  const ports = await leaseNamed(bed, portNames);
  const [adminPassword, workerJoinSecret] = [newSecret(), newSecret()];
  return {
    ports,
    url: `http://127.0.0.1:${ports.SYSTEM_MANAGER_PORT}`,
    adminPassword,
    workerJoinSecret,
    env: {
      ...Object.fromEntries(portNames.map((name) => [name, String(ports[name])])),
      OAK_VERSION: images.tag,
      OAK_PUBLISH_ADDRESS: "127.0.0.1",
      OAK_CLUSTER_ADDRESS: "127.0.0.1",
      OAK_ROOT_TIER_SECRET: newSecret(),
      OAK_CLUSTER_TIER_SECRET: newSecret(),
      OAK_CLUSTER_JOIN_SECRET: newSecret(),
      OAK_WORKER_JOIN_SECRET: workerJoinSecret,
      ADMIN_PASSWORD: adminPassword,
      CLUSTER_NAME: "composed",
    },
  };
}

/** Of a project or a network; nobody else on this machine has it. */
export function projectName(): string {
  return `oaktest${randomBytes(6).toString("hex")}`;
}
