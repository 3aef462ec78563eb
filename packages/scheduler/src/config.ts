import { type Environment, flag, listenPort, loadConfig, logLevel, port, secret } from "@oak/kit";
import { z } from "zod";

const host = () => z.string().min(1).max(255);

/** upstream: the variables of its scheduler, with its names; `REDIS_ADDR` is not needed and ignored. */
export const schedulerConfigSchema = z.object({
  ORCHESTRATION_PLANE: z
    .enum(["root", "cluster"])
    .describe("root proposes clusters, cluster proposes workers"),
  API_PORT: listenPort().optional().describe("absent: 10004 at the root, 10105 at a cluster"),
  SCHEDULER_HOST: host()
    .default("127.0.0.1")
    .describe("address to listen on; only services of the same tier call"),
  MANAGER_URL: host().default("127.0.0.1").describe("host of the manager of this tier"),
  MANAGER_PORT: port().optional().describe("absent: 10000 at the root, 10100 at a cluster"),
  RESOURCE_ABSTRACTOR_URL: host().default("127.0.0.1"),
  RESOURCE_ABSTRACTOR_PORT: port()
    .optional()
    .describe("absent: 11011 at the root, 11012 at a cluster"),
  OAK_TIER_SECRET: secret({ minLength: 16 }).describe("shared by the services of this tier"),
  LOG_LEVEL: logLevel().default("info"),
  DEBUG: flag().default(false).describe("the same as LOG_LEVEL=debug"),
});

export type SchedulerConfig = ReturnType<typeof loadSchedulerConfig>;

const portsOfPlane = {
  root: { api: 10_004, manager: 10_000, resourceAbstractor: 11_011 },
  cluster: { api: 10_105, manager: 10_100, resourceAbstractor: 11_012 },
} as const;

/** Variables of the tier's other services, which may stand in the same environment file. */
const known = [
  "OAK_CLUSTER_ADDRESS",
  "OAK_CLUSTER_JOIN_SECRET",
  "OAK_DATABASE_NAME",
  "OAK_DATA_DIR",
  "OAK_HEALTH_SOCKET",
  "OAK_HEARTBEAT_MS",
  "OAK_HOST",
  "OAK_MQTT_ADMIN_URL",
  "OAK_MQTT_MAX_CLIENTS",
  "OAK_WORKER_JOIN_SECRET",
];

/** Reads the environment; throws one ConfigError with every fault. */
export function loadSchedulerConfig(env: Environment) {
  const config = loadConfig(schedulerConfigSchema, env, { known });
  const ports = portsOfPlane[config.ORCHESTRATION_PLANE];
  return Object.freeze({
    ...config,
    API_PORT: config.API_PORT ?? ports.api,
    MANAGER_PORT: config.MANAGER_PORT ?? ports.manager,
    RESOURCE_ABSTRACTOR_PORT: config.RESOURCE_ABSTRACTOR_PORT ?? ports.resourceAbstractor,
    LOG_LEVEL: config.DEBUG ? "debug" : config.LOG_LEVEL,
  });
}
