import { expect, test } from "vitest";
import { createSeededRandom } from "../stats/seeded-random.ts";
import { aJob, makeClusters, makeWorkers } from "./candidates.ts";
import { filterAndSort } from "./filter-and-sort.ts";

test("the same seed makes the same candidates", () => {
  expect(makeWorkers(50, createSeededRandom(3))).toEqual(makeWorkers(50, createSeededRandom(3)));
});

test("clusters offer what their shapes add up to", () => {
  for (const cluster of makeClusters(20, createSeededRandom(3))) {
    const shapes = cluster.free_shapes ?? [];
    const sum = shapes.reduce((total, shape) => total + shape.vcpus * shape.count, 0);
    expect(cluster.allocatable.vcpus).toBeCloseTo(sum);
  }
});

test("the contender takes the worker that has least left over", () => {
  const workers = makeWorkers(200, createSeededRandom(3));
  const chosen = filterAndSort(workers, aJob());
  expect(chosen).toMatchObject({ liveness: "alive", virtualization: ["docker"] });
  expect(chosen?.allocatable.vcpus).toBeLessThanOrEqual(4);
  expect(filterAndSort(workers, { ...aJob(), vcpus: 1000 })).toBeUndefined();
});
