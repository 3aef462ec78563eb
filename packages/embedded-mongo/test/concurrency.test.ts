import { expect, test } from "vitest";
import { connectTo, eventually, startHarness } from "./support/harness.ts";

test("two clients that count up the same field lose nothing", async () => {
  const { server } = await startHarness();
  const clients = [await connectTo(server.url), await connectTo(server.url)];
  const counts = clients.map((client) => client.db("d").collection("counters"));
  await counts[0]?.insertOne({ _id: "c" as never, n: 0 });
  await Promise.all(
    counts.flatMap((c) =>
      Array.from({ length: 200 }, () => c.updateOne({ _id: "c" as never }, { $inc: { n: 1 } })),
    ),
  );
  expect(await counts[0]?.findOne({})).toMatchObject({ n: 400 });
});

test("each of many writes that come together waits for a flush", async () => {
  let flushes = 0;
  const { db } = await startHarness(
    {},
    {
      afterFlush: (flushed) => {
        flushes++;
        return flushed;
      },
    },
  );
  const c = db.collection("c");
  await c.insertOne({});
  const before = flushes;
  await Promise.all(Array.from({ length: 200 }, (_, i) => c.insertOne({ i })));
  expect(flushes - before).toBe(200);
});

test("an index that is made while others write has every document", async () => {
  const { db } = await startHarness();
  const c = db.collection("c");
  await c.insertMany(Array.from({ length: 500 }, (_, k) => ({ k })));
  const writes = Array.from({ length: 100 }, (_, i) => c.insertOne({ k: 1000 + i }));
  const index = c.createIndex({ k: 1 });
  const reads = Array.from({ length: 20 }, () => c.countDocuments({ k: { $lt: 500 } }));
  expect(new Set(await Promise.all(reads))).toEqual(new Set([500]));
  await Promise.all([...writes, index]);
  expect(await c.countDocuments({ k: { $gte: 0 } })).toBe(600);
});

test("a client that does not read its replies does not hold up the others", async () => {
  const { server, db } = await startHarness();
  const c = db.collection("c");
  const text = "x".repeat(100_000);
  await c.insertMany(Array.from({ length: 50 }, (_, i) => ({ i, text })));
  const slow = await connectTo(server.url);
  const cursor = slow.db("test").collection("c").find({}, { batchSize: 1000 });
  const first = cursor.next();
  expect(await c.countDocuments({ i: { $gte: 0 } })).toBe(50);
  await first;
  await cursor.close();
});

test("an answered write is seen by every reader at once", async () => {
  const { server, db } = await startHarness();
  const other = (await connectTo(server.url)).db("test").collection("c");
  const c = db.collection("c");
  for (let i = 0; i < 100; i++) {
    await c.insertOne({ _id: i as never });
    expect(await other.countDocuments({ _id: i as never })).toBe(1);
  }
});

test("a collection that grows far beyond the first map size stays readable", async () => {
  const { db } = await startHarness();
  const c = db.collection("c");
  const text = "x".repeat(1_000_000);
  await Promise.all(Array.from({ length: 40 }, (_, i) => c.insertOne({ i, text })));
  expect(await c.countDocuments({ i: { $gte: 0 } })).toBe(40);
  await c.drop();
  await eventually(async () => (await c.countDocuments()) === 0);
});
