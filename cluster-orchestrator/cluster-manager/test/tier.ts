import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEmbeddedMongo } from "@oak/embedded-mongo";
import { createHttpClient, createMetrics, createSilentLogger, Secret } from "@oak/kit";
import {
  createClusterManagerCredentials,
  createMqttBroker,
  createTierCredentials,
} from "@oak/mqtt-broker";
import { createResourceAbstractor } from "@oak/resource-abstractor";
import { createClusterScheduler } from "@oak/scheduler";
import { onTestFinished } from "vitest";
import { type ClusterManager, createClusterManager } from "../src/service.ts";
import type { ClusterManagerOptions } from "../src/service-options.ts";
import { clusterJoinSecret } from "./fake-root.ts";
import { until } from "./until.ts";

export const tierSecret = "the-secret-of-this-tier";
export const workerJoinSecret = "the-worker-join-secret";
const logger = createSilentLogger();
const loopback = { host: "127.0.0.1", port: 0 };

/** Ports that services find each other by, each known once its service listens. */
async function startBroker(managerUrl: () => string, port = 0) {
  const broker = createMqttBroker({
    listen: { ...loopback, port },
    credentials: createTierCredentials(new Secret(tierSecret), {
      check: (credential) => credentialsOf(managerUrl()).check(credential),
      forget: () => undefined,
    }),
    allowInsecureJoin: true,
    logger,
    metrics: createMetrics({ service: "mqtt-broker" }),
  });
  await broker.start();
  return broker;
}

function credentialsOf(baseUrl: string) {
  const headers = { authorization: `Bearer ${tierSecret}` };
  return createClusterManagerCredentials(createHttpClient({ baseUrl, headers }));
}

/** A whole cluster in this process: the real services on an embedded database, without a worker. */
export async function startTier(rootUrl: string, changes: Partial<ClusterManagerOptions> = {}) {
  const dataDir = await mkdtemp(join(tmpdir(), "oak-cluster-manager-"));
  const database = createEmbeddedMongo({ dataDir });
  await database.start();
  const abstractor = createResourceAbstractor({
    database: { url: database.url, name: "resource_abstractor" },
    tierSecret,
    listen: loopback,
    logger,
  });
  await abstractor.start();
  const scheduler = createClusterScheduler({
    resourceAbstractorUrl: abstractor.url(),
    managerUrl: "http://127.0.0.1:1",
    tierSecret,
    listen: loopback,
    logger,
  });
  await scheduler.start();
  let manager: ClusterManager | undefined;
  const managerUrl = (): string => manager?.url() ?? "";
  let broker = await startBroker(managerUrl);

  const metrics = createMetrics({ service: "cluster-manager" });
  const startManager = async (): Promise<ClusterManager> => {
    manager = createClusterManager({
      name: "garage",
      listen: loopback,
      database: { url: database.url, name: "cluster_manager" },
      tierSecret,
      workerJoinSecret: new Secret(workerJoinSecret),
      resourceAbstractorUrl: abstractor.url(),
      schedulerUrl: scheduler.url(),
      root: { url: rootUrl, joinSecret: new Secret(clusterJoinSecret) },
      broker: { host: "127.0.0.1", port: broker.port ?? 0 },
      brokerAdmin: { disconnect: async (username) => void broker.disconnect(username) },
      workerTimeoutMs: 1_000,
      heartbeatMs: 100,
      logger,
      metrics,
      ...changes,
    });
    await manager.start();
    return manager;
  };
  await startManager();
  onTestFinished(async () => {
    await manager?.stop();
    await broker.stop();
    await scheduler.stop();
    await abstractor.stop();
    await database.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const isReady = async (): Promise<boolean> =>
    (await fetch(`${managerUrl()}/readyz`)).status === 200;
  await until(isReady);
  return {
    url: managerUrl,
    core: () => {
      if (manager === undefined) throw new Error("the manager does not run");
      return manager.core;
    },
    restartBroker: async () => {
      const { port } = broker;
      await broker.stop();
      broker = await startBroker(managerUrl, port);
    },
    abstractor: createHttpClient({
      baseUrl: abstractor.url(),
      headers: { authorization: `Bearer ${tierSecret}` },
    }),
    readyz: async () => (await fetch(`${managerUrl()}/readyz`)).json(),
    metrics: async () => (await fetch(`${managerUrl()}/metrics`)).text(),
    asTier: async (method: string, path: string) => {
      const headers = { authorization: `Bearer ${tierSecret}` };
      const response = await fetch(`${managerUrl()}${path}`, { method, headers });
      // biome-ignore lint/suspicious/noExplicitAny: tests say what they expect
      return { status: response.status, body: (await response.json()) as any };
    },
    restartManager: async () => {
      await manager?.stop();
      await startManager();
      await until(isReady);
    },
  };
}

export type Tier = Awaited<ReturnType<typeof startTier>>;
