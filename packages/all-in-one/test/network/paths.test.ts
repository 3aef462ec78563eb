import { beforeAll, expect } from "vitest";
import { anSla } from "../support/an-sla.ts";
import { eventually } from "../support/eventually.ts";
import {
  aServer,
  ask,
  cover,
  distribution,
  type Guest,
  guestsOf,
  nameOf,
  netManagerOf,
  on,
  untilAnswered,
} from "../support/network-guests.ts";
import { startNetworkSite } from "../support/network-site.ts";
import { runsOnDocker, testOnDocker } from "../support/on-docker.ts";
import { shareSystem } from "../support/shared-system.ts";

const shared = shareSystem((bed) =>
  startNetworkSite(bed, { clusters: { first: ["w1", "w2"], second: ["w3"] } }),
);
const workers = ["w1", "w2", "w3"];

let name: string;
let addresses: Record<"rr_ip" | "rr_ip_v6" | "closest_ip" | "closest_ip_v6", string>;
let client: Guest;
let servers: Guest[];

beforeAll(async () => {
  if (!runsOnDocker) return;
  const { system: site, image } = shared;
  const wishes = [aServer(image), { ...aServer(image), port: "", ...on("first", "w1") }] as const;
  const made = await site.api.createApplication(anSla(...wishes));
  const [server = "", visitor = ""] = made.services;
  servers = await cover(site, server, workers);
  await site.api.addInstance(visitor);
  [client] = (await guestsOf(site, visitor, 1)) as [Guest];
  const view = await site.api.service(server);
  name = nameOf(view);
  addresses = view.addresses as typeof addresses;
  await untilAnswered(
    client,
    servers.map(({ v4 }) => v4),
  );
});

const pages = (port: number): string => `http://127.0.0.1:${port}/cgi-bin/who`;

const evenly = (): Record<string, number> =>
  Object.fromEntries(servers.map(({ number }) => [`instance-${number}`, 4]));

testOnDocker.for(["rr_ip", "rr_ip_v6"] as const)(
  "connections to the address of a service go to its instances on all workers in turn (%s)",
  async (kind) => {
    expect(await distribution(client, addresses[kind], 4 * servers.length)).toEqual(evenly());
  },
);

testOnDocker("a service is found by its name", async () => {
  const seen = await distribution(client, name, 4 * servers.length);
  expect(Object.keys(seen).toSorted()).toEqual(Object.keys(evenly()));
});

testOnDocker("each instance is reached by its own addresses and its own name", async () => {
  for (const { number, v4, v6 } of servers) {
    for (const host of [v4, v6, `${number}.${name}`]) {
      expect(await ask(client, host)).toMatchObject({ server: `instance-${number}` });
    }
  }
});

testOnDocker("the closest instance is the one of the same worker", async () => {
  const here = servers
    .filter(({ worker }) => worker === "w1")
    .map(({ number }) => `instance-${number}`);
  for (const host of [addresses.closest_ip, addresses.closest_ip_v6, `closest.${name}`]) {
    expect(here).toContain((await ask(client, host)).server);
  }
});

testOnDocker("tunnels are encrypted between clusters, and inside of one they are not", async () => {
  const hostOf = (worker: string) => shared.system.fabric.host(worker).v4;
  // The first connections may be made before it is looked whether anything came back.
  await eventually(async () =>
    expect((await netManagerOf(shared.system.worker("w1")).status()).tunnels).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ host: hostOf("w2"), tunnel: "vxlan" }),
        expect.objectContaining({ host: hostOf("w3"), tunnel: "wireguard", state: "up" }),
      ]),
    ),
  );
});

testOnDocker("a server sees the instance address of its client", async () => {
  for (const { v4, v6 } of servers) {
    expect((await ask(client, v4)).client).toBe(client.v4);
    expect((await ask(client, v6)).client).toBe(client.v6);
  }
});

testOnDocker("a published port answers on the loopback of its worker", async () => {
  for (const { number, ports, worker } of servers) {
    const page = await shared.system.fabric
      .host(worker)
      .run(["/bin/busybox", "wget", "-q", "-O", "-", pages(Number.parseInt(ports, 10))]);
    expect(page).toContain(`instance-${number} `);
  }
});
