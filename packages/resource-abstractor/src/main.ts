import { join } from "node:path";
import { provideMongo } from "@oak/embedded-mongo";
import { component, createMetrics, type Logger, runMain, runService } from "@oak/kit";
import { loadResourceAbstractorConfig, type ResourceAbstractorConfig } from "./config.ts";
import { createResourceAbstractor } from "./service.ts";

async function start(config: ResourceAbstractorConfig, logger: Logger) {
  const mongo = await provideMongo({
    url: config.MONGO_URL,
    dataDir: join(config.OAK_DATA_DIR, "resource-abstractor"),
    logger: logger.child({ component: "embedded-mongo" }),
  });
  const service = createResourceAbstractor({
    database: { url: mongo.url, name: config.OAK_DATABASE_NAME },
    tierSecret: config.OAK_TIER_SECRET,
    listen: { host: config.RESOURCE_ABSTRACTOR_HOST, port: config.RESOURCE_ABSTRACTOR_PORT },
    hooks: { allow: config.HOOKS_ALLOW, allowPrivate: config.HOOKS_ALLOW_PRIVATE },
    logger,
    metrics: createMetrics({ service: "resource-abstractor", process }),
  });
  const { stop } = await runService({ logger, components: [component("service", service)] });
  return async () => {
    await stop();
    await mongo.stop();
  };
}

await runMain({
  name: "resource-abstractor",
  load: loadResourceAbstractorConfig,
  start,
  process,
});
