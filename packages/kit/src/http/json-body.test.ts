import fc from "fast-check";
import { expect, test } from "vitest";
import { AppError } from "../errors.ts";
import { parseJsonBody } from "./json-body.ts";

function refusal(text: string): AppError {
  try {
    parseJsonBody(text);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("was not refused");
}

function nested(levels: number): string {
  return "[".repeat(levels) + "]".repeat(levels);
}

test("what is valid comes out as JSON.parse has it", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
      fc.pre(!JSON.stringify(value).includes("__proto__"));
      const text = JSON.stringify(value);
      expect(parseJsonBody(text)).toEqual(JSON.parse(text));
    }),
  );
});

test("an empty body is no body", () => {
  expect(parseJsonBody("")).toBeUndefined();
  expect(parseJsonBody(" \n")).toBeUndefined();
});

test("a byte order mark is skipped", () => {
  expect(parseJsonBody("\ufeff{}")).toEqual({});
});

test("what is no JSON is refused with 400", () => {
  expect(refusal("{a:1}")).toMatchObject({ status: 400, code: "malformed_body" });
});

test.each([
  ['{"a":{"__proto__":{"admin":true}}}', "/a/__proto__"],
  ['{"\\u005f_proto__":1}', "/__proto__"],
  ['[{"constructor":{"prototype":{}}}]', "/0/constructor"],
])("%s is refused with 400 at %s", (text, pointer) => {
  const error = refusal(text);
  expect(error.status).toBe(400);
  expect(error.faults.map((fault) => fault.pointer)).toEqual([pointer]);
});

test("a key that is only called constructor is innocent", () => {
  expect(parseJsonBody('{"constructor":"ACME"}')).toEqual({ constructor: "ACME" });
});

test("32 levels are allowed, 33 are refused with 400", () => {
  expect(parseJsonBody(nested(32))).toBeDefined();
  expect(refusal(nested(33))).toMatchObject({ status: 400, code: "invalid_input" });
});

test("half a million levels are refused like 33", () => {
  expect(refusal(nested(500_000)).faults).toHaveLength(1);
});
