import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { createEmbeddedMongo, type EmbeddedMongo } from "@oak/embedded-mongo";
import { type Component, component, type Logger, runService, type Secret } from "@oak/kit";
import type { HookOptions } from "@oak/resource-abstractor";
import { clusterParts } from "./parts/cluster.ts";
import { rootParts } from "./parts/root.ts";
import { workerPart } from "./parts/worker.ts";
import { type Ports, takenPorts } from "./ports.ts";
import { loadSecrets } from "./secrets-file.ts";
import type { Wiring } from "./wiring.ts";

export interface AllInOneOptions {
  dataDir: string;
  host: string;
  ports: Ports;
  withWorker: boolean;
  adminPassword?: Secret | undefined;
  doubleEncoded?: boolean;
  /** which addresses hooks may reach beside public ones */
  hooks?: HookOptions;
  /** times of updates, in seconds */
  rollouts?: Wiring["rollouts"];
  /** passwords and mails */
  accounts?: Wiring["accounts"];
  clusterName?: string;
  clusterLocation?: string | undefined;
  nodeName?: string | undefined;
  /** `fake` pretends to run workloads: for tests and benchmarks of the control plane */
  runtime?: "docker" | "fake";
  logger: Logger;
}

/** Root, cluster and, if wanted, a worker, in one process with one embedded database. */
export interface AllInOne {
  /**
   * @throws when a port is taken, the data folder is in use, or the first account would get a
   *   well-known password on a network
   */
  start(): Promise<void>;
  /** Ends everything, a start under way when that is through; workloads go on unless `drain`. */
  stop(options?: { drain: boolean }): Promise<void>;
  /** base URL of the public API */
  url: string;
}

export function createAllInOne(options: AllInOneOptions): AllInOne {
  const { host, ports, logger } = options;
  const dataDir = resolve(options.dataDir);
  let stopParts: (() => Promise<void>) | undefined;
  let worker: ReturnType<typeof workerPart> | undefined;
  let database: EmbeddedMongo | undefined;
  let starting: Promise<void> | undefined;

  const start = async (): Promise<void> => {
    const taken = await takenPorts(ports, "127.0.0.1");
    if (taken.length > 0) {
      const list = taken.join(", ");
      throw new Error(`Port ${list} is in use: stop what listens there, or use --port-offset`);
    }
    const secrets = await loadSecrets(dataDir);
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    database = createEmbeddedMongo({
      dataDir: join(dataDir, "database"),
      logger: logger.child({ service: "embedded-mongo" }),
    });
    await database.start();
    const wiring: Wiring = {
      host,
      ports,
      secrets,
      dataDir,
      databaseUrl: database.url,
      adminPassword: options.adminPassword,
      doubleEncoded: options.doubleEncoded ?? false,
      hooks: options.hooks ?? {},
      rollouts: options.rollouts,
      accounts: options.accounts ?? {},
      clusterName: options.clusterName ?? "local",
      clusterLocation: options.clusterLocation,
      nodeName: options.nodeName,
      runtime: options.runtime ?? "docker",
      readiness: {},
      logger,
    };
    const cluster = clusterParts(wiring);
    worker = options.withWorker ? workerPart(wiring) : undefined;
    Object.assign(wiring.readiness, cluster.readiness, worker?.readiness);
    const root = rootParts(wiring);
    const components: Component[] = [
      ...root.components,
      ...cluster.components,
      ...(worker === undefined ? [] : [component("node-engine", worker)]),
    ];
    const running = await runService({ logger, components });
    stopParts = async () => {
      await running.stop();
    };
  };

  return {
    url: `http://${host === "0.0.0.0" ? "127.0.0.1" : host}:${ports.systemManager}`,
    start: () => {
      starting = start().catch(async (error: unknown) => {
        await database?.stop();
        throw error;
      });
      return starting;
    },
    stop: async ({ drain } = { drain: false }) => {
      // Half a system cannot be stopped: the other half would go on to start.
      await starting?.catch(() => undefined);
      if (drain) await worker?.drain();
      await stopParts?.();
      await database?.stop();
      stopParts = undefined;
      database = undefined;
    },
  };
}
