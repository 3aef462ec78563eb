import { expect, test } from "vitest";
import type { Runtime } from "../src/ports.ts";
import { aJobId } from "./builders.ts";
import { startEngine } from "./engine-harness.ts";

const key = `${aJobId}/0`;
const holdReportMs = 500;

/** A runtime that answers a start at the wave of a hand. */
function withHandOnStarts() {
  const waiting: (() => void)[] = [];
  const wrap = (runtime: Runtime): Runtime => ({
    ...runtime,
    startWorkload: async (handle) => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      await runtime.startWorkload(handle);
    },
  });
  return { wrap, finish: () => waiting.shift()?.() };
}

test("a quick start is told by RUNNING alone", async () => {
  const worker = await startEngine({ timing: { holdReportMs } }, { latencyMs: 40 });

  await worker.deploy();
  await worker.clock.advance(5_000);

  expect(worker.story()).toEqual(["RUNNING"]);
});

test("of the steps within one window the latest is told, and RUNNING follows at once", async () => {
  const { wrap, finish } = withHandOnStarts();
  const worker = await startEngine({ timing: { holdReportMs } }, { wrap });

  await worker.deploy();
  await worker.clock.advance(holdReportMs - 1);
  expect(worker.story()).toEqual([]);
  await worker.clock.advance(1);
  expect(worker.story()).toEqual(["CREATED"]);
  finish();
  await worker.clock.settle();

  expect(worker.story()).toEqual(["CREATED", "RUNNING"]);
});

test("a slow start is acknowledged while it lasts", async () => {
  const worker = await startEngine({ timing: { holdReportMs } }, { latencyMs: 60_000 });

  await worker.deploy();
  await worker.clock.advance(holdReportMs);

  expect(worker.story()).toEqual(["CREATING"]);
  expect(worker.engine().get(key)?.status).toBe("CREATING");
});

test("what went wrong on the way is told at once", async () => {
  const worker = await startEngine({ timing: { holdReportMs } });

  await worker.deploy({ job: { image: "fake/missing" } });
  await worker.clock.advance(100);

  expect(worker.reports.map(({ status, reason }) => [status, reason])).toEqual([
    ["CREATING", "image_not_found"],
  ]);
});

test("what is deleted within the window is never said to be on its way", async () => {
  const { wrap } = withHandOnStarts();
  const worker = await startEngine({ timing: { holdReportMs } }, { wrap });
  await worker.deploy({ job: { image: "fake/slow-pull:600s" } });

  await worker.undeploy();
  await worker.clock.advance(holdReportMs);

  expect(worker.story()).toEqual(["UNDEPLOYED"]);
});

test("an engine that ends says nothing of what it held back", async () => {
  const worker = await startEngine({ timing: { holdReportMs } });
  await worker.deploy({ job: { image: "fake/slow-pull:600s" } });

  await worker.stop();

  expect(worker.story()).toEqual([]);
});

test("a start is told without asking how the workload looks, unless the runtime chose ports", async () => {
  const looked: string[] = [];
  const wrap = (runtime: Runtime): Runtime => ({
    ...runtime,
    // Its events come too late to help.
    events: () => () => undefined,
    look: (handle) => {
      looked.push(handle);
      return runtime.look(handle);
    },
  });
  const worker = await startEngine({}, { wrap });

  await worker.deploy({ job: { port: "8081:81;8080:80" } });
  await worker.deploy({ instance_number: 1, job: { port: "0:80" } });

  expect(worker.reports.map((copy) => [copy.status, copy.published_ports])).toEqual([
    ["RUNNING", "8080:80/tcp;8081:81/tcp"],
    ["RUNNING", "49152:80/tcp"],
  ]);
  expect(looked).toEqual(["fake-000002"]);
});

test("a workload that is gone when its start is answered is made anew", async () => {
  let isFirst = true;
  const worker = await startEngine(
    {},
    {
      wrap: (runtime) => ({
        ...runtime,
        look: async (handle) => {
          if (isFirst) await runtime.remove(handle);
          isFirst = false;
          return runtime.look(handle);
        },
      }),
    },
  );

  await worker.deploy({ job: { port: "0:80" } });
  await worker.clock.advance(5_000);

  expect(worker.running()).toEqual(["fake-000002"]);
  expect(worker.reports.at(-1)?.status).toBe("RUNNING");
});
