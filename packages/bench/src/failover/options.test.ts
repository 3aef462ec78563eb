import { expect, test } from "vitest";
import { UsageError } from "../bench.ts";
import { readOptions } from "./options.ts";

test("everything is measured unless told otherwise, beside a swarm", () => {
  expect(readOptions([])).toMatchObject({
    parts: ["workload", "silent", "agent", "power", "impaired"],
    timeouts: [5, 2],
    heartbeats: [5, 1],
    withSwarm: true,
    seconds: 60,
  });
});

test("parts and numbers are read", () => {
  const options = readOptions(["--part", "impaired", "--seconds", "600", "--no-swarm"]);
  expect(options).toMatchObject({ parts: ["impaired"], seconds: 600, withSwarm: false });
});

test("what does not exist is refused", () => {
  expect(() => readOptions(["--part", "flood"])).toThrow(UsageError);
  expect(() => readOptions(["--samples", "few"])).toThrow(UsageError);
  expect(() => readOptions(["--nonsense"])).toThrow(UsageError);
});
