import { expect, test } from "vitest";
import { createMemoryStore } from "../src/store/memory-store.ts";
import { aJobId } from "./builders.ts";
import { startEngine } from "./engine-harness.ts";

const key = `${aJobId}/0`;

test("a deployed instance is acknowledged, created and runs", async () => {
  const worker = await startEngine({}, { latencyMs: 1_000 });

  await worker.deploy({ job: { port: "0:80" } });
  await worker.clock.advance(4_000);

  expect(worker.story()).toEqual(["CREATING", "CREATED", "RUNNING"]);
  expect(worker.reports.at(-1)).toMatchObject({
    published_ports: "49152:80/tcp",
    job_name: "app.ns.svc.ns",
    epoch: 1,
    placement: 1,
    wanted: true,
  });
});

test("the assignment is on the disk before it is acknowledged", async () => {
  const disk = new Map();
  const worker = await startEngine({
    store: {
      ...createMemoryStore(disk),
      save: () => Promise.reject(new Error("disk is gone")),
    },
  });

  await expect(worker.deploy()).rejects.toThrow("disk is gone");

  expect(worker.reports).toEqual([]);
  expect(worker.machine.workloads.size).toBe(0);
});

test("the same assignment again changes nothing", async () => {
  const worker = await startEngine();
  await worker.deploy();
  const { length } = worker.reports;

  await worker.deploy();

  expect(worker.reports).toHaveLength(length);
  expect(worker.running()).toEqual(["fake-000001"]);
});

test("a pair that falls is refused", async () => {
  const worker = await startEngine();
  await worker.deploy({ epoch: 2 });

  await expect(worker.deploy({ epoch: 1, placement: 9 })).rejects.toThrow(RangeError);
});

test("an undeployed instance is gone before it is said so, and is remembered until it is forgotten", async () => {
  const worker = await startEngine();
  await worker.deploy();

  await worker.undeploy();

  expect(worker.machine.workloads.size).toBe(0);
  expect(worker.story().slice(-2)).toEqual(["RUNNING Stopping", "UNDEPLOYED"]);
  expect(worker.engine().get(key)).toMatchObject({ wanted: false, status: "UNDEPLOYED" });
  await worker.engine().forget(key);
  expect(worker.engine().status()).toEqual([]);
  expect(worker.disk.size).toBe(0);
});

test("deleting what is not here is confirmed at once", async () => {
  const worker = await startEngine();

  await worker.undeploy();

  expect(worker.story()).toEqual(["UNDEPLOYED"]);
});

test("an image that is not here is pulled, and tells how far it is", async () => {
  const worker = await startEngine();

  await worker.deploy({ job: { image: "fake/slow-pull:10s" } });
  await worker.clock.advance(4_500);
  expect(worker.reports.at(-1)).toMatchObject({
    status: "CREATING",
    status_detail: "Pulling fake/slow-pull:10s",
    progress: 40,
  });

  await worker.clock.advance(6_000);
  expect(worker.reports.at(-1)).toMatchObject({ status: "RUNNING" });
});

test("deleting an instance ends its pull", async () => {
  const worker = await startEngine();
  await worker.deploy({ job: { image: "fake/slow-pull:600s" } });
  await worker.clock.advance(1_000);

  await worker.undeploy();

  expect(worker.reports.at(-1)?.status).toBe("UNDEPLOYED");
  expect(worker.engine().health()).toMatchObject({ isPulling: false, longestPassMs: 0 });
});

test("a higher pair for the same spec lets a pull go on", async () => {
  const worker = await startEngine();
  await worker.deploy({ job: { image: "fake/slow-pull:10s" } });
  await worker.clock.advance(6_000);

  await worker.deploy({ job: { image: "fake/slow-pull:10s" }, placement: 2 });
  await worker.clock.advance(4_500);

  expect(worker.reports.at(-1)).toMatchObject({ status: "RUNNING", placement: 2 });
});

test("the same spec under a higher pair is adopted without a restart", async () => {
  const worker = await startEngine();
  await worker.deploy();

  await worker.deploy({ epoch: 3, placement: 1, spec_rev: 2 });
  await worker.restart();

  expect(worker.running()).toEqual(["fake-000001"]);
  expect(worker.reports.at(-1)).toMatchObject({ status: "RUNNING", epoch: 3, spec_rev: 2 });
  await worker.undeploy({ epoch: 3 });
  expect(worker.machine.workloads.size).toBe(0);
});

test("another spec replaces the workload, which runs until the new one is created", async () => {
  const worker = await startEngine();
  await worker.deploy();

  await worker.deploy({ placement: 2, job: { image: "fake/slow-pull:10s" } });
  await worker.clock.advance(5_000);
  expect(worker.running()).toEqual(["fake-000001"]);
  await worker.clock.advance(6_000);

  expect(worker.running()).toEqual(["fake-000002"]);
  expect(worker.machine.workloads.size).toBe(1);
});

test("a spec that this worker cannot take fails at once", async () => {
  const worker = await startEngine();

  await worker.deploy({ job: { virtualization: "unikernel" } });

  expect(worker.reports.at(-1)).toMatchObject({
    status: "FAILED",
    status_detail: expect.stringContaining("does not offer unikernel"),
  });
});

test("instances do not wait for each other", async () => {
  const worker = await startEngine();
  await worker.deploy({ job: { image: "fake/slow-pull:600s" } });

  await worker.deploy({ instance_number: 1 });

  expect(worker.reports.at(-1)).toMatchObject({ instance_number: 1, status: "RUNNING" });
});

test("what runs is listed with the names that the runtime gave", async () => {
  const worker = await startEngine();
  await worker.deploy();
  await worker.deploy({ instance_number: 1, job: { image: "fake/missing" } });

  expect(worker.engine().running()).toMatchObject([
    { key, handle: "fake-000001", copy: { status: "RUNNING" } },
  ]);
});
