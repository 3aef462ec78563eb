import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MongoClient as Client, type Db, type MongoClient } from "mongodb";
import { onTestFinished } from "vitest";
import { createEmbeddedMongo, type EmbeddedMongoOptions } from "../../src/index.ts";
import type { EmbeddedMongo, StorageHooks } from "../../src/server.ts";

/** A directory that is gone after the test. */
export async function temporaryDirectory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "embedded-mongo-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

export interface RecordedLog {
  level: "info" | "warn" | "error";
  facts: object;
  message: string;
}

export interface Harness {
  server: EmbeddedMongo;
  dataDir: string;
  client: MongoClient;
  db: Db;
  logs: RecordedLog[];
}

/** Connects, and closes the client after the test. */
export async function connectTo(url: string): Promise<MongoClient> {
  const client = await Client.connect(url, { serverSelectionTimeoutMS: 5000 });
  onTestFinished(() => client.close());
  return client;
}

/** A started server with a connected client; both are stopped after the test. */
export async function startHarness(
  options: Partial<EmbeddedMongoOptions> = {},
  hooks: StorageHooks = {},
): Promise<Harness> {
  const dataDir = options.dataDir ?? (await temporaryDirectory());
  const logs: RecordedLog[] = [];
  const record = (level: RecordedLog["level"]) => (facts: object, message: string) => {
    logs.push({ level, facts, message });
  };
  const logger = { info: record("info"), warn: record("warn"), error: record("error") };
  const server = createEmbeddedMongo({ logger, ...options, dataDir }, hooks);
  await server.start();
  onTestFinished(() => server.stop());
  const client = await connectTo(server.url);
  return { server, dataDir, client, db: client.db("test"), logs };
}

/** Polls until a condition holds, for at most five seconds. */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error("the condition was not met in time");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
