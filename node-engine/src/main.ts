import { readFile } from "node:fs/promises";
import path from "node:path";
import {
  ConfigError,
  component,
  createHealthServer,
  createLogger,
  createMetrics,
  createServiceManagerLink,
  installShutdown,
  printConfig,
  runService,
} from "@oak/kit";
import { type NodeEngineConfig, readConfig } from "./config.ts";
import { withConfFile } from "./read-conf-file.ts";
import { createNodeEngine, type NodeEngineOptions } from "./service.ts";

/** For stopping workloads, each of which may use its grace. */
const drainMs = 60_000;
/** A workload that is being stopped just now is waited for. */
const stopMs = 30_000;

async function main(): Promise<void> {
  const { env, remarks } = await withConfFile(process.env);
  const config = readConfig(env);
  if (process.argv.includes("--print-config")) {
    process.stdout.write(`${printConfig(config)}\n`);
    return;
  }
  const mustDrain = process.argv.includes("--drain");
  const logger = createLogger({ name: "node-engine", level: config.LOG_LEVEL });
  for (const remark of remarks) logger.warn({ remark }, "a setting of conf.json does not count");
  const metrics = createMetrics({ service: "node-engine", process });
  const node = createNodeEngine({ ...(await toOptions(config)), logger, metrics });
  const health = createHealthServer({
    name: "node-engine",
    readiness: node.readiness,
    metrics,
    address:
      config.HEALTH_PORT === undefined
        ? { path: config.OAK_HEALTH_SOCKET ?? path.join(config.OAK_STATE_DIR, "health.sock") }
        : { host: config.HEALTH_HOST, port: config.HEALTH_PORT },
  });
  const { env: environment, pid } = process;
  const { readiness } = node;
  const manager = createServiceManagerLink({ env: environment, pid, readiness, logger });
  const service = await runService({
    logger,
    // The engine makes the state directory, in which the health socket is.
    components: [
      component("node engine", node),
      component("health", health),
      component("service manager", manager),
    ],
  });
  installShutdown({
    stop: async () => {
      if (mustDrain) {
        const isEmpty = await node.drain({ timeoutMs: drainMs });
        logger[isEmpty ? "info" : "error"]({ isEmpty }, "drained");
      }
      await service.stop();
    },
    timeoutMs: mustDrain ? drainMs + stopMs : stopMs,
    logger,
    process,
  });
}

async function toOptions(
  config: NodeEngineConfig,
): Promise<Omit<NodeEngineOptions, "logger" | "metrics">> {
  const { DOCKER_HOST: docker, MQTT_CERT: certificates } = config;
  return {
    cluster: { host: config.OAK_CLUSTER_ADDRESS, port: config.OAK_CLUSTER_PORT },
    stateDir: config.OAK_STATE_DIR,
    runtime: config.OAK_RUNTIME,
    network: {
      mode: config.OAK_NETWORK,
      socketPath: config.OAK_NETWORK_SOCKET,
      poolSize: config.OAK_NETWORK_POOL,
    },
    ...(config.OAK_WORKER_JOIN_SECRET && { joinSecret: config.OAK_WORKER_JOIN_SECRET }),
    ...(config.NODE_NAME && { name: config.NODE_NAME }),
    ...(config.OAK_ENGINE_ID && { engineId: config.OAK_ENGINE_ID }),
    // Other forms are understood by the client of Docker itself.
    ...(docker?.startsWith("unix://") && { dockerSocketPath: docker.slice("unix://".length) }),
    ...(certificates && { mqttCa: await readFile(path.join(certificates, "ca.crt")) }),
  };
}

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  // Another start would find the same fault: systemd is told so by the code.
  process.exitCode = error instanceof ConfigError ? 2 : 1;
});
