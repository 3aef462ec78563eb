import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HoldRequest, InstanceWrite, SeenWrite } from "@oak/contracts";
import { createEmbeddedMongo } from "@oak/embedded-mongo";
import { type Clock, createHttpClient, createSilentLogger, HttpError } from "@oak/kit";
import { type Db, MongoClient, ObjectId } from "mongodb";
import { vi } from "vitest";
import type { HookOptions } from "../src/hooks-part.ts";
import { createResourceAbstractor } from "../src/service.ts";

export const tierSecret = "secret-of-the-tests";

export type Service = Awaited<ReturnType<typeof startService>>;

/** A resource abstractor over an embedded database of its own; `stop` removes both. */
export async function startService({ clock, hooks }: { clock?: Clock; hooks?: HookOptions } = {}) {
  const dataDir = await mkdtemp(join(tmpdir(), "oak-ra-"));
  const operations: string[] = [];
  const mongo = createEmbeddedMongo({
    dataDir,
    onCommand: (name, body) => {
      // Those that name a collection; the others are of the connection.
      if (typeof body[name] === "string") operations.push(`${name} ${body[name]}`);
    },
  });
  await mongo.start();
  const service = createResourceAbstractor({
    database: { url: mongo.url, name: "ra" },
    tierSecret,
    listen: { host: "127.0.0.1", port: 0 },
    logger: createSilentLogger(),
    ...(clock === undefined ? {} : { clock }),
    ...(hooks === undefined ? {} : { hooks }),
  });
  await service.start();
  const connect = () =>
    createHttpClient({
      baseUrl: `${service.url()}/api/v1`,
      headers: { authorization: `Bearer ${tierSecret}` },
      timeoutMs: 15_000,
    });
  let client = connect();
  const call = async <T = Record<string, unknown>>(line: string, body?: unknown): Promise<T> => {
    const [method, target = ""] = line.split(" ") as ["GET", string];
    return (await client.request({ method, path: target, body })) as T;
  };
  return {
    url: service.url(),
    mongoUrl: mongo.url,
    /** What the database was asked meanwhile: `find candidates`. */
    operationsOf: async (work: () => Promise<unknown>): Promise<string[]> => {
      operations.length = 0;
      await work();
      return [...operations];
    },
    /** A write past the service, as an operator or a restored backup makes it. */
    behindItsBack: async (write: (db: Db) => Promise<unknown>): Promise<void> => {
      const client = await MongoClient.connect(mongo.url);
      try {
        await write(client.db("ra"));
      } finally {
        await client.close();
      }
    },
    /** `call("PUT /resources", body)`; rejects with HttpError. */
    call,
    /** The error that a call ends with. */
    refusal: async (line: string, body?: unknown) => {
      try {
        await call(line, body);
      } catch (error) {
        if (!(error instanceof HttpError)) throw error;
        const { params } = error.body as { params?: Record<string, unknown> };
        return { status: error.status, code: error.code, ...(params && { params }) };
      }
      throw new Error(`${line} was not refused`);
    },
    /** Ends and starts again, over the same database. */
    restart: async () => {
      await service.stop();
      client.close();
      await service.start();
      client = connect();
    },
    stop: async () => {
      await service.stop();
      client.close();
      await mongo.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Repeats a check until it holds. */
export const eventually = <T>(check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: 15_000, interval: 20 });

export const newId = (): string => new ObjectId().toHexString();

export const need = { vcpus: 1, memory: 100, vgpus: 0, host_ports: [] as string[] };

export function holdRequest(changes: Partial<HoldRequest> = {}): HoldRequest {
  return { need, epoch: 1, placement: 1, ...changes };
}

export function worker(changes: Record<string, unknown> = {}) {
  return {
    candidate_name: `worker-${newId()}`,
    allocatable: { vcpus: 4, memory: 1000, vgpus: 0, storage: 1000 },
    ...changes,
  };
}

export function instanceWrite(
  jobId: string,
  n: number,
  changes: Partial<InstanceWrite> = {},
): InstanceWrite {
  return {
    _id: `${jobId}/${n}`,
    job_id: jobId,
    instance_number: n,
    phase: "assigned",
    child: null,
    epoch: 1,
    placement: 1,
    spec_rev: 1,
    want_rev: 1,
    need,
    intent: null,
    fenced: [],
    excluded: [],
    status: "NODE_SCHEDULED",
    status_detail: "Assigned",
    reason: "assigned",
    attempts: 1,
    retry_at: 0,
    phase_since: 100,
    if_version: 0,
    ...changes,
  };
}

export function seen(changes: Partial<SeenWrite> = {}): SeenWrite {
  return {
    status: "RUNNING",
    status_detail: "Container is running",
    session: 1,
    seq: 1,
    epoch: 1,
    placement: 1,
    at: 1_700_000_000,
    ...changes,
  };
}

export function job(changes: Record<string, unknown> = {}) {
  const name = `svc${newId().slice(-10)}`;
  return {
    applicationID: newId(),
    app_name: "app",
    app_ns: "test",
    service_name: name,
    service_ns: "test",
    microservice_name: name,
    microservice_namespace: "test",
    job_name: `app.test.${name}.test`,
    image: "docker.io/library/nginx:1",
    virtualization: "docker",
    ...changes,
  };
}
