import { inspect } from "node:util";
import { expect, test } from "vitest";
import { Secret } from "./secret.ts";

test("a secret is hidden wherever it is printed", () => {
  const secret = new Secret("hunter2");
  const printed = [`${secret}`, JSON.stringify({ secret }), inspect({ secret }), String(secret)];
  for (const text of printed) {
    expect(text).toContain("[redacted]");
    expect(text).not.toContain("hunter2");
  }
});

test("a secret is given away on request", () => {
  expect(new Secret("hunter2").reveal()).toBe("hunter2");
});
