import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Feed, Instance, Job, WhoAmI } from "@oak/contracts";
import { createEmbeddedMongo } from "@oak/embedded-mongo";
import {
  type Clock,
  createChangeFeed,
  createHttpClient,
  createSilentLogger,
  HttpError,
  hashToken,
  systemClock,
} from "@oak/kit";
import { type Db, MongoClient, ObjectId } from "mongodb";
import { createRootNetworkManager } from "../src/service.ts";

export const tierSecret = "secret-of-the-tests";
export const newId = (): string => new ObjectId().toHexString();

export type Service = Awaited<ReturnType<typeof startService>>;
export type Caller = ReturnType<typeof callerOf>;

/** A root network-manager over an embedded database of its own, and the feeds that it follows. */
export async function startService({ quarantineS = 300 } = {}) {
  const dataDir = await mkdtemp(join(tmpdir(), "oak-rnm-"));
  const mongo = createEmbeddedMongo({ dataDir });
  await mongo.start();
  const root = await startFakeRoot();
  const clock = shiftedClock();
  const abstractor = createHttpClient({ baseUrl: root.url });
  const makeService = () =>
    createRootNetworkManager({
      database: { url: mongo.url, name: "rnm" },
      tierSecret,
      abstractor,
      systemManager: abstractor,
      listen: { host: "127.0.0.1", port: 0 },
      quarantineS,
      logger: createSilentLogger(),
      clock,
    });
  let service = makeService();
  const callers: Caller[] = [];
  const as = (token: string | undefined): Caller => {
    const caller = callerOf(() => service.url(), token);
    callers.push(caller);
    return caller;
  };
  const tier = as(tierSecret);
  const start = async (): Promise<void> => {
    await service.start();
    await eventually(async () => (await fetch(`${service.url()}/readyz`)).ok);
  };
  await start();
  return {
    url: () => service.url(),
    root,
    clock,
    as,
    tier,
    /** A registered cluster that cannot be dialled, unless an address is given. */
    cluster: async (given: { id?: string; port?: number } = {}) => {
      const { id = newId(), port } = given;
      const token = `token-of-${id}`;
      await tier.call("POST /api/net/cluster", {
        cluster_id: id,
        cluster_address: port === undefined ? "" : "127.0.0.1",
        cluster_port: String(port ?? ""),
        token_hash: hashToken(token),
      });
      return { id, token, ...as(token) };
    },
    restart: async () => {
      await service.stop();
      service = makeService();
      await start();
    },
    /** What stands in the database. */
    look: async <T>(read: (db: Db) => Promise<T>): Promise<T> => {
      const client = await MongoClient.connect(mongo.url);
      try {
        return await read(client.db("rnm"));
      } finally {
        await client.close();
      }
    },
    stop: async () => {
      await service.stop();
      for (const caller of callers) caller.close();
      abstractor.close();
      await root.stop();
      await mongo.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function callerOf(url: () => string, token: string | undefined) {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const clients = new Map<string, ReturnType<typeof createHttpClient>>();
  const clientOf = () => {
    const known = clients.get(url());
    if (known !== undefined) return known;
    const client = createHttpClient({ baseUrl: url(), headers, timeoutMs: 15_000 });
    clients.set(url(), client);
    return client;
  };
  const call = async <T = unknown>(line: string, body?: unknown): Promise<T> => {
    const [method, path = ""] = line.split(" ") as ["GET", string];
    return (await clientOf().request({ method, path, body })) as T;
  };
  return {
    /** `call("POST /api/…", body)`; rejects with HttpError. */
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
    close: () => {
      for (const client of clients.values()) client.close();
    },
  };
}

/** Resolves as soon as the condition holds. */
export async function eventually(
  condition: () => Promise<boolean> | boolean,
  timeoutMs = 10_000,
): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error("It did not come about in time");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Time that a test can move on; timers go as ever. */
function shiftedClock(): Clock & { advance(seconds: number): void } {
  let shiftMs = 0;
  return {
    ...systemClock,
    nowMs: () => systemClock.nowMs() + shiftMs,
    monotonicMs: () => systemClock.monotonicMs() + shiftMs,
    advance: (seconds) => {
      shiftMs += seconds * 1_000;
    },
  };
}

/** What the root has beside the network-manager: services and instances with their feeds, and whose a token is. */
async function startFakeRoot() {
  const jobs = fakeCollection<Job>();
  const instances = fakeCollection<Instance>();
  const state = { users: new Map<string, string>(), isAway: false };
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "/", "http://root");
    const ended = new AbortController();
    response.once("close", () => ended.abort());
    const answer = (body: unknown, status = 200): void => {
      response.statusCode = status;
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(body));
    };
    if (url.pathname === "/api/auth/me") {
      if (state.isAway) return answer({ code: "unavailable" }, 503);
      const name = state.users.get(request.headers.authorization?.slice("Bearer ".length) ?? "");
      if (name === undefined) return answer({ code: "session_ended" }, 401);
      return answer(aUser(name));
    }
    const collection = url.pathname.endsWith("/jobs") ? jobs : instances;
    return answer(await collection.poll(url.searchParams.get("since") ?? "", ended.signal));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${port}`,
    jobs,
    instances,
    state,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function aUser(name: string): WhoAmI {
  return {
    _id: { $oid: "65f0c0ffee65f0c0ffee65f0" },
    name,
    email: "",
    created_at: "22/11/2026 08:00",
    roles: [],
    organization: "65f0c0ffee65f0c0ffee65f1",
    organization_name: "root",
    session: "user",
  };
}

function fakeCollection<T extends { _id: string }>() {
  const items = new Map<string, T>();
  const feed = createChangeFeed({ feedId: newId(), clock: systemClock });
  return {
    put: (item: T): T => {
      items.set(item._id, item);
      feed.touch(item._id);
      return item;
    },
    remove: (id: string): void => {
      items.delete(id);
      feed.touch(id);
    },
    poll: async (since: string, signal: AbortSignal): Promise<Feed<T>> => {
      await feed.waitForChange(since, { timeoutMs: 20_000, signal });
      const { cursor, ids } = feed.changesSince(since);
      if (ids === undefined)
        return { cursor, reset: true, items: [...items.values()], removed: [] };
      return {
        cursor,
        reset: false,
        items: ids.flatMap((id) => items.get(id) ?? []),
        removed: ids.filter((id) => !items.has(id)),
      };
    },
  };
}
