import type { Collection, Document, Filter } from "mongodb";
import { describe, expect, test } from "vitest";
import type { Subject } from "./subject.ts";

async function isCollectionScan(c: Collection<Document>, filter: Filter<Document>) {
  return JSON.stringify(await c.find(filter).explain("queryPlanner")).includes("COLLSCAN");
}

export function describeIndexes({ collection }: Subject): void {
  describe("indexes", () => {
    test("a unique index refuses a second value with 11000 and names it", async () => {
      const c = collection();
      await c.createIndex({ name: 1 }, { unique: true });
      await c.insertOne({ name: "a" });
      await expect(c.insertOne({ name: "a" })).rejects.toMatchObject({
        code: 11000,
        keyPattern: { name: 1 },
        keyValue: { name: "a" },
      });
      await expect(
        c.updateOne({ name: "b" }, { $set: { name: "a" } }, { upsert: true }),
      ).rejects.toMatchObject({ code: 11000 });
    });

    test("a document may be updated without breaking its own unique key", async () => {
      const c = collection();
      await c.createIndex({ name: 1 }, { unique: true });
      await c.insertOne({ name: "a", n: 1 });
      await c.updateOne({ name: "a" }, { $set: { name: "a", n: 2 } });
      expect(await c.countDocuments({ name: "a", n: 2 })).toBe(1);
    });

    test("a unique key is free again after a delete or a change", async () => {
      const c = collection();
      await c.createIndex({ name: 1 }, { unique: true });
      await c.insertMany([{ name: "a" }, { name: "b" }]);
      await c.deleteOne({ name: "a" });
      await c.updateOne({ name: "b" }, { $set: { name: "c" } });
      await c.insertMany([{ name: "a" }, { name: "b" }]);
      expect(await c.countDocuments()).toBe(3);
    });

    test("a compound unique index compares all its fields", async () => {
      const c = collection();
      await c.createIndex({ job: 1, n: 1 }, { unique: true });
      await c.insertMany([
        { job: "a", n: 1 },
        { job: "a", n: 2 },
        { job: "b", n: 1 },
      ]);
      await expect(c.insertOne({ job: "a", n: 2 })).rejects.toMatchObject({ code: 11000 });
    });

    test("a missing field counts as null in a unique index", async () => {
      const c = collection();
      await c.createIndex({ name: 1 }, { unique: true });
      await c.insertOne({ other: 1 });
      await expect(c.insertOne({ other: 2 })).rejects.toMatchObject({ code: 11000 });
    });

    test("a sparse unique index lets fields be missing", async () => {
      const c = collection();
      await c.createIndex({ name: 1 }, { unique: true, sparse: true });
      await c.insertMany([{ other: 1 }, { other: 2 }, { name: "a" }]);
      await expect(c.insertOne({ name: "a" })).rejects.toMatchObject({ code: 11000 });
      expect(await c.countDocuments({ name: null })).toBe(2);
    });

    test("items of arrays are unique keys, too", async () => {
      const c = collection();
      await c.createIndex({ tags: 1 }, { unique: true });
      await c.insertOne({ tags: ["a", "b"] });
      await expect(c.insertOne({ tags: ["b", "c"] })).rejects.toMatchObject({ code: 11000 });
      await c.insertOne({ tags: ["c", "c"] });
    });

    test("parallel arrays are refused by a compound index", async () => {
      const c = collection();
      await c.createIndex({ a: 1, b: 1 });
      await expect(c.insertOne({ a: [1, 2], b: [1, 2] })).rejects.toMatchObject({ code: 171 });
      expect(await c.countDocuments()).toBe(0);
    });

    test("a document with an empty array on the way is found by the other fields", async () => {
      const c = collection();
      await c.createIndex({ x: 1, "a.b": 1 });
      await c.insertOne({ x: 1, a: [] });
      expect(await c.countDocuments({ x: 1 })).toBe(1);
      await c.updateOne({ x: 1 }, { $set: { a: [{ b: 1 }] } });
      expect(await c.countDocuments({ x: 1, "a.b": 1 })).toBe(1);
    });

    test("a unique index cannot be made over duplicates", async () => {
      const c = collection();
      await c.insertMany([{ k: 1 }, { k: 1 }]);
      await expect(c.createIndex({ k: 1 }, { unique: true })).rejects.toMatchObject({
        code: 11000,
      });
      expect(await c.indexes()).toHaveLength(1);
      await c.insertOne({ k: 1 });
    });

    test("indexes are listed, and making the same again changes nothing", async () => {
      const c = collection();
      await c.createIndex({ a: 1, "b.c": -1 }, { unique: true, name: "mine" });
      await c.createIndex({ a: 1, "b.c": -1 }, { unique: true, name: "mine" });
      expect(await c.indexes()).toMatchObject([
        { name: "_id_", key: { _id: 1 } },
        { name: "mine", key: { a: 1, "b.c": -1 }, unique: true },
      ]);
    });

    test("the same name with other fields is refused with 86, the same fields with 85", async () => {
      const c = collection();
      await c.createIndex({ a: 1 }, { name: "mine" });
      await expect(c.createIndex({ b: 1 }, { name: "mine" })).rejects.toMatchObject({ code: 86 });
      await expect(c.createIndex({ a: 1 }, { name: "other" })).rejects.toMatchObject({ code: 85 });
    });

    test("a dropped index is neither listed nor enforced", async () => {
      const c = collection();
      await c.createIndex({ k: 1 }, { unique: true });
      await c.insertOne({ k: 1 });
      await c.dropIndex("k_1");
      await c.insertOne({ k: 1 });
      expect(await c.indexes()).toHaveLength(1);
    });

    test.each([
      { filter: { a: 5 } },
      { filter: { a: { $gt: 5 } } },
      { filter: { a: { $in: [1, 5] } } },
      { filter: { a: 5, b: 1, z: 3 } },
      { filter: { a: 5, b: { $gte: 1, $lt: 4 } } },
      { filter: { $and: [{ a: { $gte: 3 } }, { z: 1 }] } },
      { filter: { "inner.x": 3 } },
    ])("$filter is answered by an index", async ({ filter }) => {
      const c = collection();
      await c.createIndex({ a: 1, b: 1 });
      await c.createIndex({ "inner.x": 1 });
      await c.insertMany(Array.from({ length: 20 }, (_, a) => ({ a, b: a % 3, inner: { x: a } })));
      expect(await isCollectionScan(c, filter as Filter<Document>)).toBe(false);
    });

    test.each([{ filter: {} }, { filter: { b: 1 } }, { filter: { z: 1 } }])(
      "$filter walks over the collection",
      async ({ filter }) => {
        const c = collection();
        await c.createIndex({ a: 1, b: 1 });
        await c.insertMany(Array.from({ length: 20 }, (_, a) => ({ a, b: a % 3 })));
        expect(await isCollectionScan(c, filter as Filter<Document>)).toBe(true);
      },
    );

    test("a look-up by index examines only what it needs", async () => {
      const c = collection();
      await c.createIndex({ a: 1 });
      await c.insertMany(Array.from({ length: 200 }, (_, a) => ({ a })));
      const { executionStats } = await c
        .find({ a: { $gte: 50, $lt: 60 } })
        .explain("executionStats");
      expect(executionStats.nReturned).toBe(10);
      expect(executionStats.totalDocsExamined).toBe(10);
    });
  });
}
