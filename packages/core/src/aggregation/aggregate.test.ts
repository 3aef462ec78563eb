import fc from "fast-check";
import { expect, test } from "vitest";
import { aHold, aWorker, idOf } from "../../test/candidates.ts";
import { aggregate } from "./aggregate.ts";

test("a cluster without workers reports zeros, no lists and no places", () => {
  expect(aggregate([aWorker(1, { liveness: "lost" })])).toEqual({
    cpu_percent: 0,
    memory_percent: 0,
    gpu_percent: 0,
    gpu_temp: 0,
    vram_percent: 0,
    vcpus: 0,
    vgpus: 0,
    memory: 0,
    vram: 0,
    virtualization: null,
    supported_addons: null,
    csi_drivers: null,
    gpu_drivers: null,
    active_nodes: 0,
    aggregation_per_architecture: {},
    allocatable: { vcpus: 0, memory: 0, vgpus: 0, storage: 0 },
    free_shapes: [],
  });
});

test("an idle worker counts in the means", () => {
  const figures = aggregate([aWorker(1, { cpu_percent: 0 }), aWorker(2, { cpu_percent: 50 })]);
  expect(figures.cpu_percent).toBe(25);
});

test("a worker that does not tell a figure does not count in its mean", () => {
  expect(aggregate([aWorker(1), aWorker(2, { memory_percent: 50 })]).memory_percent).toBe(50);
});

test("hardware is summed to whole numbers", () => {
  const workers = [1, 2].map((number) =>
    aWorker(number, { vcpus: 4, memory: 1000.4, vgpus: 1, vram: 512.4 }),
  );
  expect(aggregate(workers)).toMatchObject({
    vcpus: 8,
    memory: 2001,
    vgpus: 2,
    vram: 1025,
    active_nodes: 2,
  });
});

test("lists have no duplicates, and drivers are names", () => {
  const workers = [
    aWorker(1, { csi_drivers: [{ csi_driver_name: "csi.b" }, "csi.a"], supported_addons: ["x"] }),
    aWorker(2, { csi_drivers: [{ csi_driver_name: "csi.b" }], supported_addons: ["x"] }),
  ];
  expect(aggregate(workers)).toMatchObject({
    virtualization: ["docker"],
    csi_drivers: ["csi.a", "csi.b"],
    supported_addons: ["x"],
  });
});

test("GPU figures of older workers arrive, and machines without a GPU do not dilute them", () => {
  const workers = [
    aWorker(1, { vgpus: 1, gpu_driver: "535.1", gpu_usage: 80, gpu_temp: 60, vram_percent: 40 }),
    aWorker(2, { vgpus: 0, gpu_driver: "", gpu_usage: 0, gpu_temp: 0, vram_percent: 0 }),
  ];
  expect(aggregate(workers)).toMatchObject({
    gpu_drivers: ["535.1"],
    gpu_percent: 80,
    gpu_temp: 60,
    vram_percent: 40,
  });
});

test("each architecture has figures of its own", () => {
  const workers = [
    aWorker(1, { vcpus: 4 }),
    aWorker(2, { vcpus: 8, architecture: "aarch64" }),
    aWorker(3, { vcpus: 8, architecture: "arm64" }),
  ];
  expect(aggregate(workers).aggregation_per_architecture).toMatchObject({
    amd64: { vcpus: 4, active_nodes: 1 },
    arm64: { vcpus: 16, active_nodes: 2 },
  });
});

test("resources that an addon invented are summed, averaged or listed", () => {
  const workers = [
    aWorker(1, { fpga_slots: 2, link_percent: 10, zone: "a", tags: ["x", "y"] }),
    aWorker(2, { fpga_slots: 3, link_percent: 0, zone: "b", tags: ["y"] }),
  ];
  expect(aggregate(workers)).toMatchObject({
    fpga_slots: 5,
    link_percent: 5,
    zone: ["a", "b"],
    tags: ["x", "y"],
  });
});

test("what identifies a worker or describes its host stays in the cluster", () => {
  const figures = aggregate([aWorker(1, { ip: "10.0.0.1", host: "h", node_id: idOf(5) })]);
  for (const key of ["_id", "ip", "host", "node_id", "candidate_name", "holds", "session", "rev"]) {
    expect(figures).not.toHaveProperty(key);
  }
});

test("a cordoned worker is active, but offers nothing", () => {
  const figures = aggregate([aWorker(1, { schedulable: false }), aWorker(2)]);
  expect(figures).toMatchObject({
    active_nodes: 2,
    allocatable: { vcpus: 4, memory: 4096 },
    free_shapes: [{ count: 1 }],
  });
});

test("the order of the workers does not matter", () => {
  const worker = fc
    .record({
      vcpus: fc.integer({ min: 1, max: 64 }),
      memory: fc.integer({ min: 1, max: 200_000 }),
      held: fc.integer({ min: 0, max: 4 }),
      architecture: fc.constantFrom("amd64", "arm64", ""),
      virtualization: fc.constantFrom(["docker"], ["docker", "runsc"]),
    })
    .map(({ vcpus, memory, held, architecture, virtualization }) => ({
      allocatable: { vcpus, memory },
      holds: { [`${idOf(7)}/0`]: aHold({ vcpus: held }) },
      architecture,
      virtualization,
    }));
  const shuffled = fc.array(worker, { maxLength: 60 }).chain((changes) => {
    const workers = changes.map((change, index) => aWorker(index, change));
    return fc.tuple(
      fc.constant(workers),
      fc.shuffledSubarray(workers, { minLength: workers.length }),
    );
  });
  fc.assert(
    fc.property(shuffled, ([workers, others]) => {
      expect(aggregate(others)).toEqual(aggregate(workers));
    }),
    { numRuns: 60 },
  );
});
