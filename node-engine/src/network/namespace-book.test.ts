import { expect, test } from "vitest";
import { createNamespaceBook } from "./namespace-book.ts";

const none: ReadonlySet<string> = new Set();
const whole = { isWhole: true };

test("what a workload uses is taken up, what nobody knows goes", () => {
  const book = createNamespaceBook();
  const listed = [{ handle: "used", pid: 1 }, { handle: "stray", pid: 2 }, { handle: "dead" }];
  expect(book.adopt(listed, new Set(["used"]), whole)).toEqual(["stray", "dead"]);
  expect(book.get("used")).toEqual({ pid: 1, isFree: false });
  expect(book.free()).toEqual([]);
});

test("a list from while one was made proves nothing", () => {
  const book = createNamespaceBook();
  book.put("new", { pid: 1, isFree: true });
  expect(book.adopt([{ handle: "new" }, { handle: "next" }], none, { isWhole: false })).toEqual([]);
  expect(book.adopt([], none, { isWhole: false })).toEqual([]);
  expect(book.get("new")?.pid).toBe(1);
});

test("one whose process is gone, or another one, cannot be used any more", () => {
  const book = createNamespaceBook();
  for (const handle of ["missing", "ended", "restarted", "fine"]) {
    book.put(handle, { pid: 1, isFree: true });
  }
  book.put("in use", { pid: 1, isFree: false });
  const listed = [{ handle: "ended" }, { handle: "restarted", pid: 2 }, { handle: "fine", pid: 1 }];
  expect(book.adopt(listed, new Set(["in use"]), whole)).toEqual(["missing", "ended", "restarted"]);
  expect(book.get("fine")?.pid).toBe(1);
  expect(book.get("in use")?.pid).toBeUndefined();
});
