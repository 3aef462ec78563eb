import { expect, test } from "vitest";
import type { StoredEvent } from "../../domain/events/event-query.ts";
import { eventTexts } from "../../routes/follow-events.ts";
import type { EventListener, EventLog } from "./event-log.ts";
import { createFollowers, type FollowOrder } from "./follow-events.ts";

const admin = {
  id: "65f0c0ffee65f0c0ffee65f0",
  name: "ada",
  isAdmin: true,
  organization: "o",
  isShared: false,
  roles: ["Admin"],
};

const anEvent = (id: number): StoredEvent => ({
  id,
  at: id,
  type: "instance",
  level: "normal",
  reason: "running",
  message: `event ${id}`,
});

/** A log whose events come when the test says so. */
function aLog() {
  const listeners = new Set<EventListener>();
  const state = { stored: [] as StoredEvent[], reads: 0, onRead: (): void => {} };
  const log: Pick<EventLog, "find" | "subscribe"> = {
    find: async (_query, { after = 0, order, limit }) => {
      state.reads += 1;
      const above = state.stored.filter(({ id }) => id > after);
      const found = (order === "newest" ? above.toReversed() : above).slice(0, limit);
      state.onRead();
      return found;
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const happen = (...ids: number[]): void => {
    const events = ids.map(anEvent);
    state.stored.push(...events);
    for (const listener of listeners) listener(events);
  };
  return { state, log, happen, listeners };
}

function aClock() {
  const timers = new Map<() => void, number>();
  let nowMs = 0;
  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    setTimer: (ms: number, fn: () => void) => {
      timers.set(fn, nowMs + ms);
      return () => timers.delete(fn);
    },
    advance: (ms: number) => {
      nowMs += ms;
      for (const [fn, at] of [...timers]) if (at <= nowMs && timers.delete(fn)) fn();
    },
  };
}

function aFollower(given: Partial<FollowOrder> = {}) {
  const { state, log, happen, listeners } = aLog();
  const clock = aClock();
  const controller = new AbortController();
  const followers = createFollowers({ log, clock, limits: { perCaller: 2, total: 3 } });
  const order: FollowOrder = {
    caller: admin,
    filter: {},
    after: undefined,
    stillAllowed: async () => admin,
    signal: controller.signal,
    ...given,
  };
  const next = async (from: AsyncIterator<readonly StoredEvent[]>) => {
    const { value, done } = await from.next();
    return done === true ? "end" : (value ?? []).map(({ id }: StoredEvent) => id);
  };
  return { state, happen, listeners, clock, controller, followers, order, next };
}

test("what comes is given out as it comes, without reading the store", async () => {
  const { followers, order, happen, next, state } = aFollower();
  const { batches: stream } = followers.follow(order);
  const first = next(stream);
  await Promise.resolve();
  happen(1, 2);
  expect(await first).toEqual([1, 2]);
  happen(3);
  expect(await next(stream)).toEqual([3]);
  expect(state.reads).toBe(0);
});

test("what happens while the past is read is told once", async () => {
  const { followers, order, happen, next, state } = aFollower({ after: 1 });
  happen(1, 2, 3);
  let isFirst = true;
  state.onRead = () => {
    if (isFirst) happen(4);
    isFirst = false;
  };
  const { batches: stream } = followers.follow(order);
  expect(await next(stream)).toEqual([2, 3]);
  expect(await next(stream)).toEqual([4]);
});

test("who goes on after an id that is yet to come gets what happens from now on", async () => {
  const { followers, order, happen, next, state } = aFollower({ after: 1_000_000 });
  happen(1, 2);
  let reads = 0;
  state.onRead = () => {
    reads += 1;
    if (reads === 1) happen(3);
  };
  const { batches: stream } = followers.follow(order);
  expect(await next(stream)).toEqual([3]);
  happen(4);
  expect(await next(stream)).toEqual([4]);
});

test("who has missed nothing gets nothing twice", async () => {
  const { followers, order, happen, next } = aFollower({ after: 2 });
  happen(1, 2);
  const { batches: stream } = followers.follow(order);
  const first = next(stream);
  await new Promise((resolve) => setImmediate(resolve));
  happen(3);
  expect(await first).toEqual([3]);
});

test("for somebody slow nothing piles up: the rest is read from the store", async () => {
  const { followers, order, happen, next, state } = aFollower();
  const { batches: stream } = followers.follow(order);
  const first = next(stream);
  await Promise.resolve();
  happen(1);
  expect(await first).toEqual([1]);
  const many = Array.from({ length: 1_000 }, (_, i) => i + 2);
  for (const id of many) happen(id);
  const got: number[] = [];
  while (got.length < many.length) got.push(...((await next(stream)) as number[]));
  expect(got).toEqual(many);
  expect(state.reads).toBeGreaterThan(0);
});

test("silence gives an empty batch, so that the connection can be kept", async () => {
  const { followers, order, next, clock } = aFollower();
  const { batches: stream } = followers.follow(order);
  const first = next(stream);
  await new Promise((resolve) => setImmediate(resolve));
  clock.advance(15_000);
  expect(await first).toEqual([]);
});

test("who may not look any more gets nothing more", async () => {
  const { followers, order, happen, next, clock } = aFollower({
    stillAllowed: async () => undefined,
  });
  const { batches: stream, end } = followers.follow(order);
  const first = next(stream);
  await Promise.resolve();
  happen(1);
  expect(await first).toEqual([1]);
  clock.advance(15_000);
  happen(2);
  expect(await next(stream)).toBe("end");
  end();
  expect(followers.count()).toBe(0);
});

test("rights that have become fewer count from the next look on", async () => {
  const less = { ...admin, isAdmin: false, roles: [] };
  const { followers, order, happen, next, clock } = aFollower({ stillAllowed: async () => less });
  const { batches: stream } = followers.follow(order);
  const first = next(stream);
  await Promise.resolve();
  happen(1);
  expect(await first).toEqual([1]);
  clock.advance(15_000);
  happen(2);
  const second = next(stream);
  await new Promise((resolve) => setImmediate(resolve));
  clock.advance(15_000);
  expect(await second).toEqual([]);
});

test("who leaves is forgotten at once", async () => {
  const { followers, order, next, controller, listeners } = aFollower();
  const { batches: stream, end } = followers.follow(order);
  const first = next(stream);
  await new Promise((resolve) => setImmediate(resolve));
  controller.abort();
  await first;
  expect(await next(stream)).toBe("end");
  end();
  expect(followers.count()).toBe(0);
  expect(listeners.size).toBe(0);
});

test("streams are limited for each caller and in all", () => {
  const { followers, order } = aFollower();
  followers.follow(order);
  followers.follow(order);
  expect(() => followers.follow(order)).toThrowError(/You follow events 2 times already/);
  followers.follow({ ...order, caller: { ...admin, name: "eve" } });
  const third = { ...order, caller: { ...admin, name: "kim" } };
  expect(() => followers.follow(third)).toThrowError(/As many follow/);
});

test("a reader that takes nothing for half a minute is cut off", async () => {
  const clock = aClock();
  let isCut = false;
  const texts = eventTexts(
    (async function* () {
      yield [anEvent(1)];
      yield [];
    })(),
    {
      clock,
      cutOff: () => {
        isCut = true;
      },
    },
  );
  expect((await texts.next()).value).toContain("retry: ");
  expect((await texts.next()).value).toMatch(/^id: 1\ndata: \{.*"id":1.*\}\n\n$/);
  clock.advance(29_000);
  expect((await texts.next()).value).toBe(": nothing new\n\n");
  clock.advance(29_000);
  expect(isCut).toBe(false);
  clock.advance(2_000);
  expect(isCut).toBe(true);
});
