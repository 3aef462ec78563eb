import { afterAll, beforeAll, expect, test } from "vitest";
import { aJob, announce, attached } from "./documents.ts";
import { newId, type Service, startService } from "./harness.ts";

let service: Service;
let cluster: Awaited<ReturnType<Service["cluster"]>>;
beforeAll(async () => {
  service = await startService();
  cluster = await service.cluster();
});
afterAll(() => service.stop());

const stored = () => service.look((db) => db.collection("addresses").countDocuments({}));

const { deployment_descriptor: good } = announce(aJob());
const { app_ns: _dropped, ...withoutNamespace } = good;

test.each([
  ["an id that is none", { _id: "abc", deployment_descriptor: good }],
  ["no descriptor", { _id: newId() }],
  ["a missing namespace", { _id: newId(), deployment_descriptor: withoutNamespace }],
  [
    "a name with an underscore",
    { _id: newId(), deployment_descriptor: { ...good, app_ns: "app_" } },
  ],
  [
    "a name with a dot",
    { _id: newId(), deployment_descriptor: { ...good, microservice_namespace: "service." } },
  ],
  [
    "a name of 31 letters",
    { _id: newId(), deployment_descriptor: { ...good, app_name: "a".repeat(31) } },
  ],
  ["a number as address", { _id: newId(), deployment_descriptor: { ...good, RR_ip: 7 } }],
  ["a list", []],
])("a service with %s is refused with 400 and leaves nothing", async (_what, body) => {
  const refusal = await service.tier.refusal("POST /api/net/service/deploy", body);
  expect(refusal).toEqual({ status: 400, code: "invalid_input" });
  expect(await stored()).toBe(0);
});

test.each([
  [{ _id: newId(), instance_number: -1, cluster_id: "c" }],
  [{ _id: newId(), instance_number: "0", cluster_id: "c" }],
  [{ _id: newId(), instance_number: 0 }],
])("an instance %j is refused", async (body) => {
  const refusal = await service.tier.refusal("POST /api/net/instance/deploy", body);
  expect(refusal).toMatchObject({ status: 400 });
});

test.each([
  ["an instance number as text", attached(0, { instance_number: "0" })],
  ["a port that is no number", attached(0, { host_port: "http" })],
  ["a port out of range", attached(0, { host_port: 70_000 })],
  ["a missing host", attached(0, { host_ip: undefined })],
])("an attachment with %s is refused", async (_what, instance) => {
  const body = { job_id: newId(), instances: [instance] };
  const refusal = await cluster.refusal("POST /api/net/service/net_deploy_status", body);
  expect(refusal).toMatchObject({ status: 400 });
});

test("of a report with one bad address nothing is taken", async () => {
  const job = service.root.jobs.put(aJob({ members: [0, 1] }));
  const name = `GET /api/net/service/${job.job_name}/instances`;
  await expect.poll(() => cluster.call(name).catch(() => "")).toMatchObject({ _id: job._id });
  const instances = [
    attached(0, { epoch: 1, placement: 1 }),
    attached(1, { epoch: 1, placement: 1, namespace_ip: "10.18.0.300" }),
  ];
  const body = { job_id: job._id, instances };
  const refusal = await cluster.refusal("POST /api/net/service/net_deploy_status", body);
  expect(refusal).toEqual({ status: 400, code: "bad_request" });
  expect(await service.look((db) => db.collection("routes").countDocuments({}))).toBe(0);
});

test.each([
  [{ cluster_id: "", cluster_address: "10.0.0.1", cluster_port: "10110" }],
  [{ cluster_id: "c", cluster_address: "10.0.0.1", cluster_port: 70_000 }],
  [{ cluster_id: "c", cluster_port: "10110" }],
])("a cluster %j is refused", async (body) => {
  expect(await service.tier.refusal("POST /api/net/cluster", body)).toMatchObject({ status: 400 });
});

test("what is not JSON is refused", async () => {
  const answer = await fetch(`${service.url()}/api/net/cluster`, {
    method: "POST",
    headers: {
      authorization: "Bearer secret-of-the-tests",
      "content-type": "application/json",
    },
    body: "{cluster",
  });
  expect(answer.status).toBe(400);
});

const lines = [
  "POST /api/net/cluster",
  "DELETE /api/net/cluster/c",
  "DELETE /api/net/interest/a.b.c.d",
  "GET /api/net/updates",
  "POST /api/net/service/deploy",
  `DELETE /api/net/service/${newId()}`,
  "POST /api/net/instance/deploy",
  `DELETE /api/net/${newId()}/0`,
  "POST /api/net/service/net_deploy_status",
  "GET /api/net/service/a.b.c.d/instances",
  "GET /api/net/service/ip/10.30.0.1/instances",
  "GET /api/net/subnet",
  "DELETE /api/net/subnet",
];
test.each(lines)("%s is closed to strangers", async (line) => {
  const body = line.startsWith("POST") ? {} : undefined;
  for (const token of [undefined, "somebody"]) {
    expect(await service.as(token).refusal(line, body)).toMatchObject({ status: 401 });
  }
});

test("a cluster cannot do what the root does, nor the root what a cluster does", async () => {
  const forbidden = { status: 403, code: "forbidden" };
  expect(await cluster.refusal("POST /api/net/cluster", {})).toEqual(forbidden);
  const deploy = announce(aJob());
  expect(await cluster.refusal("POST /api/net/service/deploy", deploy)).toEqual(forbidden);
  expect(await service.tier.refusal("GET /api/net/subnet")).toEqual(forbidden);
  expect(await service.tier.refusal("GET /api/net/updates")).toEqual(forbidden);
});
