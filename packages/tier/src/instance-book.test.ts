import { expect, test } from "vitest";
import {
  anInstance,
  anObservation,
  createMemoryStore,
  keyOf,
  workerA,
  workerB,
} from "../test/memory-stores.ts";
import { createInstanceBook } from "./instance-book.ts";

const key = keyOf(0);

function aBook() {
  const store = createMemoryStore();
  const clock = { nowMs: 0 };
  const book = createInstanceBook(store, () => clock.nowMs);
  return { store, clock, book };
}

/** A book with one stored instance. */
async function aFilledBook() {
  const parts = aBook();
  await parts.book.write(undefined, anInstance());
  const stored = parts.book.get(key);
  if (stored === undefined) throw new Error("the instance was not stored");
  return { ...parts, stored };
}

test("what is stored is what is read", async () => {
  const { store, book } = aBook();
  store.documents.set(key, anInstance({ rev: 4 }));
  await book.load();
  expect([...book.all()]).toEqual([anInstance({ rev: 4 })]);
});

test("an instance is found by the child that has it, and by those where it is fenced", async () => {
  const { book } = aBook();
  const fenced = [{ child: workerB, epoch: 1, placement: 1, want_rev: 1 }];
  await book.write(undefined, anInstance({ child: workerA, fenced }));
  expect(book.of(workerA).map((instance) => instance._id)).toEqual([key]);
  expect(book.of(workerB).map((instance) => instance._id)).toEqual([key]);

  await book.write(book.get(key), anInstance({ child: null, fenced: [] }));
  expect([...book.of(workerA), ...book.of(workerB)]).toEqual([]);
});

test("a write on an older version changes nothing and brings the stored one", async () => {
  const { store, book, stored } = await aFilledBook();
  store.documents.set(key, anInstance({ rev: 9, reason: "elsewhere" }));
  expect(await book.write(stored, { ...stored, reason: "mine" })).toBe(false);
  expect(book.get(key)).toMatchObject({ rev: 9, reason: "elsewhere" });
});

test("an observation that comes while a write is under way is kept", async () => {
  const { book, stored } = await aFilledBook();
  const seen = anObservation();
  const writing = book.write(stored, { ...stored, reason: "assigned" });
  await book.observe(key, seen);
  await writing;
  expect(book.get(key)).toMatchObject({ reason: "assigned", seen });
});

test("an observation that the store knows already is read from there", async () => {
  const { store, book } = await aFilledBook();
  store.mishaps.push("unanswered");
  await expect(book.observe(key, anObservation())).rejects.toThrow("no answer");
  expect(book.get(key)?.seen).toBeNull();
  expect(await book.observe(key, anObservation())).toBe(false);
  expect(book.get(key)?.seen).toEqual(anObservation());
});

test("listeners hear of each change with the state before and after", async () => {
  const { book, store } = aBook();
  const heard: unknown[] = [];
  book.onChange((...change) => heard.push(change.map((part) => (part as { rev?: number })?.rev)));
  await book.write(undefined, anInstance());
  const stored = store.documents.get(key);
  if (stored !== undefined) await book.remove(stored);
  expect(heard).toEqual([
    [undefined, undefined, 1],
    [undefined, 1, undefined],
  ]);
});

test("without a lost answer nothing is read again", async () => {
  const { store, book, stored } = await aFilledBook();
  store.documents.set(key, { ...stored, rev: 7 });
  expect(await book.refresh(key)).toBeUndefined();
  expect(book.get(key)?.rev).toBe(1);
});

test("after a lost answer the instance is read again, and the doubt is over once it has moved on", async () => {
  const { store, book, stored } = await aFilledBook();
  store.mishaps.push("unanswered");
  await expect(book.write(stored, { ...stored, reason: "assigned" })).rejects.toThrow();
  expect(book.get(key)?.reason).toBe("waiting");

  expect(await book.refresh(key)).toBeUndefined();
  expect(book.get(key)).toMatchObject({ reason: "assigned", rev: 2 });
  expect([book.takeSurprise(key), book.takeSurprise(key)]).toEqual([true, false]);
});

test("a change that may still come about is looked for until it cannot any more", async () => {
  const { store, clock, book, stored } = await aFilledBook();
  store.mishaps.push("refused");
  await expect(book.write(stored, { ...stored, reason: "assigned" })).rejects.toThrow();
  const certainAtMs = await book.refresh(key);
  expect(certainAtMs).toBeGreaterThan(0);

  // It arrives late, after all.
  store.documents.set(key, { ...stored, reason: "assigned", rev: 2 });
  clock.nowMs = certainAtMs ?? 0;
  expect(await book.refresh(key)).toBeUndefined();
  expect(book.get(key)?.reason).toBe("assigned");
});

test("who waits for certainty is called at once without a doubt, else when the outcome is known", async () => {
  const { store, book, stored } = await aFilledBook();
  const called: string[] = [];
  book.whenCertain(key, () => called.push("no doubt"));
  store.mishaps.push("unanswered");
  await expect(book.write(stored, { ...stored, reason: "assigned" })).rejects.toThrow();
  book.whenCertain(key, () => called.push("known"));
  expect(called).toEqual(["no doubt"]);
  await book.refresh(key);
  expect(called).toEqual(["no doubt", "known"]);
});

test("who waits for certainty is called when time has decided", async () => {
  const { store, clock, book, stored } = await aFilledBook();
  const called: string[] = [];
  store.mishaps.push("refused");
  await expect(book.write(stored, stored)).rejects.toThrow();
  book.whenCertain(key, () => called.push("known"));
  clock.nowMs = (await book.refresh(key)) ?? 0;
  expect(called).toEqual([]);
  await book.refresh(key);
  expect(called).toEqual(["known"]);
});

test("an instance whose making is in doubt is not removed: it could be made again", async () => {
  const { store, clock, book } = aBook();
  store.mishaps.push("unanswered");
  await expect(book.write(undefined, anInstance())).rejects.toThrow();
  const certainAtMs = await book.refresh(key);
  const made = store.documents.get(key);
  if (made === undefined) throw new Error("not made");
  await expect(book.remove(made)).rejects.toThrow("a second time");

  clock.nowMs = Math.max(certainAtMs ?? 0, 15_000);
  expect(await book.remove(made)).toBe(true);
  expect(book.count()).toBe(0);
});

test("what is read again never covers a change that was made meanwhile", async () => {
  const { store, book, stored } = await aFilledBook();
  const original = store.get;
  let isFirst = true;
  store.get = async (wanted) => {
    const found = await original(wanted);
    if (isFirst) {
      isFirst = false;
      await book.write(book.get(key), { ...stored, reason: "newer" });
    }
    return found;
  };
  store.mishaps.push("refused");
  await expect(book.write(stored, { ...stored, reason: "lost" })).rejects.toThrow();
  await book.refresh(key);
  expect(book.get(key)).toMatchObject({ reason: "newer", rev: 2 });
});
