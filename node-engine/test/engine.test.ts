import { expect, test } from "vitest";
import type { Runtime } from "../src/ports.ts";
import { createMemoryStore } from "../src/store/memory-store.ts";
import { aJobId, aWorkloadSpec } from "./builders.ts";
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

test("a killed workload is started again at once, and counts its restarts", async () => {
  const worker = await startEngine();
  await worker.deploy();
  await worker.clock.advance(120_000);

  worker.machine.kill("fake-000001");
  await worker.clock.advance(10);

  expect(worker.story().slice(-2)).toEqual([
    "CREATED Restarting now, try 1 of 5: The command ended with an error: exit code 137.",
    "RUNNING",
  ]);
  expect(worker.reports.at(-1)).toMatchObject({ restarts: 1 });
  expect(worker.running()).toEqual(["fake-000001"]);
});

test("a command that crashes at once is tried with growing pauses and then given up", async () => {
  const worker = await startEngine();

  await worker.deploy({ job: { image: "fake/crash-loop" } });
  await worker.clock.advance(60_000);

  const pauses = worker
    .story()
    .flatMap((line) => /Restarting (now|in \d+ s)/.exec(line)?.[1] ?? []);
  expect(pauses).toEqual(["now", "in 1 s", "in 2 s", "in 4 s", "in 8 s"]);
  expect(worker.reports.at(-1)).toMatchObject({
    status: "FAILED",
    reason: "gave_up",
    status_detail: "Gave up after 6 tries: The command ended with an error: exit code 1.",
  });
  expect(worker.story().filter((line) => line === "RUNNING")).toHaveLength(6);
});

test("what a run printed last is told with its end, and not of one that runs", async () => {
  const worker = await startEngine();

  await worker.deploy({ job: { image: "fake/exit:0", one_shot: true } });
  await worker.clock.advance(200);

  const told = worker.reports.map(({ status, logs }) => [status, logs !== undefined]);
  expect(told.at(-1)).toEqual(["COMPLETED", true]);
  expect(told.filter(([status]) => status === "RUNNING")).toEqual([["RUNNING", false]]);
});

test("a log that cannot be read holds nothing up", async () => {
  const logsTail = (): Promise<string> => Promise.reject(new Error("busy"));
  const worker = await startEngine({}, { wrap: (runtime) => ({ ...runtime, logsTail }) });

  await worker.deploy({ job: { image: "fake/exit:0", one_shot: true } });
  await worker.clock.advance(200);

  expect(worker.reports.at(-1)).toMatchObject({ status: "COMPLETED" });
});

test("an instance that was given up begins anew under a higher pair", async () => {
  const worker = await startEngine();
  await worker.deploy({ job: { image: "fake/crash-loop" } });
  await worker.clock.advance(60_000);

  await worker.deploy({ job: { image: "fake/crash-loop" }, placement: 2 });
  await worker.clock.advance(1);

  const details = worker.reports
    .filter(({ placement }) => placement === 2)
    .map(({ status_detail }) => status_detail);
  expect(details).toContainEqual(expect.stringMatching(/try 1 of 5/));
});

test("an image that does not exist is tried with growing pauses, and says so in one sentence", async () => {
  const worker = await startEngine();

  await worker.deploy({ job: { image: "fake/missing" } });
  await worker.clock.advance(100);

  expect(worker.reports.at(-1)).toMatchObject({
    status: "CREATING",
    reason: "image_not_found",
    status_detail:
      "Trying again in 1 s, try 1 of 5: The image does not exist, or this machine may not pull it.",
  });
  await worker.clock.advance(60_000);
  expect(worker.reports.at(-1)).toMatchObject({ status: "FAILED", reason: "gave_up" });
});

test("a taken port is named, and the instance runs once the port is free", async () => {
  const worker = await startEngine();
  await worker.deploy({ job: { port: "8080:80" } });
  await worker.deploy({ job: { port: "8080:80" }, instance_number: 1 });
  expect(worker.reports.at(-1)).toMatchObject({
    instance_number: 1,
    status: "CREATED",
    reason: "port_taken",
  });

  await worker.undeploy({ instance_number: 0 });
  await worker.clock.advance(2_000);

  expect(worker.reports.at(-1)).toMatchObject({ instance_number: 1, status: "RUNNING" });
});

test("a one-shot that ends with 0 is completed and stays so over a restart", async () => {
  const worker = await startEngine();
  await worker.deploy({ job: { image: "fake/exit:0", one_shot: true } });
  await worker.clock.advance(200);
  expect(worker.reports.at(-1)?.status).toBe("COMPLETED");

  await worker.restart();
  await worker.clock.advance(200_000);

  expect(worker.running()).toEqual([]);
  expect(worker.engine().get(key)?.status).toBe("COMPLETED");
});

test("a service that ends with 0 is started again", async () => {
  const worker = await startEngine();
  await worker.deploy({ job: { image: "fake/exit:0:after=1s" } });

  await worker.clock.advance(1_001);

  expect(worker.story().slice(-2)).toEqual([
    "CREATED Restarting now, try 1 of 5: The command ended, although the service is not one-shot: exit code 0.",
    "RUNNING",
  ]);
});

test("a spec that this worker cannot take fails at once", async () => {
  const worker = await startEngine();

  await worker.deploy({ job: { virtualization: "unikernel" } });

  expect(worker.reports.at(-1)).toMatchObject({
    status: "FAILED",
    status_detail: expect.stringContaining("does not offer unikernel"),
  });
});

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
