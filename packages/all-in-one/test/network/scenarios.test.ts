import { expect, onTestFinished } from "vitest";
import { anSla, type ServiceWish } from "../support/an-sla.ts";
import { eventually } from "../support/eventually.ts";
import { startCaller } from "../support/network-caller.ts";
import { aServer, type Guest, guestsOf, on, untilAnswered } from "../support/network-guests.ts";
import { startNetworkSite } from "../support/network-site.ts";
import { testOnDocker } from "../support/on-docker.ts";
import { copiesOf } from "../support/running-copies.ts";
import { shareSystem } from "../support/shared-system.ts";

const shared = shareSystem((bed) =>
  startNetworkSite(bed, {
    clusters: { first: ["w1", "w2"] },
    clusterEnv: { "cluster-manager": { WORKER_TIMEOUT_S: "3" } },
  }),
);

interface Scene {
  /** Id and addresses of the service. */
  service: string;
  address: string;
  /** On w1. */
  client: Guest;
  servers(count: number): Promise<Guest[]>;
}

/** A client on w1 that has reached a service of one instance. */
async function aScene(where: Partial<ServiceWish> = {}): Promise<Scene> {
  const { system: site, image } = shared;
  const server = { ...aServer(image), ...where };
  const visitor = { ...aServer(image), port: "", ...on("first", "w1") };
  const { id, services } = await site.api.createApplication(anSla(server, visitor));
  onTestFinished(() => site.api.deleteApplication(id));
  const [service = "", visitors = ""] = services;
  await site.api.addInstance(service);
  await site.api.addInstance(visitors);
  const [client] = (await guestsOf(site, visitors, 1)) as [Guest];
  const address = String((await site.api.service(service)).RR_ip);
  await guestsOf(site, service, 1);
  await untilAnswered(client, [address]);
  return { service, address, client, servers: (count) => guestsOf(site, service, count) };
}

const names = (...numbers: number[]): string[] => numbers.map((number) => `instance-${number}`);

testOnDocker("scaling from one to four and back fails no request", async () => {
  const { api } = shared.system;
  const { service, address, client, servers } = await aScene();
  const caller = await startCaller(client, address);
  for (let count = 1; count < 4; count += 1) await api.addInstance(service);
  await servers(4);
  expect((await caller.untilAnsweredBy(names(0, 1, 2, 3))).failures).toEqual([]);
  for (const number of [0, 1, 2]) await api.deleteInstance(service, number);
  await servers(1);
  expect((await caller.untilAnsweredBy(names(3))).failures).toEqual([]);
});

testOnDocker("an instance moves while it is called, and no request fails", async () => {
  const { api } = shared.system;
  const { service, address, client, servers } = await aScene(on("first", "w1;w2"));
  const caller = await startCaller(client, address);
  const [before] = await servers(1);
  await api.moveInstance(service, 0, { drain_s: 1 });
  const after = await eventually(async () => {
    const [now] = await servers(1);
    expect(now?.worker).not.toBe(before?.worker);
    return now;
  });
  expect(after).toMatchObject({ v4: before?.v4, v6: before?.v6 });
  expect((await caller.untilAnsweredBy(names(0))).failures).toEqual([]);
});

testOnDocker("the copy that a move leaves ends with its last connection", async () => {
  const { api } = shared.system;
  const where = on("first", "w1;w2");
  const [busy, quiet] = [await aScene(where), await aScene(where)];
  const caller = await startCaller(busy.client, busy.address, { holds: true });
  await caller.untilAnsweredBy(names(0));
  const before = new Map<string, Guest | undefined>();
  for (const { service, servers } of [busy, quiet]) before.set(service, (await servers(1))[0]);
  /** Of what the instance had before it moved, and has since. */
  const runs = async ({ service }: Scene): Promise<boolean[]> => {
    const left = before.get(service)?.worker;
    const isOn = async (worker: string) =>
      (await copiesOf([shared.system.worker(worker).stateDir])).some(
        ({ instance, isRunning }) => isRunning && instance === `${service}/0`,
      );
    const there = ["w1", "w2"].filter((worker) => worker !== left);
    return Promise.all([left ?? "", ...there].map(isOn));
  };
  for (const { service } of [busy, quiet]) await api.moveInstance(service, 0, { drain_s: 100 });
  // Nobody is connected to this one.
  await eventually(async () => expect(await runs(quiet)).toEqual([false, true]));
  expect(await runs(busy)).toEqual([true, true]);
  expect(await caller.untilAnsweredBy(names(0))).toMatchObject({ failures: [], holds: [] });
  await caller.end();
  await eventually(async () => expect(await runs(busy)).toEqual([false, true]));
});

testOnDocker("net-manager dies and comes back, and no connection is lost", async () => {
  const { address, client } = await aScene(on("first", "w2"));
  const caller = await startCaller(client, address, { holds: true });
  await caller.untilAnsweredBy(names(0));
  for (const name of ["w1", "w2"]) {
    const manager = shared.system.worker(name).netManager;
    await manager?.kill();
    await caller.untilAnsweredBy(names(0));
    await manager?.start();
  }
  const { failures, holds, echoes } = await caller.untilAnsweredBy(names(0));
  expect({ failures, holds }).toEqual({ failures: [], holds: [] });
  expect(echoes).toBeGreaterThan(0);
});

testOnDocker(
  "the rules are there again within two seconds after somebody flushed them",
  async () => {
    const { address, client } = await aScene(on("first", "w2"));
    const host = shared.system.fabric.host("w1");
    const caller = await startCaller(client, address);
    await caller.untilAnsweredBy(names(0));
    await host.run(["nft", "flush", "ruleset"]);
    const sinceMs = performance.now();
    await eventually(async () =>
      expect(await host.run(["nft", "list", "tables"])).toContain("oak"),
    );
    await untilAnswered(client, [address]);
    expect(performance.now() - sinceMs).toBeLessThan(2_000);
  },
);

testOnDocker(
  "without broker and managers of a cluster, its services are reached all the same",
  async () => {
    const { address, client } = await aScene(on("first", "w2"));
    const { services } = shared.system.cluster("first");
    const caller = await startCaller(client, address, { holds: true });
    await caller.untilAnsweredBy(names(0));
    const away = [
      services["mqtt-broker"],
      services["cluster-manager"],
      services["cluster-network-manager"],
    ];
    await Promise.all(away.map((one) => one.kill()));
    const without = await caller.untilAnsweredBy(names(0));
    await Promise.all(away.map((one) => one.start()));
    const { failures, holds } = await caller.untilAnsweredBy(names(0));
    expect([without.failures, without.holds, failures, holds]).toEqual([[], [], [], []]);
  },
);

testOnDocker("when a worker vanishes, its instance is replaced and reached again", async () => {
  const { fabric } = shared.system;
  const { address, client, service } = await aScene(on("first", "w1;w2"));
  await untilOn("w2", service);
  await fabric.cut("w2");
  onTestFinished(() => fabric.heal("w2"));
  const caller = await startCaller(client, address);
  // Until the cluster gives the worker up nobody answers, and from then on connections are refused until the new copy listens.
  await caller.untilAnsweredBy(names(0));
  await untilOn("w1", service);
  await caller.report();
  expect(await caller.untilAnsweredBy(names(0))).toMatchObject({ failures: [] });
});

/** Waits until the only instance is on this worker, and moves it there when it is not. */
async function untilOn(worker: string, service: string): Promise<void> {
  const isThere = async () => (await guestsOf(shared.system, service, 1))[0]?.worker === worker;
  if (await isThere()) return;
  await shared.system.api.moveInstance(service, 0, { drain_s: 0 });
  await eventually(async () => expect(await isThere()).toBe(true));
}
