import type { EventView, Explanation } from "@oak/contracts";
import { expect, test } from "vitest";
import { anSla } from "./support/an-sla.ts";
import { deploy, untilRunning } from "./support/deployment.ts";
import { eventually } from "./support/eventually.ts";
import { startFleetSystem } from "./support/fleet-system.ts";
import { deployMovable } from "./support/movable.ts";
import { shareOnBed } from "./support/shared-system.ts";
import { untilNothingIsLeft } from "./support/system.ts";

const clusterEnv = { "cluster-manager": { WORKER_TIMEOUT_S: "2" } };
const shared = shareOnBed((bed) =>
  startFleetSystem(bed, { workers: ["w1", "w2"], runtime: "fake", clusterEnv }),
);

const get = async <T>(path: string): Promise<T> => (await shared.system.api.get(path)) as T;

test("the story of a worker that dies can be read in order", async () => {
  const { system } = shared;
  const { service, application, holder, workerId } = await deployMovable(system, "fake/ok");
  await holder.process.kill();
  await eventually(async () => {
    const shown = await system.api.instance(service, 0);
    expect(shown).toMatchObject({
      status: "RUNNING",
      worker_id: expect.not.stringMatching(workerId),
    });
  });
  const told = await eventually(async () => {
    const events = await get<EventView[]>(`/api/events?service=${service}`);
    const story = events.toReversed().filter(({ type }) => type === "instance");
    expect(story.map(({ reason }) => reason)).toEqual([
      "instance_requested",
      "placed_on_cluster",
      "placed_on_node",
      "running",
      "node_given_up",
      "placed_on_node",
      expect.stringMatching(/^(running|moved)$/),
    ]);
    return story;
  });
  expect(told[3]).toMatchObject({
    node_id: workerId,
    node_name: holder.name,
    cluster_name: "local",
  });
  const ofNode = await get<EventView[]>(`/api/events?node=${workerId}&type=node`);
  expect(ofNode.map(({ reason }) => reason)).toEqual(["node_silent", "node_joined"]);
  const why = await get<Explanation>(`/api/service/${service}/instance/0/explain`);
  expect(why).toMatchObject({ status: "RUNNING", cluster: { name: "local" } });
  const dead = why.tiers[1]?.candidates.find(({ id }) => id === workerId);
  expect(dead).toMatchObject({ verdict: "rejected", reasons: [{ code: "not_alive" }] });
  await holder.process.start();
  await system.api.deleteApplication(application);
  await untilNothingIsLeft(system);
});

test("why there is no place is told with numbers, before and after", async () => {
  const { system } = shared;
  const sla = anSla({ code: "fake/ok", memory: 9_000_000 });
  const { service, application } = await deploy(system, sla, 1);
  const refused = await eventually(async () => {
    const [event] = await get<EventView[]>(`/api/events?service=${service}&reason=no_place`);
    expect(event?.message).toMatch(/finds no place: .*9000000 MB of free memory/);
    return event;
  });
  expect(refused).toMatchObject({ level: "warning", instance_number: 0 });
  const why = await get<Explanation>(`/api/service/${service}/instance/0/explain`);
  expect(why).toMatchObject({ cluster: null, node: null, decided_at: expect.any(Number) });
  expect(why.sentence).toMatch(/has no place: .*9000000 MB/);
  expect(why.tiers).toMatchObject([
    { tier: "root", chosen: null, candidates: [{ name: "local", reasons: [{ code: "memory" }] }] },
  ]);
  await system.api.deleteApplication(application);
  const small = await deploy(system, anSla({ code: "fake/ok" }), 1);
  await untilRunning(system, small.service, 1);
  const more = await get<Explanation>(`/api/service/${small.service}/explain`);
  expect(more).toMatchObject({ instance_number: null, cluster: { name: "local" } });
  expect(more.tiers.map(({ tier }) => tier)).toEqual(["root", "cluster"]);
  await system.api.deleteApplication(small.application);
  await untilNothingIsLeft(system);
});
