import {
  databaseFields,
  type Environment,
  listenPort,
  loadConfig,
  logLevel,
  mongoUrlFrom,
  secret,
} from "@oak/kit";
import { z } from "zod";

const schema = z.object({
  /** upstream: 11011 at the root, 11012 at a cluster. */
  RESOURCE_ABSTRACTOR_PORT: listenPort().default(11_011),
  /** Address to listen on. Only services of the same tier call, so a container network at most. */
  RESOURCE_ABSTRACTOR_HOST: z.string().default("127.0.0.1"),
  ...databaseFields("resource_abstractor"),
  OAK_TIER_SECRET: secret({ minLength: 16 }),
  LOG_LEVEL: logLevel().default("info"),
});

/** Variables of the tier's other services, which may stand in the same environment file. */
const known = ["OAK_HOST", "OAK_CLUSTER_JOIN_SECRET", "OAK_WORKER_JOIN_SECRET"];

export type ResourceAbstractorConfig = ReturnType<typeof loadResourceAbstractorConfig>;

/** Reads the environment; throws one ConfigError with every fault. */
export function loadResourceAbstractorConfig(env: Environment) {
  return loadConfig(schema, { ...env, MONGO_URL: mongoUrlFrom(env) }, { known });
}
