import { expect, test } from "vitest";
import { createFakeClock } from "../test/fake-clock.ts";
import { createSilentLogger } from "./logger.ts";
import { createLoop, type LoopOptions } from "./loop.ts";
import { createMetrics } from "./metrics.ts";

function loopWith(options: Pick<LoopOptions, "run"> & Partial<LoopOptions>) {
  const clock = createFakeClock();
  const metrics = createMetrics({ service: "test" });
  const loop = createLoop({
    name: "test",
    everyMs: 1_000,
    jitter: 0,
    logger: createSilentLogger(),
    metrics,
    clock,
    random: () => 0.5,
    ...options,
  });
  return { clock, loop, metrics };
}

/** A pass that ends when the test says so. */
function gatedRun() {
  const gates: (() => void)[] = [];
  const run = () => new Promise<void>((resolve) => gates.push(resolve));
  return { run, gates };
}

test("passes follow each other at the interval", async () => {
  let passes = 0;
  const { clock, loop } = loopWith({
    run: async () => {
      passes += 1;
    },
  });
  await loop.start();
  await clock.advance(0);
  expect(passes).toBe(1);
  await clock.advance(3_000);
  expect(passes).toBe(4);
  await loop.stop();
});

test("a trigger makes a pass at once", async () => {
  let passes = 0;
  const { clock, loop } = loopWith({
    run: async () => {
      passes += 1;
    },
  });
  await loop.start();
  await clock.advance(0);
  loop.trigger();
  await clock.advance(0);
  expect(passes).toBe(2);
  await loop.stop();
});

test("any number of triggers during a pass make exactly one more, right after it", async () => {
  const { run, gates } = gatedRun();
  const { clock, loop } = loopWith({ run });
  await loop.start();
  await clock.advance(0);
  for (let count = 0; count < 5; count += 1) loop.trigger();
  await clock.advance(100);
  expect(gates).toHaveLength(1);
  gates[0]?.();
  await clock.advance(0);
  expect(gates).toHaveLength(2);
  gates[1]?.();
  await clock.advance(899);
  expect(gates).toHaveLength(2);
  await clock.advance(1);
  expect(gates).toHaveLength(3);
  gates[2]?.();
  await loop.stop();
});

test("without jitter passes begin together with those of other loops, however long each takes", async () => {
  const begun: number[] = [];
  const { clock, loop } = loopWith({
    run: () =>
      new Promise((resolve) => {
        begun.push(clock.monotonicMs() % 1_000);
        clock.setTimer(300, resolve);
      }),
  });
  await clock.advance(250);
  await loop.start();
  for (let count = 0; count < 30; count += 1) await clock.advance(100);
  expect(begun.slice(1)).toEqual([0, 0, 0]);
  await Promise.all([loop.stop(), clock.advance(300)]);
});

test("with jitter a pass begins so long after the last one", async () => {
  let passes = 0;
  const { clock, loop } = loopWith({
    jitter: 0.2,
    random: () => 1,
    run: async () => {
      passes += 1;
    },
  });
  await clock.advance(250);
  await loop.start();
  await clock.advance(0);
  await clock.advance(1_199);
  expect(passes).toBe(1);
  await clock.advance(1);
  expect(passes).toBe(2);
  await loop.stop();
});

test("passes never overlap", async () => {
  const { run, gates } = gatedRun();
  const { clock, loop } = loopWith({ run });
  await loop.start();
  await clock.advance(60_000);
  expect(gates).toHaveLength(1);
  gates[0]?.();
  await loop.stop();
});

test("failures make the pause grow, a good pass makes it normal again", async () => {
  const startedAt: number[] = [];
  const { clock, loop } = loopWith({
    run: async () => {
      startedAt.push(clock.monotonicMs());
      if (startedAt.length <= 3) throw new Error("down");
    },
    backoff: { baseMs: 1_000, maxMs: 60_000 },
    random: () => 1,
  });
  await loop.start();
  await clock.advance(10_000);
  expect(startedAt).toEqual([0, 1_000, 3_000, 7_000, 8_000, 9_000, 10_000]);
  await loop.stop();
});

test("a trigger does not shorten the pause after a failure", async () => {
  let passes = 0;
  const { clock, loop } = loopWith({
    run: async () => {
      passes += 1;
      throw new Error("down");
    },
    backoff: { baseMs: 1_000, maxMs: 1_000 },
    random: () => 1,
  });
  await loop.start();
  await clock.advance(0);
  loop.trigger();
  await clock.advance(900);
  expect(passes).toBe(1);
  await clock.advance(100);
  expect(passes).toBe(2);
  await loop.stop();
});

test("stop aborts the running pass and waits for its end", async () => {
  const events: string[] = [];
  const { clock, loop } = loopWith({
    run: (signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => {
          events.push("aborted");
          setImmediate(() => {
            events.push("ended");
            reject(signal.reason);
          });
        });
      }),
  });
  await loop.start();
  await clock.advance(0);
  await loop.stop();
  expect(events).toEqual(["aborted", "ended"]);
  expect(clock.timers).toBe(0);
});

test("a stopped loop ignores triggers and can be started again", async () => {
  let passes = 0;
  const { clock, loop } = loopWith({
    run: async () => {
      passes += 1;
    },
  });
  await loop.start();
  await clock.advance(0);
  await loop.stop();
  loop.trigger();
  await clock.advance(5_000);
  expect(passes).toBe(1);
  await loop.start();
  await clock.advance(0);
  expect(passes).toBe(2);
  await loop.stop();
});

test("duration, outcome and lag are measured", async () => {
  const { clock, loop, metrics } = loopWith({
    run: async () => {
      throw new Error("down");
    },
  });
  await loop.start();
  clock.freeze(2_000);
  await clock.advance(0);
  const text = await metrics.render();
  expect(text).toContain(
    'oak_loop_duration_seconds_count{service="test",loop="test",outcome="failed"} 1',
  );
  expect(text).toContain('oak_loop_lag_seconds{loop="test",service="test"} 2');
  expect(text).toContain('oak_loop_consecutive_failures{loop="test",service="test"} 1');
  await loop.stop();
});
