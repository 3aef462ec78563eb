import { NETWORK_FULL } from "@oak/contracts";
import { expect, test } from "vitest";
import { aJob, startFakeRoot } from "./fake-root.ts";
import { startScriptedWorker } from "./scripted-worker.ts";
import { startTier } from "./tier.ts";
import { until } from "./until.ts";

const addresses = 61;
const on = (node: string) => ({ constraints: [{ type: "direct" as const, node, cluster: "" }] });

test("a worker gets as many instances as it has addresses, the next one goes elsewhere or waits", async () => {
  const root = await startFakeRoot();
  const tier = await startTier(root.url);
  const full = await startScriptedWorker(tier.url(), { name: "edge-1", addresses });
  const many = aJob("aa", { vcpus: 0, memory: 10, ...on("edge-1") });
  for (let number = 0; number < addresses; number += 1) root.want(many, number);
  await until(() => full.running().length === addresses);

  const nowhere = aJob("bb", { vcpus: 0, memory: 10 });
  root.want(nowhere);
  expect(await root.sees(nowhere, 0, "NO_WORKER_CAPACITY")).toMatchObject({
    status_detail: "No worker fits: the only one is without a free address for another workload",
  });
  await until(() => root.reports.at(-1)?.free_shapes?.every((shape) => shape.addresses === 0));

  const other = await startScriptedWorker(tier.url(), { name: "edge-2", addresses });
  const elsewhere = aJob("cc", { vcpus: 0, memory: 10, ...on("edge-1;edge-2") });
  root.want(elsewhere);
  await root.sees(elsewhere, 0, "RUNNING");
  expect(other.running()).toContain(`${elsewhere._id}/0`);
  // A command may be told again before it is acknowledged.
  expect(new Set(full.deploys.map((one) => `${one._id}/${one.instance_number}`)).size).toBe(
    addresses,
  );

  root.unwant(many, 7);
  const next = aJob("dd", { vcpus: 0, memory: 10, ...on("edge-1") });
  await root.sees(many, 7, "UNDEPLOYED");
  root.want(next);
  await root.sees(next, 0, "RUNNING");
  expect(full.running()).toHaveLength(addresses);
});

test("an instance that meets a worker without addresses goes to another, and says why as long as there is none", async () => {
  const root = await startFakeRoot();
  const tier = await startTier(root.url);
  const outcome = () => ({ status: "FAILED" as const, reason: NETWORK_FULL });
  const full = await startScriptedWorker(tier.url(), { name: "edge-1", outcome });
  const job = aJob("aa");
  root.want(job);
  expect(await root.sees(job, 0, "NO_WORKER_CAPACITY")).toMatchObject({
    status_detail: "The chosen worker had no address left for it",
    reason: "worker_full",
  });
  expect(full.deploys).toHaveLength(1);
  const other = await startScriptedWorker(tier.url(), { name: "edge-2" });
  await root.sees(job, 0, "RUNNING");
  expect(other.running()).toEqual([`${job._id}/0`]);
  expect(full.held.size).toBe(0);
});
