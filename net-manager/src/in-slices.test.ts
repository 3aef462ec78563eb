import { expect, test } from "vitest";
import { inSlices } from "./in-slices.ts";

function workFor(ms: number): void {
  const beganMs = performance.now();
  while (performance.now() - beganMs < ms);
}

test("all is done in its order, and others have their turn in between", async () => {
  const done: number[] = [];
  let turns = 0;
  const turn = setInterval(() => {
    turns += 1;
  }, 1);
  await inSlices([1, 2, 3, 4, 5, 6], (one) => {
    workFor(6);
    done.push(one);
  });
  clearInterval(turn);
  expect(done).toEqual([1, 2, 3, 4, 5, 6]);
  expect(turns).toBeGreaterThan(3);
});

test("what fails ends it", async () => {
  const done: number[] = [];
  const failing = inSlices([1, 2, 3], (one) => {
    if (one === 2) throw new Error("no");
    done.push(one);
  });
  await expect(failing).rejects.toThrow("no");
  expect(done).toEqual([1]);
});
