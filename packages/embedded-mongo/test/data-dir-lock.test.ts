import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { lockDataDir } from "../src/data-dir-lock.ts";
import { createEmbeddedMongo, DataDirInUseError } from "../src/index.ts";
import { runServerToExit, spawnServer } from "./support/child-server.ts";
import { connectTo, startHarness, temporaryDirectory } from "./support/harness.ts";

async function ownerFile(dataDir: string): Promise<string> {
  const name = (await readdir(dataDir)).find((file) => /^owner-\d+\.json$/.test(file));
  return join(dataDir, name ?? "none");
}

test("a second server on a directory in use is refused, the first goes on", async () => {
  const { dataDir, db } = await startHarness();
  const second = createEmbeddedMongo({ dataDir });
  await expect(second.start()).rejects.toThrow(DataDirInUseError);
  await expect(second.start()).rejects.toThrow(`is in use by process ${process.pid}`);
  await db.collection("c").insertOne({});
  expect(await db.collection("c").countDocuments()).toBe(1);
});

test("a second process is refused with a clear message and a failing exit code", async () => {
  const { dataDir } = await startHarness();
  const { code, output } = await runServerToExit("--data-dir", dataDir);
  expect(code).toBe(1);
  expect(output).toContain(`is in use by process ${process.pid}`);
});

test("the directory of a process that was killed is taken over, with its stale socket", async () => {
  const dataDir = await temporaryDirectory();
  const child = await spawnServer("--data-dir", dataDir);
  const client = await connectTo(child.url);
  await client.db("test").collection("c").insertOne({});
  await child.kill("SIGKILL");
  const { db } = await startHarness({ dataDir });
  expect(await db.collection("c").countDocuments()).toBe(1);
});

test("a process that stops on SIGTERM gives the directory free", async () => {
  const dataDir = await temporaryDirectory();
  const child = await spawnServer("--data-dir", dataDir);
  await child.kill("SIGTERM");
  expect(JSON.parse(await readFile(await ownerFile(dataDir), "utf8"))).toEqual({ owner: null });
});

test.each([
  { name: "a reused pid", change: { startedAt: "1" } },
  { name: "a reboot", change: { bootId: "another" } },
  { name: "another container", change: { pidNamespace: "pid:[1]" } },
])("an owner is dead after $name", async ({ change }) => {
  const dataDir = await temporaryDirectory();
  await lockDataDir(dataDir);
  const file = await ownerFile(dataDir);
  const { owner } = JSON.parse(await readFile(file, "utf8")) as { owner: object };
  await writeFile(file, JSON.stringify({ owner: { ...owner, ...change } }));
  const lock = await lockDataDir(dataDir);
  await lock.release();
});

test("a torn owner file does not lock anybody out", async () => {
  const dataDir = await temporaryDirectory();
  await writeFile(join(dataDir, "owner-3.json"), '{"owner":{"pi');
  const lock = await lockDataDir(dataDir);
  await expect(lockDataDir(dataDir)).rejects.toThrow(DataDirInUseError);
  await lock.release();
});

test("of many that want a free directory one gets it", async () => {
  const dataDir = await temporaryDirectory();
  for (let round = 0; round < 20; round++) {
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => lockDataDir(dataDir)));
    const winners = results.filter((result) => result.status === "fulfilled");
    expect(winners).toHaveLength(1);
    await winners[0]?.value.release();
  }
  expect((await readdir(dataDir)).filter((file) => file.startsWith("owner"))).toHaveLength(1);
});

test("a data directory of another format is refused and left unlocked", async () => {
  const { openStore } = await import("../src/storage/store.ts");
  const { silentLogger } = await import("../src/logger.ts");
  const directory = await temporaryDirectory();
  const store = await openStore({ directory, logger: silentLogger });
  await store.write(() =>
    store.environment.catalog.put(Buffer.from("format"), Buffer.from([0, 0, 0, 99])),
  );
  await store.close();
  const server = createEmbeddedMongo({ dataDir: directory });
  await expect(server.start()).rejects.toThrow("has format 99");
  const lock = await lockDataDir(directory);
  await lock.release();
});

test("a missing data directory is made for its owner alone", async () => {
  const dataDir = join(await temporaryDirectory(), "a", "b");
  const server = createEmbeddedMongo({ dataDir });
  await server.start();
  onTestFinished(() => server.stop());
  expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
});
