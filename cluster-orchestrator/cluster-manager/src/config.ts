import {
  databaseFields,
  durationSeconds,
  type Environment,
  flag,
  listenPort,
  loadConfig,
  logLevel,
  mongoUrlFrom,
  port,
  secret,
  wholeNumberBetween,
} from "@oak/kit";
import { z } from "zod";

const host = () => z.string().min(1).max(255);

/** upstream: the variables of its cluster_manager, with its names and ports; ours begin with OAK_. */
const schema = z.object({
  OAK_HOST: host().default("127.0.0.1").describe("address that workers and the root reach"),
  MY_PORT: listenPort().default(10_100),
  ...databaseFields("cluster_manager"),
  OAK_TIER_SECRET: secret({ minLength: 16 }).describe("shared by the services of this cluster"),
  OAK_WORKER_JOIN_SECRET: secret({ minLength: 16 })
    .optional()
    .describe("absent: made at the first start"),
  OAK_CLUSTER_JOIN_SECRET: secret().optional().describe("of the root, for the first registration"),
  OAK_CLUSTER_ADDRESS: host().optional().describe("where the root can dial; absent: it cannot"),
  CLUSTER_NAME: z.string().min(1).max(128).default("cluster"),
  CLUSTER_LOCATION: z.string().max(256).optional().describe("lat,lon,radius or free text"),
  SYSTEM_MANAGER_URL: host().optional().describe("host of the root; absent: a cluster on its own"),
  SYSTEM_MANAGER_PORT: port().default(10_000),
  CLUSTER_SCHEDULER_URL: host().default("127.0.0.1"),
  CLUSTER_SCHEDULER_PORT: port().default(10_105),
  RESOURCE_ABSTRACTOR_URL: host().default("127.0.0.1"),
  RESOURCE_ABSTRACTOR_PORT: port().default(11_012),
  CLUSTER_SERVICE_MANAGER_ADDR: host().optional(),
  CLUSTER_SERVICE_MANAGER_PORT: port().default(10_110),
  MQTT_BROKER_URL: host().default("127.0.0.1"),
  MQTT_BROKER_PORT: port().default(10_003),
  MQTT_CERT: z.string().optional().describe("directory with ca.crt; switches TLS on"),
  CLUSTER_KEYFILE_PASSWORD: secret().optional(),
  OAK_MQTT_ADMIN_URL: z
    .string()
    .regex(/^(https?:\/\/|unix:\/)/, "http://host:port or unix:/path")
    .default("http://127.0.0.1:10013")
    .describe("health port of the broker"),
  WORKER_TIMEOUT_S: durationSeconds({ min: 1, max: 3_600 }).default(5),
  OAK_HEARTBEAT_MS: wholeNumberBetween(100, 60_000).default(1_000),
  ALLOW_INSECURE_JOIN: flag().default(false).describe("workers of older versions join unproved"),
  LOG_LEVEL: logLevel().default("info"),
});

export type ClusterManagerConfig = Readonly<z.output<typeof schema>>;

/** Variables that other services of the cluster read from the same environment file. */
const ofOthers = ["OAK_MQTT_MAX_CLIENTS", "OAK_HEALTH_SOCKET"];

/** Throws one ConfigError that lists all faults. */
export function readConfig(env: Environment): ClusterManagerConfig {
  const withMongo = { ...env, MONGO_URL: mongoUrlFrom(env) };
  return loadConfig(schema, withMongo, { known: ofOthers });
}
