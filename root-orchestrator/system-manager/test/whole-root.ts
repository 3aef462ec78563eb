import { createSilentLogger, type HttpClient } from "@oak/kit";
import { createResourceAbstractor } from "@oak/resource-abstractor";
import { vi } from "vitest";
import { createApplicationClient } from "../src/adapters/resource-abstractor/applications.ts";
import { createResourceAbstractorClient } from "../src/adapters/resource-abstractor/client.ts";
import { createClusterClient } from "../src/adapters/resource-abstractor/clusters.ts";
import { createJobClient } from "../src/adapters/resource-abstractor/jobs.ts";
import { createRevisionClient } from "../src/adapters/resource-abstractor/revisions.ts";
import type { SystemManagerOptions } from "../src/service.ts";
import { type Harness, startHarness, startTestDatabase, type TestDatabase } from "./harness.ts";

/** A resource abstractor with a database and a socket of its own. */
export interface TestAbstractor {
  client: HttpClient;
  /** of the database */
  url: string;
  stop(): Promise<void>;
}

export async function startAbstractor(): Promise<TestAbstractor> {
  const database = await startTestDatabase();
  return runAbstractor(database);
}

async function runAbstractor(database: TestDatabase): Promise<TestAbstractor> {
  const tierSecret = "a-secret-of-this-test";
  const abstractor = createResourceAbstractor({
    database: { url: database.url, name: "resource_abstractor" },
    tierSecret,
    listen: { host: "127.0.0.1", port: 0 },
    logger: createSilentLogger(),
  });
  await abstractor.start();
  const client = createResourceAbstractorClient({ baseUrl: abstractor.url(), tierSecret });
  return {
    client,
    url: database.url,
    stop: async () => {
      client.close();
      await abstractor.stop();
      await database.stop();
    },
  };
}

/** A system-manager over a real resource abstractor, both in this process, each on a socket and a database of its own. */
export async function startWholeRoot(
  options: Partial<SystemManagerOptions> = {},
): Promise<Harness> {
  const database = await startTestDatabase();
  const { client, stop } = await runAbstractor(database);
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
  return stoppedWith(harness, stop);
}

/** Another root: with the stores that it has in earnest, which its placer has read. */
export interface PlacingRoot extends Harness {
  client: HttpClient;
  /** paths of the store that the root has read services at, but for the feed */
  readServices: string[];
}

export async function startPlacingRoot(): Promise<PlacingRoot> {
  const database = await startTestDatabase();
  const { client, stop } = await runAbstractor(database);
  const readServices: string[] = [];
  const watched: HttpClient = {
    ...client,
    request: ((options) => {
      const { method = "GET", path, query = {} } = options;
      const isReading = method === "GET" && path.startsWith("/api/v1/jobs");
      if (isReading && !("since" in query)) readServices.push(path);
      return client.request(options);
    }) as HttpClient["request"],
  };
  const harness = await startHarness(database, { abstractor: watched, stores: undefined });
  await vi.waitFor(() => harness.manager.placer.check(), 10_000);
  return { ...stoppedWith(harness, stop), client, readServices };
}

function stoppedWith(harness: Harness, stop: () => Promise<void>): Harness {
  return {
    ...harness,
    stop: async () => {
      await harness.stop();
      await stop();
    },
  };
}
