import { Double, deserialize, serialize } from "bson";
import { expect, test } from "vitest";
import { idFirst } from "./id-first.ts";

test("the id moves to the front and nothing else changes", () => {
  const bytes = serialize({ a: new Double(1), b: { _id: 5 }, _id: "x", c: [1] });
  const moved = idFirst(bytes);
  expect(Object.keys(deserialize(moved))).toEqual(["_id", "a", "b", "c"]);
  expect(deserialize(moved, { promoteValues: false })).toEqual(
    deserialize(bytes, { promoteValues: false }),
  );
});

test("a document with the id in front, or without one, stays as it is", () => {
  for (const document of [{ _id: 1, a: 1 }, { a: 1 }, {}]) {
    const bytes = serialize(document);
    expect(idFirst(bytes)).toBe(bytes);
  }
});
