import type { FabricHost } from "@oak/testkit";
import { expect, onTestFinished } from "vitest";
import { anSla } from "../support/an-sla.ts";
import { eventually } from "../support/eventually.ts";
import { startCaller } from "../support/network-caller.ts";
import {
  aServer,
  ask,
  type Guest,
  guestsOf,
  netManagerOf,
  on,
  untilAnswered,
} from "../support/network-guests.ts";
import { startNetworkSite } from "../support/network-site.ts";
import { testOnDocker } from "../support/on-docker.ts";
import { shareSystem } from "../support/shared-system.ts";

const clusters = { first: ["w1", "apart"], second: ["w2", "inside"] };

/** `inside` is reached by nobody, and reaches others by way of the gateway; `apart` and `w2` never meet. */
const shared = shareSystem(async (bed) => {
  const site = await startNetworkSite(bed, {
    clusters,
    machines: ["gateway"],
    netcfgs: (fabric) => ({
      apart: { tunnel: "wireguard" },
      inside: { NodePublicAddress: fabric.host("gateway").v4 },
    }),
  });
  const { fabric } = site;
  const [gateway, inside] = [fabric.host("gateway"), fabric.host("inside")];
  await gateway.run(["sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward"]);
  await gateway.run(["sh", "-c", "echo 0 >/proc/sys/net/ipv4/conf/all/send_redirects"]);
  await gateway.run(["nft", "-f", "-"], { input: masquerading });
  await inside.run(["ip", "route", "add", fabric.host("w1").v4, "via", gateway.v4]);
  await fabric.cut("w1", "inside");
  await fabric.cut("w2", "apart");
  return site;
});

const masquerading = `table ip nat {
  chain postrouting {
    type nat hook postrouting priority 100
    masquerade
  }
}`;

interface Scene {
  /** Service addresses. */
  addresses: readonly [v4: string, v6: string];
  client: Guest;
}

/** A client on one worker, and a service on another one that it has not reached yet. */
async function aScene(clientOn: string, serverOn: string): Promise<Scene> {
  const { system: site, image } = shared;
  const server = { ...aServer(image), ...onWorker(serverOn) };
  const visitor = { ...aServer(image), port: "", ...onWorker(clientOn) };
  const { id, services } = await site.api.createApplication(anSla(server, visitor));
  onTestFinished(() => site.api.deleteApplication(id));
  for (const service of services) await site.api.addInstance(service);
  const [service = "", visitors = ""] = services;
  const [client] = (await guestsOf(site, visitors, 1)) as [Guest];
  await guestsOf(site, service, 1);
  const { rr_ip, rr_ip_v6 } = (await site.api.service(service)).addresses ?? {};
  return { addresses: [String(rr_ip), String(rr_ip_v6)], client };
}

function onWorker(worker: string) {
  const [cluster = ""] =
    Object.entries(clusters).find(([, workers]) => workers.includes(worker)) ?? [];
  return on(cluster, worker);
}

/** How packets from one worker reach the other. */
async function tunnelBetween(from: string, to: string): Promise<object | undefined> {
  const { tunnels } = await netManagerOf(shared.system.worker(from)).status();
  const subnet = (await netManagerOf(shared.system.worker(to)).status()).dataPlane.subnet.v4;
  return tunnels.find(({ worker }) => worker === subnet);
}

/** It carries packets before it is looked at again. */
const untilSealed = (from: string, to: string): Promise<void> =>
  eventually(async () =>
    expect(await tunnelBetween(from, to)).toMatchObject({ tunnel: "wireguard", state: "up" }),
  );

/** Counts what passes between two machines: in tunnels that are encrypted, and in any other way. */
async function watchWire(host: FabricHost, peer: FabricHost) {
  const rules = ["saddr", "daddr"].flatMap((end) =>
    [`ip ${end} ${peer.v4}`, `ip6 ${end} ${peer.v6}`].flatMap((between) => [
      `${between} udp dport 50104 counter accept comment "sealed"`,
      // As long as the other end is not open yet, its machine may say so.
      `${between} meta l4proto != { icmp, icmpv6 } counter accept comment "plain"`,
    ]),
  );
  const chain = (hook: string, priority: number): string =>
    `chain ${hook} { type filter hook ${hook} priority ${priority}\n${rules.join("\n")}\n}`;
  const input = `table inet wire {\n${chain("prerouting", -400)}\n${chain("postrouting", 400)}\n}`;
  await host.run(["nft", "-f", "-"], { input });
  onTestFinished(async () => {
    await host.run(["nft", "delete", "table", "inet", "wire"]);
  });
  return async () => {
    const counts = { plain: 0, sealed: 0 };
    const listing = await host.run(["nft", "list", "table", "inet", "wire"]);
    for (const [, packets, kind] of listing.matchAll(/packets (\d+) .*comment "(\w+)"/g)) {
      counts[kind as keyof typeof counts] += Number(packets);
    }
    return counts;
  };
}

testOnDocker("what passes between two clusters is encrypted, all of it", async () => {
  const { host } = shared.system.fabric;
  const counts = await watchWire(host("w1"), host("w2"));
  const { addresses, client } = await aScene("w1", "w2");
  await untilAnswered(client, addresses);
  for (const address of addresses) {
    expect(await ask(client, address)).toMatchObject({ server: "instance-0" });
  }
  const { plain, sealed } = await counts();
  expect(plain).toBe(0);
  expect(sealed).toBeGreaterThan(20);
});

testOnDocker("a worker that wishes it is reached by WireGuard in its own cluster too", async () => {
  const { addresses, client } = await aScene("w1", "apart");
  await untilAnswered(client, addresses);
  await untilSealed("w1", "apart");
});

testOnDocker(
  "net-managers are killed and come back, with their keys and their tunnel",
  async () => {
    const { addresses, client } = await aScene("w1", "w2");
    await untilAnswered(client, addresses);
    const caller = await startCaller(client, addresses[0], { holds: true });
    await caller.untilAnsweredBy(["instance-0"]);
    const keyOf = async (worker: string) =>
      (await netManagerOf(shared.system.worker(worker)).status()).wireguard?.own?.publicKey;
    for (const name of ["w1", "w2"]) {
      const key = await keyOf(name);
      const manager = shared.system.worker(name).netManager;
      await manager?.kill();
      await manager?.start();
      expect(key).toHaveLength(44);
      expect(await keyOf(name)).toBe(key);
      await caller.untilAnsweredBy(["instance-0"]);
    }
    await eventually(async () =>
      expect(await tunnelBetween("w1", "w2")).toMatchObject({ tunnel: "wireguard", state: "up" }),
    );
    const { failures, holds } = await caller.untilAnsweredBy(["instance-0"]);
    expect({ failures, holds }).toEqual({ failures: [], holds: [] });
  },
);

testOnDocker.for([
  ["w1", "inside"],
  ["inside", "w1"],
] as const)("one reachable side is enough: %s calls %s, one is behind NAT", async ([from, to]) => {
  const { addresses, client } = await aScene(from, to);
  await untilAnswered(client, addresses);
  await untilSealed(from, to);
});

testOnDocker("with no side reachable it says so, goes on trying, and gets through", async () => {
  const { fabric } = shared.system;
  const { addresses, client } = await aScene("apart", "w2");
  const manager = netManagerOf(shared.system.worker("apart"));
  const [v4] = addresses;
  await expect(ask(client, v4)).rejects.toThrow();
  await eventually(async () => {
    expect(await tunnelBetween("apart", "w2")).toMatchObject({ state: "unreachable" });
  });
  const instancesAt = async () =>
    (await manager.table()).services
      .filter(({ addresses: all }) => all.some(({ addresses: pair }) => pair.v4 === v4))
      .flatMap(({ instances }) => instances);
  expect(await instancesAt()).toMatchObject([{ tunnel: "unreachable" }]);
  await fabric.heal("w2", "apart");
  await untilAnswered(client, addresses);
  await untilSealed("apart", "w2");
});
