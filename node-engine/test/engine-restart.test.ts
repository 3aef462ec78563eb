import { expect, test } from "vitest";
import type { Runtime } from "../src/ports.ts";
import { createMemoryStore } from "../src/store/memory-store.ts";
import { aJobId, aWorkloadSpec } from "./builders.ts";
import { startEngine } from "./engine-harness.ts";

const key = `${aJobId}/0`;

test("a restart of the engine restarts nothing that is healthy and reports nothing", async () => {
  const worker = await startEngine();
  await worker.deploy();
  const before = worker.machine.workloads.get("fake-000001");
  const { length } = worker.reports;

  await worker.restart();
  await worker.clock.advance(300_000);

  expect(worker.machine.workloads.get("fake-000001")).toEqual(before);
  expect(worker.reports).toHaveLength(length);
  expect(worker.engine().get(key)?.status).toBe("RUNNING");
});

test("what ended while the engine was away is started again", async () => {
  const worker = await startEngine();
  await worker.deploy();
  await worker.engine().stop();
  worker.machine.kill("fake-000001");

  await worker.restart();

  expect(worker.running()).toEqual(["fake-000001"]);
  expect(worker.engine().get(key)).toMatchObject({ status: "RUNNING", restarts: 1 });
});

test("a workload that somebody removed is created again", async () => {
  const worker = await startEngine();
  await worker.deploy();

  worker.machine.remove("fake-000001");
  await worker.clock.advance(5_000);

  expect(worker.running()).toEqual(["fake-000002"]);
});

test("a runtime that is down stops nothing, and what was wanted meanwhile follows", async () => {
  const worker = await startEngine();
  await worker.deploy();
  worker.machine.setAvailable(false);

  await worker.deploy({ instance_number: 1 });
  await worker.clock.advance(600_000);
  expect(worker.reports.at(-1)).toMatchObject({
    instance_number: 1,
    status: "CREATING",
    reason: "runtime_unavailable",
  });
  expect(worker.engine().get(key)?.status).toBe("RUNNING");
  worker.machine.setAvailable(true);
  await worker.clock.advance(40_000);

  expect(worker.running()).toEqual(["fake-000001", "fake-000002"]);
  expect(worker.reports.at(-1)).toMatchObject({ instance_number: 1, status: "RUNNING" });
});

test("an engine that starts before its runtime creates nothing until it has seen what runs", async () => {
  const worker = await startEngine();
  await worker.deploy();
  worker.machine.setAvailable(false);

  await worker.restart();
  expect(worker.engine().get(key)).toMatchObject({
    status: "CREATING",
    reason: "runtime_unavailable",
  });
  worker.machine.setAvailable(true);
  await worker.clock.advance(40_000);

  expect(worker.running()).toEqual(["fake-000001"]);
  expect(worker.engine().get(key)?.status).toBe("RUNNING");
});

test("nothing is created while the list of what runs has failed, even if the runtime would", async () => {
  let isListable = true;
  const wrap = (runtime: Runtime): Runtime => ({
    ...runtime,
    list: () => (isListable ? runtime.list() : Promise.reject(new Error("list is broken"))),
  });
  const worker = await startEngine({}, { wrap });
  await worker.deploy();
  await worker.deploy({ placement: 2 });
  isListable = false;

  await worker.restart();
  await worker.clock.advance(300_000);
  expect([...worker.machine.workloads.keys()]).toEqual(["fake-000001"]);
  isListable = true;
  await worker.clock.advance(60_000);

  expect([...worker.machine.workloads.keys()]).toEqual(["fake-000001"]);
  expect(worker.engine().get(key)?.status).toBe("RUNNING");
});

test("an unknown workload of ours stays until the cluster was heard and it is old enough", async () => {
  const worker = await startEngine();
  worker.machine.start(worker.machine.create(aWorkloadSpec(), "abcdef").handle);
  worker.machine.start(worker.machine.create(aWorkloadSpec(), "another").handle);
  await worker.clock.advance(300_000);
  expect(worker.running()).toHaveLength(2);

  worker.engine().allowStrayRemoval();
  await worker.clock.settle();
  expect(worker.running()).toEqual(["fake-000002"]);

  worker.machine.create(aWorkloadSpec({ instance_number: 7 }), "abcdef");
  await worker.clock.advance(30_000);
  expect(worker.machine.workloads.size).toBe(2);
  await worker.clock.advance(40_000);
  expect([...worker.machine.workloads.keys()]).toEqual(["fake-000002"]);
});

test("the workload of a record that cannot be read is left alone", async () => {
  const worker = await startEngine({
    store: {
      ...createMemoryStore(new Map()),
      load: async () => ({ records: [], unreadable: [key] }),
    },
  });
  worker.engine().allowStrayRemoval();
  worker.machine.start(worker.machine.create(aWorkloadSpec(), "abcdef").handle);

  await worker.clock.advance(300_000);

  expect(worker.running()).toHaveLength(1);
});

test("draining stops everything for good, and says so once nothing runs", async () => {
  const worker = await startEngine();
  await worker.deploy({ job: { image: "fake/stubborn" } });
  await worker.deploy({ instance_number: 1 });

  const drained = worker.engine().drain();
  await worker.clock.advance(5_000);
  expect(worker.engine().get(key)).toMatchObject({ status: "RUNNING", status_detail: "Stopping" });
  await worker.clock.advance(6_000);

  expect(await drained).toBe(true);
  expect(worker.machine.workloads.size).toBe(0);
  expect(worker.engine().get(key)).toMatchObject({ status: "DEAD", reason: "drained" });
  await worker.restart();
  await worker.clock.advance(60_000);
  expect(worker.running()).toEqual([]);
  await worker.deploy({ placement: 2 });
  expect(worker.running()).toHaveLength(1);
});

test("a drain that takes too long says so", async () => {
  const worker = await startEngine();
  await worker.deploy({ job: { image: "fake/stubborn" } });

  const drained = worker.engine().drain({ timeoutMs: 1_000 });
  await worker.clock.advance(1_001);

  expect(await drained).toBe(false);
  await worker.clock.advance(20_000);
});
