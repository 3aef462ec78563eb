import { expect, test } from "vitest";
import { UsageError } from "../bench.ts";
import { readOptions } from "./options.ts";

test("everything is measured unless told otherwise", () => {
  expect(readOptions([])).toMatchObject({
    parts: ["churn", "workers", "reconnect", "burst", "start"],
    workers: [1_000, 5_000, 10_000],
    burst: 1_000,
    profileFolder: undefined,
  });
});

test("numbers of workers grow, in whatever order they come", () => {
  expect(readOptions(["--workers", "500,100"]).workers).toEqual([100, 500]);
});

test("what does not exist is refused", () => {
  expect(() => readOptions(["--part", "walk"])).toThrow(UsageError);
  expect(() => readOptions(["--workers", "1e3x"])).toThrow(UsageError);
  expect(() => readOptions(["--seconds", "1"])).toThrow(UsageError);
});
