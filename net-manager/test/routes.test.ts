import { afterEach, expect, test } from "vitest";
import { anAttach, aTable, eventually, type Harness, startHarness, web } from "./harness.ts";

let harness: Harness;

afterEach(() => harness.stop());

async function start(options: Parameters<typeof startHarness>[0] = {}): Promise<Harness> {
  harness = await startHarness(options);
  await harness.register();
  return harness;
}

const targetsOf = (address: string): readonly string[] | undefined =>
  harness.plane.services.get(web)?.routes.find((route) => route.address === address)?.targets;

/** That is what the service has, and all questions about it are answered. */
async function settledOn(target: string): Promise<void> {
  await eventually(() => {
    expect(targetsOf("10.30.0.1")).toEqual([target]);
    // By address, and once more when changes of it are heard.
    expect(harness.cluster.heard("query").length).toBeGreaterThan(1);
    expect(harness.manager.agent.status().openQueries).toBe(0);
  });
}

test("the first packet to an address is answered with what stands behind it", async () => {
  const { cluster, plane } = await start();
  cluster.tables.set(web, aTable({ 0: "10.18.1.2", 1: "10.18.2.2" }));
  plane.receive("10.30.0.1");
  await eventually(() =>
    expect(plane.answers).toEqual([{ address: "10.30.0.1", outcome: "known" }]),
  );
  expect(targetsOf("10.30.0.1")).toEqual(["10.18.1.2", "10.18.2.2"]);
  expect(targetsOf("fdff::1:1")).toEqual(["fc00::802"]);
  expect([...plane.peers.keys()]).toEqual(["10.18.1.0", "10.18.2.0"]);
});

test("an address that nobody has is refused for a while", async () => {
  const { plane } = await start();
  plane.receive("10.30.9.9");
  await eventually(() =>
    expect(plane.answers).toEqual([
      { address: "10.30.9.9", outcome: { unknownForMs: expect.any(Number) } },
    ]),
  );
});

test("a silent cluster blocks no question for good", async () => {
  const { cluster, plane } = await start();
  cluster.tables.set(web, aTable({ 0: "10.18.1.2" }));
  cluster.isAnswering = false;
  plane.receive("10.30.0.1");
  await eventually(() => expect(plane.answers).toHaveLength(1));
  cluster.isAnswering = true;
  plane.receive("10.30.0.1");
  await eventually(() => expect(plane.answers[1]?.outcome).toBe("known"));
});

test("a change is in force when the cluster tells of it", async () => {
  const { cluster, plane } = await start();
  cluster.tables.set(web, aTable({ 0: "10.18.1.2" }));
  plane.receive("10.30.0.1");
  await eventually(() => expect(targetsOf("10.30.0.1")).toEqual(["10.18.1.2"]));
  cluster.tables.set(web, aTable({ 0: "10.18.2.2" }));
  await eventually(async () => {
    await cluster.push(web);
    expect(targetsOf("10.30.0.1")).toEqual(["10.18.2.2"]);
  });
});

test("a change that says what the service is now is in force without a question", async () => {
  const { cluster, plane } = await start();
  cluster.tables.set(web, aTable({ 0: "10.18.1.2" }));
  plane.receive("10.30.0.1");
  await settledOn("10.18.1.2");
  cluster.forget();
  await cluster.push(web, aTable({ 0: "10.18.2.2" }));
  await eventually(() => expect(targetsOf("10.30.0.1")).toEqual(["10.18.2.2"]));
  expect(cluster.heard("query")).toEqual([]);
});

test.each([
  ["of another service", { ...aTable({ 0: "10.18.2.2" }), app_name: "b.b.b.b" }],
  ["that is none", { ...aTable({}), instance_list: "all" as never }],
])("a change with a table %s is asked for", async (_what, table) => {
  const { cluster, plane } = await start();
  cluster.tables.set(web, aTable({ 0: "10.18.1.2" }));
  plane.receive("10.30.0.1");
  await settledOn("10.18.1.2");
  cluster.tables.set(web, aTable({ 0: "10.18.3.2" }));
  await cluster.push(web, table);
  await eventually(() => expect(targetsOf("10.30.0.1")).toEqual(["10.18.3.2"]));
});

test("a change during an open question is asked for again", async () => {
  const { cluster, plane } = await start();
  cluster.tables.set(web, aTable({ 0: "10.18.1.2" }));
  plane.receive("10.30.0.1");
  await eventually(() => expect(harness.manager.agent.status().openQueries).toBe(0));
  await eventually(() => expect(cluster.heard("query").length).toBeGreaterThan(1));
  cluster.isAnswering = false;
  cluster.forget();
  await cluster.push(web);
  await eventually(() => expect(cluster.heard("query")).toHaveLength(1));
  // What the open question is answered with is older than this.
  await cluster.push(web);
  const stale = { ...aTable({ 0: "10.18.1.2" }), query_key: web };
  cluster.tables.set(web, aTable({ 0: "10.18.3.2" }));
  cluster.isAnswering = true;
  await cluster.answer(stale);
  await eventually(() => expect(targetsOf("10.30.0.1")).toEqual(["10.18.3.2"]));
});

test("what nobody uses is given up, and the cluster hears of it", async () => {
  const { cluster, plane } = await start({ idleMs: 100, sweepMs: 20 });
  cluster.tables.set(web, aTable({ 0: "10.18.1.2" }));
  plane.receive("10.30.0.1");
  await eventually(() => expect(cluster.heard("interestRemove")).toEqual([{ appname: web }]));
  expect(plane.services.size).toBe(0);
  await eventually(() => expect(plane.peers.size).toBe(0));
});

test("routes of connections that stand stay", async () => {
  const { cluster, plane } = await start({ idleMs: 50, sweepMs: 20 });
  plane.setConnections("10.18.1.2", 1);
  cluster.tables.set(web, aTable({ 0: "10.18.1.2" }));
  plane.receive("10.30.0.1");
  await eventually(() => expect(targetsOf("10.30.0.1")).toEqual(["10.18.1.2"]));
  // What is learned later is given up earlier, as it has no connections.
  const service_ip_list = [{ IpType: "RR" as const, Address: "10.30.0.9", Address_v6: "fdff::9" }];
  const idle = "shop.prod.idle.prod";
  cluster.tables.set(idle, aTable({}, { app_name: idle, service_ip_list }));
  plane.receive("10.30.0.9");
  await eventually(() => expect(cluster.heard("interestRemove")).toEqual([{ appname: idle }]));
  expect([...plane.services.keys()]).toEqual([web]);
  plane.setConnections("10.18.1.2", 0);
  await eventually(() => expect(plane.services.size).toBe(0));
});

test("after a reconnection everything is asked again, and routes stay until the answer", async () => {
  const { cluster, plane } = await start();
  cluster.tables.set(web, aTable({ 0: "10.18.1.2" }));
  plane.receive("10.30.0.1");
  await eventually(() => expect(targetsOf("10.30.0.1")).toEqual(["10.18.1.2"]));
  cluster.setReachable(false);
  await eventually(() => expect(harness.manager.agent.status().isConnected).toBe(false));
  expect(targetsOf("10.30.0.1")).toEqual(["10.18.1.2"]);
  cluster.tables.set(web, aTable({ 0: "10.18.2.2" }));
  cluster.setReachable(true);
  await eventually(() => expect(targetsOf("10.30.0.1")).toEqual(["10.18.2.2"]));
});

test("a new process has the routes of the one before it while the cluster is away", async () => {
  const { cluster, plane } = await start();
  cluster.tables.set(web, aTable({ 0: "10.18.0.66", 1: "10.18.1.2" }));
  await harness.post("/container/deploy", anAttach({ portMappings: "0:80" }));
  await eventually(() => expect(targetsOf("10.30.0.1")).toHaveLength(2));
  cluster.setReachable(false);
  const before = plane.services.get(web);
  const port = plane.locals.get("10.18.0.66")?.ports;
  // The kernel keeps its slots, and what is told is told anew.
  (plane.services as Map<string, unknown>).clear();
  (plane.locals as Map<string, unknown>).clear();
  await harness.restart();
  await eventually(() => expect(plane.isSettled).toBe(true));
  expect(plane.services.get(web)).toEqual(before);
  expect(plane.locals.get("10.18.0.66")).toMatchObject({ service: web, number: 0, ports: port });
  expect(await harness.register()).toMatchObject({ resolver: "10.18.0.65" });
});

test("a new process of a host that became another worker starts anew when nothing is attached", async () => {
  const { cluster, plane } = await start();
  await harness.restart();
  cluster.subnet = { address: "10.18.0.128", addressv6: "fc00::200" };
  const id = cluster.worker.id;
  const other = `${id.slice(0, -1)}${id.endsWith("0") ? "1" : "0"}`;
  cluster.worker.id = other;
  expect(await harness.register()).toMatchObject({ resolver: "10.18.0.129" });
  expect(plane.state().subnet.v4).toBe("10.18.0.128");
});

test("another address of the host is told to the cluster", async () => {
  let address = "127.0.0.1";
  const { cluster, plane } = await start({
    addressCheckMs: 20,
    sourceAddressTo: async () => address,
  });
  cluster.tables.set(web, aTable({ 0: "10.18.0.66" }));
  await harness.post("/container/deploy", anAttach());
  address = "127.0.0.7";
  await eventually(() => expect(cluster.heard("addressChanged")).toHaveLength(1));
  expect(cluster.heard("addressChanged")[0]).toMatchObject({
    appname: web,
    status: "",
    nsip: "",
    host_ip: "127.0.0.7",
  });
  expect(plane.underlay?.address).toBe("127.0.0.7");
});

test("applications of other owners are let in by name alone", async () => {
  const { cluster, plane } = await start();
  const access = { owner: "ann", application: "shop.prod", accept_from: ["bank.prod"] };
  cluster.tables.set(web, aTable({ 0: "10.18.1.2" }, { access }));
  const clients = ["bank.prod.x.prod", "blog.prod.x.prod", "shop.prod.x.prod"];
  for (const [index, serviceName] of clients.entries()) {
    const owner = serviceName.startsWith("shop") ? "ann" : "bob";
    const application = serviceName.split(".").slice(0, 2).join(".");
    cluster.tables.set(serviceName, {
      app_name: serviceName,
      query_key: "",
      instance_list: [],
      access: { owner, application, accept_from: [] },
    });
    await harness.post("/container/deploy", anAttach({ serviceName, pid: index + 1 }));
  }
  plane.receive("10.30.0.1");
  await eventually(() => {
    const tenants = new Map([...plane.locals.values()].map((one) => [one.service, one.tenant]));
    expect([...(plane.services.get(web)?.admits ?? [])]).toEqual(
      [tenants.get("bank.prod.x.prod"), tenants.get("shop.prod.x.prod")].toSorted(),
    );
  });
});

test("what is malformed does no harm", async () => {
  const { cluster } = await start();
  const own = `nodes/${cluster.worker.id}/net`;
  await cluster.sendRaw(`${own}/tablequery/result`, "{");
  await cluster.sendRaw(`${own}/tablequery/result`, '{"app_name":5}');
  await cluster.sendRaw(`${own}/subnetwork/result`, '{"address":"1.2.3.4","addressv6":"::1"}');
  expect(await harness.client.request({ path: "/status" })).toMatchObject({
    registered: true,
    isConnected: true,
    dataPlane: { subnet: { v4: "10.18.0.64" } },
  });
});

test("changes of hundreds of services are heard of", async () => {
  const { cluster, plane } = await start();
  const names = Array.from({ length: 400 }, (_, n) => `shop.prod.web${n}.prod`);
  for (const [n, name] of names.entries()) {
    const own = { IpType: "RR" as const, Address: `10.30.${n >> 8}.${n & 255}` };
    const service_ip_list = [{ ...own, Address_v6: `fdff:2000::${n.toString(16)}` }];
    cluster.tables.set(name, { app_name: name, query_key: "", instance_list: [], service_ip_list });
    plane.receive(own.Address);
  }
  await eventually(() => expect(plane.services.size).toBe(names.length));
  await eventually(() => expect(harness.manager.agent.status().openQueries).toBe(0));
  for (const name of [names[0] ?? "", names.at(-1) ?? ""]) {
    await eventually(async () => {
      cluster.forget();
      await cluster.push(name);
      await eventually(() => expect(cluster.heard("query")).toMatchObject([{ sname: name }]), 500);
    });
  }
});
