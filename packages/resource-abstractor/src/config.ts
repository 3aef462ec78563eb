import {
  databaseFields,
  type Environment,
  flag,
  listenPort,
  loadConfig,
  logLevel,
  mongoUrlFrom,
  secret,
} from "@oak/kit";
import { z } from "zod";
import { readReachRules } from "./domain/hooks/reach-policy.ts";

const allowedPlaces =
  "host names, addresses and ranges, each with :port if it is for that port alone";

/** Variables about the places that hooks may reach; of every program with a resource abstractor in it. */
export const hookFields = {
  /** Beside public addresses: `receiver:8080,127.0.0.1:9000,10.1.0.0/16`. */
  HOOKS_ALLOW: z
    .string()
    .default("")
    .transform((text, context) => {
      const rules = readReachRules(text);
      if (rules !== undefined) return rules;
      const params = { allowed: allowedPlaces };
      context.addIssue({ code: "custom", message: `must be ${allowedPlaces}`, params });
      return z.NEVER;
    })
    .meta({ allowed: allowedPlaces }),
  /** Whether private ranges are open to hooks without being named: at most sites addons are there. */
  HOOKS_ALLOW_PRIVATE: flag().default(true),
};

const schema = z.object({
  /** upstream: 11011 at the root, 11012 at a cluster. */
  RESOURCE_ABSTRACTOR_PORT: listenPort().default(11_011),
  /** Address to listen on. Only services of the same tier call, so a container network at most. */
  RESOURCE_ABSTRACTOR_HOST: z.string().default("127.0.0.1"),
  ...databaseFields("resource_abstractor"),
  OAK_TIER_SECRET: secret({ minLength: 16 }),
  ...hookFields,
  LOG_LEVEL: logLevel().default("info"),
});

/** Variables of the tier's other services, which may stand in the same environment file. */
const known = ["OAK_HOST", "OAK_CLUSTER_JOIN_SECRET", "OAK_WORKER_JOIN_SECRET"];

export type ResourceAbstractorConfig = ReturnType<typeof loadResourceAbstractorConfig>;

/** Reads the environment; throws one ConfigError with every fault. */
export function loadResourceAbstractorConfig(env: Environment) {
  return loadConfig(schema, { ...env, MONGO_URL: mongoUrlFrom(env) }, { known });
}
