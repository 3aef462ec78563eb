import type { Candidate, FreeShape, Hold, JobSpec, Need } from "@oak/contracts";

/** A 24-digit id that shows its number. */
export function idOf(number: number): string {
  return number.toString(16).padStart(24, "0");
}

const someAllocatable = { vcpus: 4, memory: 4096, vgpus: 0, storage: 100_000 };

/** A live worker `w<number>` with four cores, 4 GB and Docker on amd64. */
export function aWorker(
  number: number,
  changes: Partial<Omit<Candidate, "allocatable">> & {
    allocatable?: Partial<Candidate["allocatable"]>;
  } = {},
): Candidate {
  return {
    _id: idOf(number),
    candidate_name: `w${number}`,
    rev: 1,
    want_rev: 0,
    holds: {},
    liveness: "alive",
    schedulable: true,
    session: 1,
    proto: 1,
    last_modified_timestamp: 0,
    virtualization: ["docker"],
    architecture: "amd64",
    ...changes,
    allocatable: { ...someAllocatable, ...changes.allocatable },
  };
}

/** A live cluster `c<number>` with these shapes; its allocatable is their sum. */
export function aCluster(
  number: number,
  shapes: readonly Partial<FreeShape>[],
  changes: Partial<Candidate> = {},
): Candidate {
  const freeShapes = shapes.map((shape) => aShape(shape));
  const sum = (key: "vcpus" | "memory" | "vgpus"): number =>
    freeShapes.reduce((total, shape) => total + shape[key] * shape.count, 0);
  return {
    ...aWorker(number),
    candidate_name: `c${number}`,
    allocatable: {
      vcpus: sum("vcpus"),
      memory: sum("memory"),
      vgpus: sum("vgpus"),
      storage: 1_000_000,
    },
    free_shapes: freeShapes,
    ...changes,
  };
}

function aShape(changes: Partial<FreeShape>): FreeShape {
  return {
    vcpus: 4,
    memory: 4096,
    vgpus: 0,
    count: 1,
    architecture: "amd64",
    virtualization: ["docker"],
    ...changes,
  };
}

export function aNeed(changes: Partial<Need> = {}): Need {
  return { vcpus: 1, memory: 100, vgpus: 0, host_ports: [], ...changes };
}

export function aHold(changes: Partial<Hold> = {}): Hold {
  return { ...aNeed(), epoch: 1, placement: 1, since: 0, ...changes };
}

/** The service with id 0xabc: one core, 100 MB, Docker. */
export function aJob(changes: Partial<JobSpec> = {}): JobSpec {
  return {
    _id: idOf(0xabc),
    job_name: "app.ns.web.ns",
    image: "web:1",
    virtualization: "docker",
    vcpus: 1,
    memory: 100,
    ...changes,
  };
}
