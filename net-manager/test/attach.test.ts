import { afterEach, beforeEach, expect, test } from "vitest";
import { anAttach, aTable, eventually, type Harness, startHarness, web } from "./harness.ts";

let harness: Harness;

beforeEach(async () => {
  harness = await startHarness();
});

afterEach(() => harness.stop());

test("a registration is answered when the network stands", async () => {
  expect(await harness.register()).toEqual({
    session: expect.any(String),
    resolver: "10.18.0.65",
    resolverv6: "fc00::101",
    capacity: 61,
  });
  expect(harness.plane.underlay).toEqual({ address: "127.0.0.1", port: 50_103 });
});

test("a registration under another id is refused", async () => {
  await harness.register();
  const other = harness.post("/register/", { client_id: "another", cluster_address: "127.0.0.1" });
  await expect(other).rejects.toMatchObject({ status: 400, code: "other_worker" });
});

test("nothing is attached before the registration", async () => {
  const early = harness.post("/container/deploy", anAttach());
  await expect(early).rejects.toMatchObject({ status: 409, code: "not_registered" });
});

test("before the registration there is nothing to show, which is no fault", async () => {
  const { client } = harness;
  expect(await client.request({ path: "/table" })).toEqual({ services: [] });
  expect(await client.request({ path: "/slots" })).toEqual({ slots: [] });
  expect(await client.request({ path: "/flows" })).toEqual({ flows: [] });
});

test("an attached instance is announced until the table shows it", async () => {
  const { cluster } = harness;
  await harness.register();
  cluster.tables.set(web, aTable({ 0: null }));
  const attached = await harness.post("/container/deploy/", anAttach({ epoch: 3, placement: 2 }));
  expect(attached).toMatchObject({ serviceName: web, nsAddress: "10.18.0.66" });
  await eventually(() => {
    expect(cluster.heard("deployed").length).toBeGreaterThan(1);
  });
  expect(cluster.heard("deployed")[0]).toEqual({
    appname: web,
    status: "DEPLOYED",
    instance_number: 0,
    nsip: "10.18.0.66",
    nsipv6: "fc00::102",
    host_ip: "127.0.0.1",
    host_port: "50103",
    epoch: 3,
    placement: 2,
  });
  cluster.tables.set(web, aTable({ 0: "10.18.0.66" }));
  await cluster.push(web);
  await eventually(() => expect(harness.manager.agent.status().unconfirmed).toBe(0));
});

test("an attached instance learns its own addresses and stands behind its service", async () => {
  const { cluster, plane } = harness;
  await harness.register();
  cluster.tables.set(web, aTable({ 0: "10.18.0.66" }));
  await harness.post("/container/deploy", anAttach());
  await eventually(() =>
    expect(plane.locals.get("10.18.0.66")?.instance).toEqual({ v4: "10.30.1.0", v6: "fdff::1:0" }),
  );
  expect(plane.services.get(web)?.routes).toContainEqual({
    address: "10.30.0.1",
    targets: ["10.18.0.66"],
  });
});

test("the same again is answered as before", async () => {
  await harness.register();
  const request = anAttach({ portMappings: "0:80" });
  const first = await harness.post("/container/deploy", request);
  expect(await harness.post("/container/deploy", request)).toEqual(first);
  expect(harness.plane.slots()).toHaveLength(1);
});

test("the same instance in another namespace replaces what was attached", async () => {
  await harness.register();
  await harness.post("/container/deploy", anAttach({ pid: 1 }));
  await harness.post("/container/deploy", anAttach({ pid: 2 }));
  expect(harness.plane.slots().map(({ id }) => id)).toEqual(["4:2"]);
});

test("a lower pair is refused, and its farewell changes nothing", async () => {
  await harness.register();
  await harness.post("/container/deploy", anAttach({ epoch: 2, placement: 1 }));
  const older = { epoch: 1, placement: 9 };
  await expect(
    harness.post("/container/deploy", anAttach({ pid: 2, ...older })),
  ).rejects.toMatchObject({ status: 409, code: "superseded" });
  await harness.post("/container/undeploy", { serviceName: web, instanceNumber: 0, ...older });
  expect(harness.plane.slots()).toHaveLength(1);
});

test("a detached instance leaves nothing behind", async () => {
  const { plane } = harness;
  await harness.register();
  await harness.post("/container/deploy", anAttach());
  await harness.post("/docker/undeploy", { ...anAttach(), pid: -1 });
  await harness.post("/docker/undeploy", { ...anAttach(), pid: -1 });
  expect(plane.slots()).toEqual([]);
  expect(plane.locals.size).toBe(0);
});

test("a prepared namespace is used by whoever is attached in it", async () => {
  await harness.register();
  const prepared = await harness.post("/container/prepare", { pid: 7 });
  expect(prepared).toEqual({ slot: "4:7", nsAddress: "10.18.0.66", nsAddressv6: "fc00::102" });
  expect(await harness.post("/container/deploy", anAttach({ pid: 7 }))).toMatchObject({
    slot: "4:7",
    nsAddress: "10.18.0.66",
  });
  await harness.post("/container/release", { slot: "4:7" });
  expect(harness.plane.slots()).toEqual([]);
  await harness.post("/container/release", { slot: "4:7" });
});

test.each([
  ["a name of three parts", { serviceName: "a.b.c" }, 400, "invalid_input"],
  ["a pid that is gone", { pid: 4_000 }, 404, "process_gone"],
  ["a unikernel's pid", { pid: 0 }, 400, "bad_request"],
  ["ports that are none", { portMappings: "http" }, 400, "bad_request"],
  ["a port beyond the last", { portMappings: "80:70000" }, 400, "bad_request"],
  ["the port of the tunnel", { portMappings: "50103:1/udp" }, 409, "port_taken"],
  ["that of the encrypted one", { portMappings: "50104:1/udp" }, 409, "port_taken"],
  ["that of the tunnel inside", { portMappings: "50105:1/udp" }, 409, "port_taken"],
])("%s is refused and nothing is made", async (_what, wrong, status, code) => {
  await harness.register();
  const refused = harness.post("/container/deploy", anAttach(wrong));
  await expect(refused).rejects.toMatchObject({ status, code });
  expect(harness.plane.slots()).toEqual([]);
});

test("a port that another instance has published is taken", async () => {
  await harness.register();
  const first = (await harness.post("/container/deploy", anAttach({ portMappings: "0:80" }))) as {
    portMappings: string;
  };
  const again = anAttach({ pid: 2, instanceNumber: 1, portMappings: first.portMappings });
  const refused = harness.post("/container/deploy", again);
  await expect(refused).rejects.toMatchObject({ status: 409, code: "port_taken" });
  expect(harness.plane.slots()).toHaveLength(1);
});

test("a namespace has one user", async () => {
  await harness.register();
  await harness.post("/container/deploy", anAttach());
  const second = harness.post("/container/deploy", anAttach({ instanceNumber: 1 }));
  await expect(second).rejects.toMatchObject({ status: 409, code: "slot_in_use" });
});

test("a full subnet says so", async () => {
  await harness.register();
  for (let pid = 1; pid <= 61; pid += 1) await harness.post("/container/prepare", { pid });
  const refused = harness.post("/container/prepare", { pid: 62 });
  await expect(refused).rejects.toMatchObject({ status: 507, code: "subnet_full" });
});

test("exclusive instances are renewed by name", async () => {
  await harness.register();
  await harness.post("/container/deploy", anAttach());
  const lease = { serviceName: web, instanceNumber: 0, forMs: 9_000 };
  await harness.post("/leases", { leases: [lease, { ...lease, instanceNumber: 5 }] });
  expect([...harness.plane.leases]).toEqual([["10.18.0.66", 9_000]]);
});

test("unikernels are refused clearly", async () => {
  await harness.register();
  const refused = harness.post("/unikernel/deploy", anAttach({ pid: 0 }));
  await expect(refused).rejects.toMatchObject({ status: 501, code: "unsupported" });
  await harness.post("/unikernel/undeploy", anAttach());
});

test("without a subnet the registration is put off, not lost", async () => {
  await harness.stop();
  harness = await startHarness({ registerWaitMs: 100 });
  const { cluster } = harness;
  const { subnet } = cluster;
  cluster.subnet = undefined;
  await expect(harness.register()).rejects.toMatchObject({ status: 503, code: "no_subnet" });
  cluster.subnet = subnet;
  await eventually(() => harness.register());
});

test("everything goes at the end", async () => {
  await harness.register();
  await harness.post("/container/deploy", anAttach());
  await harness.client.request({ method: "POST", path: "/uninstall" });
  expect(harness.plane.slots()).toEqual([]);
  expect(await harness.client.request({ path: "/status" })).toMatchObject({ registered: false });
});
