import { expect, test } from "vitest";
import { createOrderMemory } from "./order-memory.ts";

const order = (seq: number) => ({ epoch: 1, placement: 1, session: 1, seq });

test("it answers for all or for none", () => {
  const memory = createOrderMemory();
  memory.learn("a/0", null);
  memory.learn("b/0", order(1));
  expect(memory.recall(["a/0", "b/0"])).toEqual(
    new Map([
      ["a/0", null],
      ["b/0", order(1)],
    ]),
  );
  expect(memory.recall(["a/0", "c/0"])).toBeUndefined();
  memory.forget("a/0");
  expect(memory.recall(["a/0"])).toBeUndefined();
});

test("stored reports only raise it, what the database says is taken as it is", () => {
  const memory = createOrderMemory();
  memory.raise("a/0", order(2));
  memory.raise("a/0", order(1));
  expect(memory.recall(["a/0"])?.get("a/0")).toEqual(order(2));
  memory.learn("a/0", order(1));
  expect(memory.recall(["a/0"])?.get("a/0")).toEqual(order(1));
});

test("it keeps only so many, the latest", () => {
  const memory = createOrderMemory(2);
  for (const id of ["a/0", "b/0", "a/0", "c/0"]) memory.learn(id, null);
  expect(["a/0", "b/0", "c/0"].map((id) => memory.recall([id]) !== undefined)).toEqual([
    true,
    false,
    true,
  ]);
});
