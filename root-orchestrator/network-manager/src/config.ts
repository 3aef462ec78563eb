import {
  databaseFields,
  durationSeconds,
  type Environment,
  listenPort,
  loadConfig,
  logLevel,
  mongoUrlFrom,
  port,
  secret,
} from "@oak/kit";
import { z } from "zod";

const schema = z.object({
  /** upstream: 10099 in every compose file. */
  MY_PORT: listenPort().default(10_099),
  /** Address to listen on: clusters call it. */
  OAK_HOST: z.string().min(1).default("127.0.0.1"),
  RESOURCE_ABSTRACTOR_URL: z.string().min(1).default("127.0.0.1"),
  RESOURCE_ABSTRACTOR_PORT: port().default(11_011),
  /** Knows whose a token is. */
  SYSTEM_MANAGER_URL: z.string().min(1).default("127.0.0.1"),
  SYSTEM_MANAGER_PORT: port().default(10_000),
  ...databaseFields("network_manager"),
  /** Shared by the services of the root. */
  OAK_TIER_SECRET: secret({ minLength: 16 }),
  /** How long an address rests before somebody else gets it: routes to its last holder are gone by then. */
  OAK_ADDRESS_QUARANTINE_S: durationSeconds().default(300),
  LOG_LEVEL: logLevel().default("info"),
});

/** Variables of the tier's other services, which may stand in the same environment file. */
const known = ["OAK_CLUSTER_JOIN_SECRET"];

export type NetworkManagerConfig = ReturnType<typeof loadNetworkManagerConfig>;

/** Reads the environment; throws one ConfigError with every fault. */
export function loadNetworkManagerConfig(env: Environment) {
  return loadConfig(schema, { ...env, MONGO_URL: mongoUrlFrom(env) }, { known });
}
