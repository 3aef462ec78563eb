import { createSilentLogger } from "@oak/kit";
import { createResourceAbstractor } from "@oak/resource-abstractor";
import { createApplicationClient } from "../src/adapters/resource-abstractor/applications.ts";
import { createResourceAbstractorClient } from "../src/adapters/resource-abstractor/client.ts";
import { createClusterClient } from "../src/adapters/resource-abstractor/clusters.ts";
import { createJobClient } from "../src/adapters/resource-abstractor/jobs.ts";
import { createRevisionClient } from "../src/adapters/resource-abstractor/revisions.ts";
import type { SystemManagerOptions } from "../src/service.ts";
import { type Harness, startHarness, startTestDatabase } from "./harness.ts";

/** A system-manager over a real resource abstractor, both in this process, each on a socket and a database of its own. */
export async function startWholeRoot(
  options: Partial<SystemManagerOptions> = {},
): Promise<Harness> {
  const database = await startTestDatabase();
  const tierSecret = "a-secret-of-this-test";
  const abstractor = createResourceAbstractor({
    database: { url: database.url, name: "resource_abstractor" },
    tierSecret,
    listen: { host: "127.0.0.1", port: 0 },
    logger: createSilentLogger(),
  });
  await abstractor.start();
  const client = createResourceAbstractorClient({ baseUrl: abstractor.url(), tierSecret });
  const harness = await startHarness(database, {
    abstractor: client,
    stores: {
      applications: createApplicationClient(client),
      jobs: createJobClient(client),
      revisions: createRevisionClient(client),
      clusters: createClusterClient(client),
      nudge: () => undefined,
    },
    ...options,
  });
  return {
    ...harness,
    stop: async () => {
      await harness.stop();
      client.close();
      await abstractor.stop();
      await database.stop();
    },
  };
}
