import type { Candidate, JobSpec } from "@oak/contracts";
import { expect, test } from "vitest";
import { aHold, aJob, aNeed, aWorker, idOf } from "../../test/candidates.ts";
import { createCandidateTable } from "./candidate-table.ts";
import { needOf } from "./need.ts";
import { placeOnWorker } from "./place-on-worker.ts";
import type { Placement } from "./placement.ts";

interface Given {
  exclude?: string[];
  salt?: string;
}

function place(workers: Candidate[], job: JobSpec, given: Given = {}): Placement {
  const table = createCandidateTable();
  for (const worker of workers) table.upsert(worker);
  return placeOnWorker(table, { job, need: needOf(job), exclude: [], salt: "a", ...given });
}

function chosen(workers: Candidate[], job: JobSpec, given?: Given): string {
  const placement = place(workers, job, given);
  return placement.ok ? placement.candidate : placement.detail;
}

const volume = { volume_id: "v", csi_driver: "csi.x", mount_path: "/v" };

test.each([
  {
    name: "no worker at all",
    workers: [],
    job: {},
    refused: ["NO_NODE_FOUND", "There is no worker yet", {}],
  },
  {
    name: "every worker is gone",
    workers: [aWorker(1, { liveness: "lost" }), aWorker(2, { liveness: "agent_lost" })],
    job: {},
    refused: ["NO_NODE_FOUND", "No worker fits: all 2 are not connected", { not_alive: 2 }],
  },
  {
    name: "the only worker is cordoned",
    workers: [aWorker(1, { schedulable: false })],
    job: {},
    refused: [
      "NO_QUALIFIED_WORKER_FOUND",
      "No worker fits: the only one is cordoned",
      { not_schedulable: 1 },
    ],
  },
  {
    name: "as many instances as addresses",
    workers: [aWorker(1, { allocatable: { addresses: 1 }, holds: { [`${idOf(7)}/0`]: aHold() } })],
    job: { vcpus: 0, memory: 0 },
    refused: [
      "NO_WORKER_CAPACITY",
      "No worker fits: the only one is without a free address for another workload",
      { addresses: 1 },
    ],
  },
  {
    name: "an unknown runtime",
    workers: [aWorker(1), aWorker(2, { virtualization: null })],
    job: { virtualization: "unikernel" },
    refused: [
      "NO_QUALIFIED_WORKER_FOUND",
      "No worker fits: all 2 are without runtime unikernel",
      { virtualization: 2 },
    ],
  },
  {
    name: "another architecture",
    workers: [aWorker(1)],
    job: { arch: ["arm64", "arm"] },
    refused: [
      "NO_QUALIFIED_WORKER_FOUND",
      "No worker fits: the only one is of another architecture than arm64, arm",
      { architecture: 1 },
    ],
  },
  {
    name: "a storage driver that nobody has",
    workers: [aWorker(1, { csi_drivers: ["csi.y"] })],
    job: { volumes: [volume] },
    refused: [
      "NO_QUALIFIED_WORKER_FOUND",
      "No worker fits: the only one is without storage driver csi.x",
      { csi_driver_missing: 1 },
    ],
  },
  {
    name: "one of two addons is missing",
    workers: [aWorker(1, { supported_addons: ["image-builder"] })],
    job: { constraints: [{ type: "addons" as const, needs: ["image-builder", "FLOps-learner"] }] },
    refused: [
      "NO_QUALIFIED_WORKER_FOUND",
      "No worker fits: the only one is without addon image-builder, FLOps-learner",
      { addon_missing: 1 },
    ],
  },
  {
    name: "a direct constraint with an unknown name",
    workers: [aWorker(1), aWorker(2)],
    job: { constraints: [{ type: "direct" as const, node: "w8;w9" }] },
    refused: ["NO_QUALIFIED_WORKER_FOUND", "No worker is named w8 or w9", { direct: 2 }],
  },
  {
    name: "direct constraints that contradict each other",
    workers: [aWorker(1), aWorker(2)],
    job: {
      constraints: [
        { type: "direct" as const, node: "w1" },
        { type: "direct" as const, node: "w2" },
      ],
    },
    refused: [
      "NO_QUALIFIED_WORKER_FOUND",
      "No worker is named by all direct constraints at once",
      { direct: 2 },
    ],
  },
  {
    name: "more cores than any worker has",
    workers: [aWorker(1, { allocatable: { vcpus: 2 } }), aWorker(2, { allocatable: { vcpus: 1 } })],
    job: { vcpus: 64 },
    refused: [
      "NO_WORKER_CAPACITY",
      "No worker has 64 free cores: the most is 2 (worker w1)",
      { vcpus: 2 },
    ],
  },
  {
    name: "memory that others hold",
    workers: [
      aWorker(1, {
        allocatable: { memory: 1000 },
        holds: { [`${idOf(7)}/0`]: aHold({ memory: 600 }) },
      }),
    ],
    job: { memory: 500 },
    refused: [
      "NO_WORKER_CAPACITY",
      "No worker has 500 MB of free memory: the most is 400 (worker w1)",
      { memory: 1 },
    ],
  },
  {
    name: "no GPU, and one worker that does not even qualify",
    workers: [aWorker(1), aWorker(2, { architecture: "arm64" })],
    job: { vgpus: 1, arch: ["amd64"] },
    refused: [
      "NO_WORKER_CAPACITY",
      "No qualified worker has 1 free GPU: the most is 0 (worker w1)",
      { vgpus: 1, architecture: 1 },
    ],
  },
  {
    name: "too little disk",
    workers: [aWorker(1, { allocatable: { storage: 10 } })],
    job: { storage: 500 },
    refused: [
      "NO_WORKER_CAPACITY",
      "No worker has 500 MB of free disk: the most is 10 (worker w1)",
      { storage: 1 },
    ],
  },
  {
    name: "a host port that is taken",
    workers: [aWorker(1, { holds: { [`${idOf(7)}/0`]: aHold({ host_ports: ["8080/tcp"] }) } })],
    job: { port: "8080:80" },
    refused: [
      "NO_WORKER_CAPACITY",
      "No worker fits: the only one is busy on host port 8080/tcp",
      { host_port_taken: 1 },
    ],
  },
  {
    name: "several things at once",
    workers: [
      aWorker(1, { allocatable: { vcpus: 1 } }),
      aWorker(2, { allocatable: { memory: 50 } }),
      aWorker(3, { allocatable: { memory: 60 } }),
    ],
    job: { vcpus: 2 },
    refused: [
      "NO_WORKER_CAPACITY",
      "No worker fits: 1 without 2 free cores, 2 without 100 MB of free memory",
      { vcpus: 1, memory: 2 },
    ],
  },
])("refused: $name", ({ workers, job, refused }) => {
  const [status, detail, refusals] = refused;
  expect(place(workers, aJob(job))).toEqual({ ok: false, status, detail, refusals });
});

test("an excluded worker is skipped", () => {
  const refused = place([aWorker(1)], aJob(), { exclude: [idOf(1), idOf(99)] });
  expect(refused).toMatchObject({
    status: "NO_QUALIFIED_WORKER_FOUND",
    refusals: { excluded: 1 },
  });
  expect(chosen([aWorker(1), aWorker(2)], aJob(), { exclude: [idOf(1)] })).toBe(idOf(2));
});

test("a direct constraint picks by name, among several if it names several", () => {
  const job = aJob({ vcpus: 3, constraints: [{ type: "direct", node: " w1; w3 " }] });
  const workers = [aWorker(1, { allocatable: { vcpus: 2 } }), aWorker(2), aWorker(3)];
  expect(chosen(workers, job)).toBe(idOf(3));
});

test("a direct constraint that names only a cluster leaves all workers", () => {
  const job = aJob({ constraints: [{ type: "direct", cluster: "c1" }] });
  expect(chosen([aWorker(1)], job)).toBe(idOf(1));
});

test("the tightest fit wins", () => {
  const workers = [aWorker(1, { allocatable: { vcpus: 16 } }), aWorker(2), aWorker(3)];
  workers[2]!.holds = { [`${idOf(7)}/0`]: aHold({ vcpus: 2, memory: 2000 }) };
  expect(chosen(workers, aJob())).toBe(idOf(3));
});

test("a service without GPU demand leaves machines with free GPUs alone", () => {
  const workers = [aWorker(1, { allocatable: { vcpus: 1, vgpus: 1 } }), aWorker(2)];
  expect(chosen(workers, aJob())).toBe(idOf(2));
});

test("a service without limits is spread: fewest of its own first, then fewest of all", () => {
  const job = aJob({ vcpus: 0, memory: 0 });
  const other = `${idOf(7)}/0`;
  const workers = [
    aWorker(1, { holds: { [`${job._id}/0`]: aHold() } }),
    aWorker(2, { holds: { [other]: aHold(), [`${idOf(7)}/1`]: aHold() } }),
    aWorker(3, { holds: { [`${idOf(7)}/2`]: aHold({ vcpus: 4 }) } }),
  ];
  expect(chosen(workers, job)).toBe(idOf(3));
});

test("among equals the least loaded wins", () => {
  const workers = [aWorker(1, { cpu_percent: 80 }), aWorker(2, { cpu_percent: 10 })];
  expect(chosen(workers, aJob())).toBe(idOf(2));
});

test("entirely equal workers take turns by salt, and one salt always gives one answer", () => {
  const workers = [1, 2, 3, 4].map((number) => aWorker(number));
  const salts = Array.from({ length: 64 }, (_, index) => `attempt-${index}`);
  const choices = salts.map((salt) => chosen(workers, aJob(), { salt }));
  expect(new Set(choices).size).toBe(4);
  expect(salts.map((salt) => chosen(workers.toReversed(), aJob(), { salt }))).toEqual(choices);
});

test("demands of 0 are met by a worker that has nothing left, or less", () => {
  const full = aWorker(1, { holds: { [`${idOf(7)}/0`]: aHold({ vcpus: 9, memory: 9999 }) } });
  expect(chosen([full], aJob({ vcpus: 0, memory: 0 }))).toBe(idOf(1));
});

test("what is on its way takes an address", () => {
  const table = createCandidateTable();
  table.upsert(aWorker(1, { allocatable: { addresses: 1 } }));
  const job = aJob({ vcpus: 0, memory: 0 });
  const request = { job, need: needOf(job), exclude: [], salt: "a" };
  table.reserve(idOf(1), "attempt", { jobId: idOf(7), need: needOf(job) });
  expect(placeOnWorker(table, request)).toMatchObject({ refusals: { addresses: 1 } });
  table.release(idOf(1), "attempt");
  expect(placeOnWorker(table, request)).toMatchObject({ ok: true });
});

test("fractions of a core add up exactly", () => {
  const worker = aWorker(1, {
    allocatable: { vcpus: 0.3 },
    holds: { [`${idOf(7)}/0`]: aHold({ vcpus: 0.1 }), [`${idOf(7)}/1`]: aHold({ vcpus: 0.1 }) },
  });
  expect(chosen([worker], aJob({ vcpus: 0.1 }))).toBe(idOf(1));
});

test("an older worker does not tell its disk, which refuses nothing", () => {
  const { proto: _proto, ...older } = aWorker(1, { allocatable: { storage: 0 } });
  expect(chosen([older], aJob({ storage: 500 }))).toBe(idOf(1));
});

test("a reservation counts like a hold", () => {
  const table = createCandidateTable();
  table.upsert(aWorker(1, { allocatable: { vcpus: 2 } }));
  const job = aJob({ vcpus: 2, port: "80" });
  const request = { job, need: needOf(job), exclude: [], salt: "a" };
  table.reserve(idOf(1), "attempt", { jobId: idOf(7), need: aNeed() });
  expect(placeOnWorker(table, request)).toMatchObject({ refusals: { vcpus: 1 } });
  table.release(idOf(1), "attempt");
  expect(placeOnWorker(table, request)).toMatchObject({ ok: true });
});
