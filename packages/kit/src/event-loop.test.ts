import { expect, test } from "vitest";
import { createFakeClock } from "../test/fake-clock.ts";
import { createLagMonitor } from "./event-loop.ts";

test("a loop that runs on time is not late", async () => {
  const clock = createFakeClock();
  const monitor = createLagMonitor({ clock });
  await monitor.start();
  await clock.advance(10_000);
  expect(monitor.lastLateMs()).toBe(0);
});

test("lateness is seen while it lasts, before the overdue tick has run", async () => {
  const clock = createFakeClock();
  const monitor = createLagMonitor({ clock, intervalMs: 250 });
  await monitor.start();
  clock.freeze(2_250);
  expect(monitor.lastLateMs()).toBe(2_000);
});

test("the worst lateness is remembered for as long as the window says", async () => {
  const clock = createFakeClock();
  const monitor = createLagMonitor({ clock, intervalMs: 250 });
  await monitor.start();
  clock.freeze(2_250);
  await clock.advance(3_000);
  expect(monitor.lastLateMs()).toBe(0);
  expect(monitor.worstLateMs(5_000)).toBe(2_000);
  expect(monitor.worstLateMs(1_000)).toBe(0);
});

test("a stopped monitor leaves no timer", async () => {
  const clock = createFakeClock();
  const monitor = createLagMonitor({ clock });
  await monitor.start();
  await monitor.stop();
  expect(clock.timers).toBe(0);
});
