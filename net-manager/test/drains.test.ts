import { afterEach, expect, test } from "vitest";
import { anAttach, aTable, eventually, type Harness, startHarness, v6Of, web } from "./harness.ts";

let harness: Harness;

afterEach(() => harness.stop());

const here = "10.18.0.66";
const there = "10.18.2.2";
const pair = { epoch: 3, placement: 4 };
const idle = () => harness.manager.agent.status().idle;

/** The instance has been here, and is somewhere else now. */
const movedTable = (from: string) => {
  const table = aTable({ 0: there });
  const left = {
    ...{ namespace_ip: from, namespace_ip_v6: v6Of(from) },
    ...{ host_ip: "127.0.0.1", host_port: 50_103 },
  };
  const [entry] = table.instance_list;
  if (entry === undefined) throw new Error("There is one");
  return { ...table, instance_list: [{ ...entry, draining: [left] }] };
};

async function start(): Promise<Harness> {
  harness = await startHarness({ quietMs: 50 });
  harness.cluster.tables.set(web, aTable({ 0: here }));
  await harness.register();
  return harness;
}

const tell = async (): Promise<void> => {
  harness.cluster.tables.set(web, movedTable(here));
  await eventually(async () => {
    await harness.cluster.push(web);
    const [instance] = harness.manager.agent.services()[0]?.instances ?? [];
    expect(instance?.draining).toHaveLength(1);
  });
};

test("a copy that was left is idle when no connection to it is open any more", async () => {
  const { plane } = await start();
  await harness.post("/container/deploy", anAttach(pair));
  plane.setConnections(here, 1);
  const asked: string[] = [];
  const { hasOpen } = plane;
  plane.hasOpen = (namespace) => {
    asked.push(namespace.v4);
    return hasOpen(namespace);
  };
  await tell();
  await eventually(() => expect(asked.length).toBeGreaterThan(3));
  expect(idle()).toEqual([]);
  plane.setConnections(here, 0);
  const expected = [{ serviceName: web, instanceNumber: 0, ...pair }];
  await eventually(() => expect(idle()).toEqual(expected));
  expect(await harness.client.request({ path: "/status" })).toMatchObject({ idle: expected });
  // It has come back.
  harness.cluster.tables.set(web, aTable({ 0: here }));
  await eventually(async () => {
    await harness.cluster.push(web);
    expect(idle()).toEqual([]);
  });
});

test("a copy that nobody has left is not idle, however quiet it is", async () => {
  const { plane } = await start();
  await harness.post("/container/deploy", anAttach(pair));
  await harness.post("/container/deploy", anAttach({ ...pair, instanceNumber: 1, pid: 2 }));
  await tell();
  await eventually(() => expect(idle()).toHaveLength(1));
  expect(idle()).toMatchObject([{ instanceNumber: 0 }]);
  expect(plane.slots()).toHaveLength(2);
});

test("there is a way to a copy that was left as long as the table tells of it", async () => {
  const { plane, cluster } = await start();
  cluster.tables.set(web, movedTable("10.18.5.2"));
  plane.receive("10.30.0.1");
  await eventually(() => expect(plane.answers).toHaveLength(1));
  expect([...plane.peers.keys()].toSorted()).toEqual(["10.18.2.0", "10.18.5.0"]);
  expect(plane.services.get(web)?.routes[0]?.targets).toEqual([there]);
});
