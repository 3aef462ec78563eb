import { MongoClient } from "mongodb";
import { expect, onTestFinished, test } from "vitest";
import { createEmbeddedMongo } from "../src/index.ts";
import { silentLogger } from "../src/logger.ts";
import { openEnvironment } from "../src/storage/environment.ts";
import { spawnServer, spawnServerWithFileLimit } from "./support/child-server.ts";
import { connectTo, eventually, startHarness, temporaryDirectory } from "./support/harness.ts";

test("after kill -9 in the middle of writing every answered write is there", async () => {
  const dataDir = await temporaryDirectory();
  for (let round = 0; round < 3; round++) {
    const child = await spawnServer("--data-dir", dataDir);
    const client = await MongoClient.connect(child.url, { serverSelectionTimeoutMS: 2000 });
    const c = client.db("d").collection<{ _id: string; n: number }>("c");
    if (round === 0) await c.createIndex({ n: 1 });
    const answered: string[] = [];
    const writers = Array.from({ length: 4 }, async (_, writer) => {
      for (let n = 0; ; n++) {
        const _id = `${round}/${writer}/${n}`;
        await c.insertOne({ _id, n });
        answered.push(_id);
      }
    });
    const ended = Promise.allSettled(writers);
    await eventually(() => answered.length > 200);
    await child.kill("SIGKILL");
    await ended;
    await client.close();

    const server = createEmbeddedMongo({ dataDir });
    await server.start();
    try {
      const again = await MongoClient.connect(server.url);
      const stored = again.db("d").collection<{ _id: string; n: number }>("c");
      expect(await stored.countDocuments({ _id: { $in: answered } })).toBe(answered.length);
      // The index has exactly what the collection has, whatever was cut off.
      const byIndex = await stored.countDocuments({ n: { $gte: 0 } });
      expect(byIndex).toBe(await stored.estimatedDocumentCount());
      await again.close();
    } finally {
      await server.stop();
    }
  }
});

test("a write is answered only after its flush", async () => {
  let release: () => void = () => undefined;
  let isGated = false;
  const gate = new Promise<void>((resolve) => (release = resolve));
  const afterFlush = (flushed: Promise<unknown>) => (isGated ? gate.then(() => flushed) : flushed);
  const { db } = await startHarness({}, { afterFlush });
  const c = db.collection("c");
  await c.insertOne({ n: 0 });

  isGated = true;
  const events: string[] = [];
  const writes = [
    c.insertOne({ n: 1 }).then(() => events.push("insert")),
    c.updateOne({ n: 0 }, { $set: { x: 1 } }).then(() => events.push("update")),
    c.findOneAndUpdate({ n: 0 }, { $set: { y: 1 } }).then(() => events.push("findAndModify")),
    c.deleteOne({ n: -1 }).then(() => events.push("delete")),
    c.createIndex({ n: 1 }).then(() => events.push("createIndexes")),
  ];
  // All of them are committed and visible, but none is answered.
  await eventually(async () => (await c.countDocuments({ y: 1 })) === 1);
  expect(events).toEqual([]);

  events.push("flushed");
  release();
  await Promise.all(writes);
  expect(events[0]).toBe("flushed");
  expect(events).toHaveLength(6);
});

test("a flush that is never confirmed is answered as an error of unknown outcome", async () => {
  let isBroken = false;
  const afterFlush = (flushed: Promise<unknown>) =>
    isBroken ? new Promise<never>(() => undefined) : flushed;
  const { db } = await startHarness({}, { afterFlush, flushTimeoutMs: 50 });
  isBroken = true;
  await expect(db.collection("c").insertOne({})).rejects.toThrow(/outcome is unknown/);
});

test("each durable write took a sync of the disk", async () => {
  const directory = await temporaryDirectory();
  const environment = openEnvironment({ directory, logger: silentLogger });
  onTestFinished(() => environment.close());
  for (let n = 0; n < 20; n++) {
    const before = environment.syncSeconds();
    const key = Buffer.from(`key ${n}`);
    await environment.write(() => environment.documents.put(key, Buffer.alloc(10))).durable;
    expect(environment.syncSeconds()).toBeGreaterThan(before);
  }
});

test("documents, indexes and their uniqueness survive a restart", async () => {
  const dataDir = await temporaryDirectory();
  const first = createEmbeddedMongo({ dataDir });
  await first.start();
  const client = await MongoClient.connect(first.url);
  const c = client.db("d").collection("c");
  await c.createIndex({ k: 1 }, { unique: true });
  await c.createIndex({ tags: 1, k: -1 });
  await c.insertMany(Array.from({ length: 100 }, (_, k) => ({ k, tags: [k, k + 1] })));
  await client.close();
  await first.stop();

  const { db } = await startHarness({ dataDir });
  const again = db.client.db("d").collection("c");
  expect(await again.countDocuments()).toBe(100);
  expect((await again.indexes()).map(({ name }) => name)).toEqual(["_id_", "k_1", "tags_1_k_-1"]);
  await expect(again.insertOne({ k: 5 })).rejects.toMatchObject({ code: 11000 });
  expect(await again.countDocuments({ tags: { $gt: 98, $lt: 100 } })).toBe(2);
  expect(JSON.stringify(await again.find({ tags: 5 }).explain())).toContain("IXSCAN");
});

test("a command that fails half way leaves nothing behind", async () => {
  const { db } = await startHarness();
  const c = db.collection("c");
  await c.insertMany([{ k: 1 }, { k: 2 }, { k: 1 }]);
  const command = {
    createIndexes: "c",
    indexes: [
      { key: { other: 1 }, name: "other_1" },
      { key: { k: 1 }, name: "k_1", unique: true },
    ],
  };
  await expect(db.command(command)).rejects.toMatchObject({ code: 11000 });
  expect((await c.indexes()).map(({ name }) => name)).toEqual(["_id_"]);
  await c.createIndex({ k: 1 });
  expect(await c.countDocuments({ k: 1 })).toBe(2);
});

test("on a full disk a write is refused, and reads and the server go on", async () => {
  const dataDir = await temporaryDirectory();
  const child = await spawnServerWithFileLimit(4000, "--data-dir", dataDir);
  const c = (await connectTo(child.url)).db("d").collection("c");
  const text = "x".repeat(50_000);
  let stored = 0;
  const fill = async () => {
    for (; stored < 1000; stored++) await c.insertOne({ text });
  };
  await expect(fill()).rejects.toMatchObject({ code: 14031 });
  expect(stored).toBeGreaterThan(10);
  expect(await c.countDocuments({ text: { $exists: true } })).toBe(stored);
  expect(await c.findOne({ text: "none" })).toBeNull();
});
