import { readFile } from "node:fs/promises";
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
import { createClusterNetworkManager } from "./service.ts";

/** Starts everything in order; answers what stops it in the reverse order. */
async function start(config: NetworkManagerConfig, logger: Logger): Promise<() => Promise<void>> {
  const broker = await brokerOf(config);
  const mongo = await provideMongo({
    url: config.MONGO_URL,
    dataDir: join(config.OAK_DATA_DIR, "cluster-network-manager"),
    logger: logger.child({ component: "embedded-mongo" }),
  });
  const clients = clientsOf(config);
  const manager = createClusterNetworkManager({
    ...clients,
    database: { url: mongo.url, name: config.OAK_DATABASE_NAME },
    tierSecret: config.OAK_TIER_SECRET,
    broker,
    listen: { host: config.OAK_HOST, port: config.MY_PORT },
    logger,
    metrics: createMetrics({ service: "cluster-network-manager", process }),
  });
  try {
    const service = await runService({ logger, components: [component("service", manager)] });
    return async () => {
      await service.stop();
      for (const client of Object.values(clients)) client.close();
      await mongo.stop();
    };
  } catch (error) {
    await mongo.stop();
    throw error;
  }
}

async function brokerOf({ MQTT_BROKER_URL, MQTT_BROKER_PORT, MQTT_CERT }: NetworkManagerConfig) {
  const address = { host: MQTT_BROKER_URL, port: MQTT_BROKER_PORT };
  if (MQTT_CERT === undefined) return address;
  return { ...address, ca: await readFile(join(MQTT_CERT, "ca.crt")) };
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

await runMain({ name: "cluster-network-manager", load: loadNetworkManagerConfig, start, process });
