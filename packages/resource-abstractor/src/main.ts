import { join } from "node:path";
import { parseArgs } from "node:util";
import { createEmbeddedMongo } from "@oak/embedded-mongo";
import {
  ConfigError,
  createLogger,
  createMetrics,
  installShutdown,
  type Logger,
  printConfig,
  runService,
} from "@oak/kit";
import { loadResourceAbstractorConfig, type ResourceAbstractorConfig } from "./config.ts";
import { createResourceAbstractor } from "./service.ts";

const { values: flags } = parseArgs({
  options: {
    "data-dir": { type: "string" },
    "print-config": { type: "boolean", default: false },
  },
});

function readConfig(): ResourceAbstractorConfig {
  try {
    const dataDir = flags["data-dir"];
    const given = dataDir === undefined ? {} : { OAK_DATA_DIR: dataDir };
    return loadResourceAbstractorConfig({ ...process.env, ...given });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
}

/** The embedded database has to listen before the service can be told where. */
async function start(config: ResourceAbstractorConfig, logger: Logger) {
  const embedded =
    config.MONGO_URL === undefined
      ? createEmbeddedMongo({
          dataDir: join(config.OAK_DATA_DIR, "resource-abstractor"),
          logger: logger.child({ component: "embedded-mongo" }),
        })
      : undefined;
  await embedded?.start();
  const url = config.MONGO_URL ?? embedded?.url ?? "";
  const service = createResourceAbstractor({
    database: { url, name: config.OAK_DATABASE_NAME },
    tierSecret: config.OAK_TIER_SECRET,
    listen: { host: config.RESOURCE_ABSTRACTOR_HOST, port: config.RESOURCE_ABSTRACTOR_PORT },
    logger,
    metrics: createMetrics({ service: "resource-abstractor", process }),
  });
  const { stop } = await runService({ logger, components: [{ name: "service", ...service }] });
  return async () => {
    await stop();
    await embedded?.stop();
  };
}

const config = readConfig();
if (flags["print-config"]) {
  process.stdout.write(`${printConfig(config)}\n`);
} else {
  const logger = createLogger({ name: "resource-abstractor", level: config.LOG_LEVEL });
  try {
    installShutdown({ stop: await start(config, logger), logger, process });
  } catch (err) {
    logger.fatal({ err }, "start failed");
    process.exit(1);
  }
}
