import { MOST_CHANGED } from "@oak/contracts";
import { expect, test } from "vitest";
import { createBatch } from "./batch.ts";

/** A batch whose requests are answered by the test. */
function gatedBatch() {
  const requests: { items: number[]; answer(answers: readonly (number | Error)[]): void }[] = [];
  const ask = createBatch<number, number>(
    (items) => new Promise((answer) => requests.push({ items, answer })),
  );
  return { requests, ask };
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

test("what is asked while a request is under way shares the next one", async () => {
  const { requests, ask } = gatedBatch();
  const first = ask(1);
  await nextTurn();
  const others = [ask(2), ask(3)];
  await nextTurn();
  expect(requests.map(({ items }) => items)).toEqual([[1]]);
  requests[0]?.answer([10]);
  expect(await first).toBe(10);
  await nextTurn();
  expect(requests[1]?.items).toEqual([2, 3]);
  requests[1]?.answer([20, 30]);
  expect(await Promise.all(others)).toEqual([20, 30]);
});

test("no request is larger than the other side takes", async () => {
  const { requests, ask } = gatedBatch();
  const all = Array.from({ length: MOST_CHANGED + 1 }, (_, n) => ask(n));
  await nextTurn();
  requests[0]?.answer(requests[0].items);
  await nextTurn();
  requests[1]?.answer(requests[1].items);
  await Promise.all(all);
  expect(requests.map(({ items }) => items.length)).toEqual([MOST_CHANGED, 1]);
});

test("the failure of one item is its own, an answer in part or none fails those without", async () => {
  const { requests, ask } = gatedBatch();
  const asked = Promise.allSettled([ask(1), ask(2), ask(3)]);
  await nextTurn();
  requests[0]?.answer([10, new Error("its own")]);
  const outcomes = (await asked).map((one) =>
    one.status === "fulfilled" ? one.value : one.reason.message,
  );
  expect(outcomes).toEqual([10, "its own", "a batch was answered in part"]);
});
