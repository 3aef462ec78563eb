import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { createDatabase, type DatabaseOptions } from "../src/database.ts";
import { databaseErrorToAppError } from "../src/database-errors.ts";
import { createSilentLogger } from "../src/logger.ts";
import { eventually } from "./eventually.ts";
import { createStubMongo } from "./stub-mongo.ts";

async function databaseWith(options: Partial<DatabaseOptions> = {}) {
  const folder = await mkdtemp(join(tmpdir(), "oak-kit-"));
  const path = join(folder, "db.sock");
  const server = createStubMongo(path);
  const states: boolean[] = [];
  const database = createDatabase({
    url: `mongodb://${encodeURIComponent(path)}`,
    name: "jobs",
    logger: createSilentLogger(),
    onStateChange: (isReady) => states.push(isReady),
    ...options,
  });
  onTestFinished(async () => {
    await database.stop();
    await server.stop();
    await rm(folder, { recursive: true });
  });
  return { server, database, states };
}

test("a database that is there is ready after the start", async () => {
  const { server, database, states } = await databaseWith();
  await server.start();
  await database.start();
  expect(database.isReady).toBe(true);
  await database.ping();
  expect(database.db.databaseName).toBe("jobs");
  await database.stop();
  expect(states).toEqual([true, false]);
});

test("a database that is away neither fails the start nor hangs the callers", async () => {
  const { database } = await databaseWith();
  await database.start();
  expect(database.isReady).toBe(false);
  await expect(database.ping()).rejects.toMatchObject({ code: "unavailable" });
  const startedMs = Date.now();
  const error = await database.db
    .collection("a")
    .findOne()
    .catch((caught: unknown) => caught);
  expect(databaseErrorToAppError(error)).toMatchObject({ code: "unavailable", status: 503 });
  expect(Date.now() - startedMs).toBeLessThan(5_000);
});

test("a database that comes later is found without a restart", async () => {
  const { server, database } = await databaseWith();
  await database.start();
  await server.start();
  await database.whenReady(AbortSignal.timeout(10_000));
  expect(database.isReady).toBe(true);
});

test("a database that goes is noticed, and found again when it returns though nobody asks", async () => {
  const { server, database, states } = await databaseWith({ random: () => 0 });
  await server.start();
  await database.start();
  await server.stop();
  await eventually(() =>
    database.ping().then(
      () => false,
      () => !database.isReady,
    ),
  );
  await server.start();
  // The driver by itself would look again ten seconds after it looked last.
  await database.whenReady(AbortSignal.timeout(6_000));
  expect(states).toEqual([true, false, true]);
});

test("a database that is killed in the middle of much work is found again", async () => {
  const { server, database } = await databaseWith({ random: () => 0 });
  await server.start();
  await database.start();
  const ping = () => database.db.command({ ping: 1 }).catch(() => undefined);
  // Connections of the pool beside the one that looks after the server: all end at one moment.
  await Promise.all([1, 2, 3, 4].map(ping));
  server.hang(true);
  const underWay = [1, 2, 3, 4].map(ping);
  await eventually(() => server.commands.filter((name) => name === "ping").length >= 9);
  await server.stop();
  await Promise.all(underWay);
  server.hang(false);
  await server.start();
  await database.whenReady(AbortSignal.timeout(15_000));
  await database.ping();
}, 30_000);

test("whoever has failed once begins with a new client, for the old one may never see the server again", async () => {
  const { server, database } = await databaseWith({ random: () => 0 });
  await server.start();
  await database.start();
  const before = database.db;
  await server.stop();
  await database.ping().catch(() => undefined);
  await eventually(() => database.db !== before);
  await server.start();
  await database.whenReady(AbortSignal.timeout(15_000));
  await database.ping();
}, 30_000);

test("the database is not ready before its preparation has succeeded once", async () => {
  let attempts = 0;
  const { server, database } = await databaseWith({
    prepare: async () => {
      attempts += 1;
      if (attempts === 1) throw new Error("index build failed");
    },
    random: () => 0,
  });
  await server.start();
  await database.start();
  expect(database.isReady).toBe(false);
  await database.whenReady(AbortSignal.timeout(10_000));
  expect(attempts).toBe(2);
});

test("stop ends the attempts to connect", async () => {
  const { server, database, states } = await databaseWith();
  await database.start();
  await database.stop();
  await server.start();
  expect(server.commands).toEqual([]);
  expect(states).toEqual([]);
});

test("a connection string that can never work fails the start", async () => {
  const { database } = await databaseWith({ url: "nonsense" });
  await expect(database.start()).rejects.toThrow("connection string");
});

test("before the start the database is unavailable", async () => {
  const { database } = await databaseWith();
  expect(() => database.db).toThrow("not started");
});

test("an idle connection pool does not wake the process several times a second", async () => {
  const timers: typeof import("node:timers") = createRequire(import.meta.url)("node:timers");
  const setTimer = vi.spyOn(timers, "setTimeout");
  onTestFinished(() => setTimer.mockRestore());
  const { server, database } = await databaseWith();
  await server.start();
  await database.start();
  await database.ping();
  const delays = setTimer.mock.calls.map(([, delayMs]) => delayMs);
  expect(delays).toContain(30_000);
  expect(delays).not.toContain(100);
});
