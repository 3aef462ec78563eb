import { ObjectId } from "mongodb";
import { describe, expect, test } from "vitest";
import type { Subject } from "./subject.ts";

export function describeUpserts({ collection }: Subject): void {
  describe("upserts", () => {
    test("an upsert without a match inserts the equalities of the filter and the update", async () => {
      const c = collection();
      const result = await c.updateOne(
        { name: "a", "where.x": 1, n: { $gt: 5 }, $and: [{ side: { $eq: "left" } }] },
        { $set: { set: true }, $setOnInsert: { created: 1 }, $inc: { count: 1 } },
        { upsert: true },
      );
      expect(result).toMatchObject({ matchedCount: 0, upsertedCount: 1 });
      expect(result.upsertedId).toBeInstanceOf(ObjectId);
      expect(await c.findOne({})).toEqual({
        _id: result.upsertedId,
        name: "a",
        where: { x: 1 },
        side: "left",
        set: true,
        created: 1,
        count: 1,
      });
    });

    test("an upsert with a match updates it and leaves $setOnInsert out", async () => {
      const c = collection();
      await c.insertOne({ _id: "it" as never, n: 1 });
      const result = await c.updateOne(
        { _id: "it" as never },
        { $inc: { n: 1 }, $setOnInsert: { created: 1 } },
        { upsert: true },
      );
      expect(result).toMatchObject({ matchedCount: 1, modifiedCount: 1, upsertedCount: 0 });
      expect(await c.findOne({})).toEqual({ _id: "it", n: 2 });
    });

    test("the id of the filter becomes the id of the document", async () => {
      const c = collection();
      await c.updateOne({ _id: "mine" as never }, { $set: { a: 1 } }, { upsert: true });
      expect(await c.findOne({})).toEqual({ _id: "mine", a: 1 });
    });

    test("a replacement upsert takes only the id from the filter", async () => {
      const c = collection();
      await c.replaceOne({ _id: "mine" as never, x: 1 }, { a: 1 }, { upsert: true });
      expect(await c.findOne({})).toEqual({ _id: "mine", a: 1 });
    });

    test("of concurrent upserts of one id one inserts", async () => {
      const c = collection();
      const results = await Promise.all(
        Array.from({ length: 20 }, () =>
          c.updateOne({ _id: "it" as never }, { $inc: { n: 1 } }, { upsert: true }),
        ),
      );
      expect(results.reduce((sum, { upsertedCount }) => sum + upsertedCount, 0)).toBe(1);
      expect(await c.findOne({})).toEqual({ _id: "it", n: 20 });
    });
  });
}
