import { expect, test } from "vitest";
import {
  anInstance,
  createMemoryHolds,
  createMemoryStore,
  keyOf,
  workerA,
} from "../test/memory-stores.ts";
import { decideRefreshed } from "./decide-refreshed.ts";
import { createInstanceBook } from "./instance-book.ts";
import { createWantLedger } from "./want-ledger.ts";

const key = keyOf(0);

async function aTier() {
  const store = createMemoryStore();
  const book = createInstanceBook(store, () => 0);
  const deps = { book, holds: createMemoryHolds(), ledger: createWantLedger() };
  await book.write(undefined, anInstance({ child: workerA, phase: "assigned", want_rev: 1 }));
  const loseAnswer = async (outcome: "refused" | "unanswered"): Promise<void> => {
    const before = book.get(key) ?? anInstance();
    store.mishaps.push(outcome);
    await expect(book.write(before, { ...before, phase: "releasing" })).rejects.toThrow();
  };
  return { store, book, deps, loseAnswer };
}

test("a decision after a lost answer is made on what is stored", async () => {
  const { book, deps, loseAnswer } = await aTier();
  await loseAnswer("unanswered");
  const phases: unknown[] = [];
  await decideRefreshed(deps, key, async () => {
    phases.push(book.get(key)?.phase);
    return undefined;
  });
  expect(phases[0]).toBe("releasing");
});

test("a change that turned out to be stored is told to the child again, under a new number", async () => {
  const { book, deps, loseAnswer } = await aTier();
  await loseAnswer("unanswered");
  await decideRefreshed(deps, key, async () => undefined);
  expect(book.get(key)).toMatchObject({ phase: "releasing", want_rev: 1, rev: 3 });
  expect(deps.ledger.settled(workerA)).toBe(1);
});

test("while the outcome is open the instance is looked at again, at the sooner of the two times", async () => {
  const { deps, loseAnswer } = await aTier();
  await loseAnswer("refused");
  expect(await decideRefreshed(deps, key, async () => undefined)).toBe(15_000);
  expect(await decideRefreshed(deps, key, async () => 20_000)).toBe(15_000);
  expect(await decideRefreshed(deps, key, async () => 300)).toBe(300);
});

test("without a doubt the decision's own time counts", async () => {
  const { deps } = await aTier();
  expect(await decideRefreshed(deps, key, async () => 700)).toBe(700);
  expect(await decideRefreshed(deps, key, async () => undefined)).toBeUndefined();
});
