import { expect, test } from "vitest";
import { spread } from "../lib/test-order.mjs";

test("what keeps a core busy is spread among the rest, whose order stays", () => {
  const isBusy = (one: string) => one.startsWith("busy");
  const list = ["a", "b", "busy 1", "c", "d", "e", "f", "g", "h", "busy 2"];
  expect(spread(list, isBusy)).toEqual([
    "busy 1",
    "a",
    "b",
    "c",
    "busy 2",
    "d",
    "e",
    "f",
    "g",
    "h",
  ]);
  expect(spread(["a", "b"], isBusy)).toEqual(["a", "b"]);
  expect(spread(["busy 1"], isBusy)).toEqual(["busy 1"]);
});
