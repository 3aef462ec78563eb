import fc from "fast-check";
import { expect, test } from "vitest";
import type { Runtime } from "../src/ports.ts";
import { createMemoryLeases } from "../src/store/memory-leases.ts";
import {
  endMs,
  exclusive,
  key,
  runsOf,
  startRunning,
  startWorker,
  ttlMs,
} from "./lease-harness.ts";

/** A runtime whose starts wait, each for a call. */
function startsOnCue() {
  const starts: (() => void)[] = [];
  const wrap = (runtime: Runtime): Runtime => ({
    ...runtime,
    startWorkload: async (handle) => {
      await new Promise<void>((resolve) => starts.push(resolve));
      await runtime.startWorkload(handle);
    },
  });
  return { starts, wrap };
}

test("a copy that is named while it is being killed starts again, without a failure", async () => {
  const worker = await startWorker({}, { latencyMs: 400 });
  await worker.deploy(exclusive);
  await worker.clock.advance(2_000);
  await worker.beat();
  await worker.clock.advance(endMs + 100);

  await worker.beat();
  expect(worker.running()).toHaveLength(1);
  await worker.clock.advance(5_000);

  expect(worker.running()).toHaveLength(1);
  expect(runsOf(worker)[0]?.startedAtMs).toBeGreaterThan(worker.clock.nowMs() - 5_000);
  expect(worker.disk.get(key)?.local).toMatchObject({ failures: [], restarts: 0 });
});

test("a graceful stop is cut short when the lease is over", async () => {
  const worker = await startWorker({ timing: { stopGraceMs: 60_000 } });
  await worker.deploy({ ...exclusive, job: { image: "fake/stubborn" } });
  await worker.beat();
  await worker.undeploy({ want_rev: 2 });
  await worker.clock.advance(endMs - 1);
  expect(worker.running()).toHaveLength(1);

  await worker.clock.advance(1);

  expect(worker.running()).toEqual([]);
});

test("a kill that fails is tried again", async () => {
  const worker = await startRunning();
  worker.machine.setAvailable(false);
  await worker.clock.advance(endMs + 600);
  expect(worker.running()).toHaveLength(1);

  worker.machine.setAvailable(true);
  await worker.clock.advance(250);

  expect(worker.running()).toEqual([]);
});

test("a start that comes up after the end of the lease is killed at once", async () => {
  const { starts, wrap } = startsOnCue();
  const worker = await startWorker({}, { wrap });
  await worker.deploy(exclusive);
  await worker.beat();
  expect(starts).toHaveLength(1);
  await worker.clock.advance(60_000);

  starts[0]?.();
  await worker.clock.settle();

  expect(worker.running()).toEqual([]);
});

test("whoever waits for room among the starts looks again before beginning", async () => {
  const { starts, wrap } = startsOnCue();
  const worker = await startWorker({ parallel: { pulls: 1, starts: 2 } }, { wrap });
  await worker.deploy({ instance_number: 1 });
  await worker.deploy({ instance_number: 2 });
  await worker.deploy(exclusive);
  await worker.beat();
  await worker.clock.advance(60_000);

  while (starts.length > 0) {
    starts.shift()?.();
    await worker.clock.settle();
  }

  expect(worker.engine().get(key)?.status).not.toBe("RUNNING");
  expect(worker.running()).toHaveLength(2);
});

test("a process that wakes up kills before it takes anything", async () => {
  let nowMs = 100_000;
  const worker = await startWorker({
    leases: {
      store: createMemoryLeases(),
      // Other than the clock of the timers, it does not stand still.
      bootMs: () => nowMs,
      askAtOnce: () => undefined,
    },
  });
  await worker.deploy(exclusive);
  await worker.beat();
  expect(worker.running()).toHaveLength(1);
  const seq = worker.send();

  nowMs += 3_600_000;
  worker.answer(seq);
  await worker.clock.settle();

  expect(worker.running()).toEqual([]);
});

test("whatever is lost, late or crashes, nothing runs when the last answered heartbeat is too old", async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("wait" as const), ms: fc.nat(9_000) }),
    fc.record({ kind: fc.constant("beat" as const), isHeard: fc.boolean(), lateMs: fc.nat(9_000) }),
    fc.constant({ kind: "restart" as const }),
    fc.constant({ kind: "deploy" as const }),
    fc.constant({ kind: "crash" as const }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
      const restarts = { tries: 1_000, baseMs: 1, maxMs: 1 };
      const worker = await startWorker({ restarts }, { latencyMs: 20 });
      let promisedMs = Number.NEGATIVE_INFINITY;
      const waitAndWatch = async (ms: number): Promise<void> => {
        for (let leftMs = ms; leftMs > 0; leftMs -= 250) {
          await worker.clock.advance(Math.min(250, leftMs));
          const isOver = worker.clock.monotonicMs() > promisedMs + ttlMs;
          if (isOver) expect(worker.running()).toEqual([]);
        }
      };
      await worker.deploy(exclusive);
      for (const one of steps) {
        if (one.kind === "wait") await waitAndWatch(one.ms);
        if (one.kind === "restart") await worker.restart();
        if (one.kind === "deploy") await worker.deploy(exclusive);
        if (one.kind === "crash")
          for (const handle of worker.running()) worker.machine.kill(handle);
        if (one.kind !== "beat") continue;
        const seq = worker.send();
        const sentMs = worker.clock.monotonicMs();
        await waitAndWatch(one.lateMs);
        if (!one.isHeard) continue;
        promisedMs = Math.max(promisedMs, sentMs);
        worker.answer(seq);
      }
      await waitAndWatch(ttlMs + 2_000);
      expect(worker.running()).toEqual([]);
      await worker.beat();
      await worker.clock.advance(200);
      expect(worker.running()).toHaveLength(1);
    }),
    { numRuns: 40 },
  );
}, 60_000);
