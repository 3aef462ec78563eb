import type { Document, UpdateFilter } from "mongodb";
import { describe, expect, test } from "vitest";
import type { Subject } from "./subject.ts";

interface UpdateCase {
  name: string;
  before: Document;
  update: Document;
  after: Document;
  /** Whether the document counts as modified; default true. */
  isModified?: boolean;
}

const cases: readonly UpdateCase[] = [
  { name: "$set replaces a value", before: { a: 1 }, update: { $set: { a: 2 } }, after: { a: 2 } },
  {
    name: "$set of the same value modifies nothing",
    before: { a: { x: 1 } },
    update: { $set: { a: { x: 1 } } },
    after: { a: { x: 1 } },
    isModified: false,
  },
  {
    name: "$set with the same members in another order modifies",
    before: { a: { x: 1, y: 2 } },
    update: { $set: { a: { y: 2, x: 1 } } },
    after: { a: { y: 2, x: 1 } },
  },
  {
    name: "$set makes missing sub-documents",
    before: {},
    update: { $set: { "a.b.c": 1 } },
    after: { a: { b: { c: 1 } } },
  },
  {
    name: "$set of an array item",
    before: { a: [1, 2] },
    update: { $set: { "a.1": 9 } },
    after: { a: [1, 9] },
  },
  {
    name: "$set beyond the end of an array fills with null",
    before: { a: [1] },
    update: { $set: { "a.3": 9 } },
    after: { a: [1, null, null, 9] },
  },
  {
    name: "$set inside an array item",
    before: { a: [{ x: 1 }] },
    update: { $set: { "a.0.x": 2 } },
    after: { a: [{ x: 2 }] },
  },
  { name: "$unset", before: { a: 1, b: 2 }, update: { $unset: { a: "" } }, after: { b: 2 } },
  {
    name: "$unset of a missing field modifies nothing",
    before: { b: 2 },
    update: { $unset: { a: "", "b.c": "" } },
    after: { b: 2 },
    isModified: false,
  },
  {
    name: "$unset of an array item leaves null",
    before: { a: [1, 2] },
    update: { $unset: { "a.0": "" } },
    after: { a: [null, 2] },
  },
  { name: "$inc adds", before: { n: 1 }, update: { $inc: { n: 2 } }, after: { n: 3 } },
  {
    name: "$inc starts at nothing",
    before: {},
    update: { $inc: { "n.m": -2 } },
    after: { n: { m: -2 } },
  },
  {
    name: "$inc by zero modifies nothing",
    before: { n: 1 },
    update: { $inc: { n: 0 } },
    after: { n: 1 },
    isModified: false,
  },
  { name: "$min takes the lower", before: { n: 5 }, update: { $min: { n: 3 } }, after: { n: 3 } },
  {
    name: "$min keeps the lower",
    before: { n: 5 },
    update: { $min: { n: 7 } },
    after: { n: 5 },
    isModified: false,
  },
  { name: "$max takes the higher", before: { n: 5 }, update: { $max: { n: 7 } }, after: { n: 7 } },
  { name: "$max sets a missing field", before: {}, update: { $max: { n: 7 } }, after: { n: 7 } },
  { name: "$push appends", before: { l: [1] }, update: { $push: { l: 2 } }, after: { l: [1, 2] } },
  {
    name: "$push makes the array",
    before: {},
    update: { $push: { l: { x: 1 } } },
    after: { l: [{ x: 1 }] },
  },
  {
    name: "$push of an array appends one item",
    before: { l: [1] },
    update: { $push: { l: [2, 3] } },
    after: { l: [1, [2, 3]] },
  },
  {
    name: "$push $each keeps the last with a negative $slice",
    before: { l: [1, 2] },
    update: { $push: { l: { $each: [3, 4], $slice: -3 } } },
    after: { l: [2, 3, 4] },
  },
  {
    name: "$push $slice also cuts a new array",
    before: {},
    update: { $push: { l: { $each: [1, 2, 3], $slice: 2 } } },
    after: { l: [1, 2] },
  },
  {
    name: "$push $slice 0 empties",
    before: { l: [1, 2] },
    update: { $push: { l: { $each: [3], $slice: 0 } } },
    after: { l: [] },
  },
  {
    name: "$pull by value",
    before: { l: [1, 2, 1] },
    update: { $pull: { l: 1 } },
    after: { l: [2] },
  },
  {
    name: "$pull by condition",
    before: { l: [1, 5, 9] },
    update: { $pull: { l: { $gte: 5 } } },
    after: { l: [1] },
  },
  {
    name: "$pull of documents that match",
    before: { l: [{ k: 1, v: 1 }, { k: 2 }] },
    update: { $pull: { l: { k: 1 } } },
    after: { l: [{ k: 2 }] },
  },
  {
    name: "$pull from nothing modifies nothing",
    before: {},
    update: { $pull: { l: 1 } },
    after: {},
    isModified: false,
  },
  {
    name: "$addToSet adds what is missing",
    before: { s: ["a"] },
    update: { $addToSet: { s: { $each: ["a", "b", "b"] } } },
    after: { s: ["a", "b"] },
  },
  {
    name: "$addToSet of a known document modifies nothing",
    before: { s: [{ a: 1 }] },
    update: { $addToSet: { s: { a: 1 } } },
    after: { s: [{ a: 1 }] },
    isModified: false,
  },
  {
    name: "$addToSet makes the array",
    before: {},
    update: { $addToSet: { s: 1 } },
    after: { s: [1] },
  },
  {
    name: "$setOnInsert does nothing to an existing document",
    before: { a: 1 },
    update: { $setOnInsert: { b: 1 } },
    after: { a: 1 },
    isModified: false,
  },
  {
    name: "several operators at once",
    before: { n: 1, l: [1], x: 1 },
    update: { $inc: { n: 1 }, $push: { l: 2 }, $unset: { x: "" }, $set: { "y.z": true } },
    after: { n: 2, l: [1, 2], y: { z: true } },
  },
];

const refusals = [
  { name: "$inc of a text", before: { n: "1" }, update: { $inc: { n: 1 } }, code: 14 },
  { name: "$inc by a text", before: { n: 1 }, update: { $inc: { n: "1" } }, code: 14 },
  { name: "$push to a number", before: { l: 1 }, update: { $push: { l: 1 } }, code: 2 },
  { name: "$set through a number", before: { a: 1 }, update: { $set: { "a.b": 1 } }, code: 28 },
  { name: "$set through null", before: { a: null }, update: { $set: { "a.b": 1 } }, code: 28 },
  {
    name: "two operators on one path",
    before: { a: 1 },
    update: { $set: { a: 1 }, $inc: { a: 1 } },
    code: 40,
  },
  {
    name: "a path and a part of it",
    before: { a: {} },
    update: { $set: { a: {}, "a.b": 1 } },
    code: 40,
  },
  { name: "another id", before: { a: 1 }, update: { $set: { _id: "other" } }, code: 66 },
];

export function describeUpdates({ collection }: Subject): void {
  describe("updates", () => {
    test.each(cases)("$name", async ({ before, update, after, isModified = true }) => {
      const c = collection();
      await c.insertOne({ _id: "it" as never, ...before });
      const result = await c.updateOne({ _id: "it" as never }, update as UpdateFilter<Document>);
      expect(result).toMatchObject({ matchedCount: 1, modifiedCount: isModified ? 1 : 0 });
      const found = await c.findOne({});
      expect(found).toEqual({ _id: "it", ...after });
    });

    test.each(refusals)("$name is refused with code $code", async ({ before, update, code }) => {
      const c = collection();
      await c.insertOne({ _id: "it" as never, ...before });
      await expect(c.updateOne({}, update as UpdateFilter<Document>)).rejects.toMatchObject({
        code,
      });
      expect(await c.findOne({})).toEqual({ _id: "it", ...before });
    });

    test("members keep their order", async () => {
      const c = collection();
      await c.insertOne({ a: { x: 1, y: 2, z: 3 } });
      await c.updateOne({}, { $set: { "a.y": 9 } });
      const found = await c.findOne({});
      expect(Object.keys(found?.["a"])).toEqual(["x", "y", "z"]);
    });

    test("updateMany changes all that match, once each", async () => {
      const c = collection();
      await c.createIndex({ n: 1 });
      await c.insertMany(Array.from({ length: 50 }, (_, n) => ({ n })));
      const result = await c.updateMany({ n: { $gte: 10 } }, { $inc: { n: 5 } });
      expect(result).toMatchObject({ matchedCount: 40, modifiedCount: 40 });
      const total = (await c.find({}).toArray()).reduce((sum, { n }) => sum + Number(n), 0);
      expect(total).toBe((49 * 50) / 2 + 40 * 5);
    });

    test("an update without a match changes nothing", async () => {
      const result = await collection().updateOne({ a: 1 }, { $set: { b: 1 } });
      expect(result).toMatchObject({ matchedCount: 0, modifiedCount: 0, upsertedCount: 0 });
    });

    test("a replacement keeps nothing but the id", async () => {
      const c = collection();
      await c.insertOne({ _id: "it" as never, a: 1, b: 2 });
      expect((await c.replaceOne({ a: 1 }, { c: 3 })).modifiedCount).toBe(1);
      expect(await c.findOne({})).toEqual({ _id: "it", c: 3 });
    });

    test("a replacement with another id is refused with 66", async () => {
      const c = collection();
      await c.insertOne({ _id: "it" as never });
      await expect(c.replaceOne({}, { _id: "other" as never })).rejects.toMatchObject({ code: 66 });
    });

    test("a compare-and-set on a version lets one of many writers through", async () => {
      const c = collection();
      await c.insertOne({ _id: "it" as never, rev: 1 });
      const results = await Promise.all(
        Array.from({ length: 10 }, (_, writer) =>
          c.updateOne({ _id: "it" as never, rev: 1 }, { $set: { writer }, $inc: { rev: 1 } }),
        ),
      );
      expect(results.reduce((sum, { modifiedCount }) => sum + modifiedCount, 0)).toBe(1);
    });

    test("concurrent increments are all counted", async () => {
      const c = collection();
      await c.insertOne({ n: 0 });
      await Promise.all(Array.from({ length: 100 }, () => c.updateOne({}, { $inc: { n: 1 } })));
      expect((await c.findOne({}))?.["n"]).toBe(100);
    });
  });
}
