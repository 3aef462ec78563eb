import fc from "fast-check";
import { expect, test } from "vitest";
import {
  changedFigures,
  isWorkloadNoticeable,
  type NodeFigures,
  type WorkloadFigures,
} from "./figures.ts";

const figures: NodeFigures = {
  cpu_percent: 10,
  memory_percent: 40,
  memory: 10_000,
  vcpus: 4,
  vgpus: 0,
  virtualization: ["docker"],
  allocatable: { vcpus: 4, memory: 15_000, vgpus: 0, storage: 50_000 },
};

test("the first time everything is told", () => {
  expect(changedFigures(undefined, figures)).toEqual(figures);
});

test("what stays the same is not told again", () => {
  expect(changedFigures(figures, structuredClone(figures))).toEqual({});
});

test.each<[string, Partial<NodeFigures>]>([
  ["a fraction of a percent", { cpu_percent: 10.9, memory_percent: 39.1 }],
  ["a little memory", { memory: 10_099 }],
  ["a little disk", { allocatable: { vcpus: 4, memory: 15_000, vgpus: 0, storage: 49_501 } }],
])("%s is no news", (_, change) => {
  expect(changedFigures(figures, { ...figures, ...change })).toEqual({});
});

test.each<[string, Partial<NodeFigures>]>([
  ["a percent", { cpu_percent: 11 }],
  ["memory", { memory: 9_899 }],
  ["a core", { vcpus: 3 }],
  ["disk", { allocatable: { vcpus: 4, memory: 15_000, vgpus: 0, storage: 49_000 } }],
  [
    "what is given in all",
    { allocatable: { vcpus: 3, memory: 15_000, vgpus: 0, storage: 50_000 } },
  ],
  ["a runtime that is gone", { virtualization: [] }],
  ["a figure that was not there before", { gpu_percent: 0 }],
])("%s is news, and nothing else is told", (_, change) => {
  expect(changedFigures(figures, { ...figures, ...change })).toEqual(change);
});

test("whoever follows the changes never errs by more than a step, however slow the drift", () => {
  const percents = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 1 });
  fc.assert(
    fc.property(percents, (series) => {
      let told: NodeFigures | undefined;
      for (const cpu_percent of series) {
        told = { ...told, ...changedFigures(told, { ...figures, cpu_percent }) };
        expect(Math.abs((told.cpu_percent ?? Number.NaN) - cpu_percent)).toBeLessThan(1);
      }
    }),
  );
});

const workload: WorkloadFigures = {
  job_name: "app.ns.svc.ns",
  instance: 0,
  epoch: 1,
  placement: 1,
  cpu_percent: "5.000",
  memory_percent: "2.000",
  logs: "ready\n",
};

test.each<[boolean, Partial<WorkloadFigures>]>([
  [false, {}],
  [false, { cpu_percent: "5.900" }],
  [true, { cpu_percent: "6.000" }],
  [true, { memory_percent: "3.100" }],
  [true, { logs: "ready\nagain\n" }],
  [true, { placement: 2 }],
])("whether a workload is news is %s for %j", (isNews, change) => {
  expect(isWorkloadNoticeable(workload, { ...workload, ...change })).toBe(isNews);
});

test("a workload that was never told of is news", () => {
  expect(isWorkloadNoticeable(undefined, workload)).toBe(true);
});
