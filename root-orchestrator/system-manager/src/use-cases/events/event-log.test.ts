import { createMetrics } from "@oak/kit";
import { expect, test } from "vitest";
import type { StoredEvent } from "../../domain/events/event-query.ts";
import type { EventStore } from "../../ports/event-store.ts";
import { createEventLog, type EventLimits } from "./event-log.ts";

/** A clock that stands, and timers that run when told. */
function aClock() {
  let nowMs = 1_780_000_000_000;
  const timers = new Map<() => void, number>();
  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    setTimer: (ms: number, fn: () => void) => {
      timers.set(fn, nowMs + ms);
      return () => timers.delete(fn);
    },
    pending: () => timers.size,
    /** Runs what is due, and what follows from it. */
    advance: async (ms: number) => {
      nowMs += ms;
      for (const [fn, at] of [...timers]) {
        if (at > nowMs) continue;
        timers.delete(fn);
        fn();
      }
      await settle();
    },
  };
}

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 200; turn += 1) await Promise.resolve();
};

function aStore() {
  const state = {
    stored: [] as StoredEvent[],
    isAway: false,
    loseAnswers: 0,
    writes: 0,
    onAppend: (): void => undefined,
  };
  const reach = async (): Promise<void> => {
    if (state.isAway) throw new Error("away");
  };
  const store: EventStore = {
    prepare: reach,
    append: async (events) => {
      await reach();
      state.writes += 1;
      state.onAppend();
      const known = new Set(state.stored.map(({ id }) => id));
      state.stored.push(...events.filter(({ id }) => !known.has(id)));
      if (state.loseAnswers > 0) {
        state.loseAnswers -= 1;
        throw new Error("no answer");
      }
    },
    repeat: reach,
    find: async () => state.stored,
    countOf: async () => state.stored.length,
    newestId: async () => state.stored.at(-1)?.id ?? 0,
    count: async () => state.stored.length,
    removeOldest: async (upTo, atMost) => {
      const gone = state.stored.filter(({ id }) => id <= upTo).slice(0, atMost);
      state.stored = state.stored.slice(gone.length);
      return gone.length;
    },
  };
  return { state, store };
}

function aLog(limits: Partial<EventLimits> = {}) {
  const clock = aClock();
  const { state, store } = aStore();
  const metrics = createMetrics({ service: "test" });
  const log = createEventLog({
    store,
    isStoreReady: () => true,
    clock,
    metrics,
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    limits,
    random: () => 1,
  });
  const record = (number: number): void =>
    log.record({ reason: "running", message: "It runs", about: { instance_number: number } });
  return { clock, state, log, record, metrics };
}

const numbers = (events: readonly StoredEvent[]) =>
  events.map(({ instance_number }) => instance_number);

test("nothing is under way while nothing happens", async () => {
  const { clock, log, record } = aLog();
  await log.start();
  expect(clock.pending()).toBe(0);
  record(1);
  expect(clock.pending()).toBe(1);
  await clock.advance(100);
  expect(clock.pending()).toBe(0);
});

test("what comes together is stored together, and told once it is stored", async () => {
  const { clock, state, log, record } = aLog();
  const heard: (number | undefined)[] = [];
  log.subscribe((events) => heard.push(...numbers(events)));
  for (let number = 0; number < 5; number += 1) record(number);
  expect(heard).toEqual([]);
  await clock.advance(100);
  expect(state.writes).toBe(1);
  expect(heard).toEqual([0, 1, 2, 3, 4]);
});

test("while the database is away events wait, and are stored in order when it is back", async () => {
  const { clock, state, record } = aLog();
  state.isAway = true;
  record(1);
  await clock.advance(100);
  record(2);
  await clock.advance(5_000);
  expect(state.stored).toEqual([]);
  state.isAway = false;
  await clock.advance(30_000);
  expect(numbers(state.stored)).toEqual([1, 2]);
});

test("a write whose answer was lost is repeated under the same ids", async () => {
  const { clock, state, record, log } = aLog();
  const heard: (number | undefined)[] = [];
  log.subscribe((events) => heard.push(...numbers(events)));
  state.loseAnswers = 1;
  record(1);
  await clock.advance(100);
  await clock.advance(5_000);
  expect(numbers(state.stored)).toEqual([1]);
  expect(heard).toEqual([1]);
});

test("more than may wait is dropped, counted, and told as an event", async () => {
  const { clock, state, record, metrics } = aLog({ waitingAtMost: 3 });
  state.isAway = true;
  for (let number = 0; number < 10; number += 1) record(number);
  state.isAway = false;
  await clock.advance(100);
  expect(numbers(state.stored)).toEqual([0, 1, 2, undefined]);
  expect(state.stored.at(-1)).toMatchObject({
    type: "root",
    reason: "events_dropped",
    message: "7 events were not stored: too many came at once",
  });
  expect(await metrics.render()).toMatch(/oak_events_dropped_total\{.*\} 7/);
});

test("not more are kept than may be kept", async () => {
  const { clock, state, record } = aLog({ keepCount: 100 });
  for (let number = 0; number < 150; number += 1) record(number);
  await clock.advance(100);
  expect(state.stored).toHaveLength(100);
  expect(numbers(state.stored).at(0)).toBe(50);
});

test("what is too old goes with the next write", async () => {
  const { clock, state, record } = aLog({ keepS: 3_600 });
  record(1);
  await clock.advance(100);
  await clock.advance(3_700_000);
  record(2);
  await clock.advance(100);
  expect(numbers(state.stored)).toEqual([2]);
});

test("whoever asks finds what was recorded just now", async () => {
  const { log, record } = aLog();
  record(7);
  expect(numbers(await log.find({ all: [] }, { order: "newest", limit: 5 }))).toEqual([7]);
});

test("whoever asks waits for nothing that is recorded later", async () => {
  const { log, state, record } = aLog();
  // Each write is followed by another, for as long as one looks.
  state.onAppend = () => {
    if (state.writes < 10_000) record(state.writes);
  };
  record(0);
  const found = await log.find({ all: [] }, { order: "newest", limit: 10 });
  expect(found.length).toBeGreaterThan(0);
  expect(state.writes).toBeLessThan(100);
  state.onAppend = () => undefined;
  await log.stop();
});

test("who asks while the database is away hears of it", async () => {
  const { log, state, record } = aLog();
  state.isAway = true;
  record(0);
  await expect(log.count({ all: [] }, 0)).rejects.toThrow("away");
});

test("stopping stores what waits", async () => {
  const { log, state, record, clock } = aLog();
  record(1);
  await log.stop();
  expect(numbers(state.stored)).toEqual([1]);
  expect(clock.pending()).toBe(0);
});

test("ids go on above those of an earlier life", async () => {
  const { clock, state, record } = aLog();
  const far = Number.MAX_SAFE_INTEGER - 100;
  state.stored.push({ id: far, at: 0, type: "root", level: "normal", reason: "x", message: "" });
  record(1);
  await clock.advance(100);
  expect(state.stored.at(-1)?.id).toBe(far + 1);
});
