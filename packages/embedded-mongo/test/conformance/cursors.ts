import { describe, expect, test } from "vitest";
import type { Subject } from "./subject.ts";

export function describeCursors({ collection, db }: Subject): void {
  describe("cursors", () => {
    test("all documents arrive in batches of any size", async () => {
      const c = collection();
      await c.insertMany(Array.from({ length: 250 }, (_, i) => ({ i })));
      for (const batchSize of [1, 7, 100, 1000]) {
        const found = await c.find({}, { batchSize }).toArray();
        expect(new Set(found.map(({ i }) => i)).size).toBe(250);
      }
    });

    test("a sorted result keeps its order over batches", async () => {
      const c = collection();
      await c.insertMany(Array.from({ length: 120 }, (_, i) => ({ i: (i * 37) % 120 })));
      const found = await c.find({}, { batchSize: 11 }).sort({ i: -1 }).toArray();
      expect(found.map(({ i }) => i)).toEqual(Array.from({ length: 120 }, (_, i) => 119 - i));
    });

    test("a limit holds over batches", async () => {
      const c = collection();
      await c.insertMany(Array.from({ length: 50 }, (_, i) => ({ i })));
      expect(await c.find({}, { batchSize: 4 }).limit(10).toArray()).toHaveLength(10);
    });

    test("a cursor that is left early can be closed", async () => {
      const c = collection();
      await c.insertMany(Array.from({ length: 50 }, (_, i) => ({ i })));
      const cursor = c.find({}, { batchSize: 5 });
      await cursor.next();
      await cursor.close();
      expect(await c.countDocuments()).toBe(50);
    });

    test("an unknown cursor is refused with code 43", async () => {
      const c = collection();
      await c.insertOne({});
      const { Long } = await import("mongodb");
      const command = { getMore: Long.fromNumber(123_456), collection: c.collectionName };
      await expect(db().command(command)).rejects.toMatchObject({ code: 43 });
    });

    test("documents written while a cursor is open do no harm to it", async () => {
      const c = collection();
      await c.insertMany(Array.from({ length: 100 }, (_, i) => ({ _id: i as never })));
      const seen: unknown[] = [];
      for await (const { _id } of c.find({}, { batchSize: 10 })) {
        seen.push(_id);
        await c.deleteOne({ _id });
      }
      expect(new Set(seen).size).toBe(100);
      expect(await c.countDocuments()).toBe(0);
    });

    test("large documents are split over several replies", async () => {
      const c = collection();
      const text = "x".repeat(6 * 1024 * 1024);
      for (let i = 0; i < 4; i++) await c.insertOne({ i, text });
      const found = await c.find({}).toArray();
      expect(found.map((document) => document["text"].length)).toEqual(Array(4).fill(text.length));
    });
  });
}
