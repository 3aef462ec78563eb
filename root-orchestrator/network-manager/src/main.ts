import { join } from "node:path";
import { provideMongo } from "@oak/embedded-mongo";
import {
  component,
  createHttpClient,
  createMetrics,
  type Logger,
  runMain,
  runService,
} from "@oak/kit";
import { loadNetworkManagerConfig, type NetworkManagerConfig } from "./config.ts";
import { createRootNetworkManager } from "./service.ts";

/** Starts everything in order; answers what stops it in the reverse order. */
async function start(config: NetworkManagerConfig, logger: Logger): Promise<() => Promise<void>> {
  const mongo = await provideMongo({
    url: config.MONGO_URL,
    dataDir: join(config.OAK_DATA_DIR, "root-network-manager"),
    logger: logger.child({ component: "embedded-mongo" }),
  });
  const abstractor = createHttpClient({
    baseUrl: `http://${config.RESOURCE_ABSTRACTOR_URL}:${config.RESOURCE_ABSTRACTOR_PORT}`,
    headers: { authorization: `Bearer ${config.OAK_TIER_SECRET.reveal()}` },
  });
  const systemManager = createHttpClient({
    baseUrl: `http://${config.SYSTEM_MANAGER_URL}:${config.SYSTEM_MANAGER_PORT}`,
  });
  const manager = createRootNetworkManager({
    database: { url: mongo.url, name: config.OAK_DATABASE_NAME },
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
      await mongo.stop();
    };
  } catch (error) {
    await mongo.stop();
    throw error;
  }
}

await runMain({ name: "root-network-manager", load: loadNetworkManagerConfig, start, process });
