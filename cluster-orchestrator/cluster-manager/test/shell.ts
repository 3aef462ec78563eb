import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NodeRegistered, NodeRegistration } from "@oak/contracts";
import { createEmbeddedMongo } from "@oak/embedded-mongo";
import {
  createDatabase,
  createHttpApp,
  createMetrics,
  createSilentLogger,
  newToken,
  tierSecretAuthenticator,
} from "@oak/kit";
import { onTestFinished } from "vitest";
import type { WorkerCandidate } from "../src/domain/worker-candidate.ts";
import { addClusterRoutes } from "../src/routes/cluster-routes.ts";
import { addCredentialRoutes } from "../src/routes/credential-routes.ts";
import { addWorkerRoutes } from "../src/routes/worker-routes.ts";
import { collectionsOf } from "../src/store/collections.ts";
import { prepareDatabase } from "../src/store/prepare-database.ts";
import { createWorkerCredentialStore } from "../src/store/worker-credentials.ts";
import {
  createRegisterWorker,
  type RegisterWorkerDeps,
  type WorkerCandidates,
} from "../src/use-cases/register-worker.ts";

export const joinSecret = "the-worker-join-secret";
export const tierSecret = "the-secret-of-this-tier";

const logger = createSilentLogger();

/** The embedded database with the cluster-manager's collections. */
export async function startDatabase() {
  const dataDir = await mkdtemp(join(tmpdir(), "oak-cluster-manager-"));
  const server = createEmbeddedMongo({ dataDir });
  await server.start();
  const database = createDatabase({
    url: server.url,
    name: "cluster_manager",
    logger,
    prepare: prepareDatabase,
  });
  await database.start();
  onTestFinished(async () => {
    await database.stop();
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  });
  return { database, collections: () => collectionsOf(database.db) };
}

/** Candidates as the resource abstractor keeps them, in memory. */
export function fakeCandidates() {
  const stored = new Map<string, WorkerCandidate & { want_rev: number }>();
  const candidates: WorkerCandidates = {
    find: async (identity) =>
      [...stored.values()].find((candidate) =>
        "nodeId" in identity
          ? candidate.node_id === identity.nodeId
          : candidate.node_id === undefined && candidate.candidate_name === identity.name,
      ),
    upsert: async (candidate) => {
      const merged = { want_rev: 0, ...stored.get(candidate._id), ...candidate };
      stored.set(candidate._id, merged);
      return merged;
    },
  };
  return { stored, candidates };
}

/** The cluster-manager's HTTP side with registration behind it; everything outside is faked. */
export async function startShell(
  options: { allowInsecureJoin?: boolean; deps?: Partial<RegisterWorkerDeps> } = {},
) {
  const { collections } = await startDatabase();
  const { stored, candidates } = fakeCandidates();
  const heard = new Set<string>();
  const disconnected: string[] = [];
  const registered: { id: string; session: number; isLegacy: boolean }[] = [];
  const credentials = createWorkerCredentialStore(collections);
  const deps: RegisterWorkerDeps = {
    credentials,
    candidates,
    broker: {
      disconnect: async (username) => {
        disconnected.push(username);
      },
    },
    tier: { current: () => ({ incarnation: "incarnation-1", base: 0 }) },
    isHeard: (id) => heard.has(id),
    onRegistered: (worker) => registered.push(worker),
    signTerms: () => undefined,
    joinSecret: () => joinSecret,
    newId: () => randomBytes(12).toString("hex"),
    newPassword: newToken,
    nowMs: () => 1_700_000_000_000,
    log: logger,
    settings: {
      allowInsecureJoin: options.allowInsecureJoin ?? false,
      mqttBrokerPort: 10_003,
      heartbeatMs: 1_000,
    },
    ...options.deps,
  };
  const app = await createHttpApp({
    name: "cluster-manager",
    title: "test",
    version: "0",
    logger,
    metrics: createMetrics({ service: "cluster-manager" }),
    readiness: {},
    docs: false,
  });
  onTestFinished(() => app.close());
  addWorkerRoutes(app, createRegisterWorker(deps));
  addCredentialRoutes(app, { authenticator: tierSecretAuthenticator(tierSecret), credentials });
  addClusterRoutes(app, {
    clusterName: "garage",
    clusterId: () => undefined,
    isConnectedToRoot: () => false,
    seenByRoot: () => undefined,
  });

  const post = (url: string, payload: object, bearer?: string) =>
    app.inject({
      method: "POST",
      url,
      payload,
      headers: bearer === undefined ? {} : { authorization: `Bearer ${bearer}` },
    });
  return {
    app,
    stored,
    heard,
    disconnected,
    registered,
    register: async (registration: NodeRegistration, bearer?: string) => {
      const response = await post("/api/node/register", registration, bearer);
      return { status: response.statusCode, body: response.json() };
    },
    /** Registers and expects that to succeed. */
    join: async (registration: NodeRegistration, bearer?: string): Promise<NodeRegistered> => {
      const response = await post("/api/node/register", registration, bearer);
      if (response.statusCode !== 200) throw new Error(response.body);
      return response.json();
    },
    check: async (credential: object, bearer = tierSecret) => {
      const response = await post("/api/v1/credentials/check", credential, bearer);
      return { status: response.statusCode, body: response.json() };
    },
  };
}

/** A worker of this project as it registers for the first time. */
export function aRegistration(changes: Partial<NodeRegistration> = {}): NodeRegistration {
  return {
    host: "edge-1",
    ip: "192.168.1.20",
    token: joinSecret,
    node_id: "aaaaaaaaaaaaaaaaaaaaaaaa",
    machine_id: "machine-1",
    boot_id: "boot-1",
    proto: 1,
    vcpus: 4,
    memory: 6_000,
    virtualization: ["docker"],
    allocatable: { vcpus: 4, memory: 7_000, vgpus: 0, storage: 100 },
    ...changes,
  };
}
