import type { NamedCopy } from "@oak/contracts";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Runtime } from "../src/ports.ts";
import { createMemoryLeases } from "../src/store/memory-leases.ts";
import { type AssignmentOverrides, aJobId } from "./builders.ts";
import { type EngineHarness, startEngine } from "./engine-harness.ts";

const key = `${aJobId}/0` as const;
const ttlMs = 10_000;
/** When the kill begins after the last heartbeat that was answered. */
const endMs = 8_000;
const exclusive: AssignmentOverrides = { exclusive_ttl_s: ttlMs / 1_000 };
const copy: NamedCopy = { job_id: aJobId, instance_number: 0, epoch: 1, placement: 1 };

/** A worker and its cluster, as far as heartbeats go. */
async function startWorker(...args: Parameters<typeof startEngine>) {
  const worker = await startEngine(...args);
  let seq = 0;
  const send = (): number => {
    seq += 1;
    worker.engine().leases.sending({ session: 1, seq });
    return seq;
  };
  const answer = (to: number, copies: NamedCopy[] = [copy]) =>
    worker.engine().leases.heard({ session: 1, seq: to, copies });
  const beat = async (copies?: NamedCopy[]): Promise<void> => {
    answer(send(), copies);
    await worker.clock.settle();
  };
  const status = () => {
    const held = worker.engine().get(key);
    return `${held?.status} ${held?.status_detail}`.trim();
  };
  return { ...worker, send, answer, beat, status };
}

async function startRunning(...args: Parameters<typeof startEngine>) {
  const worker = await startWorker(...args);
  await worker.deploy(exclusive);
  await worker.beat();
  expect(worker.running()).toHaveLength(1);
  return worker;
}

const runsOf = ({ machine }: EngineHarness) =>
  [...machine.workloads.values()].map(({ state, startedAtMs }) => ({ state, startedAtMs }));

test("an exclusive copy is prepared at once, asks to be named, and starts when it is", async () => {
  const worker = await startWorker();

  await worker.deploy(exclusive);
  await worker.clock.advance(5_000);

  expect(worker.asked()).toBe(1);
  expect(runsOf(worker)).toEqual([{ state: "created", startedAtMs: 0 }]);
  await worker.beat();
  expect(worker.running()).toHaveLength(1);
  expect(worker.status()).toBe("RUNNING");
});

test("it runs on as long as it is named", async () => {
  const worker = await startRunning();
  const before = runsOf(worker);

  for (let beats = 0; beats < 30; beats += 1) {
    await worker.clock.advance(1_000);
    await worker.beat();
  }

  expect(runsOf(worker)).toEqual(before);
});

test("it is killed in time when nothing is heard any more, and says why", async () => {
  const worker = await startRunning();

  await worker.clock.advance(endMs - 1);
  expect(worker.running()).toHaveLength(1);
  await worker.clock.advance(1);

  expect(worker.running()).toEqual([]);
  await worker.clock.advance(1_000);
  expect(worker.status()).toBe("CREATED Stopped: the cluster was out of reach");
  expect(worker.story().at(-1)).toBe("CREATED Stopped: the cluster was out of reach");
});

test("the time counts from the sending, however late the answer comes", async () => {
  const worker = await startWorker();
  await worker.deploy(exclusive);
  const seq = worker.send();
  await worker.clock.advance(3_000);
  worker.answer(seq);
  await worker.clock.advance(endMs - 3_000 - 1);
  expect(worker.running()).toHaveLength(1);

  await worker.clock.advance(1);

  expect(worker.running()).toEqual([]);
});

test("SIGTERM is not waited for", async () => {
  const worker = await startWorker();
  await worker.deploy({ ...exclusive, job: { image: "fake/stubborn" } });
  await worker.beat();

  await worker.clock.advance(endMs);

  expect(worker.running()).toEqual([]);
});

test("a suspended copy is not restarted by time, by a list or by a deploy of its pair", async () => {
  const worker = await startRunning();
  await worker.clock.advance(endMs);

  await worker.clock.advance(200_000);
  await worker.deploy(exclusive);
  await worker.clock.advance(1_000);

  expect(worker.running()).toEqual([]);
  expect(worker.asked()).toBe(2);
});

test("a suspended copy runs again as soon as it is named, and its end was no failure", async () => {
  const worker = await startRunning();
  await worker.clock.advance(60_000);

  await worker.beat();

  expect(worker.running()).toEqual(["fake-000001"]);
  expect(worker.status()).toBe("RUNNING");
  expect(worker.engine().get(key)?.restarts).toBeUndefined();
  expect(worker.disk.get(key)?.local).toMatchObject({ failures: [], restarts: 0 });
});

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

test("a suspended copy that was replaced is deleted and never starts", async () => {
  const worker = await startRunning();
  await worker.clock.advance(60_000);
  await worker.beat([]);

  await worker.undeploy({ want_rev: 2 });
  await worker.beat([]);

  expect(runsOf(worker)).toEqual([]);
  expect(worker.story().at(-1)).toBe("UNDEPLOYED");
  expect(worker.story().filter((line) => line === "RUNNING")).toHaveLength(1);
});

test("the names of another pair, session or unknown heartbeat are not meant", async () => {
  const worker = await startRunning();
  await worker.clock.advance(4_000);
  const seq = worker.send();

  expect(worker.answer(seq, [{ ...copy, placement: 2 }])).toBe("ignored");
  expect(worker.answer(seq + 1)).toBe("ignored");
  const other = { session: 2, seq, copies: [copy] };
  expect(worker.engine().leases.heard(other)).toBe("ignored");

  await worker.clock.advance(endMs - 4_000);
  expect(worker.running()).toEqual([]);
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

test("the same spec under a higher pair is adopted with the lease that it has", async () => {
  const worker = await startRunning();
  const before = runsOf(worker);

  await worker.deploy({ ...exclusive, placement: 2 });
  await worker.beat([{ ...copy, placement: 2 }]);
  await worker.clock.advance(endMs - 1);

  expect(runsOf(worker)).toEqual(before);
  await worker.clock.advance(1);
  expect(worker.running()).toEqual([]);
});

test("a running copy that becomes exclusive has the time of one lease to be named", async () => {
  const worker = await startWorker();
  await worker.deploy();
  const before = runsOf(worker);
  await worker.clock.advance(60_000);

  await worker.deploy({ ...exclusive, placement: 2 });
  await worker.clock.advance(endMs - 1);
  expect(runsOf(worker)).toEqual(before);

  await worker.clock.advance(1);
  expect(worker.running()).toEqual([]);
});

test("a copy that is exclusive no more runs without being named", async () => {
  const worker = await startRunning();

  await worker.deploy({ placement: 2 });
  await worker.clock.advance(60_000);

  expect(worker.running()).toHaveLength(1);
});

test("a crash under a fresh lease is restarted as any other", async () => {
  const worker = await startRunning();

  worker.machine.kill("fake-000001", 1);
  await worker.clock.advance(1_000);

  expect(worker.running()).toHaveLength(1);
  expect(worker.engine().get(key)?.restarts).toBe(1);
});

test("a one-shot that completed before its lease was over has completed", async () => {
  const worker = await startWorker();
  await worker.deploy({
    ...exclusive,
    job: { image: "fake/exit:0:after=5s", one_shot: true },
  });
  await worker.beat();

  await worker.clock.advance(60_000);

  expect(worker.status()).toBe("COMPLETED");
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
  const starts: (() => void)[] = [];
  const wrap = (runtime: Runtime): Runtime => ({
    ...runtime,
    startWorkload: async (handle) => {
      await new Promise<void>((resolve) => starts.push(resolve));
      await runtime.startWorkload(handle);
    },
  });
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
  const starts: (() => void)[] = [];
  const wrap = (runtime: Runtime): Runtime => ({
    ...runtime,
    startWorkload: async (handle) => {
      await new Promise<void>((resolve) => starts.push(resolve));
      await runtime.startWorkload(handle);
    },
  });
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

test("an agent that is back within the lease goes on with what is left", async () => {
  const worker = await startRunning();
  const before = runsOf(worker);
  await worker.clock.advance(3_000);

  await worker.restart();
  await worker.clock.advance(endMs - 3_000 - 10);
  expect(runsOf(worker)).toEqual(before);
  await worker.clock.advance(10);

  expect(worker.running()).toEqual([]);
});

test("an agent that is back within the lease keeps the copy that is named again", async () => {
  const worker = await startRunning();
  const before = runsOf(worker);
  await worker.clock.advance(3_000);
  await worker.restart();

  for (let beats = 0; beats < 20; beats += 1) {
    await worker.beat();
    await worker.clock.advance(1_000);
  }

  expect(runsOf(worker)).toEqual(before);
});

test("an agent that is back after the lease stops the copy, and starts it when it is named", async () => {
  const worker = await startRunning();
  // Its timers die with it.
  const { engine } = worker;
  await engine().stop();
  await worker.clock.advance(60_000);
  expect(worker.running()).toHaveLength(1);

  await worker.restart();
  expect(worker.running()).toEqual([]);
  expect(worker.status()).toBe("CREATED Stopped: the cluster was out of reach");
  await worker.clock.advance(60_000);
  expect(worker.running()).toEqual([]);
  await worker.beat();

  expect(worker.running()).toHaveLength(1);
});

test("copies of other policies go on, and cost no timer", async () => {
  const worker = await startWorker();
  await worker.deploy({ instance_number: 1 });
  const timers = worker.clock.timers();
  await worker.deploy(exclusive);
  await worker.beat();
  expect(worker.clock.timers()).toBe(timers + 1);

  await worker.clock.advance(endMs + 1_000);

  expect(worker.running()).toEqual(["fake-000001"]);
  expect(worker.engine().get(`${aJobId}/1`)?.status).toBe("RUNNING");
  expect(worker.clock.timers()).toBe(timers);
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
