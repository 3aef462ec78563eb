import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { provideMongo } from "@oak/embedded-mongo";
import {
  ConfigError,
  component,
  createHttpClient,
  createLogger,
  createMetrics,
  installShutdown,
  type Logger,
  printConfig,
  runService,
} from "@oak/kit";
import { z } from "zod";
import { createBrokerAdmin } from "./adapters/mqtt-broker/broker-admin.ts";
import { type ClusterManagerConfig, readConfig } from "./config.ts";
import { createClusterManager } from "./service.ts";
import type { ClusterManagerOptions } from "./service-options.ts";

const { values: flags } = parseArgs({
  options: {
    "data-dir": { type: "string" },
    "print-config": { type: "boolean", default: false },
    "join-secret": { type: "boolean", default: false },
  },
});

function configuration(): ClusterManagerConfig {
  try {
    const dataDir = flags["data-dir"];
    const given = dataDir === undefined ? {} : { OAK_DATA_DIR: dataDir };
    return readConfig({ ...process.env, ...given });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
}

function bearer(config: ClusterManagerConfig) {
  return { authorization: `Bearer ${config.OAK_TIER_SECRET.reveal()}` };
}

/** `--join-secret`: asks the service that runs with this configuration. */
async function printJoinSecret(config: ClusterManagerConfig): Promise<void> {
  const host = config.OAK_HOST === "0.0.0.0" ? "127.0.0.1" : config.OAK_HOST;
  const baseUrl = `http://${host}:${config.MY_PORT}`;
  const client = createHttpClient({ baseUrl, headers: bearer(config) });
  const schema = z.object({ secret: z.string() });
  const { secret } = await client.request({ path: "/api/v1/join-secret", schema });
  process.stdout.write(`${secret}\n`);
  client.close();
}

async function optionsOf(
  config: ClusterManagerConfig,
  { url, logger }: { url: ClusterManagerOptions["database"]["url"]; logger: Logger },
): Promise<ClusterManagerOptions> {
  const ca =
    config.MQTT_CERT === undefined ? undefined : await readFile(join(config.MQTT_CERT, "ca.crt"));
  const admin = createHttpClient({ baseUrl: config.OAK_MQTT_ADMIN_URL, headers: bearer(config) });
  const { OAK_CLUSTER_ADDRESS: ip, CLUSTER_LOCATION: location } = config;
  const { SYSTEM_MANAGER_URL: rootHost, OAK_CLUSTER_JOIN_SECRET: joinSecret } = config;
  const { OAK_WORKER_JOIN_SECRET: workerJoinSecret } = config;
  return {
    name: config.CLUSTER_NAME,
    ...(location === undefined ? {} : { location }),
    listen: { host: config.OAK_HOST, port: config.MY_PORT },
    ...(ip === undefined ? {} : { advertised: advertisedOf(config, ip) }),
    database: { url, name: config.OAK_DATABASE_NAME },
    tierSecret: config.OAK_TIER_SECRET,
    ...(workerJoinSecret === undefined ? {} : { workerJoinSecret }),
    onNewJoinSecret: (secret) => {
      process.stdout.write(`Workers join with OAK_WORKER_JOIN_SECRET=${secret}\n`);
    },
    resourceAbstractorUrl: `http://${config.RESOURCE_ABSTRACTOR_URL}:${config.RESOURCE_ABSTRACTOR_PORT}`,
    schedulerUrl: `http://${config.CLUSTER_SCHEDULER_URL}:${config.CLUSTER_SCHEDULER_PORT}`,
    ...(rootHost === undefined
      ? {}
      : {
          root: {
            url: `http://${rootHost}:${config.SYSTEM_MANAGER_PORT}`,
            ...(joinSecret === undefined ? {} : { joinSecret }),
          },
        }),
    broker: {
      host: config.MQTT_BROKER_URL,
      port: config.MQTT_BROKER_PORT,
      ...(ca === undefined ? {} : { ca }),
    },
    brokerAdmin: createBrokerAdmin(admin),
    workerTimeoutMs: config.WORKER_TIMEOUT_S * 1_000,
    heartbeatMs: config.OAK_HEARTBEAT_MS,
    allowInsecureJoin: config.ALLOW_INSECURE_JOIN,
    logger,
    metrics: createMetrics({ service: "cluster-manager", process }),
  };
}

/** Where others reach this cluster: one address, and the ports behind it. */
function advertisedOf(config: ClusterManagerConfig, ip: string) {
  const hasNetwork = config.CLUSTER_SERVICE_MANAGER_ADDR !== undefined;
  return {
    ip,
    port: config.MY_PORT,
    broker_port: config.MQTT_BROKER_PORT,
    ...(hasNetwork && { network_port: config.CLUSTER_SERVICE_MANAGER_PORT }),
  };
}

async function start(config: ClusterManagerConfig, logger: Logger): Promise<() => Promise<void>> {
  const mongo = await provideMongo({
    url: config.MONGO_URL,
    dataDir: join(config.OAK_DATA_DIR, "cluster-manager"),
    logger: logger.child({ component: "embedded-mongo" }),
  });
  const service = createClusterManager(await optionsOf(config, { url: mongo.url, logger }));
  const { stop } = await runService({
    logger,
    components: [component("cluster-manager", service)],
  });
  return async () => {
    await stop();
    await mongo.stop();
  };
}

const config = configuration();
if (flags["print-config"]) {
  process.stdout.write(`${printConfig(config)}\n`);
} else if (flags["join-secret"]) {
  await printJoinSecret(config);
} else {
  const logger = createLogger({ name: "cluster-manager", level: config.LOG_LEVEL });
  try {
    installShutdown({ stop: await start(config, logger), logger, process });
  } catch (err) {
    logger.fatal({ err }, "start failed");
    process.exit(1);
  }
}
