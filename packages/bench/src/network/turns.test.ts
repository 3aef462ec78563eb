import { expect, test } from "vitest";
import { inTurns } from "./turns.ts";

test("every second round goes backwards, so that each has had the same place on average", () => {
  expect(inTurns(["a", "b", "c"], 3)).toEqual([
    ["a", "b", "c"],
    ["c", "b", "a"],
    ["a", "b", "c"],
  ]);
});
