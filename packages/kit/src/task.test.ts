import { expect, test } from "vitest";
import { createFakeClock } from "../test/fake-clock.ts";
import { createSilentLogger } from "./logger.ts";
import { createMetrics } from "./metrics.ts";
import { createTask } from "./task.ts";

function taskWith(run: (signal: AbortSignal) => Promise<void>) {
  const clock = createFakeClock();
  const metrics = createMetrics({ service: "test" });
  const task = createTask({
    name: "events",
    run,
    backoff: { baseMs: 1_000, maxMs: 8_000 },
    stableMs: 60_000,
    logger: createSilentLogger(),
    metrics,
    clock,
    random: () => 1,
  });
  return { clock, metrics, task };
}

test("a task that ends is started again after a growing pause", async () => {
  const startedAt: number[] = [];
  const { clock, task, metrics } = taskWith(async () => {
    startedAt.push(clock.monotonicMs());
    if (startedAt.length % 2 === 0) throw new Error("broken");
  });
  await task.start();
  await clock.advance(15_000);
  expect(startedAt).toEqual([0, 1_000, 3_000, 7_000, 15_000]);
  expect(await metrics.render()).toContain('oak_task_restarts_total{task="events"');
  await task.stop();
});

test("a run that lasted makes the next pause short again", async () => {
  const startedAt: number[] = [];
  const { clock, task } = taskWith(async () => {
    startedAt.push(clock.monotonicMs());
    if (startedAt.length < 3) throw new Error("broken");
    await new Promise<void>((resolve) => clock.setTimer(60_000, resolve));
  });
  await task.start();
  await clock.advance(64_000);
  expect(startedAt).toEqual([0, 1_000, 3_000, 64_000]);
  void task.stop();
  await clock.advance(60_000);
});

test("stop aborts the task, waits for it and starts it no more", async () => {
  let runs = 0;
  const { clock, task } = taskWith((signal) => {
    runs += 1;
    return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
  });
  await task.start();
  await clock.advance(10);
  await task.stop();
  await clock.advance(100_000);
  expect(runs).toBe(1);
  expect(clock.timers).toBe(0);
});

test("stop during a pause does not wait for its end", async () => {
  const { clock, task } = taskWith(async () => undefined);
  await task.start();
  await clock.advance(10);
  await task.stop();
  expect(clock.timers).toBe(0);
});
