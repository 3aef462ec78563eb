import type { Candidate, JobSpec } from "@oak/contracts";
import { expect, test } from "vitest";
import { aCluster, aHold, aJob, aWorker, idOf } from "../../test/candidates.ts";
import { createCandidateTable } from "./candidate-table.ts";
import { needOf } from "./need.ts";
import { placeOnCluster } from "./place-on-cluster.ts";
import type { Placement } from "./placement.ts";

function place(clusters: Candidate[], job: JobSpec, exclude: string[] = []): Placement {
  const table = createCandidateTable();
  for (const cluster of clusters) table.upsert(cluster);
  return placeOnCluster(table, { job, need: needOf(job), exclude, salt: "a" });
}

const direct = (cluster: string) => ({ type: "direct" as const, cluster });
const lostCluster = aCluster(1, [{}], { liveness: "lost" });

test.each([
  {
    name: "there is no cluster",
    clusters: [],
    job: {},
    refused: ["NoActiveClusterWithCapacity", "There is no cluster yet", {}],
  },
  {
    name: "the target is not known",
    clusters: [aCluster(1, [{}])],
    job: { constraints: [direct("nowhere")] },
    refused: ["TargetClusterNotFound", "No cluster is named nowhere", { direct: 1 }],
  },
  {
    name: "the target is known, but gone",
    clusters: [lostCluster, aCluster(2, [{}])],
    job: { constraints: [direct("c1")] },
    refused: [
      "TargetClusterNotActive",
      "No cluster named c1 fits: the only one is not connected",
      { direct: 1, not_alive: 1 },
    ],
  },
  {
    name: "the target has no room",
    clusters: [aCluster(1, [{}]), aCluster(2, [{ vcpus: 64 }])],
    job: { vcpus: 8, constraints: [direct("c1;c3")] },
    refused: [
      "TargetClusterNoCapacity",
      "No cluster named c1 or c3 has a worker with 8 free cores: the most is 4 (cluster c1)",
      { direct: 1, vcpus: 1 },
    ],
  },
  {
    name: "many small workers do not make a large one",
    clusters: [aCluster(1, [{ memory: 1024, count: 4 }])],
    job: { memory: 4096 },
    refused: [
      "NoActiveClusterWithCapacity",
      "No cluster has a worker with 4096 MB of free memory: the most is 1024 (cluster c1)",
      { memory: 1 },
    ],
  },
  {
    name: "the room is on the wrong architecture",
    clusters: [aCluster(1, [{ vcpus: 64 }, { architecture: "arm64" }])],
    job: { vcpus: 8, arch: ["arm64"] },
    refused: [
      "NoActiveClusterWithCapacity",
      "No cluster has a worker with 8 free cores: the most is 4 (cluster c1)",
      { vcpus: 1 },
    ],
  },
  {
    name: "the runtime is not on any worker",
    clusters: [aCluster(1, [{}, { virtualization: [] }])],
    job: { virtualization: "unikernel" },
    refused: [
      "NoActiveClusterWithCapacity",
      "No cluster fits: the only one is without runtime unikernel",
      { virtualization: 1 },
    ],
  },
  {
    name: "no worker is there",
    clusters: [aCluster(1, [])],
    job: { vcpus: 0, memory: 0 },
    refused: [
      "NoActiveClusterWithCapacity",
      "No cluster fits: the only one is without an active worker",
      { no_active_worker: 1 },
    ],
  },
  {
    name: "no worker has an address left",
    clusters: [aCluster(1, [{ addresses: 0 }, { vcpus: 0, addresses: 3 }])],
    job: { memory: 0 },
    refused: [
      "NoActiveClusterWithCapacity",
      "No cluster fits: the only one is without a free address for another workload",
      { addresses: 1 },
    ],
  },
  {
    name: "the last address is promised",
    clusters: [
      aCluster(1, [{ addresses: 2 }], {
        holds: { [`${idOf(7)}/0`]: aHold({ vcpus: 0 }), [`${idOf(7)}/1`]: aHold({ vcpus: 0 }) },
      }),
    ],
    job: {},
    refused: [
      "NoActiveClusterWithCapacity",
      "No cluster fits: the only one is down to places that are promised to instances on their way",
      { promised: 1 },
    ],
  },
  {
    name: "the clusters constraint leaves none",
    clusters: [aCluster(1, [{}])],
    job: { constraints: [{ type: "clusters" as const, allowed: ["c8"] }] },
    refused: [
      "NoActiveClusterWithCapacity",
      "No cluster is among those that the clusters constraint allows",
      { clusters_not_allowed: 1 },
    ],
  },
  {
    name: "the last place is promised",
    clusters: [
      aCluster(1, [{ vcpus: 4 }], { holds: { [`${idOf(7)}/0`]: aHold({ vcpus: 4, memory: 0 }) } }),
    ],
    job: {},
    refused: [
      "NoActiveClusterWithCapacity",
      "No cluster fits: the only one is down to places that are promised to instances on their way",
      { promised: 1 },
    ],
  },
])("refused: $name", ({ clusters, job, refused }) => {
  const [status, detail, refusals] = refused;
  expect(place(clusters, aJob(job))).toEqual({ ok: false, status, detail, refusals });
});

test("a clusters constraint leaves those that it allows", () => {
  const job = aJob({ constraints: [{ type: "clusters", allowed: ["c2", "c9"] }] });
  expect(place([aCluster(1, [{ vcpus: 1 }]), aCluster(2, [{}])], job)).toMatchObject({
    candidate: idOf(2),
  });
});

test("a direct constraint that names only a worker leaves all clusters", () => {
  const job = aJob({ constraints: [{ type: "direct", node: "w1" }] });
  expect(place([aCluster(1, [{}])], job)).toMatchObject({ candidate: idOf(1) });
});

test("a target that is skipped after a refusal is without capacity", () => {
  const job = aJob({ constraints: [direct("c1")] });
  expect(place([aCluster(1, [{}])], job, [idOf(1)])).toMatchObject({
    status: "TargetClusterNoCapacity",
    refusals: { excluded: 1 },
  });
});

test("storage drivers and addons are looked for in the cluster as a whole", () => {
  const job = aJob({
    volumes: [{ volume_id: "v", csi_driver: "csi.x" }],
    constraints: [{ type: "addons", needs: ["image-builder"] }],
  });
  const able = aCluster(2, [{}], { csi_drivers: ["csi.x"], supported_addons: ["image-builder"] });
  expect(place([aCluster(1, [{}]), able], job)).toMatchObject({ candidate: idOf(2) });
});

test("a cluster without shapes is judged by its sums, whatever its architectures", () => {
  const { architecture: _architecture, ...older } = aWorker(1, { allocatable: { vcpus: 8 } });
  expect(place([older], aJob({ vcpus: 8, arch: ["arm64"] }))).toMatchObject({ candidate: idOf(1) });
  expect(place([older], aJob({ vcpus: 9 }))).toMatchObject({ refusals: { vcpus: 1 } });
});

test("instances on their way leave room on workers that they cannot fill", () => {
  const holds = Object.fromEntries(
    [0, 1, 2, 3].map((number) => [`${idOf(7)}/${number}`, aHold({ vcpus: 1, memory: 10 })]),
  );
  const cluster = aCluster(1, [{ vcpus: 4, count: 2 }], { holds });
  expect(place([cluster], aJob({ vcpus: 1 }))).toMatchObject({ ok: true });
  expect(place([cluster], aJob({ vcpus: 4 }))).toMatchObject({ refusals: { promised: 1 } });
});

test("the fuller cluster is filled first", () => {
  const clusters = [
    aCluster(1, [{ count: 3 }]),
    aCluster(2, [{ count: 1 }], {
      allocatable: { vcpus: 12, memory: 12_288, vgpus: 0, storage: 0 },
    }),
  ];
  expect(place(clusters, aJob())).toMatchObject({ candidate: idOf(2) });
});
