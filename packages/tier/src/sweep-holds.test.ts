import type { Candidate } from "@oak/contracts";
import { expect, test } from "vitest";
import {
  anInstance,
  createMemoryHolds,
  createMemoryStore,
  keyOf,
  workerA,
} from "../test/memory-stores.ts";
import { createInstanceBook } from "./instance-book.ts";
import { createHoldSweep } from "./sweep-holds.ts";

const key = keyOf(0);
const graceMs = 30_000;

function aHold(placement: number) {
  return { vcpus: 1, memory: 100, vgpus: 0, host_ports: [], epoch: 1, placement, since: 0 };
}

function aWorld(isCounted = false, found: string[] = []) {
  const holds = createMemoryHolds();
  const clock = { nowMs: 0 };
  const book = createInstanceBook(createMemoryStore(), () => 0);
  const held: Record<string, ReturnType<typeof aHold>> = {};
  const dropped: unknown[] = [];
  holds.drop = async (child, dropKey, pair) => {
    dropped.push([child, dropKey, pair.placement]);
  };
  const sweep = createHoldSweep({
    book,
    holds,
    listCandidates: async () => [{ _id: workerA, holds: held } as unknown as Candidate],
    monotonicMs: () => clock.nowMs,
    isNeeded: (instance, child, key) =>
      (!isCounted && instance?.child === child) || found.includes(key),
  });
  const sweepAt = async (nowMs: number): Promise<unknown[]> => {
    clock.nowMs = nowMs;
    await sweep();
    return dropped;
  };
  return { book, held, sweepAt };
}

test("a hold that nothing points to is dropped after the grace, under its own pair", async () => {
  const { held, sweepAt } = aWorld();
  held[key] = aHold(3);
  expect(await sweepAt(1000)).toEqual([]);
  expect(await sweepAt(1000 + graceMs - 1)).toEqual([]);
  expect(await sweepAt(1000 + graceMs)).toEqual([[workerA, key, 3]]);
});

test("a hold that an assignment points to stays", async () => {
  const { book, held, sweepAt } = aWorld();
  held[key] = aHold(3);
  await book.write(undefined, anInstance({ child: workerA }));
  await sweepAt(0);
  expect(await sweepAt(10 * graceMs)).toEqual([]);
});

test("a hold of what is there without a record stays", async () => {
  const { held, sweepAt } = aWorld(false, [key]);
  held[key] = aHold(3);
  await sweepAt(0);
  expect(await sweepAt(10 * graceMs)).toEqual([]);
});

test("one that was used meanwhile begins its grace anew", async () => {
  const { book, held, sweepAt } = aWorld();
  held[key] = aHold(3);
  await sweepAt(0);
  await book.write(undefined, anInstance({ child: workerA }));
  await sweepAt(20_000);
  await book.write(book.get(key), anInstance({ child: null }));
  held[key] = aHold(4);
  await sweepAt(25_000);
  expect(await sweepAt(graceMs)).toEqual([]);
  expect(await sweepAt(25_000 + graceMs)).toEqual([[workerA, key, 4]]);
});

test("one whose assignment is over goes at once", async () => {
  const { book, held, sweepAt } = aWorld();
  held[key] = aHold(3);
  await book.write(undefined, anInstance({ child: null, epoch: 1, placement: 3 }));
  expect(await sweepAt(0)).toEqual([[workerA, key, 3]]);
});

test("one that the child's own figures have taken over goes at once", async () => {
  const { book, held, sweepAt } = aWorld(true);
  held[key] = aHold(3);
  await book.write(undefined, anInstance({ child: workerA, epoch: 1, placement: 3 }));
  expect(await sweepAt(0)).toEqual([[workerA, key, 3]]);
});

test("one of an assignment that is being written stays for its grace", async () => {
  const { book, held, sweepAt } = aWorld(true);
  held[key] = aHold(4);
  await book.write(undefined, anInstance({ child: workerA, epoch: 1, placement: 3 }));
  expect(await sweepAt(0)).toEqual([]);
});

test("a newer hold under the same key is another one", async () => {
  const { held, sweepAt } = aWorld();
  held[key] = aHold(3);
  await sweepAt(0);
  held[key] = aHold(4);
  expect(await sweepAt(graceMs)).toEqual([]);
});
