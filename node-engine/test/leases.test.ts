import { expect, test } from "vitest";
import { aJobId } from "./builders.ts";
import { copy, endMs, exclusive, key, runsOf, startRunning, startWorker } from "./lease-harness.ts";

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
