import { createSilentLogger, systemClock } from "@oak/kit";
import { expect, test } from "vitest";
import { createRivalWatch } from "./rival-watch.ts";

function aWatch() {
  const clock = { ...systemClock, monotonicMs: () => nowMs };
  let nowMs = 0;
  let drains = 0;
  const engine = {
    drain: async () => {
      drains += 1;
      return true;
    },
  };
  const watch = createRivalWatch({ engine, clock, logger: createSilentLogger() });
  return {
    watch,
    drains: () => drains,
    refusedAt: (atMs: number) => {
      nowMs = atMs;
      watch.refused("worker_alive_elsewhere");
    },
  };
}

test("a machine that has just restarted keeps what it runs", () => {
  const { refusedAt, drains } = aWatch();
  refusedAt(0);
  refusedAt(19_999);
  expect(drains()).toBe(0);
});

test("who is refused for long stops everything, once", () => {
  const { refusedAt, drains } = aWatch();
  for (const atMs of [0, 20_000, 35_000]) refusedAt(atMs);
  expect(drains()).toBe(1);
});

test("other troubles stop nothing, however long they last", () => {
  const { watch, refusedAt, drains } = aWatch();
  refusedAt(0);
  for (let tries = 0; tries < 100; tries += 1) watch.refused("cluster_unreachable");
  expect(drains()).toBe(0);
});

test("with a registration it begins anew", () => {
  const { watch, refusedAt, drains } = aWatch();
  refusedAt(0);
  watch.registered();
  refusedAt(20_000);
  expect(drains()).toBe(0);
  refusedAt(40_000);
  expect(drains()).toBe(1);
});
