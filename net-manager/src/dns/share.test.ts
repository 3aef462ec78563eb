import { expect, test } from "vitest";
import { createShare } from "./share.ts";

test("nobody takes more than his share, nor all together more than there is", () => {
  const share = createShare({ most: 3, mostOfOne: 2 });
  const takes = (who: string) => share.take(who);
  expect(["a", "a", "a", "b", "c"].map(takes)).toEqual([true, true, false, true, false]);
  share.giveBack("a");
  expect(["a", "a"].map(takes)).toEqual([true, false]);
  for (const who of ["a", "a", "b"]) share.giveBack(who);
  expect(["c", "c", "a"].map(takes)).toEqual([true, true, true]);
});
