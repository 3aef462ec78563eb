import { expect, test } from "vitest";
import { z } from "zod";
import { describeFound, faultsOf, jsonPointer } from "./faults.ts";

function faults(schema: z.ZodType, input: unknown) {
  const result = schema.safeParse(input);
  return result.success ? [] : faultsOf(result.error, input);
}

test("each fault has its pointer, what was found and what is allowed", () => {
  const schema = z.strictObject({ list: z.array(z.object({ cpu: z.number().max(4) })) });
  expect(faults(schema, { list: [{ cpu: 8 }, { cpu: "a" }], extra: 1 })).toEqual([
    { pointer: "/list/0/cpu", message: "must be at most 4", found: "8", allowed: "at most 4" },
    { pointer: "/list/1/cpu", message: "must be a number", found: '"a"', allowed: "a number" },
    { pointer: "/extra", message: "is not a known key", found: "1" },
  ]);
});

test("what is missing is called required", () => {
  expect(faults(z.object({ a: z.enum(["x"]) }), {})).toMatchObject([
    { pointer: "/a", message: "is required", found: "nothing" },
  ]);
});

test("the words of the schema's author stay", () => {
  const schema = z.string().regex(/^a/, "must start with an a");
  expect(faults(schema, "b")).toMatchObject([{ message: "must start with an a", found: '"b"' }]);
});

test("of a union, the branch that came closest explains", () => {
  const schema = z.union([z.object({ a: z.number(), b: z.number() }), z.object({ a: z.string() })]);
  expect(faults(schema, { a: true })).toMatchObject([{ pointer: "/a", allowed: "text" }]);
});

test("of a union of plain values, all alternatives are named", () => {
  expect(faults(z.union([z.string(), z.number()]), true)).toMatchObject([
    { allowed: "text or a number", found: "true" },
  ]);
});

test("values under secret names are not repeated", () => {
  const schema = z.object({ password: z.string().min(8), refresh_token: z.number() });
  const text = JSON.stringify(faults(schema, { password: "hunter2", refresh_token: "abc" }));
  expect(text).not.toMatch(/hunter2|abc/);
  expect(text).toContain("[redacted]");
});

test("a hostile list does not make an endless answer", () => {
  expect(faults(z.array(z.number()), Array(5_000).fill("x"))).toHaveLength(100);
});

test("pointers escape as RFC 6901 says", () => {
  expect(jsonPointer(["a/b", "c~d", 0])).toBe("/a~1b/c~0d/0");
});

test("long values are shortened", () => {
  const found = describeFound("x".repeat(10_000));
  expect(found.length).toBeLessThan(120);
  expect(found).toContain("characters");
});
