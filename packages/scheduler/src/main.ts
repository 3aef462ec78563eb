import {
  ConfigError,
  createLogger,
  createMetrics,
  installShutdown,
  printConfig,
  runService,
} from "@oak/kit";
import { loadSchedulerConfig, type SchedulerConfig } from "./config.ts";
import { createClusterScheduler, createRootScheduler } from "./service.ts";

const factories = { root: createRootScheduler, cluster: createClusterScheduler };

function readConfig(): SchedulerConfig {
  try {
    return loadSchedulerConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
}

async function start(config: SchedulerConfig): Promise<void> {
  const logger = createLogger({ name: "scheduler", level: config.LOG_LEVEL });
  try {
    const scheduler = factories[config.ORCHESTRATION_PLANE]({
      resourceAbstractorUrl: `http://${config.RESOURCE_ABSTRACTOR_URL}:${config.RESOURCE_ABSTRACTOR_PORT}`,
      managerUrl: `http://${config.MANAGER_URL}:${config.MANAGER_PORT}`,
      tierSecret: config.OAK_TIER_SECRET,
      listen: { host: config.SCHEDULER_HOST, port: config.API_PORT },
      logger,
      metrics: createMetrics({ service: "scheduler", process }),
    });
    const { stop } = await runService({
      logger,
      components: [{ name: "scheduler", ...scheduler }],
    });
    installShutdown({ stop, logger, process });
  } catch (err) {
    logger.fatal({ err }, "start failed");
    process.exit(1);
  }
}

const config = readConfig();
if (process.argv.includes("--print-config")) process.stdout.write(`${printConfig(config)}\n`);
else await start(config);
