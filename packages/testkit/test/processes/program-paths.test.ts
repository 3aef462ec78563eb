import { existsSync } from "node:fs";
import { expect, test, vi } from "vitest";
import { programPath } from "../../src/index.ts";

test("a program is the compiled one, which is there", () => {
  vi.stubEnv("TEST_PROGRAMS", undefined);
  const path = programPath("node-engine");
  expect(path).toMatch(/\/node-engine\/dist\/main\.js$/);
  expect(existsSync(path)).toBe(true);
});

test("in a run of the whole suite it is the bundle that was made for it", () => {
  vi.stubEnv("TEST_PROGRAMS", "/bundles");
  expect(programPath("node-engine")).toBe("/bundles/node-engine/main.js");
});
