import { join } from "node:path";
import { provideMongo } from "@oak/embedded-mongo";
import {
  component,
  createHttpClient,
  createMetrics,
  type HttpClient,
  type Logger,
  runMain,
  runService,
} from "@oak/kit";
import { accountOptionsOf } from "./account-config.ts";
import { createResourceAbstractorClient } from "./adapters/resource-abstractor/client.ts";
import { loadSystemManagerConfig, type SystemManagerConfig } from "./config.ts";
import { createSystemManager } from "./service.ts";

/** Starts everything in order; answers what stops it in the reverse order. */
async function start(config: SystemManagerConfig, logger: Logger): Promise<() => Promise<void>> {
  const mongo = await provideMongo({
    url: config.MONGO_URL,
    dataDir: join(config.OAK_DATA_DIR, "system-manager"),
    logger: logger.child({ component: "embedded-mongo" }),
  });
  const client = createResourceAbstractorClient({
    baseUrl: `http://${config.RESOURCE_ABSTRACTOR_URL}:${config.RESOURCE_ABSTRACTOR_PORT}`,
    tierSecret: config.OAK_TIER_SECRET,
  });
  const scheduler = createHttpClient({
    baseUrl: `http://${config.ROOT_SCHEDULER_URL}:${config.ROOT_SCHEDULER_PORT}`,
    headers: { authorization: `Bearer ${config.OAK_TIER_SECRET.reveal()}` },
  });
  const networkManager = networkClientOf(config);
  const manager = createSystemManager({
    database: { url: mongo.url, name: config.OAK_DATABASE_NAME },
    listen: { host: config.OAK_HOST, port: config.MY_PORT },
    adminPassword: config.ADMIN_PASSWORD,
    ...accountOptionsOf(config),
    joinSecret: config.OAK_CLUSTER_JOIN_SECRET,
    // Past the logger, which hides secrets: this is the one time that a person can read it.
    onJoinSecret: (secret) =>
      process.stdout.write(`Clusters join with OAK_CLUSTER_JOIN_SECRET=${secret.reveal()}\n`),
    doubleEncoded: config.COMPAT_DOUBLE_ENCODED,
    abstractor: client,
    scheduler,
    networkManager,
    clusterTimeoutMs: config.CLUSTER_TIMEOUT_S * 1000,
    rolloutSettings: {
      readyS: config.OAK_ROLLOUT_READY_S,
      deadlineS: config.OAK_ROLLOUT_DEADLINE_S,
    },
    events: { keepS: config.OAK_EVENTS_KEEP_S, keepCount: config.OAK_EVENTS_KEEP_COUNT },
    logger,
    metrics: createMetrics({ service: "system-manager", process }),
  });
  try {
    const service = await runService({ logger, components: [component("service", manager)] });
    return async () => {
      await service.stop();
      client.close();
      scheduler.close();
      networkManager?.close();
      await mongo.stop();
    };
  } catch (error) {
    await mongo.stop();
    throw error;
  }
}

function networkClientOf(config: SystemManagerConfig): HttpClient | undefined {
  if (config.NET_PLUGIN_URL === undefined) return undefined;
  return createHttpClient({
    baseUrl: `http://${config.NET_PLUGIN_URL}:${config.NET_PLUGIN_PORT}`,
    headers: { authorization: `Bearer ${config.OAK_TIER_SECRET.reveal()}` },
  });
}

await runMain({ name: "system-manager", load: loadSystemManagerConfig, start, process });
