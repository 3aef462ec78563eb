import { expect, test } from "vitest";
import { createFewAtOnce } from "./few-at-once.ts";
import { createKeyedQueue } from "./keyed-queue.ts";

async function mostAtOnce(run: (task: () => Promise<void>, n: number) => Promise<void>) {
  let running = 0;
  let most = 0;
  const task = async (): Promise<void> => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
  };
  await Promise.all(Array.from({ length: 20 }, (_, n) => run(task, n)));
  return most;
}

test("no more than the limit run at once, and all of them run", async () => {
  const inTurn = createFewAtOnce(3);
  expect(await mostAtOnce((task) => inTurn(task))).toBe(3);
});

test("a task that fails gives its place to the next", async () => {
  const inTurn = createFewAtOnce(1);
  const failed = inTurn(async () => {
    throw new Error("no");
  });
  const next = inTurn(async () => "yes");
  await expect(failed).rejects.toThrow("no");
  expect(await next).toBe("yes");
});

test("one more than may wait is refused, and the others are served", async () => {
  const refuse = (): never => {
    throw new Error("full");
  };
  const inTurn = createFewAtOnce(1, { mostWaiting: 1, onFull: refuse });
  const served = [inTurn(async () => "first"), inTurn(async () => "second")];
  await expect(inTurn(async () => "third")).rejects.toThrow("full");
  expect(await Promise.all(served)).toEqual(["first", "second"]);
});

test("tasks of one key wait for each other, those of other keys do not", async () => {
  const queue = createKeyedQueue();
  expect(await mostAtOnce((task) => queue.run("a", task))).toBe(1);
  expect(await mostAtOnce((task, n) => queue.run(String(n % 4), task))).toBe(4);
});

test("a task that fails does not stop its queue", async () => {
  const queue = createKeyedQueue();
  const failed = queue.run("a", async () => {
    throw new Error("no");
  });
  const next = queue.run("a", async () => "yes");
  await expect(failed).rejects.toThrow("no");
  expect(await next).toBe("yes");
});
