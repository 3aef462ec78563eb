import { expect, test } from "vitest";
import { createHeldBack } from "./held-back.ts";

test("no hint is lost that comes before somebody can act on it", () => {
  const heard: string[] = [];
  const hints = createHeldBack<string>();
  for (const hint of ["a", "b", "a"]) hints.put(hint);
  hints.openFor((hint) => heard.push(hint));
  hints.put("c");
  expect(heard).toEqual(["a", "b", "c"]);
});
