import { Binary, Double, Int32, Long, ObjectId, Timestamp, UUID } from "mongodb";
import { describe, expect, test } from "vitest";
import type { Subject } from "./subject.ts";

export function describeTypes({ collection }: Subject): void {
  describe("types", () => {
    test.each([
      { name: "integer", value: 42 },
      { name: "large integer", value: 3_000_000_000 },
      { name: "fraction", value: 0.1 },
      { name: "text beyond the basic plane", value: "grüße 🚀" },
      { name: "boolean", value: false },
      { name: "null", value: null },
      { name: "date", value: new Date("2024-02-29T12:00:00.123Z") },
      { name: "id", value: new ObjectId("0123456789abcdef01234567") },
      { name: "nested", value: { list: [1, { two: [3] }], empty: {}, none: [] } },
      { name: "binary", value: new Binary(Buffer.from([0, 255, 128])) },
      { name: "uuid", value: new UUID("00112233-4455-6677-8899-aabbccddeeff") },
      { name: "64-bit integer", value: Long.fromString("9007199254740993") },
      { name: "timestamp", value: new Timestamp({ t: 5, i: 6 }) },
    ])("$name comes back as it was and is found by its value", async ({ value }) => {
      const c = collection();
      await c.insertOne({ _id: 1 as never, value });
      expect(await c.findOne({ value })).toEqual({ _id: 1, value });
    });

    test("an id is found by an equal object", async () => {
      const c = collection();
      const owner = new ObjectId();
      await c.insertMany([{ owner }, { owner: new ObjectId() }]);
      expect(await c.countDocuments({ owner: new ObjectId(owner.toHexString()) })).toBe(1);
      expect(await c.countDocuments({ owner: { $in: [owner, new ObjectId()] } })).toBe(1);
      expect(await c.countDocuments({ owner: { $ne: owner } })).toBe(1);
    });

    test("binary values that are no text are told apart", async () => {
      const c = collection();
      const low = new Binary(Buffer.from([0xfe]));
      await c.insertOne({ value: new Binary(Buffer.from([0xff])) });
      expect(await c.countDocuments({ value: low })).toBe(0);
    });

    test("widths of numbers do not matter for equality", async () => {
      const c = collection();
      await c.insertMany([{ n: new Int32(5) }, { n: new Double(5) }, { n: Long.fromNumber(5) }]);
      expect(await c.countDocuments({ n: 5 })).toBe(3);
      expect(await c.countDocuments({ n: { $gt: 4.9, $lt: 5.1 } })).toBe(3);
    });

    test("stored numbers keep their exact type through updates and projections", async () => {
      const c = collection();
      const value = { i: new Int32(1), d: new Double(1), l: Long.fromNumber(1) };
      const exact = { promoteValues: false, promoteLongs: false, projection: { _id: 0, n: 0 } };
      await c.insertOne({ ...value });
      expect(await c.findOne({}, exact)).toStrictEqual(value);
      await c.updateOne({}, { $set: { n: 1 } });
      expect(await c.findOne({}, exact)).toStrictEqual(value);
    });

    test.each([
      { start: new Int32(1), by: 2, expected: new Int32(3) },
      { start: new Int32(2 ** 31 - 1), by: 1, expected: Long.fromNumber(2 ** 31) },
      { start: new Double(1), by: 2, expected: new Double(3) },
      { start: new Int32(1), by: 0.5, expected: new Double(1.5) },
      { start: Long.fromNumber(1), by: 2, expected: Long.fromNumber(3) },
    ])("$inc of $start by $by keeps the kind of number", async ({ start, by, expected }) => {
      const c = collection();
      await c.insertOne({ n: start });
      const exact = { promoteValues: false, promoteLongs: false } as const;
      await c.updateOne({}, { $inc: { n: by } });
      expect((await c.findOne({}, exact))?.["n"]).toStrictEqual(expected);
    });

    test("a 64-bit integer is counted up without rounding", async () => {
      const c = collection();
      await c.insertOne({ n: Long.fromString("9007199254740993") });
      await c.updateOne({}, { $inc: { n: 2 } });
      expect(String((await c.findOne({}))?.["n"])).toBe("9007199254740995");
    });

    test("undefined is stored as null", async () => {
      const c = collection();
      await c.insertOne({ _id: 1 as never, a: undefined });
      expect(await c.findOne({ a: undefined })).toEqual({ _id: 1, a: null });
    });

    test("texts are ordered by code point", async () => {
      const c = collection();
      const texts = ["\u{1f680}", "\uffee", "a", "aa", "Z"];
      await c.insertMany(texts.map((_id) => ({ _id }) as never));
      const found = await c.find({}).sort({ _id: 1 }).toArray();
      expect(found.map(({ _id }) => String(_id))).toEqual(["Z", "a", "aa", "\uffee", "\u{1f680}"]);
    });

    test("field names of Object's prototype are plain names", async () => {
      const c = collection();
      await c.insertOne({ _id: 1 as never, constructor: "mine" });
      expect(await c.countDocuments({ toString: { $exists: true } })).toBe(0);
      expect(await c.findOne({ constructor: "mine" })).toEqual({ _id: 1, constructor: "mine" });
    });
  });
}
