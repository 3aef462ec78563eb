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

function startFeed(capacity?: number) {
  const { clock, timers } = manualTimers();
  const feed = createChangeFeed({
    feedId: "f",
    clock,
    ...(capacity === undefined ? {} : { capacity }),
  });
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
