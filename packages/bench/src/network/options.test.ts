import { expect, test } from "vitest";
import { UsageError } from "../bench.ts";
import { readOptions } from "./options.ts";

test("numbers of services are measured from the smallest to the largest", () => {
  expect(readOptions(["--services", "1000,1"]).services).toEqual([1, 1000]);
});

test("more services than the ranges have addresses for, and flags that do not exist, are refused", () => {
  expect(() => readOptions(["--services", "100001"])).toThrow(UsageError);
  expect(() => readOptions(["--fast"])).toThrow(UsageError);
});

test("without pinning no program is bound to a core", () => {
  expect(readOptions(["--no-pin"]).cores).toEqual({ client: undefined, server: undefined });
});
