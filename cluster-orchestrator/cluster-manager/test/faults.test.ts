import { expect, test } from "vitest";
import { aJob, startFakeRoot } from "./fake-root.ts";
import { startScriptedWorker } from "./scripted-worker.ts";
import { startTier } from "./tier.ts";
import { until } from "./until.ts";

test("a restart of the cluster-manager neither stops nor repeats anything, and goes on", async () => {
  const root = await startFakeRoot();
  const tier = await startTier(root.url);
  const worker = await startScriptedWorker(tier.url(), { name: "edge-1" });
  const [first, second] = [aJob("aa"), aJob("bb")];
  root.want(first, 0);
  await root.sees(first, 0, "RUNNING");
  await tier.restartManager();
  worker.moveTo(tier.url());
  root.want(second, 0);
  await root.sees(second, 0, "RUNNING");
  expect(worker.deploys.map((command) => command._id)).toEqual([first._id, second._id]);
  expect(worker.deletes).toEqual([]);
  expect(root.latest.get(`${first._id}/0`)).toMatchObject({ status: "RUNNING", epoch: 1 });
});

test("a wish of the time in which the cluster-manager was away is followed", async () => {
  const root = await startFakeRoot();
  const tier = await startTier(root.url);
  const worker = await startScriptedWorker(tier.url(), { name: "edge-1" });
  const job = aJob("aa");
  root.want(job, 0);
  await root.sees(job, 0, "RUNNING");
  root.setAway(true);
  root.unwant(job, 0);
  root.want(aJob("bb"), 0);
  await tier.restartManager();
  worker.moveTo(tier.url());
  root.setAway(false);
  await root.sees(aJob("bb"), 0, "RUNNING");
  expect(await root.sees(job, 0, "UNDEPLOYED")).toMatchObject({ released: true });
});

test("after a restart of the broker commands and reports flow again", async () => {
  const root = await startFakeRoot();
  const tier = await startTier(root.url);
  const worker = await startScriptedWorker(tier.url(), { name: "edge-1" });
  const [first, second] = [aJob("aa"), aJob("bb")];
  root.want(first, 0);
  await root.sees(first, 0, "RUNNING");
  await tier.restartBroker();
  root.want(second, 0);
  await root.sees(second, 0, "RUNNING");
  expect(worker.running()).toHaveLength(2);
  expect(worker.deletes).toEqual([]);
});

test("malformed messages are counted, and the worker goes on", async () => {
  const root = await startFakeRoot();
  const tier = await startTier(root.url);
  const worker = await startScriptedWorker(tier.url(), { name: "edge-1" });
  for (const payload of ["{", "[]", '{"sname":7}']) await worker.sendRaw("job", payload);
  await worker.sendRaw("inventory", '{"held":"everything"}');
  await until(async () =>
    /oak_cluster_malformed_messages_total\{topic="job",[^}]*\} 3/.test(await tier.metrics()),
  );
  const job = aJob("aa");
  root.want(job, 0);
  await root.sees(job, 0, "RUNNING");
});

test("a silent worker is replaced; when it comes back, its copy ends", async () => {
  const root = await startFakeRoot();
  const tier = await startTier(root.url, { reconnectSpreadMs: 300 });
  const workers = [
    await startScriptedWorker(tier.url(), { name: "edge-1" }),
    await startScriptedWorker(tier.url(), { name: "edge-2" }),
  ];
  const job = aJob("aa");
  root.want(job, 0);
  await root.sees(job, 0, "RUNNING");
  const lost = workers.find((worker) => worker.running().length > 0);
  const other = workers.find((worker) => worker !== lost);
  await lost?.vanish();
  await until(() => other?.running().length === 1, 20_000);
  const key = `${job._id}/0`;
  await until(() => root.latest.get(key)?.worker_id === other?.id());
  expect(lost?.running()).toEqual([key]);
  await lost?.comeBack();
  await until(() => lost?.held.size === 0);
  await until(() => tier.core().book.get(key)?.fenced.length === 0);
  expect(other?.running()).toEqual([key]);
});

test("a worker that is removed by command is gone, and what it ran is placed elsewhere", async () => {
  const root = await startFakeRoot();
  const tier = await startTier(root.url);
  const first = await startScriptedWorker(tier.url(), { name: "edge-1" });
  const job = aJob("aa");
  root.want(job, 0);
  await root.sees(job, 0, "RUNNING");
  const second = await startScriptedWorker(tier.url(), { name: "edge-2" });
  await first.vanish();
  const removed = await tier.asTier("DELETE", `/api/v1/workers/${first.id()}`);
  expect(removed.status).toBe(200);
  await until(() => second.running().length === 1);
  const { body } = await tier.asTier("GET", "/api/v1/workers");
  expect(body).toMatchObject([{ _id: second.id() }]);
  expect((await tier.asTier("DELETE", `/api/v1/workers/${first.id()}`)).status).toBe(404);
  await first.comeBack().catch(() => undefined);
});

test("a root that has forgotten the session is registered with again", async () => {
  const root = await startFakeRoot();
  const tier = await startTier(root.url);
  const worker = await startScriptedWorker(tier.url(), { name: "edge-1" });
  const [first, second] = [aJob("aa"), aJob("bb")];
  root.want(first, 0);
  await root.sees(first, 0, "RUNNING");
  root.forgetSessions();
  root.latest.clear();
  root.want(second, 0);
  await root.sees(second, 0, "RUNNING");
  await root.sees(first, 0, "RUNNING");
  expect(root.registrations()).toBe(2);
  expect(worker.deletes).toEqual([]);
});

test("a root with a new database finds what runs", async () => {
  const root = await startFakeRoot();
  const tier = await startTier(root.url);
  const worker = await startScriptedWorker(tier.url(), { name: "edge-1" });
  const job = aJob("aa");
  root.want(job, 0);
  await root.sees(job, 0, "RUNNING");
  root.replace();
  root.latest.clear();
  expect(await root.sees(job, 0, "RUNNING")).toMatchObject({ incarnation: "root-incarnation-1" });
  expect(worker.deletes).toEqual([]);
});
