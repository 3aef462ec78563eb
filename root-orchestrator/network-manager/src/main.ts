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
import { createRootNetworkManager } from "./service.ts";

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
  const logger = createLogger({ name: "root-network-manager", level: config.LOG_LEVEL });
  installShutdown({ stop: await start(config, logger), logger, process });
}

/** Starts everything in order; answers what stops it in the reverse order. */
async function start(config: NetworkManagerConfig, logger: Logger): Promise<() => Promise<void>> {
  const embedded = await startEmbedded(config, logger);
  const abstractor = createHttpClient({
    baseUrl: `http://${config.RESOURCE_ABSTRACTOR_URL}:${config.RESOURCE_ABSTRACTOR_PORT}`,
    headers: { authorization: `Bearer ${config.OAK_TIER_SECRET.reveal()}` },
  });
  const systemManager = createHttpClient({
    baseUrl: `http://${config.SYSTEM_MANAGER_URL}:${config.SYSTEM_MANAGER_PORT}`,
  });
  const manager = createRootNetworkManager({
    database: { url: config.MONGO_URL ?? embedded?.url ?? "", name: config.OAK_DATABASE_NAME },
    tierSecret: config.OAK_TIER_SECRET,
    abstractor,
    systemManager,
    listen: { host: config.OAK_HOST, port: config.MY_PORT },
    quarantineS: config.OAK_ADDRESS_QUARANTINE_S,
    logger,
    metrics: createMetrics({ service: "root-network-manager", process }),
  });
  try {
    const service = await runService({ logger, components: [component("service", manager)] });
    return async () => {
      await service.stop();
      abstractor.close();
      systemManager.close();
      await embedded?.stop();
    };
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
}

/** The database has to listen before the service can be told where. */
async function startEmbedded(config: NetworkManagerConfig, logger: Logger) {
  if (config.MONGO_URL !== undefined) return undefined;
  const embedded = createEmbeddedMongo({
    dataDir: join(config.OAK_DATA_DIR, "root-network-manager"),
    logger: logger.child({ component: "embedded-mongo" }),
  });
  await embedded.start();
  return embedded;
}

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
