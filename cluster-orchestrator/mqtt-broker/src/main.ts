import {
  ConfigError,
  component,
  createHttpApp,
  createHttpClient,
  createHttpServer,
  createLogger,
  createMetrics,
  installShutdown,
  printConfig,
  runService,
  systemClock,
  VERSION,
} from "@oak/kit";
import { createCachedCredentials } from "./adapters/cached-credentials.ts";
import { createClusterManagerCredentials } from "./adapters/cluster-manager-credentials.ts";
import { createTierCredentials } from "./adapters/tier-credentials.ts";
import { readTlsIdentity } from "./adapters/tls-files.ts";
import { readConfig } from "./config.ts";
import { addDisconnectRoute } from "./routes/disconnect.ts";
import { createMqttBroker } from "./service.ts";

async function main(): Promise<void> {
  const config = readConfig(process.env);
  if (process.argv.includes("--print-config")) {
    process.stdout.write(`${printConfig(config)}\n`);
    return;
  }
  const logger = createLogger({ name: "mqtt-broker", level: config.LOG_LEVEL });
  const metrics = createMetrics({ service: "mqtt-broker", process });
  const manager = createHttpClient({
    baseUrl: `http://${config.CLUSTER_MANAGER_URL}:${config.CLUSTER_MANAGER_PORT}`,
    headers: { authorization: `Bearer ${config.OAK_TIER_SECRET.reveal()}` },
  });
  const workers = createCachedCredentials({
    source: createClusterManagerCredentials(manager),
    clock: systemClock,
    ttlMs: 60_000,
  });
  const broker = createMqttBroker({
    listen: { host: config.OAK_HOST, port: config.MQTT_BROKER_PORT },
    ...(config.MQTT_CERT === undefined
      ? {}
      : { tls: await readTlsIdentity(config.MQTT_CERT, config.CLUSTER_KEYFILE_PASSWORD) }),
    credentials: createTierCredentials(config.OAK_TIER_SECRET, workers),
    allowInsecureJoin: config.ALLOW_INSECURE_JOIN,
    limits: { maxConnections: config.OAK_MQTT_MAX_CLIENTS },
    logger,
    metrics,
  });
  const app = await createHttpApp({
    name: "mqtt-broker",
    title: "Oak mqtt broker",
    version: VERSION,
    logger,
    metrics,
    readiness: {
      listener: async () => {
        if (broker.port === undefined) throw new Error("does not listen");
      },
    },
    docs: false,
    cors: false,
  });
  addDisconnectRoute(app, { broker, tierSecret: config.OAK_TIER_SECRET });
  const address =
    config.OAK_HEALTH_SOCKET === undefined
      ? { host: config.HEALTH_HOST, port: config.HEALTH_PORT }
      : { path: config.OAK_HEALTH_SOCKET };
  const admin = createHttpServer({ app, address, logger });
  const service = await runService({
    logger,
    components: [
      component("cluster-manager client", {
        start: async () => undefined,
        stop: async () => manager.close(),
      }),
      component("admin", admin),
      component("broker", broker),
    ],
  });
  installShutdown({ stop: service.stop, logger, process });
}

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof ConfigError ? 2 : 1;
});
