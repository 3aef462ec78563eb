import { afterEach, beforeEach, expect, test } from "vitest";
import { attached, deploy, place } from "./deployments.ts";
import { clusterId, eventually, type Site, startSite, type Worker } from "./harness.ts";

let site: Site;
let a: Worker;
let b: Worker;
beforeEach(async () => {
  site = await startSite();
  a = await site.worker("a");
  b = await site.worker("b");
  await a.ask("subnet", { METHOD: "GET" });
  await b.ask("subnet", { METHOD: "GET" });
});
afterEach(() => site.stop());

const byName = (worker: Worker, name: string) => worker.ask("query", { sname: name, sip: "" });
const byAddress = (worker: Worker, ip: string) => worker.ask("query", { sname: "", sip: ip });
const shows = (worker: Worker, name: string, expected: Record<string, unknown>) =>
  expect
    .poll(async () => (await byName(worker, name))["instance_list"], { timeout: 10_000 })
    .toMatchObject([expected]);
/** Namespace addresses of worker b's subnet. */
const ofB = { nsip: "10.18.0.66", nsipv6: "fc00::102" };
/** A service whose copy on worker a is attached. */
async function running() {
  const service = await deploy(site, a.id);
  await eventually(async () => (await byName(b, service.name))["app_name"] === service.name);
  await a.send("deployed", attached(service.name, { epoch: 1, placement: 1 }));
  await shows(b, service.name, { namespace_ip: "10.18.0.2", serving: true });
  return service;
}

test("a worker finds a service by name and by address, its own address last", async () => {
  const service = await running();
  const answer = await byName(b, service.name);
  expect(answer).toMatchObject({
    app_name: service.name,
    query_key: service.name,
    instance_list: [
      {
        instance_number: 0,
        cluster_id: clusterId,
        worker_id: a.id,
        namespace_ip: "10.18.0.2",
        namespace_ip_v6: "fc00::2",
        host_ip: "192.168.1.7",
        host_port: 50_103,
        epoch: 1,
        placement: 1,
        service_ip: [
          { IpType: "RR", Address: "10.30.0.0", Address_v6: "fdff:2000::" },
          { IpType: "Closest", Address: "10.30.0.1", Address_v6: "fdff:1000::" },
          { IpType: "instance_ip", Address: "10.30.0.2", Address_v6: "fdff::" },
        ],
      },
    ],
  });
  for (const ip of ["10.30.0.0", "10.30.0.2", "FDFF:2000:0::"]) {
    expect(await byAddress(b, ip)).toEqual({ ...answer, query_key: ip });
  }
});

test("what nobody has is answered at once, with nothing", async () => {
  const nothing = { app_name: "", instance_list: [] };
  expect(await byName(a, "app.test.none.test")).toMatchObject(nothing);
  expect(await byAddress(a, "10.30.77.77")).toEqual({ ...nothing, query_key: "10.30.77.77" });
  expect(await byAddress(a, "10.30.x.y")).toMatchObject(nothing);
});

test("who asked is told when a route changes", async () => {
  const service = await running();
  const told = await b.follow(service.name);
  await place(site.cluster, service.id, { child: b.id, placement: 2, if_version: 1 });
  await eventually(() => told().length > 0);
  await shows(b, service.name, { worker_id: b.id, host_ip: null, serving: false });
  await b.send("deployed", attached(service.name, { ...ofB, epoch: 1, placement: 2 }));
  await shows(b, service.name, { namespace_ip: "10.18.0.66", serving: true });
});

test("what is told of a change is what a question would be answered, and nothing is told twice", async () => {
  const service = await running();
  const told = await b.follow(service.name);
  await place(site.cluster, service.id, { child: b.id, placement: 2, if_version: 1 });
  await b.send("deployed", attached(service.name, { ...ofB, epoch: 1, placement: 2 }));
  await shows(b, service.name, { namespace_ip: "10.18.0.66", serving: true });
  const answer = await byName(b, service.name);
  await expect.poll(() => told().at(-1)).toEqual({ type: "DEPLOYMENT", table: answer });
  // The same report once more is no news.
  await b.send("deployed", attached(service.name, { ...ofB, epoch: 1, placement: 2 }));
  await byName(b, service.name);
  const tables = told().map(({ table }) => JSON.stringify(table));
  expect(new Set(tables).size).toBe(tables.length);
});

test("a late report of a copy that was given up is not routed to", async () => {
  const service = await running();
  await place(site.cluster, service.id, { child: b.id, placement: 2, if_version: 1 });
  await b.send("deployed", attached(service.name, { ...ofB, epoch: 1, placement: 2 }));
  await shows(a, service.name, { namespace_ip: "10.18.0.66" });
  await a.send("deployed", attached(service.name, { nsip: "10.18.0.9", epoch: 1, placement: 1 }));
  await a.send("deployed", attached(service.name, { nsip: "10.18.0.9" }));
  await byName(a, service.name);
  await shows(b, service.name, { namespace_ip: "10.18.0.66", placement: 2 });
});

test("an older worker's copy is reached under whatever pair it goes on", async () => {
  const service = await deploy(site, a.id);
  await eventually(async () => (await byName(b, service.name))["app_name"] === service.name);
  await a.send("deployed", attached(service.name));
  await shows(b, service.name, { namespace_ip: "10.18.0.2", placement: 1, serving: true });
  await place(site.cluster, service.id, { child: a.id, placement: 2, if_version: 1 });
  await shows(b, service.name, { namespace_ip: "10.18.0.2", placement: 2, serving: true });
  await place(site.cluster, service.id, { child: b.id, placement: 3, if_version: 2 });
  await shows(b, service.name, { namespace_ip: null, placement: 3 });
});

test("the root hears where copies are, and tells it to whoever asks there", async () => {
  const service = await running();
  const path = `/api/net/service/${service.name}/instances`;
  const ask = async () => {
    const headers = { authorization: "Bearer secret-of-the-tests" };
    const answer = await fetch(site.rootNetwork.url() + path, { headers });
    return (await answer.json()) as { instance_list: unknown[] };
  };
  await expect
    .poll(async () => (await ask()).instance_list[0], { timeout: 10_000 })
    .toMatchObject({ namespace_ip: "10.18.0.2", host_port: 50_103, worker_id: a.id, placement: 1 });
});

test("no worker is attached in the subnet of another one", async () => {
  const service = await running();
  await place(site.cluster, service.id, { child: b.id, placement: 2, if_version: 1 });
  const pair = { epoch: 1, placement: 2 };
  await b.send("deployed", attached(service.name, { ...pair, nsip: "10.18.0.66" }));
  await b.send("deployed", attached(service.name, { ...pair, nsipv6: "fc00::102" }));
  await shows(b, service.name, { worker_id: b.id, namespace_ip: null });
  await b.send("deployed", attached(service.name, { ...pair, ...ofB }));
  await shows(b, service.name, { worker_id: b.id, namespace_ip: "10.18.0.66" });
});

test("a root that has lost where copies are is told again", async () => {
  await running();
  const routes = () => site.atRoot((db) => db.collection("routes").countDocuments({}));
  await eventually(async () => (await routes()) === 1);
  await site.atRoot((db) => db.collection("routes").deleteMany({}));
  await site.restart();
  await eventually(async () => (await routes()) === 1);
});

test("while the root is away, routes inside the cluster still change", async () => {
  const service = await running();
  await site.rootNetwork.stop();
  await place(site.cluster, service.id, { child: b.id, placement: 2, if_version: 1 });
  await b.send("deployed", attached(service.name, { ...ofB, epoch: 1, placement: 2 }));
  await shows(a, service.name, { namespace_ip: "10.18.0.66", worker_id: b.id, serving: true });
});

test("a question that only the root can answer holds up nothing else", async () => {
  const service = await running();
  site.stallRoot();
  for (let n = 0; n < 8; n += 1) await b.send("query", { sname: "", sip: `10.30.77.${n}` });
  expect(await byName(b, service.name)).toMatchObject({ app_name: service.name });
  expect(await b.ask("subnet", { METHOD: "GET" })).toMatchObject({ address: "10.18.0.64" });
});

test("a restart forgets neither services nor attachments nor subnets", async () => {
  const service = await running();
  const subnet = await a.ask("subnet", { METHOD: "GET" });
  await site.rootNetwork.stop();
  await site.restart();
  expect(await a.ask("subnet", { METHOD: "GET" })).toEqual(subnet);
  await shows(a, service.name, { namespace_ip: "10.18.0.2", serving: true });
});

test("each worker has a subnet of its own", async () => {
  expect(await a.ask("subnet", { METHOD: "GET" })).toEqual({
    address: "10.18.0.0",
    addressv6: "fc00::",
  });
  expect(await b.ask("subnet", { METHOD: "GET" })).toEqual({
    address: "10.18.0.64",
    addressv6: "fc00::100",
  });
  expect(await a.ask("subnet", { METHOD: "GET" })).toMatchObject({ address: "10.18.0.0" });
});

test("nonsense of one worker harms nobody", async () => {
  const service = await running();
  await a.send("query", "{not json");
  await a.send("deployed", { appname: service.name });
  await a.send("deployed", attached(service.name, { nsip: "10.18.0.300", epoch: 5, placement: 5 }));
  await a.send("deployed", attached("app.test.none.test", { epoch: 5, placement: 5 }));
  await a.send("interestRemove", { appname: "10.30.0.0" });
  await a.send("subnet", { METHOD: "EAT" });
  await shows(a, service.name, { namespace_ip: "10.18.0.2" });
});

test("a worker that is taken out leaves no interest, no attachment and no subnet behind", async () => {
  const service = await running();
  await byName(a, service.name);
  await site.removeWorker(a.id);
  const leased = async () => (await site.stored("leases")).map(({ _id }) => String(_id));
  await expect.poll(leased, { timeout: 10_000 }).toEqual([b.id]);
  expect(await site.stored("attachments")).toEqual([]);
  expect(await site.stored("services")).toMatchObject([{ _id: service.name, workers: [b.id] }]);
});

test("a service that runs elsewhere is forgotten when the last worker has lost interest", async () => {
  const service = await running();
  await site.cluster.request({
    method: "DELETE",
    path: `/api/v1/instances/${service.id}/0?if_version=1`,
  });
  await b.send("interestRemove", { appname: service.name });
  await eventually(async () => (await site.stored("services")).length === 0, 15_000);
  expect(await site.interests()).toEqual([]);
});
