import type { EventView, Explanation, NodeView } from "@oak/contracts";
import { expect, test } from "vitest";
import { addAllInOneSystem } from "./support/all-in-one-system.ts";
import { anSla } from "./support/an-sla.ts";
import { deploy } from "./support/deployment.ts";
import { eventually } from "./support/eventually.ts";
import type { PublicApi } from "./support/public-api.ts";
import { createRawClient, type RawClient } from "./support/raw-client.ts";
import { aTestBed } from "./support/system.ts";
import { startCluster, startFirstOfTwo } from "./support/two-clusters.ts";

/** Ends by itself now and then, and is started again; each run prints a line. */
const code = "fake/exit:1:after=700ms";
const line = `ready: ${code}\n`;

async function expectLogsGoOn(api: PublicApi, raw: RawClient): Promise<void> {
  const { service } = await deploy({ api }, anSla({ code }), 1);
  await eventually(async () => {
    expect(await api.instance(service, 0)).toMatchObject({ status: "RUNNING" });
  });
  const path = `/api/service/${service}/instance/0/logs`;
  const followed = await raw.follow(`${path}?follow=true`);
  await eventually(() => expect(followed.text()).toMatch(line.repeat(2)));
  expect(followed.isComplete()).toBe(false);

  await api.deleteInstance(service, 0);
  await eventually(() => expect(followed.isComplete()).toBe(true));
  expect(followed.text().replaceAll(line, "")).toBe("");
}

test("separate services: logs are followed over restarts, and nodes of two clusters are listed", async () => {
  const system = await startFirstOfTwo(await aTestBed());
  const { url, adminPassword } = system.fleet.root;
  const raw = await createRawClient(url, adminPassword);
  await startCluster(system, system.second);
  await eventually(async () => {
    const nodes = (await raw.get("/api/nodes")) as NodeView[];
    expect(nodes.map(({ cluster_name }) => cluster_name).toSorted()).toEqual(["first", "second"]);
    expect(nodes.every(({ liveness, stale }) => liveness === "alive" && !stale)).toBe(true);
  });
  await expectLogsGoOn(system.api, raw);
}, 90_000);

test("all in one: logs and events are followed, a node tells what runs there, and why", async () => {
  const system = await addAllInOneSystem(await aTestBed(), { env: { OAK_RUNTIME: "fake" } });
  await system.program.process.start();
  const { service } = await deploy(system, anSla({ code: "fake/ok" }), 1);
  const raw = await createRawClient(system.program.url, "Admin");
  const nodeId = await eventually(async () => {
    const [node] = (await raw.get("/api/nodes")) as NodeView[];
    expect(node).toMatchObject({ liveness: "alive", instances: 1 });
    return node!.id;
  });
  await eventually(async () => {
    expect(await raw.get(`/api/nodes/${nodeId}`)).toMatchObject({
      workloads: [{ service_id: service, instance_number: 0, status: "RUNNING", image: "fake/ok" }],
    });
  });
  // The worker says so first.
  const why = await eventually(async () => {
    const found = (await raw.get(`/api/service/${service}/instance/0/explain`)) as Explanation;
    expect(found).toMatchObject({ status: "RUNNING", node: { id: nodeId } });
    return found;
  });
  expect(why.tiers).toMatchObject([
    { tier: "root", candidates: [{ verdict: "chosen" }] },
    { tier: "cluster", chosen: nodeId, candidates: [{ id: nodeId, verdict: "chosen" }] },
  ]);
  const about = `service=${service}&type=instance`;
  const followed = await raw.follow(`/api/events?follow=true&since=10m&${about}`);
  await eventually(async () => {
    const listed = (await raw.get(`/api/events?${about}`)) as EventView[];
    const streamed = followed.text().match(/(?<="reason":")\w+/g);
    expect(streamed).toEqual(listed.toReversed().map(({ reason }) => reason));
    expect(streamed).toEqual(expect.arrayContaining(["placed_on_node", "running"]));
  });
  followed.close();
  await expectLogsGoOn(system.api, raw);
}, 60_000);
