import { expect, test } from "vitest";
import { createReconciler } from "./reconciler.ts";

const turns = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Runs that end when the test says so. */
function aReconciler(options: { concurrency?: number } = {}) {
  const clock = { nowMs: 0 };
  const started: { key: string; evidence: string[] }[] = [];
  const open: { key: string; end(next?: number): void; fail(): void }[] = [];
  const errors: string[] = [];
  const reconciler = createReconciler<string>({
    ...options,
    run: (key, evidence) => {
      started.push({ key, evidence });
      return new Promise((resolve, reject) => {
        open.push({ key, end: resolve, fail: () => reject(new Error("no")) });
      });
    },
    onError: (key) => errors.push(key),
    monotonicMs: () => clock.nowMs,
  });
  const endNext = async (next?: number): Promise<void> => {
    open.shift()?.end(next);
    await turns();
  };
  const failNext = async (): Promise<void> => {
    open.shift()?.fail();
    await turns();
  };
  const keys = (): string[] => started.map(({ key }) => key);
  return { reconciler, clock, started, keys, endNext, failNext, errors };
}

test("hints during a run are followed by exactly one more run", async () => {
  const { reconciler, keys, endNext } = aReconciler();
  for (let count = 0; count < 5; count += 1) reconciler.kick("a");
  expect(keys()).toEqual(["a"]);
  await endNext();
  expect(keys()).toEqual(["a", "a"]);
  await endNext();
  expect(keys()).toEqual(["a", "a"]);
});

test("one key runs once at a time, others beside it", async () => {
  const { reconciler, keys } = aReconciler();
  reconciler.kick("a");
  reconciler.kick("b");
  reconciler.kick("a");
  expect(keys()).toEqual(["a", "b"]);
});

test("no more than the bound run at once, and the rest follow in turn", async () => {
  const { reconciler, keys, endNext } = aReconciler({ concurrency: 2 });
  for (const key of ["a", "b", "c", "d"]) reconciler.kick(key);
  expect(keys()).toEqual(["a", "b"]);
  await endNext();
  expect(keys()).toEqual(["a", "b", "c"]);
  await endNext();
  expect(keys()).toEqual(["a", "b", "c", "d"]);
});

test("evidence goes to the next run, once", async () => {
  const { reconciler, started, endNext } = aReconciler();
  reconciler.kick("a", "one");
  reconciler.kick("a", "two");
  reconciler.kick("a", "three");
  await endNext();
  await endNext();
  expect(started.map(({ evidence }) => evidence)).toEqual([["one"], ["two", "three"]]);
});

test("a run that failed comes again with its evidence, before what came since", async () => {
  const { reconciler, started, failNext, clock, errors } = aReconciler();
  reconciler.kick("a", "one");
  await failNext();
  expect(errors).toEqual(["a"]);
  reconciler.tick();
  expect(started).toHaveLength(1);

  clock.nowMs = 1000;
  reconciler.tick();
  expect(started[1]?.evidence).toEqual(["one"]);
});

test("evidence that came during a failing run is kept too, after the older", async () => {
  const { reconciler, started, failNext } = aReconciler();
  reconciler.kick("a", "one");
  reconciler.kick("a", "two");
  await failNext();
  expect(started[1]?.evidence).toEqual(["one", "two"]);
});

test("a run that rests until a time is taken up at that time, or before by a hint", async () => {
  const { reconciler, keys, endNext, clock } = aReconciler();
  reconciler.kick("a");
  await endNext(500);
  clock.nowMs = 499;
  reconciler.tick();
  expect(keys()).toEqual(["a"]);
  clock.nowMs = 500;
  reconciler.tick();
  expect(keys()).toEqual(["a", "a"]);
  await endNext(5000);
  reconciler.kick("a");
  expect(keys()).toEqual(["a", "a", "a"]);
  expect(reconciler.size()).toEqual({ queued: 0, running: 1, waiting: 0 });
});

test("idle is when nothing runs and nothing is queued", async () => {
  const { reconciler, endNext } = aReconciler();
  let isIdle = false;
  reconciler.kick("a");
  reconciler.kick("a");
  void reconciler.idle().then(() => {
    isIdle = true;
  });
  await endNext();
  expect(isIdle).toBe(false);
  await endNext();
  expect(isIdle).toBe(true);
});

test("after the stop nothing starts, and what runs is waited for", async () => {
  const { reconciler, keys, endNext } = aReconciler();
  reconciler.kick("a");
  reconciler.kick("a");
  let isStopped = false;
  void reconciler.stop().then(() => {
    isStopped = true;
  });
  reconciler.kick("b");
  await turns();
  expect(isStopped).toBe(false);
  await endNext();
  expect([isStopped, keys()]).toEqual([true, ["a"]]);
});
