import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEmbeddedMongo, type EmbeddedMongo } from "@oak/embedded-mongo";
import {
  type Clock,
  createSilentLogger,
  type HttpClient,
  Secret,
  systemClock,
  UnreachableError,
} from "@oak/kit";
import {
  createSystemManager,
  type SystemManager,
  type SystemManagerOptions,
} from "../src/service.ts";
import { createFakeStores, type FakeStores } from "./fake-stores.ts";

/** The placer's other side, away for the whole test: the front door does not need it. */
const nobody: HttpClient = {
  request: () =>
    Promise.reject(new UnreachableError("GET /", { isTimeout: false, cause: undefined })),
  close: () => undefined,
};

/** One embedded database for the tests of a file; each test takes a database name of its own. */
export interface TestDatabase {
  url: string;
  newName(): string;
  stop(): Promise<void>;
}

export async function startTestDatabase(): Promise<TestDatabase> {
  const dataDir = await mkdtemp(join(tmpdir(), "oak-sm-"));
  const mongo: EmbeddedMongo = createEmbeddedMongo({ dataDir });
  await mongo.start();
  let names = 0;
  return {
    url: mongo.url,
    newName: () => {
      names += 1;
      return `system_manager_${names}`;
    },
    stop: async () => {
      await mongo.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** A clock that is wrong by as much as a test wants. */
export function createShiftedClock(): Clock & { shiftMs: number } {
  const clock = {
    shiftMs: 0,
    nowMs: () => systemClock.nowMs() + clock.shiftMs,
    monotonicMs: () => systemClock.monotonicMs() + clock.shiftMs,
    setTimer: systemClock.setTimer,
  };
  return clock;
}

export interface Answer {
  status: number;
  // Tests look into bodies of every shape.
  // biome-ignore lint/suspicious/noExplicitAny: a cast at each look would say nothing more
  body: any;
  headers: Headers;
}

export interface Call {
  token?: string;
  body?: unknown;
  /** sent as it is, in place of `body` */
  raw?: string;
  headers?: Record<string, string>;
}

/** A running system-manager and a client that speaks to it as the command line tools do. */
export interface Harness {
  manager: SystemManager;
  stores: FakeStores;
  clock: ReturnType<typeof createShiftedClock>;
  nudges: string[];
  call(method: string, path: string, call?: Call): Promise<Answer>;
  /** An access token. */
  login(username?: string, password?: string): Promise<string>;
  stop(): Promise<void>;
}

export async function startHarness(
  database: TestDatabase,
  options: Partial<SystemManagerOptions> = {},
): Promise<Harness> {
  const stores = createFakeStores();
  const clock = createShiftedClock();
  const nudges: string[] = [];
  const manager = createSystemManager({
    database: { url: database.url, name: database.newName() },
    listen: { host: "127.0.0.1", port: 0 },
    adminPassword: new Secret("Admin"),
    abstractor: nobody,
    scheduler: nobody,
    stores: {
      applications: stores.applications,
      jobs: stores.jobs,
      revisions: stores.revisions,
      clusters: stores.clusters,
      nudge: (id) => nudges.push(id),
    },
    passwords: plainPasswords,
    logger: createSilentLogger(),
    clock,
    ...options,
  });
  await manager.start();

  const call: Harness["call"] = async (method, path, wanted = {}) => {
    const { token, body, raw, headers = {} } = wanted;
    const content = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const response = await fetch(`${manager.url()}${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(content === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(content === undefined ? {} : { body: content }),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json") === true;
    return {
      status: response.status,
      headers: response.headers,
      body: isJson && text !== "" ? JSON.parse(text) : text,
    };
  };
  return {
    manager,
    stores,
    clock,
    nudges,
    call,
    login: async (username = "Admin", password = "Admin") => {
      const { body } = await call("POST", "/api/auth/login", { body: { username, password } });
      return body.token;
    },
    stop: () => manager.stop(),
  };
}

/** Hashing costs tens of milliseconds on purpose; one test of the real one is enough. */
export const plainPasswords = {
  hash: async (password: string) => `plain:${password}`,
  verify: async (hash: string, password: string) => hash === `plain:${password}`,
};
