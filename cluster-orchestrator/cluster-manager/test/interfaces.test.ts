import { expect, test } from "vitest";
import { aJob, startFakeRoot } from "./fake-root.ts";
import { startLegacyAgent } from "./legacy-agent.ts";
import { startScriptedWorker } from "./scripted-worker.ts";
import { startTier } from "./tier.ts";
import { until } from "./until.ts";

async function asRoot(
  url: string,
  { token, method = "POST", body }: { token: string; method?: string; body: object },
) {
  const response = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

test("a root that can dial assigns and releases by itself", async () => {
  const root = await startFakeRoot();
  const tier = await startTier(root.url);
  const worker = await startScriptedWorker(tier.url(), { name: "edge-1" });
  await until(() => tier.core().root.isConnected());
  const job = aJob("aa");
  const url = `${tier.url()}/api/service/${job._id}/0`;
  const token = root.token();
  const { epoch, spec_rev, want_rev } = root.want(job, 0);
  const assignment = { incarnation: root.incarnation(), epoch, spec_rev, want_rev };

  const stranger = await asRoot(url, { token: "a-guess", body: { ...job, assignment } });
  expect(stranger.status).toBe(401);
  const assigned = await asRoot(url, { token, body: { ...job, assignment } });
  expect(assigned).toEqual({ status: 200, body: { status: "ok" } });
  await until(() => worker.running().length === 1);
  const repeated = await asRoot(url, { token, body: { ...job, assignment } });
  expect(repeated.status).toBe(200);

  const older = await asRoot(url, {
    token,
    body: { ...job, assignment: { ...assignment, epoch: 0 } },
  });
  expect(older).toMatchObject({ status: 409, body: { error: "stale_command" } });
  const foreign = { ...assignment, incarnation: "another-root" };
  const strange = await asRoot(url, { token, body: { ...job, assignment: foreign } });
  expect(strange).toMatchObject({ status: 409, body: { error: "foreign_command" } });
  const mixed = await asRoot(url, { token, body: { ...aJob("bb"), assignment } });
  expect(mixed.status).toBe(422);

  const gone = root.unwant(job, 0);
  const release = { ...assignment, want_rev: gone.want_rev };
  const released = await asRoot(url, { token, method: "DELETE", body: { assignment: release } });
  expect(released).toEqual({ status: 200, body: { status: "ok" } });
  await until(() => worker.running().length === 0);
});

test("operators' routes are for the tier alone", async () => {
  const root = await startFakeRoot();
  const tier = await startTier(root.url);
  for (const path of ["/api/v1/workers", "/api/v1/orphans", "/api/v1/join-secret"]) {
    expect((await fetch(`${tier.url()}${path}`)).status).toBe(401);
    expect((await tier.asTier("GET", path)).status).toBe(200);
  }
});

test("a copy that is not listed cannot be ended", async () => {
  const root = await startFakeRoot();
  const tier = await startTier(root.url);
  const path = `/api/v1/orphans/${"a".repeat(24)}/${"b".repeat(24)}/0`;
  expect((await fetch(`${tier.url()}${path}`, { method: "DELETE" })).status).toBe(401);
  expect(await tier.asTier("DELETE", path)).toMatchObject({ status: 404 });
});

test("services of the cluster learn how to show themselves to the root", async () => {
  const root = await startFakeRoot();
  const tier = await startTier(root.url);
  expect((await fetch(`${tier.url()}/api/v1/root`)).status).toBe(401);
  await until(() => tier.core().root.isConnected());
  const { body } = await tier.asTier("GET", "/api/v1/root");
  expect(body).toEqual({ cluster_id: tier.core().root.state()?.clusterId, token: root.token() });
});

test("workers are listed with their load and liveness", async () => {
  const root = await startFakeRoot();
  const tier = await startTier(root.url);
  const worker = await startScriptedWorker(tier.url(), { name: "edge-1" });
  worker.setLoad({ cpu_percent: 77, memory_percent: 20, memory: 3_000, solar_watts: 40 });
  const listed = await until(async () => {
    const { body } = await tier.asTier("GET", "/api/v1/workers");
    return body[0]?.cpu_percent === 77 ? body : undefined;
  });
  expect(listed).toMatchObject([
    { _id: worker.id(), liveness: "alive", solar_watts: 40, is_legacy: false },
  ]);
});

test("figures of an instance reach the root", async () => {
  const root = await startFakeRoot();
  const tier = await startTier(root.url);
  const worker = await startScriptedWorker(tier.url(), { name: "edge-1" });
  const job = aJob("aa");
  root.want(job, 0);
  await root.sees(job, 0, "RUNNING");
  const copy = worker.held.get(`${job._id}/0`);
  worker.publish("resources", {
    services: [
      {
        ...{ job_name: job.job_name, instance: 0, job_id: job._id },
        ...{ epoch: copy?.epoch, placement: copy?.placement },
        ...{ cpu_percent: "12.5", memory_percent: "3.1", disk: "10", logs: "hello" },
      },
    ],
    session: 1,
    seq: 1_000,
  });
  await until(() => root.latest.get(`${job._id}/0`)?.cpu_percent === "12.5");
  expect(root.latest.get(`${job._id}/0`)).toMatchObject({ status: "RUNNING", logs: "hello" });
});

test("a worker of an older version is deployed to once, reported for, and stopped", async () => {
  const root = await startFakeRoot();
  const tier = await startTier(root.url, { allowInsecureJoin: true });
  const agent = await startLegacyAgent(tier.url());
  const job = aJob("aa");
  root.want(job, 0);
  const seen = await root.sees(job, 0, "RUNNING");
  expect(seen).toMatchObject({ worker_id: agent.id, epoch: 1 });
  expect(agent.deploys).toHaveLength(1);
  root.unwant(job, 0);
  await root.sees(job, 0, "UNDEPLOYED");
  expect(agent.tasks.size).toBe(0);
});
