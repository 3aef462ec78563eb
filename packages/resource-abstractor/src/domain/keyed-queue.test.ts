import { expect, test } from "vitest";
import { createKeyedQueue } from "./keyed-queue.ts";

test("tasks of one key run one after another, in order", async () => {
  const queue = createKeyedQueue();
  const events: string[] = [];
  const task = (name: string) => async () => {
    events.push(`${name} begins`);
    await Promise.resolve();
    events.push(`${name} ends`);
  };
  await Promise.all([queue.run("k", task("a")), queue.run("k", task("b"))]);
  expect(events).toEqual(["a begins", "a ends", "b begins", "b ends"]);
});

test("a key does not wait for another", async () => {
  const queue = createKeyedQueue();
  const stuck = deferred();
  const slow = queue.run("slow", () => stuck.promise);
  expect(await queue.run("fast", async () => 1)).toBe(1);
  stuck.resolve();
  await slow;
});

test("a task that fails tells its caller and lets the next one run", async () => {
  const queue = createKeyedQueue();
  const failing = queue.run("k", async () => {
    throw new Error("no");
  });
  const next = queue.run("k", async () => "yes");
  await expect(failing).rejects.toThrow("no");
  expect(await next).toBe("yes");
});

function deferred() {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
