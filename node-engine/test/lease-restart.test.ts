import { expect, test } from "vitest";
import { endMs, runsOf, startRunning } from "./lease-harness.ts";

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
