import { join } from "node:path";
import { parseArgs } from "node:util";
import { createEmbeddedMongo } from "@oak/embedded-mongo";
import {
  component,
  createHttpClient,
  createLogger,
  createMetrics,
  installShutdown,
  type Logger,
  printConfig,
  runService,
} from "@oak/kit";
import { loadNetworkManagerConfig, type NetworkManagerConfig } from "./config.ts";
import { createClusterNetworkManager } from "./service.ts";

async function main(): Promise<void> {
  const { values: flags } = parseArgs({
    options: {
      "data-dir": { type: "string" },
      "print-config": { type: "boolean", default: false },
    },
  });
  const dataDir = flags["data-dir"];
  const given = dataDir === undefined ? {} : { OAK_DATA_DIR: dataDir };
  const config = loadNetworkManagerConfig({ ...process.env, ...given });
  if (flags["print-config"]) {
    process.stdout.write(`${printConfig(config)}\n`);
    return;
  }
  const logger = createLogger({ name: "cluster-network-manager", level: config.LOG_LEVEL });
  installShutdown({ stop: await start(config, logger), logger, process });
}

/** Starts everything in order; answers what stops it in the reverse order. */
async function start(config: NetworkManagerConfig, logger: Logger): Promise<() => Promise<void>> {
  const embedded = await startEmbedded(config, logger);
  const clients = clientsOf(config);
  const manager = createClusterNetworkManager({
    ...clients,
    database: { url: config.MONGO_URL ?? embedded?.url ?? "", name: config.OAK_DATABASE_NAME },
    tierSecret: config.OAK_TIER_SECRET,
    broker: { host: config.MQTT_BROKER_URL, port: config.MQTT_BROKER_PORT },
    listen: { host: config.OAK_HOST, port: config.MY_PORT },
    logger,
    metrics: createMetrics({ service: "cluster-network-manager", process }),
  });
  try {
    const service = await runService({ logger, components: [component("service", manager)] });
    return async () => {
      await service.stop();
      for (const client of Object.values(clients)) client.close();
      await embedded?.stop();
    };
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
}

function clientsOf(config: NetworkManagerConfig) {
  const headers = { authorization: `Bearer ${config.OAK_TIER_SECRET.reveal()}` };
  const urlOf = (host: string, port: number): string => `http://${host}:${port}`;
  return {
    abstractor: createHttpClient({
      baseUrl: urlOf(config.RESOURCE_ABSTRACTOR_URL, config.RESOURCE_ABSTRACTOR_PORT),
      headers,
    }),
    clusterManager: createHttpClient({
      baseUrl: urlOf(config.CLUSTER_MANAGER_URL, config.CLUSTER_MANAGER_PORT),
      headers,
    }),
    root: createHttpClient({
      baseUrl: urlOf(config.ROOT_SERVICE_MANAGER_URL, config.ROOT_SERVICE_MANAGER_PORT),
    }),
  };
}

/** The database has to listen before the service can be told where. */
async function startEmbedded(config: NetworkManagerConfig, logger: Logger) {
  if (config.MONGO_URL !== undefined) return undefined;
  const embedded = createEmbeddedMongo({
    dataDir: join(config.OAK_DATA_DIR, "cluster-network-manager"),
    logger: logger.child({ component: "embedded-mongo" }),
  });
  await embedded.start();
  return embedded;
}

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
