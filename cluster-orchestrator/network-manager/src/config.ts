import {
  databaseFields,
  type Environment,
  listenPort,
  loadConfig,
  logLevel,
  mongoUrlFrom,
  port,
  secret,
} from "@oak/kit";
import { z } from "zod";

const host = () => z.string().min(1).default("127.0.0.1");

const schema = z.object({
  /** upstream: 10110 in every compose file. */
  MY_PORT: listenPort().default(10_110),
  /** Address to listen on: a root that can dial calls it. */
  OAK_HOST: host(),
  MQTT_BROKER_URL: host(),
  MQTT_BROKER_PORT: port().default(10_003),
  /** Directory with ca.crt, which switches TLS on. */
  MQTT_CERT: z.string().optional(),
  /** The root's network-manager. */
  ROOT_SERVICE_MANAGER_URL: host(),
  ROOT_SERVICE_MANAGER_PORT: port().default(10_099),
  RESOURCE_ABSTRACTOR_URL: host(),
  RESOURCE_ABSTRACTOR_PORT: port().default(11_012),
  /** Knows how this cluster shows the root who it is. */
  CLUSTER_MANAGER_URL: host(),
  CLUSTER_MANAGER_PORT: port().default(10_100),
  ...databaseFields("network_manager"),
  /** Shared by the services of the cluster. */
  OAK_TIER_SECRET: secret({ minLength: 16 }),
  LOG_LEVEL: logLevel().default("info"),
});

/** Variables of the tier's other services, which may stand in the same environment file. */
const known = ["OAK_CLUSTER_JOIN_SECRET", "OAK_WORKER_JOIN_SECRET"];

export type NetworkManagerConfig = ReturnType<typeof loadNetworkManagerConfig>;

/** Reads the environment; throws one ConfigError with every fault. */
export function loadNetworkManagerConfig(env: Environment) {
  return loadConfig(schema, { ...env, MONGO_URL: mongoUrlFrom(env) }, { known });
}
