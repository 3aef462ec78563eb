import type { Document, Filter } from "mongodb";
import { describe, expect, test } from "vitest";
import type { Subject } from "./subject.ts";

interface QueryCase {
  name: string;
  filter: Document;
  /** The `_id` of those documents below that match. */
  expected: readonly string[];
}

const documents = [
  { _id: "number", a: 5, tag: "x" },
  { _id: "bigger", a: 10, tag: "y" },
  { _id: "text", a: "5" },
  { _id: "null", a: null },
  { _id: "missing", other: 1 },
  { _id: "array", a: [1, 10] },
  { _id: "empty-array", a: [] },
  { _id: "nested", a: { b: 5, c: { d: "deep" } } },
  {
    _id: "documents",
    a: [
      { b: 1, c: 3 },
      { b: 5, c: 2 },
    ],
  },
  { _id: "some-missing", a: [{ b: 1 }, { c: 1 }] },
  { _id: "boolean", a: true },
  { _id: "date", a: new Date(1000) },
];

/** Even numbers belong to `a`. */
const numbered = Array.from({ length: 300 }, (_, i) => ({
  _id: (i + 1) as never,
  owner: i % 2 === 1 ? "a" : "b",
}));

const cases: readonly QueryCase[] = [
  { name: "equality also meets items of arrays", filter: { a: 10 }, expected: ["array", "bigger"] },
  { name: "a number is not a text", filter: { a: "5" }, expected: ["text"] },
  { name: "null meets null and missing", filter: { a: null }, expected: ["missing", "null"] },
  { name: "$exists true", filter: { tag: { $exists: true } }, expected: ["bigger", "number"] },
  { name: "$exists false", filter: { a: { $exists: false } }, expected: ["missing"] },
  {
    name: "$ne also meets missing fields",
    filter: { tag: { $ne: "x" }, a: { $in: [5, 10] } },
    expected: ["array", "bigger"],
  },
  { name: "$gt stays within the type", filter: { a: { $gt: 5 } }, expected: ["array", "bigger"] },
  {
    name: "$gte and $lte include the ends",
    filter: { a: { $gte: 5, $lte: 10 }, tag: { $exists: true } },
    expected: ["bigger", "number"],
  },
  {
    name: "two limits may be met by different items of an array",
    filter: { a: { $gt: 9, $lt: 2 } },
    expected: ["array"],
  },
  { name: "$lt on texts", filter: { a: { $lt: "6" } }, expected: ["text"] },
  { name: "$gt on dates", filter: { a: { $gt: new Date(0) } }, expected: ["date"] },
  { name: "$in mixes types", filter: { a: { $in: ["5", true] } }, expected: ["boolean", "text"] },
  { name: "$in with null", filter: { a: { $in: [null] } }, expected: ["missing", "null"] },
  { name: "$in of nothing", filter: { a: { $in: [] } }, expected: [] },
  {
    name: "$nin",
    filter: { a: { $nin: [5, 10, null, "5", true] } },
    expected: ["date", "documents", "empty-array", "nested", "some-missing"],
  },
  { name: "a dotted path", filter: { "a.c.d": "deep" }, expected: ["nested"] },
  { name: "a dotted path enters arrays", filter: { "a.b": 5 }, expected: ["documents", "nested"] },
  { name: "a path with an index", filter: { "a.0": 1 }, expected: ["array"] },
  {
    name: "null on a path through an array",
    filter: { "a.b": null, a: { $elemMatch: { c: 1 } } },
    expected: ["some-missing"],
  },
  {
    name: "conditions on two paths may be met by two items",
    filter: { "a.b": 1, "a.c": 2 },
    expected: ["documents"],
  },
  {
    name: "$elemMatch asks one item for all",
    filter: { a: { $elemMatch: { b: 1, c: 2 } } },
    expected: [],
  },
  {
    name: "$elemMatch on documents",
    filter: { a: { $elemMatch: { b: { $gt: 1 }, c: 2 } } },
    expected: ["documents"],
  },
  { name: "$elemMatch on values", filter: { a: { $elemMatch: { $gt: 9 } } }, expected: ["array"] },
  { name: "a whole sub-document", filter: { a: { b: 5, c: { d: "deep" } } }, expected: ["nested"] },
  {
    name: "a sub-document in another order",
    filter: { a: { c: { d: "deep" }, b: 5 } },
    expected: [],
  },
  { name: "a whole array", filter: { a: [1, 10] }, expected: ["array"] },
  { name: "an empty array", filter: { a: [] }, expected: ["empty-array"] },
  {
    name: "$or",
    filter: { $or: [{ tag: "x" }, { a: true }] },
    expected: ["boolean", "number"],
  },
  {
    name: "$and with the same field twice",
    filter: { $and: [{ a: 1 }, { a: 10 }] },
    expected: ["array"],
  },
  {
    name: "$or beside other fields",
    filter: { tag: { $exists: true }, $or: [{ a: 5 }, { a: "5" }] },
    expected: ["number"],
  },
  {
    name: "the id in a range",
    filter: { _id: { $gte: "nu", $lt: "o" } },
    expected: ["null", "number"],
  },
];

export function describeQueries({ collection }: Subject): void {
  describe.each([
    { kind: "without an index", keys: [] },
    { kind: "with an index", keys: [{ a: 1 }, { tag: 1 }] },
    { kind: "with indexes on inner fields", keys: [{ "a.b": 1 }, { "a.c": -1 }] },
    {
      kind: "with compound indexes",
      keys: [
        { tag: 1, a: 1 },
        { a: 1, tag: 1 },
      ],
    },
  ])("queries $kind", ({ keys }) => {
    test.each(cases)("$name", async ({ filter, expected }) => {
      const c = collection();
      await c.insertMany(documents as never[]);
      for (const key of keys) await c.createIndex(key as never);
      const found = await c.find(filter as Filter<Document>).toArray();
      expect(found.map(({ _id }) => String(_id)).sort()).toEqual([...expected].sort());
      expect(await c.countDocuments(filter)).toBe(expected.length);
    });
  });

  describe("sorting and shaping", () => {
    test("sort orders types as MongoDB does", async () => {
      const c = collection();
      const values = [true, new Date(0), "b", 3, null, { x: 1 }, -1, "a", 2.5];
      await c.insertMany(values.map((v, i) => ({ _id: i as never, v })));
      const found = await c.find({}).sort({ v: 1 }).toArray();
      expect(found.map(({ v }) => v)).toEqual([
        null,
        -1,
        2.5,
        3,
        "a",
        "b",
        { x: 1 },
        true,
        new Date(0),
      ]);
    });

    test("sort by several fields, skip and limit", async () => {
      const c = collection();
      await c.insertMany(Array.from({ length: 20 }, (_, i) => ({ g: i % 2, n: i })));
      const found = await c.find({}).sort({ g: -1, n: 1 }).skip(2).limit(3).toArray();
      expect(found.map(({ n }) => n)).toEqual([5, 7, 9]);
    });

    test("sort takes the lowest item of an array ascending, the highest descending", async () => {
      const c = collection();
      await c.insertMany([
        { _id: "a" as never, v: [1, 9] },
        { _id: "b" as never, v: 5 },
      ]);
      const ids = async (direction: 1 | -1) =>
        (await c.find({}).sort({ v: direction }).toArray()).map(({ _id }) => String(_id));
      expect(await ids(1)).toEqual(["a", "b"]);
      expect(await ids(-1)).toEqual(["a", "b"]);
    });

    test.each([1, -1] as const)("a range by id in the order %i, batch by batch", async (order) => {
      const c = collection();
      await c.insertMany(numbered);
      const filter: Filter<Document> = {
        _id: { $gt: 20 as never, $lte: 280 as never },
        owner: "a",
      };
      const found = await c.find(filter, { batchSize: 7 }).sort({ _id: order }).limit(40).toArray();
      const expected = Array.from({ length: 130 }, (_, i) => 22 + 2 * i);
      if (order === -1) expected.reverse();
      expect(found.map(({ _id }) => _id)).toEqual(expected.slice(0, 40));
    });

    test.each([1, -1] as const)("a range of a compound index in the order %i", async (order) => {
      const c = collection();
      await c.createIndex({ owner: 1, _id: 1 });
      await c.insertMany(numbered);
      const filter: Filter<Document> = {
        owner: "a",
        _id: { $gte: 0.5 as never, $lt: 100 as never },
      };
      const found = await c.find(filter).sort({ _id: order }).skip(3).toArray();
      const expected = Array.from({ length: 49 }, (_, i) => 2 * (i + 1));
      if (order === -1) expected.reverse();
      expect(found.map(({ _id }) => _id)).toEqual(expected.slice(3));
    });

    test("a walk in the order of an index ends at its limit", async () => {
      const c = collection();
      await c.insertMany(numbered);
      const newest = await c
        .find({ _id: { $gt: 0 as never } })
        .sort({ _id: -1 })
        .limit(1)
        .toArray();
      expect(newest).toEqual([{ _id: 300, owner: "a" }]);
    });

    test("skip and limit without a sort", async () => {
      const c = collection();
      await c.insertMany(Array.from({ length: 10 }, (_, i) => ({ _id: i as never })));
      expect(await c.find({}).skip(7).limit(5).toArray()).toHaveLength(3);
    });

    test.each([
      { projection: { a: 1 }, expected: { _id: 1, a: { x: 1, y: [{ p: 1, q: 2 }, 3] } } },
      { projection: { "a.x": 1, _id: 0 }, expected: { a: { x: 1 } } },
      { projection: { "a.y.p": 1 }, expected: { _id: 1, a: { y: [{ p: 1 }] } } },
      { projection: { a: 0 }, expected: { _id: 1, b: 2 } },
      { projection: { "a.y.p": 0, b: 0 }, expected: { _id: 1, a: { x: 1, y: [{ q: 2 }, 3] } } },
      { projection: { _id: 0 }, expected: { a: { x: 1, y: [{ p: 1, q: 2 }, 3] }, b: 2 } },
      { projection: { _id: 1 }, expected: { _id: 1 } },
      { projection: { nothing: 1 }, expected: { _id: 1 } },
    ])("projection $projection", async ({ projection, expected }) => {
      const c = collection();
      await c.insertOne({ _id: 1 as never, a: { x: 1, y: [{ p: 1, q: 2 }, 3] }, b: 2 });
      expect(await c.findOne({}, { projection: projection as Document })).toEqual(expected);
    });

    test("counts respect skip and limit", async () => {
      const c = collection();
      await c.insertMany(Array.from({ length: 10 }, (_, i) => ({ i })));
      expect(await c.countDocuments({ i: { $gte: 2 } }, { skip: 3, limit: 4 })).toBe(4);
      expect(await c.countDocuments({ i: { $gte: 100 } })).toBe(0);
      expect(await c.estimatedDocumentCount()).toBe(10);
    });

    test.each([
      { filter: { a: { $in: 5 } } },
      { filter: { $or: [] } },
      { filter: { a: { $nonsense: 1 } } },
    ])("a filter like $filter is refused with code 2", async ({ filter }) => {
      await expect(
        collection()
          .find(filter as Document)
          .toArray(),
      ).rejects.toMatchObject({
        code: 2,
      });
    });
  });
}
