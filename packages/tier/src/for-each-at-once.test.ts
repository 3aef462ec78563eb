import { expect, test } from "vitest";
import { forEachAtOnce } from "./for-each-at-once.ts";

test("every item is worked on, and never more than the limit at once", async () => {
  const done: number[] = [];
  let running = 0;
  let most = 0;
  await forEachAtOnce([1, 2, 3, 4, 5], 2, async (item) => {
    running += 1;
    most = Math.max(most, running);
    await Promise.resolve();
    running -= 1;
    done.push(item);
  });
  expect(done.sort()).toEqual([1, 2, 3, 4, 5]);
  expect(most).toBe(2);
});

test("a failure keeps none of the others from being done, and is thrown in the end", async () => {
  const done: number[] = [];
  const work = forEachAtOnce([1, 2, 3], 1, async (item) => {
    if (item === 1) throw new Error("the first");
    if (item === 2) throw new Error("the second");
    done.push(item);
  });
  await expect(work).rejects.toThrow("the first");
  expect(done).toEqual([3]);
});

test("nothing to do is done at once", async () => {
  await expect(forEachAtOnce([], 4, async () => undefined)).resolves.toBeUndefined();
});
