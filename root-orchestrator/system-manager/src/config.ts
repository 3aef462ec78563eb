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
import { accountFields } from "./account-config.ts";

/** How updates go on; whoever runs the system-manager inside of something larger takes the same. */
export const rolloutFields = {
  /** How long a new instance must have been running before an update takes an old one away. */
  OAK_ROLLOUT_READY_S: durationSeconds({ max: 3600 }).default(5),
  /** An update that makes no progress for so long is rolled back. */
  OAK_ROLLOUT_DEADLINE_S: durationSeconds({ min: 1 }).default(600),
};

const schema = z.object({
  /** upstream: 10000. */
  MY_PORT: listenPort().default(10_000),
  /** Address to listen on: users, their tools and clusters call it. */
  OAK_HOST: z.string().min(1).default("127.0.0.1"),
  RESOURCE_ABSTRACTOR_URL: z.string().min(1).default("127.0.0.1"),
  RESOURCE_ABSTRACTOR_PORT: port().default(11_011),
  ROOT_SCHEDULER_URL: z.string().min(1).default("127.0.0.1"),
  ROOT_SCHEDULER_PORT: port().default(10_004),
  /** upstream: the root's service manager. Unset: the network is off. */
  NET_PLUGIN_URL: z.string().min(1).optional(),
  NET_PLUGIN_PORT: port().default(10_099),
  ...databaseFields("system_manager"),
  /** Shared by the services of the root. */
  OAK_TIER_SECRET: secret({ minLength: 16 }),
  /** What clusters show at their registration; made and printed at the first start when unset. */
  OAK_CLUSTER_JOIN_SECRET: secret({ minLength: 16 }).optional(),
  /** Of the account Admin, which is made in a database without users. */
  ADMIN_PASSWORD: secret().optional(),
  ...accountFields,
  /** Silence after which a cluster gets nothing new; what runs there stays. */
  CLUSTER_TIMEOUT_S: durationSeconds({ min: 1 }).default(15),
  ...rolloutFields,
  /** How long events are kept, and how many at most. */
  OAK_EVENTS_KEEP_S: durationSeconds({ min: 60 }).default(604_800),
  OAK_EVENTS_KEEP_COUNT: wholeNumberBetween(100, 10_000_000).default(100_000),
  /** Serve JSON inside a JSON string where upstream does. */
  COMPAT_DOUBLE_ENCODED: flag().default(false),
  LOG_LEVEL: logLevel().default("info"),
});

export type SystemManagerConfig = ReturnType<typeof loadSystemManagerConfig>;

/** Reads the environment; throws one ConfigError with every fault. */
export function loadSystemManagerConfig(env: Environment) {
  return loadConfig(schema, { ...env, MONGO_URL: mongoUrlFrom(env) });
}
