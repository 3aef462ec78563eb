import { expect, test } from "vitest";
import { isPauseOver } from "./pause.ts";

test.each([
  ["lasts until its end", 100, 99.9, false],
  ["is over then", 100, 100, true],
  ["is not stretched by a clock that was set back", 4600, 1000, true],
])("a pause %s", (_title, untilS, nowS, isOver) => {
  expect(isPauseOver(untilS, nowS)).toBe(isOver);
});
