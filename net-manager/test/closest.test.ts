import type { TableResult } from "@oak/contracts";
import { afterEach, expect, test } from "vitest";
import { anAttach, aTable, eventually, type Harness, startHarness, web } from "./harness.ts";

const closest = "10.30.0.2";
const near = "10.18.1.2";
const far = "10.18.2.2";

let harness: Harness;
/** By the address that is asked; absent: no answer. */
let rtts: Map<string, number>;
let probed: string[];
/** Each target to which the closest address has led, in turn. */
let led: string[];

afterEach(() => harness.stop());

async function start(table: TableResult, { measureMs = 20 } = {}): Promise<Harness> {
  rtts = new Map();
  [probed, led] = [[], []];
  harness = await startHarness({
    measureMs,
    sweepMs: 20,
    measureRoundTrip: async (host) => {
      probed.push(host);
      return rtts.get(host);
    },
  });
  const { plane, cluster } = harness;
  const { setService } = plane;
  plane.setService = (program) => {
    const [target] = program.routes.find(({ address }) => address === closest)?.targets ?? [];
    if (target !== undefined && target !== led.at(-1)) led.push(target);
    setService(program);
  };
  cluster.tables.set(web, table);
  await harness.register();
  return harness;
}

/** Instance 0 is in the own cluster. */
function inTwoClusters(): TableResult {
  const table = aTable({ 0: near, 1: far }, { cluster_id: "a-cluster" });
  const instances = table.instance_list.map((entry) =>
    entry.instance_number === 0 ? entry : { ...entry, cluster_id: "another" },
  );
  return { ...table, instance_list: instances };
}

/** Another service is measured for a while. */
async function othersAreMeasured(): Promise<void> {
  const table = aTable({ 0: "10.18.5.2", 1: "10.18.6.2" }, { app_name: "shop.prod.api.prod" });
  const address = "10.30.0.4";
  const service_ip_list = [
    { IpType: "Closest" as const, Address: address, Address_v6: "fdff:1000::2" },
  ];
  const instance_list = table.instance_list.map((entry, index) => ({
    ...entry,
    ...{ instance_ip: `10.30.2.${index}`, instance_ip_v6: `fdff::2:${index}` },
  }));
  harness.cluster.tables.set(table.app_name, { ...table, service_ip_list, instance_list });
  rtts.set("10.18.5.1", 1);
  harness.plane.receive(address);
  await eventually(() => expect(rounds("10.18.5.1")).toBeGreaterThan(3));
}

const rounds = (host: string): number => probed.filter((one) => one === host).length / 3;

test("a worker that is measured as nearer takes over from one of the own cluster, once", async () => {
  const { plane } = await start(inTwoClusters());
  rtts.set("10.18.1.1", 30).set("10.18.2.1", 5);
  plane.receive(closest);
  await eventually(() => expect(led).toEqual([near, far]));
  // Noise.
  rtts.set("10.18.1.1", 4.8);
  await eventually(() => expect(rounds("10.18.1.1")).toBeGreaterThan(10));
  expect(led).toEqual([near, far]);
});

test("what became nearer is chosen after several rounds", async () => {
  const { plane } = await start(inTwoClusters());
  rtts.set("10.18.1.1", 5).set("10.18.2.1", 30);
  plane.receive(closest);
  await eventually(() => expect(rounds("10.18.2.1")).toBeGreaterThan(2));
  rtts.set("10.18.1.1", 100).set("10.18.2.1", 1);
  const before = rounds("10.18.2.1");
  await eventually(() => expect(led).toEqual([near, far]));
  expect(rounds("10.18.2.1") - before).toBeGreaterThan(2);
  await eventually(() => expect(rounds("10.18.2.1") - before).toBeGreaterThan(12));
  expect(led).toEqual([near, far]);
});

test("workers that answer nothing are ranked by their cluster", async () => {
  const { plane } = await start(inTwoClusters());
  plane.receive(closest);
  await eventually(() => expect(new Set(probed)).toEqual(new Set(["10.18.1.1", "10.18.2.1"])));
  await eventually(() => expect(probed.length).toBeGreaterThan(6));
  expect(led).toEqual([near]);
});

test("nobody is measured for an address that nobody here asks for", async () => {
  const { plane } = await start(inTwoClusters());
  plane.receive("10.30.0.1");
  await eventually(() => expect(plane.answers).toHaveLength(1));
  plane.use("10.30.0.1");
  await othersAreMeasured();
  expect(rounds("10.18.1.1")).toBe(0);
  // An agent that began after its first packet hears of it from the kernel.
  plane.use(closest);
  await eventually(() => expect(probed).toContain("10.18.1.1"));
});

test("nobody is measured while an instance runs on this worker", async () => {
  const { plane } = await start(aTable({ 0: "10.18.0.66", 1: near, 2: far }));
  await harness.post("/container/deploy", anAttach());
  await eventually(() => expect(led).toEqual(["10.18.0.66"]));
  plane.receive(closest);
  await othersAreMeasured();
  expect(rounds("10.18.1.1")).toBe(0);
});

test("a worker that does not answer is told who asks", async () => {
  const { plane, cluster } = await start(aTable({ 0: near, 1: far }));
  rtts.set("10.18.1.1", 5);
  plane.receive(closest);
  await eventually(() => expect(cluster.heard("tunnelOffer").length).toBeGreaterThan(1));
  await eventually(() => expect(rounds("10.18.1.1")).toBeGreaterThan(1));
  // Whoever has answered is told no more.
  cluster.forget();
  await eventually(() => expect(cluster.heard("tunnelOffer").length).toBeGreaterThan(1));
  for (const offer of cluster.heard("tunnelOffer")) {
    expect(offer).toEqual({
      ...{ appname: web, instance_number: 1, subnet: "10.18.0.64", subnetv6: "fc00::100" },
      ...{ host_ip: "127.0.0.1", host_port: 50_103 },
    });
  }
});

test("a worker that asks in plain can be answered, for an instance that runs here", async () => {
  const { plane, cluster } = await start(aTable({ 0: "10.18.0.66" }));
  await harness.post("/container/deploy", anAttach());
  const offer = { subnet: "10.18.7.64", subnetv6: "fc00::1d00", host_ip: "192.0.2.7" };
  const offered = (instance_number: number, subnet = offer.subnet) =>
    cluster.sendRaw(
      `nodes/${cluster.worker.id}/net/tunnel/offered`,
      JSON.stringify({ ...offer, subnet, appname: web, instance_number, host_port: 50_103 }),
    );
  await offered(7, "10.18.8.64");
  await eventually(async () => {
    await offered(0);
    expect([...plane.peers.values()]).toEqual([
      {
        ...{ key: "10.18.7.64", host: "192.0.2.7", port: 50_103 },
        subnet: { v4: "10.18.7.64", v6: "fc00::1d00" },
      },
    ]);
  });
});
