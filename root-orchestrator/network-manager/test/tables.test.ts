import type { Instance, Job, NetUpdates, TableService, WorkerSubnet } from "@oak/contracts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { aJob, aRecord, attached } from "./documents.ts";
import { eventually, newId, type Service, startService } from "./harness.ts";

let service: Service;
let cluster: Awaited<ReturnType<Service["cluster"]>>;
beforeEach(async () => {
  service = await startService();
  cluster = await service.cluster();
});
afterEach(() => service.stop());

const byName = (job: Job) =>
  cluster.call<TableService>(`GET /api/net/service/${job.job_name}/instances`);
const report = (job: Job, ...instances: unknown[]) =>
  cluster.call("POST /api/net/service/net_deploy_status", { job_id: job._id, instances });

/** A service with one instance on the cluster. */
async function deployed(changes: Partial<Job> = {}, record: Partial<Instance> = {}): Promise<Job> {
  const job = service.root.jobs.put(aJob({ members: [0], ...changes }));
  service.root.instances.put(aRecord(job._id, 0, { child: cluster.id, ...record }));
  await eventually(async () => {
    const table = await byName(job).catch(() => undefined);
    return table?.instance_list[0]?.cluster_id === cluster.id;
  });
  return job;
}
/** The feed of instances is asynchronous; what a record is to become shows in the table. */
const shows = (job: Job, expected: Record<string, unknown>) =>
  expect
    .poll(async () => (await byName(job)).instance_list[0], { timeout: 5_000 })
    .toMatchObject(expected);

test("a table names addresses, instances and where they are attached", async () => {
  const job = await deployed({ accept_from: ["shop.prod"], onDisconnect: "exclusive" });
  expect(await report(job, attached(0, { epoch: 1, placement: 4, worker_id: "w1" }))).toBe(
    "Status updated",
  );
  expect(await byName(job)).toMatchObject({
    _id: job._id,
    job_name: job.job_name,
    service_ip_list: [
      { IpType: "RR", Address: "10.30.0.0", Address_v6: "fdff:2000::" },
      { IpType: "Closest", Address: "10.30.0.1", Address_v6: "fdff:1000::" },
    ],
    instance_list: [
      {
        instance_number: 0,
        instance_ip: "10.30.0.2",
        instance_ip_v6: "fdff::",
        cluster_id: cluster.id,
        worker_id: "w1",
        namespace_ip: "10.18.0.2",
        namespace_ip_v6: "fc00::2",
        host_ip: "192.168.1.7",
        host_port: 50_103,
        epoch: 1,
        placement: 4,
        serving: true,
      },
    ],
    access: { owner: "Admin", application: "app.test", accept_from: ["shop.prod"] },
    exclusive: true,
  });
});

test("a service is found by underscores, in any case, and by each of its addresses", async () => {
  const job = await deployed();
  const find = async (what: string) =>
    (await cluster.call<TableService>(`GET /api/net/service/${what}/instances`))._id;
  expect(await find(job.job_name.replaceAll(".", "_"))).toBe(job._id);
  expect(await find(job.job_name.toUpperCase())).toBe(job._id);
  for (const ip of [
    "10_30_0_0",
    "10.30.0.1",
    "10_30_0_2",
    "fdff:2000::",
    "FDFF:0::",
    "fdff:1000::",
  ]) {
    expect(await find(`ip/${ip}`)).toBe(job._id);
  }
});

test("before it is attached, an instance has no place but keeps its address", async () => {
  const job = await deployed();
  const [instance] = (await byName(job)).instance_list;
  expect(instance).toMatchObject({ instance_ip: "10.30.0.2", host_ip: null, serving: false });
});

test("a report without a pair is of what the cluster has now", async () => {
  const job = await deployed({}, { epoch: 7 });
  await report(job, attached(0));
  await shows(job, { epoch: 7, namespace_ip: "10.18.0.2" });
});

test("the highest pair wins, whatever comes first", async () => {
  const job = await deployed({}, { epoch: 3 });
  await report(job, attached(0, { epoch: 3, placement: 9, namespace_ip: "10.18.0.9" }));
  await report(job, attached(0, { epoch: 3, placement: 8, namespace_ip: "10.18.0.8" }));
  await report(job, attached(0, { epoch: 2, placement: 20, namespace_ip: "10.18.0.20" }));
  await shows(job, { placement: 9, namespace_ip: "10.18.0.9" });
});

test("a copy that was given up is never routed to", async () => {
  const job = await deployed();
  await report(job, attached(0, { epoch: 1, placement: 1 }));
  await shows(job, { namespace_ip: "10.18.0.2" });
  service.root.instances.put(aRecord(job._id, 0, { child: newId(), epoch: 2 }));
  await shows(job, { epoch: 2, namespace_ip: null, serving: false });
});

test("what another cluster says of an instance that is not its own changes nothing", async () => {
  const job = await deployed();
  await report(job, attached(0, { epoch: 1, placement: 1 }));
  const other = await service.cluster();
  const body = { job_id: job._id, instances: [attached(0, { namespace_ip: "10.18.9.9" })] };
  await other.call("POST /api/net/service/net_deploy_status", body);
  await shows(job, { namespace_ip: "10.18.0.2" });
});

test("no number that another cluster makes up displaces what the right one has said", async () => {
  const job = await deployed();
  const other = await service.cluster();
  const foreign = attached(0, { epoch: 9, placement: 9, host_ip: "192.0.2.66" });
  const body = { job_id: job._id, instances: [foreign] };
  await other.call("POST /api/net/service/net_deploy_status", body);
  await report(job, attached(0, { epoch: 1, placement: 1 }));
  await shows(job, { host_ip: "192.168.1.7", epoch: 1 });
});

test("nobody is attached in the subnet of another cluster's worker", async () => {
  const job = await deployed();
  const other = await service.cluster();
  const line = "GET /api/net/subnet?worker_id=w";
  const { subnet_addr: v4, subnet_addr_v6: v6 } = await other.call<WorkerSubnet>(line);
  const refused = async (changes: Record<string, unknown>) => {
    const instances = [attached(0, { epoch: 1, placement: 1, ...changes })];
    const path = "POST /api/net/service/net_deploy_status";
    return cluster.refusal(path, { job_id: job._id, instances });
  };
  const refusal = { status: 400, code: "bad_request" };
  expect(await refused({ namespace_ip: v4.replace(/0$/, "9") })).toEqual(refusal);
  const free = { namespace_ip: "10.18.9.2" };
  expect(await refused({ ...free, namespace_ip_v6: `${v6}9` })).toEqual(refusal);
  await shows(job, { namespace_ip: null });
});

test("a subnet that a worker uses is leased to it also after the database was lost", async () => {
  const job = await deployed();
  const line = "GET /api/net/subnet?worker_id=w1";
  const lease = await cluster.call<WorkerSubnet>(line);
  await service.look((db) => db.collection("addresses").deleteMany({ cluster_id: cluster.id }));
  await service.look((db) => db.collection("pools").deleteMany({}));
  await report(job, attached(0, { epoch: 1, placement: 1, worker_id: "w1" }));
  expect(await cluster.call<WorkerSubnet>("GET /api/net/subnet?worker_id=w2")).not.toEqual(lease);
  expect(await cluster.call<WorkerSubnet>(line)).toEqual(lease);
});

test("a report that comes before its assignment is of use when that is known", async () => {
  const job = await deployed();
  await report(job, attached(0, { epoch: 2, placement: 1 }));
  await shows(job, { epoch: 1, namespace_ip: null });
  service.root.instances.put(aRecord(job._id, 0, { child: cluster.id, epoch: 2 }));
  await shows(job, { epoch: 2, namespace_ip: "10.18.0.2" });
});

test("of a report with an instance that is not wanted the others are taken", async () => {
  const job = await deployed();
  const instances = [7, 0].map((n) => attached(n, { epoch: 1, placement: 1 }));
  const body = { job_id: job._id, instances };
  const refusal = await cluster.refusal("POST /api/net/service/net_deploy_status", body);
  expect(refusal).toEqual({ status: 404, code: "instance_unknown" });
  await shows(job, { namespace_ip: "10.18.0.2" });
  expect(await service.look((db) => db.collection("routes").countDocuments({}))).toBe(1);
});

test("the name of an application is that of the user who had it first", async () => {
  const first = await deployed({ owner: "ann", created_at: 1 });
  const second = await deployed({ owner: "bob", created_at: 2 });
  const application = async (job: Job) => (await byName(job)).access?.application;
  expect(await application(first)).toBe("app.test");
  expect(await application(second)).toBe("app.test of bob");
  const { cursor } = await cluster.call<NetUpdates>("GET /api/net/updates");
  service.root.jobs.put({ ...first, deleted: true, members: [], rev: 2 });
  await expect.poll(() => application(second)).toBe("app.test");
  const told = await cluster.call<NetUpdates>(`GET /api/net/updates?since=${cursor}`);
  expect(told.services.map(({ _id }) => _id)).toEqual([second._id]);
});

test("an instance that does not run is known, but serves nobody", async () => {
  const job = await deployed({}, { seen: null });
  await report(job, attached(0, { epoch: 1, placement: 1 }));
  await shows(job, { namespace_ip: "10.18.0.2", serving: false });
  service.root.instances.put(aRecord(job._id, 0, { child: cluster.id }));
  await shows(job, { namespace_ip: "10.18.0.2", serving: true });
});

test("routes survive a restart and end with their instance", async () => {
  const job = await deployed();
  await report(job, attached(0, { epoch: 1, placement: 1 }));
  await service.restart();
  await shows(job, { namespace_ip: "10.18.0.2" });
  service.root.jobs.put({ ...job, members: [], rev: 2 });
  service.root.instances.remove(`${job._id}/0`);
  const stored = () => service.look((db) => db.collection("routes").countDocuments({}));
  await eventually(async () => (await stored()) === 0);
});

test.each([
  ["GET /api/net/service/app.test.none.test/instances", 404, "service_unknown"],
  ["GET /api/net/service/ip/10.30.77.77/instances", 404, "service_unknown"],
  ["GET /api/net/service/ip/10.30.x.y/instances", 400, "bad_request"],
])("%s is %i", async (line, status, code) => {
  expect(await cluster.refusal(line)).toEqual({ status, code });
});

test("a deleted service is found neither by name nor by address", async () => {
  const job = await deployed();
  service.root.jobs.put({ ...job, deleted: true, members: [], rev: 2 });
  const refused = async (what: string) =>
    (await cluster.refusal(`GET /api/net/service/${what}/instances`)).code;
  await eventually(async () => {
    const found = await byName(job).then(
      () => true,
      () => false,
    );
    return !found;
  });
  expect(await refused("ip/10.30.0.2")).toBe("service_unknown");
});
