import { describe, expect, test } from "vitest";
import type { Subject } from "./subject.ts";

export function describeFindAndModify({ collection }: Subject): void {
  describe("findAndModify", () => {
    test("returns the document before or after the update", async () => {
      const c = collection();
      await c.insertOne({ _id: "it" as never, n: 1 });
      const before = await c.findOneAndUpdate({}, { $inc: { n: 1 } }, { returnDocument: "before" });
      const after = await c.findOneAndUpdate({}, { $inc: { n: 1 } }, { returnDocument: "after" });
      expect([before?.["n"], after?.["n"]]).toEqual([1, 3]);
    });

    test("returns null without a match", async () => {
      const c = collection();
      expect(await c.findOneAndUpdate({ a: 1 }, { $set: { b: 1 } })).toBeNull();
      expect(await c.findOneAndDelete({ a: 1 })).toBeNull();
      expect(await c.countDocuments()).toBe(0);
    });

    test("an upsert returns the new document or nothing before", async () => {
      const c = collection();
      const options = { upsert: true } as const;
      const after = await c.findOneAndUpdate(
        { k: 1 },
        { $set: { v: 1 } },
        { ...options, returnDocument: "after" },
      );
      expect(after).toMatchObject({ k: 1, v: 1 });
      const before = await c.findOneAndUpdate({ k: 2 }, { $set: { v: 2 } }, options);
      expect(before).toBeNull();
    });

    test("the metadata tell an update from an upsert", async () => {
      const c = collection();
      const options = { upsert: true, includeResultMetadata: true } as const;
      const first = await c.findOneAndUpdate({ k: 1 }, { $inc: { n: 1 } }, options);
      const second = await c.findOneAndUpdate({ k: 1 }, { $inc: { n: 1 } }, options);
      expect(first.lastErrorObject).toMatchObject({ n: 1, updatedExisting: false });
      expect(first.lastErrorObject?.["upserted"]).toBeDefined();
      expect(second.lastErrorObject).toMatchObject({ n: 1, updatedExisting: true });
    });

    test("sort chooses which of the matches", async () => {
      const c = collection();
      await c.insertMany([{ p: 2 }, { p: 9 }, { p: 5 }]);
      const lowest = await c.findOneAndDelete({}, { sort: { p: 1 } });
      const highest = await c.findOneAndUpdate({}, { $set: { taken: true } }, { sort: { p: -1 } });
      expect([lowest?.["p"], highest?.["p"]]).toEqual([2, 9]);
    });

    test("projection shapes what is returned", async () => {
      const c = collection();
      await c.insertOne({ a: 1, b: 2 });
      const found = await c.findOneAndUpdate(
        {},
        { $inc: { a: 1 } },
        { projection: { a: 1, _id: 0 }, returnDocument: "after" },
      );
      expect(found).toEqual({ a: 2 });
    });

    test("findOneAndReplace and findOneAndDelete", async () => {
      const c = collection();
      await c.insertOne({ _id: "it" as never, a: 1 });
      const replaced = await c.findOneAndReplace({ a: 1 }, { b: 2 }, { returnDocument: "after" });
      expect(replaced).toEqual({ _id: "it", b: 2 });
      expect(await c.findOneAndDelete({ b: 2 })).toEqual({ _id: "it", b: 2 });
      expect(await c.countDocuments()).toBe(0);
    });

    test("numbers drawn by many clients at once are all different", async () => {
      const c = collection();
      const drawn = await Promise.all(
        Array.from({ length: 50 }, () =>
          c.findOneAndUpdate(
            { _id: "counter" as never },
            { $inc: { n: 1 } },
            { upsert: true, returnDocument: "after" },
          ),
        ),
      );
      expect(new Set(drawn.map((document) => document?.["n"])).size).toBe(50);
    });

    test("a change that breaks a unique index is refused with 11000", async () => {
      const c = collection();
      await c.createIndex({ k: 1 }, { unique: true });
      await c.insertMany([{ k: 1 }, { k: 2 }]);
      await expect(c.findOneAndUpdate({ k: 1 }, { $set: { k: 2 } })).rejects.toMatchObject({
        code: 11000,
      });
      expect(await c.countDocuments({ k: 1 })).toBe(1);
    });
  });
}
