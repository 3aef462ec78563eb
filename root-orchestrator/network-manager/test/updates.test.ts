import { createServer, type Server } from "node:http";
import type { JobUpdate, NetUpdates } from "@oak/contracts";
import { hashToken } from "@oak/kit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { aJob, aRecord, attached } from "./documents.ts";
import { type Caller, eventually, type Service, startService } from "./harness.ts";

let service: Service;
beforeEach(async () => {
  service = await startService();
});
afterEach(() => service.stop());

/** A service of which the cluster wants to hear. */
async function interested(cluster: Pick<Caller, "call">) {
  const job = service.root.jobs.put(aJob({ members: [0] }));
  const line = `GET /api/net/service/${job.job_name}/instances`;
  await expect.poll(() => cluster.call(line).catch(() => "")).toMatchObject({ _id: job._id });
  return job;
}
const poll = (cluster: Pick<Caller, "call">, since: string, wait = 0) =>
  cluster.call<NetUpdates>(`GET /api/net/updates?since=${since}&wait=${wait}`);

/** The cursor after which nothing more comes of what has been done so far. */
async function settled(cluster: Pick<Caller, "call">): Promise<string> {
  let { cursor } = await poll(cluster, "");
  await eventually(async () => {
    const next = await poll(cluster, cursor, 0.2);
    cursor = next.cursor;
    return next.services.length + next.gone.length === 0;
  });
  return cursor;
}

test("a cluster hears of what it asked for, as it is now, and of nothing else", async () => {
  const cluster = await service.cluster();
  const job = await interested(cluster);
  service.root.jobs.put(aJob({ members: [0] }));
  const cursor = await settled(cluster);
  const waiting = poll(cluster, cursor, 10);
  service.root.jobs.put(aJob({ members: [0] }));
  service.root.instances.put(aRecord(job._id, 0, { child: cluster.id }));
  const { services, gone, reset } = await waiting;
  expect({ gone, reset }).toEqual({ gone: [], reset: false });
  expect(services).toMatchObject([{ _id: job._id, instance_list: [{ cluster_id: cluster.id }] }]);
});

test("what is not acknowledged is told again", async () => {
  const cluster = await service.cluster();
  const job = await interested(cluster);
  const cursor = await settled(cluster);
  service.root.instances.put(aRecord(job._id, 0, { child: cluster.id }));
  const told = await poll(cluster, cursor, 10);
  expect(await poll(cluster, cursor)).toMatchObject({ services: told.services });
  expect(await poll(cluster, told.cursor)).toMatchObject({ services: [], gone: [] });
});

test("after a restart of the root a cluster hears of everything that it ever asked for", async () => {
  const cluster = await service.cluster();
  const job = await interested(cluster);
  const cursor = await settled(cluster);
  await service.restart();
  const { reset, services } = await poll(cluster, cursor, 10);
  expect(reset).toBe(true);
  expect(services).toMatchObject([{ _id: job._id }]);
});

test("a service that is gone is told by its name, until nobody wants to hear of it", async () => {
  const cluster = await service.cluster();
  const job = await interested(cluster);
  const cursor = await settled(cluster);
  service.root.jobs.put({ ...job, deleted: true, members: [], rev: 2 });
  expect(await poll(cluster, cursor, 10)).toMatchObject({ services: [], gone: [job.job_name] });
  const line = `DELETE /api/net/interest/${job.job_name.replaceAll(".", "_")}`;
  expect(await cluster.call(line)).toBe("deregistered");
  expect(await cluster.call(line)).toBe("deregistered");
  expect(await poll(cluster, "")).toMatchObject({ services: [], gone: [] });
});

test("an unknown service is no interest", async () => {
  const cluster = await service.cluster();
  await cluster.refusal("GET /api/net/service/app.test.none.test/instances");
  expect(await poll(cluster, "")).toMatchObject({ services: [], gone: [] });
});

/** The network-manager of a cluster that can be dialled. */
async function startCluster() {
  const got: { update: JobUpdate; authorization: string | undefined }[] = [];
  const state = { status: 200 };
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const update = JSON.parse(Buffer.concat(chunks).toString()) as JobUpdate;
      got.push({ update, authorization: request.headers.authorization });
      response.statusCode = state.status;
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { got, state, port, stop };
}

test("a cluster that does not ask is dialled, with the latest state until it takes it", async () => {
  const dialled = await startCluster();
  try {
    const cluster = await service.cluster({ port: dialled.port });
    const job = await interested(cluster);
    const latest = () =>
      dialled.got.filter(({ update }) => update.job_name === job.job_name).at(-1);
    await eventually(() => latest() !== undefined);
    expect(latest()?.authorization).toBe(`Bearer ${hashToken(cluster.token)}`);
    dialled.state.status = 503;
    const before = dialled.got.length;
    service.root.instances.put(aRecord(job._id, 0, { child: cluster.id }));
    await eventually(() => dialled.got.length > before);
    const body = { job_id: job._id, instances: [attached(0, { epoch: 1, placement: 1 })] };
    await cluster.call("POST /api/net/service/net_deploy_status", body);
    const status = () =>
      service.look(async (db) => (await db.collection("clusters").findOne({}))?.["status"]);
    await eventually(async () => (await status()) === "ERROR");
    dialled.state.status = 200;
    await eventually(async () => (await status()) === "ACTIVE");
    expect(latest()?.update).toMatchObject({
      type: "DEPLOYMENT",
      instance_number: 0,
      service: { instance_list: [{ namespace_ip: "10.18.0.2", serving: true }] },
    });
  } finally {
    await dialled.stop();
  }
}, 30_000);

test("a cluster that is told of the end of a service is told so", async () => {
  const dialled = await startCluster();
  try {
    const cluster = await service.cluster({ port: dialled.port });
    const job = await interested(cluster);
    service.root.jobs.put({ ...job, deleted: true, members: [], rev: 2 });
    const gone = { job_name: job.job_name, type: "UNDEPLOYMENT", instance_number: -1 };
    await expect.poll(() => dialled.got.at(-1)?.update, { timeout: 10_000 }).toEqual(gone);
  } finally {
    await dialled.stop();
  }
});
