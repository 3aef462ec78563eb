import type { PlacementProposal } from "@oak/contracts";
import { expect, test } from "vitest";
import {
  aJob,
  anInstance,
  createMemoryHolds,
  createMemoryStore,
  keyOf,
  workerA,
  workerB,
} from "../test/memory-stores.ts";
import { createInstanceBook } from "./instance-book.ts";
import { assignTo, type Placing, placeInstance, writeCounted } from "./place-instance.ts";
import { createWantLedger } from "./want-ledger.ts";

const key = keyOf(0);
const refused: PlacementProposal = {
  attempt_id: "1",
  status: "NO_WORKER_CAPACITY",
  status_detail: "No worker fits",
  refusals: { vcpus: 2 },
};

async function aPlacer(proposal: PlacementProposal = proposing(workerA)) {
  const store = createMemoryStore();
  const holds = createMemoryHolds();
  const ledger = createWantLedger();
  const book = createInstanceBook(store, () => 0);
  await book.write(undefined, anInstance({ attempts: 2 }));
  const asked: unknown[] = [];
  const scheduler = {
    propose: async (request: unknown) => {
      asked.push(request);
      return proposal;
    },
  };
  const clock = { nowMs: () => 5000, monotonicMs: () => 0 };
  return { store, holds, ledger, book, asked, deps: { book, holds, ledger, scheduler, clock } };
}

function proposing(child: string): PlacementProposal {
  return { attempt_id: "1", candidate_id: child, score: 1 };
}

function aPlacing(instance = anInstance({ rev: 1, attempts: 2 })): Placing {
  const pair = { epoch: 1, placement: 4 };
  return { instance, job: aJob, pair, status: "NODE_SCHEDULED", exclude: [workerB] };
}

test("the hold comes first, then the assignment with its number, and the number is settled", async () => {
  const { deps, store, holds, ledger, book } = await aPlacer();
  const order: string[] = [];
  const { hold } = holds;
  holds.hold = (...request) => {
    order.push("hold");
    return hold(...request);
  };
  book.onChange(() => order.push(`stored, settled ${ledger.settled(workerA)}`));

  expect(await placeInstance(deps, aPlacing())).toEqual({ placed: true });
  expect(order).toEqual(["hold", "stored, settled 0"]);
  expect(ledger.settled(workerA)).toBe(1);
  expect(store.documents.get(key)).toMatchObject({
    phase: "assigned",
    child: workerA,
    epoch: 1,
    placement: 4,
    want_rev: 1,
    attempts: 3,
    phase_since: 5,
    need: { vcpus: 1, memory: 100 },
  });
  expect(holds.held.get(`${workerA} ${key}`)).toEqual({ epoch: 1, placement: 4 });
});

test("the scheduler is asked under a name of the attempt, without who is to be skipped", async () => {
  const { deps, asked } = await aPlacer();
  await placeInstance(deps, aPlacing());
  expect(asked).toEqual([{ attempt_id: `${key}:1.4`, job: aJob, exclude: [workerB] }]);
});

test("without a place nothing is held or written, and the scheduler's words come back", async () => {
  const { deps, store, holds } = await aPlacer(refused);
  expect(await placeInstance(deps, aPlacing())).toEqual({
    placed: false,
    status: "NO_WORKER_CAPACITY",
    detail: "No worker fits",
    reason: "no_place",
  });
  expect(holds.held.size).toBe(0);
  expect(store.documents.get(key)?.rev).toBe(1);
});

test("a candidate that gives no room is an answer of its own", async () => {
  const { deps, holds } = await aPlacer();
  holds.refusal = "vcpus";
  expect(await placeInstance(deps, aPlacing())).toMatchObject({
    placed: false,
    status: "REQUESTED",
    reason: "hold_refused",
    detail: expect.stringContaining("vcpus"),
  });
});

test("when somebody else has written the instance, the hold goes back", async () => {
  const { deps, store, holds, ledger } = await aPlacer();
  store.documents.set(key, anInstance({ rev: 9 }));
  expect(await placeInstance(deps, aPlacing())).toEqual({ placed: false, status: "conflict" });
  expect(holds.held.size).toBe(0);
  expect(ledger.settled(workerA)).toBe(1);
});

test("when the conflict is an earlier try of ours, its hold stays", async () => {
  const { deps, store, holds, book } = await aPlacer();
  store.mishaps.push("unanswered");
  await expect(placeInstance(deps, aPlacing())).rejects.toThrow("no answer");
  expect(await placeInstance(deps, aPlacing())).toEqual({ placed: false, status: "conflict" });
  expect(book.get(key)).toMatchObject({ phase: "assigned", child: workerA, placement: 4 });
  expect(holds.held.has(`${workerA} ${key}`)).toBe(true);
});

test("after a conflict the room of a copy that was given up there stays taken", async () => {
  const { deps, store, holds } = await aPlacer();
  const fenced = [{ child: workerA, epoch: 1, placement: 3, want_rev: 1 }];
  store.documents.set(key, anInstance({ rev: 9, fenced }));
  expect(await placeInstance(deps, aPlacing())).toEqual({ placed: false, status: "conflict" });
  expect(holds.held.has(`${workerA} ${key}`)).toBe(true);
});

test("while nobody knows whether the assignment is stored, its number is not settled", async () => {
  const { deps, store, ledger, book } = await aPlacer();
  store.mishaps.push("unanswered");
  await expect(placeInstance(deps, aPlacing())).rejects.toThrow("no answer");
  expect([ledger.counted(workerA), ledger.settled(workerA)]).toEqual([1, 0]);
  await book.refresh(key);
  expect(ledger.settled(workerA)).toBe(1);
});

test("a change without capacity is counted before it is written, and settled after", async () => {
  const { deps, store, ledger, book } = await aPlacer();
  const before = book.get(key) ?? anInstance();
  await writeCounted(deps, workerA, before, (want_rev) => ({
    ...before,
    reason: "deleted",
    want_rev,
  }));
  expect(store.documents.get(key)).toMatchObject({ reason: "deleted", want_rev: 1 });
  expect(ledger.settled(workerA)).toBe(1);
});

test("a child that is not known any more has no count: the change is written all the same", async () => {
  const { deps, store, holds, book } = await aPlacer();
  holds.countWant = async () => undefined;
  const before = book.get(key) ?? anInstance();
  await writeCounted(deps, workerA, before, (want_rev) => ({
    ...before,
    reason: "deleted",
    want_rev,
  }));
  expect(store.documents.get(key)).toMatchObject({ reason: "deleted", want_rev: 0 });
});

test.each([true, false])("the hold says whether the copy is there already: %j", async (isThere) => {
  const { deps, holds } = await aPlacer();
  const asked: unknown[] = [];
  const { hold } = holds;
  holds.hold = (child, key, request) => {
    asked.push(request.is_there ?? false);
    return hold(child, key, request);
  };
  expect(await assignTo(deps, { ...aPlacing(), isThere }, workerA)).toEqual({ placed: true });
  expect(asked).toEqual([isThere]);
});
