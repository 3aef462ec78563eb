import {
  type Environment,
  flag,
  listenPort,
  loadConfig,
  logLevel,
  port,
  secret,
  wholeNumberBetween,
} from "@oak/kit";
import { z } from "zod";

const schema = z.object({
  OAK_HOST: z.string().default("127.0.0.1").describe("address that workers reach"),
  MQTT_BROKER_PORT: listenPort().default(10_003),
  MQTT_CERT: z.string().optional().describe("directory with cluster.crt and cluster.key"),
  CLUSTER_KEYFILE_PASSWORD: secret().optional(),
  OAK_TIER_SECRET: secret({ minLength: 16 }).describe("shared by the services of this cluster"),
  CLUSTER_MANAGER_URL: z.string().default("127.0.0.1").describe("host of the cluster-manager"),
  CLUSTER_MANAGER_PORT: port().default(10_100),
  ALLOW_INSECURE_JOIN: flag().default(false),
  HEALTH_PORT: listenPort().default(10_013).describe("health, metrics and /disconnect"),
  HEALTH_HOST: z.string().default("127.0.0.1"),
  OAK_HEALTH_SOCKET: z.string().optional().describe("a unix socket in place of HEALTH_PORT"),
  OAK_MQTT_MAX_CLIENTS: wholeNumberBetween(1, 1_000_000).default(20_000),
  LOG_LEVEL: logLevel().default("info"),
});

export type BrokerConfig = Readonly<z.output<typeof schema>>;

/** Variables that other services of the cluster read from the same environment file. */
const ofOthers = [
  "OAK_CLUSTER_ADDRESS",
  "OAK_CLUSTER_JOIN_SECRET",
  "OAK_DATA_DIR",
  "OAK_HEARTBEAT_MS",
  "OAK_MQTT_ADMIN_URL",
  "OAK_WORKER_JOIN_SECRET",
];

export function readConfig(env: Environment): BrokerConfig {
  return loadConfig(schema, env, { known: ofOthers });
}
