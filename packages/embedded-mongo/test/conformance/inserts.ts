import { MongoBulkWriteError, MongoServerError, ObjectId } from "mongodb";
import { describe, expect, test } from "vitest";
import type { Subject } from "./subject.ts";

export function describeInserts({ collection, db }: Subject): void {
  describe("inserts, deletes and bulk writes", () => {
    test("an inserted document is found by its id", async () => {
      const c = collection();
      const { insertedId } = await c.insertOne({ name: "a" });
      expect(await c.findOne({ _id: insertedId })).toEqual({ _id: insertedId, name: "a" });
    });

    test("a second document with the same id is refused with 11000", async () => {
      const c = collection();
      const _id = new ObjectId();
      await c.insertOne({ _id });
      await expect(c.insertOne({ _id })).rejects.toMatchObject({
        code: 11000,
        keyPattern: { _id: 1 },
      });
    });

    test("ids of different types are different ids", async () => {
      const c = collection();
      const hex = "0123456789abcdef01234567";
      const ids = [1, "1", new ObjectId(hex), hex, true, null, new Date(1), { a: 1 }];
      await c.insertMany(ids.map((_id) => ({ _id }) as never));
      expect(await c.countDocuments()).toBe(ids.length);
    });

    test("an integer and a double of the same value are the same id", async () => {
      const c = collection();
      await c.insertOne({ _id: 7 as never });
      await expect(c.insertOne({ _id: 7.0 as never })).rejects.toMatchObject({ code: 11000 });
    });

    test("an array is refused as an id", async () => {
      await expect(collection().insertOne({ _id: [1] as never })).rejects.toThrow(MongoServerError);
    });

    test("an ordered bulk insert stops at the first error", async () => {
      const c = collection();
      const documents = [{ _id: 1 }, { _id: 1 }, { _id: 2 }] as never[];
      const error = await c.insertMany(documents).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(MongoBulkWriteError);
      expect((error as MongoBulkWriteError).insertedCount).toBe(1);
      expect(await c.countDocuments()).toBe(1);
    });

    test("an unordered bulk insert reports each error and goes on", async () => {
      const c = collection();
      const documents = [{ _id: 1 }, { _id: 1 }, { _id: 2 }, { _id: 2 }, { _id: 3 }] as never[];
      const error = (await c
        .insertMany(documents, { ordered: false })
        .catch((e: unknown) => e)) as MongoBulkWriteError;
      expect(error.insertedCount).toBe(3);
      const errors = [error.writeErrors].flat();
      expect(errors.map(({ index, code }) => ({ index, code }))).toEqual([
        { index: 1, code: 11000 },
        { index: 3, code: 11000 },
      ]);
    });

    test("a mixed bulk write counts each kind", async () => {
      const c = collection();
      const result = await c.bulkWrite([
        { insertOne: { document: { k: 1 } } },
        { insertOne: { document: { k: 2 } } },
        { updateMany: { filter: {}, update: { $set: { seen: true } } } },
        { updateOne: { filter: { k: 9 }, update: { $set: { n: 1 } }, upsert: true } },
        { replaceOne: { filter: { k: 2 }, replacement: { k: 3 } } },
        { deleteOne: { filter: { k: 1 } } },
      ]);
      expect(result).toMatchObject({
        insertedCount: 2,
        matchedCount: 3,
        modifiedCount: 3,
        upsertedCount: 1,
        deletedCount: 1,
      });
      expect(await c.countDocuments({ k: { $in: [3, 9] } })).toBe(2);
    });

    test("deleteOne removes one document and deleteMany all that match", async () => {
      const c = collection();
      await c.insertMany([{ k: 1 }, { k: 1 }, { k: 1 }, { k: 2 }]);
      expect((await c.deleteOne({ k: 1 })).deletedCount).toBe(1);
      expect((await c.deleteMany({ k: 1 })).deletedCount).toBe(2);
      expect((await c.deleteMany({ k: 1 })).deletedCount).toBe(0);
      expect(await c.countDocuments()).toBe(1);
    });

    test("a dropped collection is empty and can be used again", async () => {
      const c = collection();
      await c.createIndex({ k: 1 }, { unique: true });
      await c.insertOne({ k: 1 });
      await c.drop();
      expect(await c.countDocuments()).toBe(0);
      await c.insertMany([{ k: 1 }, { k: 1 }]);
      expect(await c.countDocuments()).toBe(2);
    });

    test("collections are listed by name", async () => {
      const c = collection();
      await c.insertOne({});
      const found = await db().listCollections({ name: c.collectionName }).toArray();
      expect(found.map(({ name }) => name)).toEqual([c.collectionName]);
    });

    test("an explicitly created collection is empty", async () => {
      const { collectionName } = collection();
      const created = await db().createCollection(collectionName);
      expect(await created.countDocuments()).toBe(0);
    });

    test("documents come back with the id first", async () => {
      const c = collection();
      await c.insertOne({ b: 1, a: 2 });
      expect(Object.keys((await c.findOne({})) ?? {})).toEqual(["_id", "b", "a"]);
    });
  });
}
