import { expect, test } from "vitest";
import type { Check } from "../src/doctor/check.ts";
import { brokerCheck } from "../src/doctor/checks/broker.ts";
import { clusterStatusCheck, workersCheck } from "../src/doctor/checks/cluster-status.ts";
import { judgeClusters, judgeServices } from "../src/doctor/checks/judge-root.ts";
import { nameCheck } from "../src/doctor/checks/names.ts";
import { rootApiCheck } from "../src/doctor/checks/root-api.ts";
import { serviceCheck, versionsCheck } from "../src/doctor/checks/service.ts";
import { answer, createFakeProbes, type FakeWorld, fakeNowMs } from "./fake-probes.ts";

const manager = { service: "system-manager", host: "10.0.0.1", port: 10_000, start: "Start it" };
const base = "http://10.0.0.1:10000";
const alive = { status: "alive", service: "system-manager", version: "1.0.0" };
const ready = { status: "ready", checks: { database: { ok: true } } };

const find = (one: Check, world: FakeWorld) => one.run(createFakeProbes(world));
const healthy = { [`${base}/livez`]: alive, [`${base}/readyz`]: ready };

test("a service that answers, is ready and has the right time is well", async () => {
  const found = await find(serviceCheck(manager), { http: healthy });
  expect(found.map(({ status, found: text }) => `${status}: ${text}`)).toEqual([
    "ok: system-manager 1.0.0 answers at 10.0.0.1:10000",
    "ok: database",
    "ok: agrees with this machine",
  ]);
});

test.each([
  ["refused", "nothing listens at 10.0.0.1:10000", "Start it"],
  ["timeout", "no answer from 10.0.0.1:10000 in time", "firewalls"],
  ["unresolved", "no such host", "/etc/hosts"],
  ["unreachable", "no way leads to", "ip route"],
  ["broken", "does not speak as it should", "in use by another program"],
] as const)("a port whose outcome is %s has a fault and a remedy", async (kind, text, remedy) => {
  const http = { [`${base}/livez`]: { kind, detail: "E" } };
  const found = await find(serviceCheck(manager), { http });
  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject({ status: "fault", found: expect.stringContaining(text) });
  expect(found[0]?.remedy).toContain(remedy);
});

test("a page of somebody else on the port is a port in use", async () => {
  const http = { [`${base}/livez`]: answer("<html>", { status: 404 }) };
  const [found] = await find(serviceCheck(manager), { http });
  expect(found).toMatchObject({ status: "fault", found: expect.stringContaining("none of ours") });
  expect(found?.remedy).toContain("ss -ltnp");
});

test("each reason of a service that is not ready is a fault of its own", async () => {
  const checks = {
    database: { ok: false, reason: "The database is not reachable" },
    placer: { ok: false, reason: "Not read yet" },
    accounts: { ok: true },
  };
  const http = { ...healthy, [`${base}/readyz`]: answer({ checks }, { status: 503 }) };
  const found = await find(serviceCheck(manager), { http });
  expect(found.filter(({ status }) => status === "fault")).toEqual([
    expect.objectContaining({
      check: "system-manager database",
      found: "The database is not reachable",
    }),
    expect.objectContaining({ check: "system-manager placer", found: "Not read yet" }),
  ]);
});

test.each([
  [3, "ok", "agrees"],
  [-4, "ok", "agrees"],
  [20, "warn", "20 s ahead of this machine"],
  [-20, "warn", "19 s behind this machine"],
  [600, "fault", "600 s ahead"],
  [-600, "fault", "599 s behind"],
])("a clock that is %i s off is %s", async (seconds, status, text) => {
  const dateMs = fakeNowMs + seconds * 1_000;
  const http = { ...healthy, [`${base}/livez`]: answer(alive, { dateMs }) };
  const found = await find(serviceCheck(manager), { http });
  expect(found.at(-1)).toMatchObject({ status, found: expect.stringContaining(text) });
});

test("services of two versions are told", async () => {
  const one = { service: "system-manager", base };
  const other = { service: "root-network-manager", base: "http://10.0.0.1:10099" };
  const at = `${other.base}/livez`;
  const old = { status: "alive", service: "root-network-manager", version: "0.9.0" };
  const [mixed] = await find(versionsCheck([one, other]), { http: { ...healthy, [at]: old } });
  expect(mixed).toMatchObject({ status: "warn", found: expect.stringContaining("0.9.0") });
  const same = { ...old, version: "1.0.0" };
  const [equal] = await find(versionsCheck([one, other]), { http: { ...healthy, [at]: same } });
  expect(equal).toMatchObject({ status: "ok" });
});

test.each([
  [["10.0.0.7"], "ok", "10.0.0.7"],
  [["127.0.1.1"], "warn", "this machine"],
  [[], "fault", "no such host"],
])("a name that is %j is %s", async (addresses, status, text) => {
  const world = { names: { "root.example": addresses } };
  const [found] = await find(nameCheck("root", "root.example"), world);
  expect(found).toMatchObject({ status, found: expect.stringContaining(text) });
});

test("a broker need not let the doctor in", async () => {
  const one = brokerCheck({ host: "10.0.0.2", port: 10_003, start: "Start it" });
  const [closed] = await find(one, { broker: { kind: "answer", login: "refused-login" } });
  expect(closed).toMatchObject({
    status: "ok",
    found: expect.stringContaining("asks for a login"),
  });
  const [none] = await find(one, {});
  expect(none).toMatchObject({ status: "fault", remedy: "Start it" });
});

const site = { cluster_name: "garage", active: true, active_nodes: 2, ip: "10.0.0.2" };

test.each([
  [site, "ok", "2 workers"],
  [{ ...site, active: false, liveness: "lost" }, "fault", "does not hear it (lost)"],
  [{ ...site, active_nodes: 0 }, "warn", "no worker"],
  [{ ...site, ip: "127.0.0.1" }, "warn", "no other machine reaches"],
  [
    { ...site, reachability: { status: "refused", detail: "it is", address: "localhost" } },
    "warn",
    "it is",
  ],
  [
    { ...site, reachability: { status: "refused", detail: "it is", address: "fe80::1" } },
    "fault",
    "it is",
  ],
  [{ ...site, reachability: { status: "partly", detail: "broker refuses" } }, "warn", "broker"],
  [{ ...site, reachability: { status: "reachable", detail: "" } }, "ok", "2 workers"],
])("a cluster as the root shows it: %j", (cluster, status, text) => {
  expect(judgeClusters([cluster])[0]).toMatchObject({
    status,
    found: expect.stringContaining(text),
  });
});

test("a root without clusters is told how one comes to it", () => {
  expect(judgeClusters([])[0]).toMatchObject({
    status: "warn",
    found: "no cluster has registered",
  });
});

test.each([
  ["CLUSTER_SCHEDULED", "has the cluster a worker with room"],
  ["NO_WORKER_CAPACITY", "Add a worker"],
  ["FAILED", "See its log"],
])("an instance that is %s is a warning", (status, remedy) => {
  const instance = { instance_number: 3, status, status_detail: "why" };
  const services = [{ microservice_name: "web", instance_list: [instance] }];
  expect(judgeServices(services)).toEqual([
    expect.objectContaining({
      status: "warn",
      check: "instance web 3",
      found: `${status}: why`,
      remedy: expect.stringContaining(remedy),
    }),
  ]);
});

test("instances that run or are over are well", () => {
  const instances = [{ status: "RUNNING" }, { status: "COMPLETED" }];
  expect(judgeServices([{ instance_list: instances }])[0]?.status).toBe("ok");
});

test("without a login clusters are not checked, and nothing is asked", async () => {
  const probes = createFakeProbes();
  const found = await rootApiCheck(base, {}).run(probes);
  expect(found).toEqual([expect.objectContaining({ status: "not checked" })]);
  expect(probes.asked).toEqual([]);
});

test("a login is made once, and its token shown", async () => {
  const probes = createFakeProbes({
    http: {
      [`${base}/api/auth/login`]: answer({ token: "t" }),
      [`${base}/api/clusters`]: answer([site]),
      [`${base}/api/services`]: answer([]),
    },
  });
  const found = await rootApiCheck(base, { user: "Admin", password: "p" }).run(probes);
  expect(found.every(({ status }) => status === "ok")).toBe(true);
  expect(probes.asked.map(({ path, headers }) => [path, headers?.["authorization"]])).toEqual([
    ["/api/auth/login", undefined],
    ["/api/clusters", "Bearer t"],
    ["/api/services", "Bearer t"],
  ]);
});

test("a login that is not taken is a fault", async () => {
  const http = { [`${base}/api/auth/login`]: answer({}, { status: 401 }) };
  const found = await find(rootApiCheck(base, { user: "Admin", password: "p" }), { http });
  expect(found[0]).toMatchObject({ status: "fault", check: "login" });
});

const clusterBase = "http://10.0.0.2:10100";
const statusPath = `${clusterBase}/api/cluster/status`;

test("a cluster that has no root is told where to look", async () => {
  const http = { [statusPath]: { cluster_name: "garage", connected_to_root: false } };
  const [found] = await find(clusterStatusCheck(clusterBase), { http });
  expect(found).toMatchObject({
    status: "fault",
    remedy: expect.stringContaining("SYSTEM_MANAGER_URL"),
  });
});

test.each([
  ["reachable", "ok"],
  ["partly", "warn"],
  ["not_advertised", "warn"],
  ["refused", "fault"],
  ["unreachable", "fault"],
])("an address that the root finds %s is %s", async (status, word) => {
  const seen = { status, detail: "so it is" };
  const http = {
    [statusPath]: { cluster_name: "garage", connected_to_root: true, seen_by_root: seen },
  };
  const found = await find(clusterStatusCheck(clusterBase), { http });
  expect(found[1]).toMatchObject({ status: word, found: "so it is" });
});

test("workers that are silent are named", async () => {
  const workers = [
    { candidate_name: "one", liveness: "alive", silent_ms: 10 },
    { candidate_name: "two", liveness: "lost", silent_ms: 65_000 },
  ];
  const http = { [`${clusterBase}/api/v1/workers`]: answer(workers) };
  const found = await find(workersCheck(clusterBase, "secret"), { http });
  expect(found).toEqual([
    expect.objectContaining({ status: "ok", found: "1 of 2 are online" }),
    expect.objectContaining({
      status: "warn",
      check: "worker two",
      found: "lost, silent for 65 s",
    }),
  ]);
});

test("workers are not asked for without the secret of the cluster", async () => {
  const [found] = await find(workersCheck(clusterBase, undefined), {});
  expect(found?.status).toBe("not checked");
});
