import { ConfigError, createLogger, installShutdown } from "@oak/kit";
import { accountOptionsOf } from "@oak/system-manager";
import { createAllInOne } from "./all-in-one.ts";
import { readOptions, type StartOptions, USAGE } from "./options.ts";

async function run(options: StartOptions): Promise<void> {
  const { config, drain, host, ports } = options;
  const logger = createLogger({ name: "oak", level: config.LOG_LEVEL });
  const system = createAllInOne({
    ...options,
    adminPassword: config.ADMIN_PASSWORD,
    doubleEncoded: config.COMPAT_DOUBLE_ENCODED,
    hooks: { allow: config.HOOKS_ALLOW, allowPrivate: config.HOOKS_ALLOW_PRIVATE },
    rollouts: { readyS: config.OAK_ROLLOUT_READY_S, deadlineS: config.OAK_ROLLOUT_DEADLINE_S },
    accounts: accountOptionsOf(config),
    clusterName: config.CLUSTER_NAME,
    clusterLocation: config.CLUSTER_LOCATION,
    nodeName: config.NODE_NAME,
    runtime: config.OAK_RUNTIME,
    logger,
  });
  installShutdown({ stop: () => system.stop({ drain }), logger, process, timeoutMs: 90_000 });
  await system.start();
  const { systemManager, clusterManager, mqttBroker } = ports;
  logger.info(
    {
      api: system.url,
      docs: `${system.url}/api/docs`,
      host,
      systemManager,
      clusterManager,
      mqttBroker,
    },
    "listening",
  );
}

function fail(error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  const isUsage = error instanceof TypeError && "code" in error;
  process.stderr.write(`${text}\n${isUsage ? `\n${USAGE}` : ""}`);
  process.exit(error instanceof ConfigError || isUsage ? 2 : 1);
}

try {
  const options = readOptions(process.argv.slice(2), process.env);
  if ("print" in options) process.stdout.write(options.print);
  else await run(options);
} catch (error) {
  fail(error);
}
