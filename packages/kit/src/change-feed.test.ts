import fc from "fast-check";
import { expect, test } from "vitest";
import { createChangeFeed } from "./change-feed.ts";

const never = new AbortController().signal;

/** A clock whose timers fire when told. */
function manualTimers() {
  const timers = new Map<() => void, number>();
  return {
    timers,
    clock: {
      setTimer: (ms: number, fn: () => void) => {
        timers.set(fn, ms);
        return () => timers.delete(fn);
      },
    },
  };
}

function startFeed(capacity = 16_384, gatherMs = 0) {
  const { clock, timers } = manualTimers();
  const feed = createChangeFeed({ feedId: "f", clock, capacity, gatherMs });
  return { feed, timers };
}

test.each(["", "0", "f", "f:", "f:x", "g:0", "f:1", "f:-1"])("cursor %j is unknown", (cursor) => {
  const { feed } = startFeed();
  expect(feed.changesSince(cursor)).toEqual({ cursor: "f:0", ids: undefined });
});

test("a cursor that fell out of the memory is unknown", () => {
  const { feed } = startFeed(3);
  for (const id of ["a", "b", "c", "d"]) feed.touch(id);
  expect(feed.changesSince("f:0").ids).toBeUndefined();
  expect(feed.changesSince("f:1").ids).toEqual(["b", "c", "d"]);
});

test("whatever is touched, a known cursor gets exactly the ids touched after it, once each", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("a", "b", "c", "d")),
      fc.nat(60),
      fc.integer({ min: 1, max: 40 }),
      (touched, from, capacity) => {
        const { feed } = startFeed(capacity);
        for (const id of touched) feed.touch(id);
        const { cursor, ids } = feed.changesSince(`f:${from}`);
        expect(cursor).toBe(`f:${touched.length}`);
        const isKnown = from <= touched.length && touched.length - from <= capacity;
        expect(ids?.toSorted()).toEqual(
          isKnown ? [...new Set(touched.slice(from))].toSorted() : undefined,
        );
      },
    ),
  );
});

test("a wait ends with a change, and its timer with it", async () => {
  const { feed, timers } = startFeed();
  const waiting = feed.waitForChange("f:0", { timeoutMs: 5000, signal: never });
  expect([...timers.values()]).toEqual([5000]);
  feed.touch("a");
  await waiting;
  expect(timers.size).toBe(0);
});

test("a wait ends when its time is over", async () => {
  const { feed, timers } = startFeed();
  const waiting = feed.waitForChange("f:0", { timeoutMs: 5000, signal: never });
  for (const fire of [...timers.keys()]) fire();
  await waiting;
  expect(feed.changesSince("f:0").ids).toEqual([]);
});

test("a wait ends with its signal", async () => {
  const { feed, timers } = startFeed();
  const controller = new AbortController();
  const waiting = feed.waitForChange("f:0", { timeoutMs: 5000, signal: controller.signal });
  controller.abort();
  await waiting;
  expect(timers.size).toBe(0);
});

test("there is no wait when something is there already, or the cursor is unknown", async () => {
  const { feed, timers } = startFeed();
  feed.touch("a");
  await feed.waitForChange("f:0", { timeoutMs: 5000, signal: never });
  await feed.waitForChange("g:0", { timeoutMs: 5000, signal: never });
  expect(timers.size).toBe(0);
});

/** A feed that gathers, a poll of which the end can be looked at, and the end of the time of gathering. */
function startGathering() {
  const { feed, timers } = startFeed(undefined, 50);
  const poll = (cursor: string, timeoutMs = 5_000) => {
    const state = { isOver: false };
    void feed.waitForChange(cursor, { timeoutMs, signal: never }).then(() => {
      state.isOver = true;
    });
    return state;
  };
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const endGathering = async (): Promise<void> => {
    for (const [fire, ms] of [...timers]) {
      if (ms !== 50) continue;
      timers.delete(fire);
      fire();
    }
    await settle();
  };
  return { feed, timers, poll, settle, endGathering };
}

test("changes of one moment wake those who wait once, as long after the first as was said", async () => {
  const { feed, timers, poll, settle, endGathering } = startGathering();
  const waiting = poll("f:0");
  for (const id of ["a", "b", "a"]) feed.touch(id);
  await settle();
  expect(waiting.isOver).toBe(false);
  expect([...timers.values()].filter((ms) => ms === 50)).toHaveLength(1);
  await endGathering();
  expect(waiting.isOver).toBe(true);
  expect(feed.changesSince("f:0").ids).toEqual(["a", "b"]);
});

test("who comes while changes gather waits for the rest of them; who does not wait has them at once", async () => {
  const { feed, poll, settle, endGathering } = startGathering();
  feed.touch("a");
  const [waiting, hasty] = [poll("f:0"), poll("f:0", 0)];
  await settle();
  expect([waiting.isOver, hasty.isOver]).toEqual([false, true]);
  await endGathering();
  expect(waiting.isOver).toBe(true);
});

test("the end of gathering wakes nobody who knows those changes already", async () => {
  const { feed, poll, endGathering } = startGathering();
  feed.touch("a");
  const waiting = poll("f:1");
  await endGathering();
  expect(waiting.isOver).toBe(false);
});

test("after a time of gathering the next change begins another", async () => {
  const { feed, poll, settle, endGathering } = startGathering();
  feed.touch("a");
  await endGathering();
  const [behind, waiting] = [poll("f:0"), poll("f:1")];
  await settle();
  expect([behind.isOver, waiting.isOver]).toEqual([true, false]);
  feed.touch("b");
  await settle();
  expect(waiting.isOver).toBe(false);
  await endGathering();
  expect(waiting.isOver).toBe(true);
});
