import { expect, test } from "vitest";
import { aJobId } from "./builders.ts";
import { startEngine } from "./engine-harness.ts";

const key = `${aJobId}/0`;

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

test("a one-shot whose late deletion came before it is completed all the same", async () => {
  const worker = await startEngine();
  await worker.undeploy();

  await worker.deploy({ job: { image: "fake/exit:0", one_shot: true }, placement: 2 });
  await worker.clock.advance(200);

  expect(worker.reports.at(-1)).toMatchObject({ status: "COMPLETED", placement: 2 });
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
