import { onTestFinished } from "vitest";
import { createHttpApp, type HttpApp, type HttpAppOptions } from "../src/http/app.ts";
import { createSilentLogger } from "../src/logger.ts";
import { createMetrics } from "../src/metrics.ts";

/** An app with nothing but what the kit itself adds; closed when the test ends. */
export async function appUnderTest(options: Partial<HttpAppOptions> = {}): Promise<HttpApp> {
  const app = await createHttpApp({
    name: "test",
    title: "Test API",
    version: "1.2.3",
    logger: createSilentLogger(),
    metrics: createMetrics({ service: "test" }),
    readiness: {},
    docs: false,
    ...options,
  });
  onTestFinished(() => app.close());
  return app;
}
