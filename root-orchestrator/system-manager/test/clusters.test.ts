import { Candidate } from "@oak/contracts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Harness, startHarness, startTestDatabase, type TestDatabase } from "./harness.ts";

let database: TestDatabase;
let harness: Harness;
let token: string;

beforeAll(async () => {
  database = await startTestDatabase();
  harness = await startHarness(database);
  harness.stores.candidates = [
    aCluster({ _id: "a".repeat(24), candidate_name: "one", secret: "not for you" }),
    aCluster({ _id: "b".repeat(24), candidate_name: "two", liveness: "lost" }),
  ];
  token = await harness.login();
});

afterAll(async () => {
  await harness.stop();
  await database.stop();
});

function aCluster(extra: object): Candidate {
  return Candidate.parse({
    rev: 1,
    want_rev: 3,
    allocatable: { vcpus: 3.5, memory: 4000, vgpus: 0, storage: 100 },
    holds: {},
    liveness: "alive",
    schedulable: true,
    session: 1,
    last_modified_timestamp: 1_700_000_000.25,
    candidate_location: "48.1,11.5,1000",
    ip: "192.0.2.7",
    port: "10100",
    cpu_percent: 12.5,
    vcpus: 7.5,
    memory: 2048.75,
    csi_drivers: [{ csi_driver_name: "csi.example", csi_driver_endpoint: "unix:///x" }, "other"],
    ...extra,
  });
}

test("a cluster is shown under today's names and the older ones", async () => {
  const { body } = await harness.call("GET", "/api/clusters/", { token });
  expect(body[0]).toEqual({
    _id: "a".repeat(24),
    candidate_name: "one",
    cluster_name: "one",
    candidate_location: "48.1,11.5,1000",
    cluster_location: "48.1,11.5,1000",
    ip: "192.0.2.7",
    port: "10100",
    active: true,
    liveness: "alive",
    schedulable: true,
    active_nodes: 0,
    cpu_percent: 12.5,
    aggregated_cpu_percent: 12.5,
    memory_percent: 0,
    vcpus: 7,
    total_cpu_cores: 7,
    memory: 2048,
    memory_in_mb: 2048,
    vgpus: 0,
    total_gpu_cores: 0,
    gpu_percent: 0,
    gpu_temp: 0,
    gpu_drivers: [],
    vram: 0,
    vram_percent: 0,
    virtualization: [],
    supported_addons: [],
    csi_drivers: ["csi.example", "other"],
    cpu_history: [],
    memory_history: [],
    aggregation_per_architecture: {},
    last_modified_timestamp: 1_700_000_000.25,
  });
});

test("only clusters that are connected are active", async () => {
  const names = async (path: string) =>
    (await harness.call("GET", path, { token })).body.map(
      (one: { cluster_name: string }) => one.cluster_name,
    );
  expect(await names("/api/clusters")).toEqual(["one", "two"]);
  expect(await names("/api/clusters/active")).toEqual(["one"]);
  expect(await names("/api/clusters/active/")).toEqual(["one"]);
});

test("clusters are shown to users only", async () => {
  expect((await harness.call("GET", "/api/clusters/")).status).toBe(401);
});

test("orphans are for administrators, and there are none at first", async () => {
  const { status, body } = await harness.call("GET", "/api/orphans", { token });
  expect([status, body]).toEqual([200, []]);
  expect((await harness.call("GET", "/api/orphans")).status).toBe(401);
});

test("a cluster shows the address that it advertises now, and how the root finds it", async () => {
  const reachability = {
    ...{ status: "partly", detail: "broker refuses connections", address: "192.0.2.7", since: 1 },
  };
  const advertised = { address: "", seen_from: "192.0.2.9" };
  harness.stores.candidates = [
    aCluster({ _id: "c".repeat(24), candidate_name: "three", advertised, reachability }),
  ];
  const { body } = await harness.call("GET", "/api/clusters", { token });
  expect(body[0]).toMatchObject({ ip: "", reachability });
  expect(body[0]).not.toHaveProperty("advertised");
});
