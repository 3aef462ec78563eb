import type { Candidate, FreeShape, Hold, JobSpec } from "@oak/contracts";

/** A 24-digit id that shows its number. */
export function idOf(number: number): string {
  return number.toString(16).padStart(24, "0");
}

const coresOfMachines = [2, 4, 8, 16, 32];
const mbPerCore = 2048;

/**
 * A cluster's workers as one finds them: five sizes, a tenth on arm64, a fifth without containers, one in
 * fifty silent, each with up to three instances.
 */
export function makeWorkers(count: number, random: () => number): Candidate[] {
  return Array.from({ length: count }, (_, number) => aWorker(number, random));
}

function aWorker(number: number, random: () => number): Candidate {
  const vcpus = coresOfMachines[Math.floor(random() * coresOfMachines.length)] ?? 4;
  return {
    _id: idOf(number + 1),
    candidate_name: `worker-${number}`,
    rev: 1,
    want_rev: 0,
    allocatable: { vcpus, memory: vcpus * mbPerCore, vgpus: 0, storage: 100_000 },
    holds: someHolds(number, random),
    liveness: random() < 0.02 ? "lost" : "alive",
    schedulable: true,
    session: 1,
    proto: 1,
    last_modified_timestamp: 0,
    virtualization: random() < 0.2 ? ["unikernel"] : ["docker"],
    architecture: random() < 0.1 ? "arm64" : "amd64",
    cpu_percent: random() * 100,
    memory_percent: random() * 100,
  };
}

function someHolds(number: number, random: () => number): Record<string, Hold> {
  const count = Math.floor(random() * 4);
  const entries = Array.from({ length: count }, (_, index) => {
    const key = `${idOf(0xf00000 + number * 4 + index)}/1`;
    const need = { vcpus: 0.25, memory: 256, vgpus: 0, host_ports: [] };
    return [key, { ...need, epoch: 1, placement: 1, since: 0 }] as const;
  });
  return Object.fromEntries(entries);
}

/** Clusters that report eight shapes of what their workers have left. */
export function makeClusters(count: number, random: () => number): Candidate[] {
  return makeWorkers(count, random).map((worker, number) => {
    const shapes = coresOfMachines.flatMap((cores) => someShapes(cores, random)).slice(0, 8);
    return {
      ...worker,
      candidate_name: `cluster-${number}`,
      allocatable: {
        vcpus: sumOf(shapes, "vcpus"),
        memory: sumOf(shapes, "memory"),
        vgpus: 0,
        storage: 1_000_000,
      },
      free_shapes: shapes,
    };
  });
}

function someShapes(cores: number, random: () => number): FreeShape[] {
  return ["amd64", "arm64"].map((architecture) => ({
    vcpus: Math.max(0.5, cores * random()),
    memory: Math.max(128, Math.round(cores * mbPerCore * random())),
    vgpus: 0,
    count: 1 + Math.floor(random() * 4),
    architecture,
    virtualization: ["docker"],
  }));
}

function sumOf(shapes: readonly FreeShape[], key: "vcpus" | "memory"): number {
  return shapes.reduce((sum, shape) => sum + shape[key] * shape.count, 0);
}

/** What is asked for: one core, 512 MB, Docker. */
export function aJob(number = 0): JobSpec {
  return {
    _id: idOf(0xabc000 + number),
    job_name: "app.ns.web.ns",
    image: "web:1",
    virtualization: "docker",
    vcpus: 1,
    memory: 512,
  };
}
