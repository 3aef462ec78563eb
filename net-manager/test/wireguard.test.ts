import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Peer } from "../src/ports.ts";
import { type Bed, type Machine, makeBed } from "./data-plane-bed.ts";
import { createTestCluster, type TestWorker } from "./data-plane-cluster.ts";

const eventually = (check: () => void): Promise<void> =>
  vi.waitFor(check, { timeout: 10_000, interval: 20 });

const isRunnable = (program: string): boolean => {
  try {
    execFileSync(program, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};
const canRun = process.getuid?.() === 0 && isRunnable("wireguard-go") && isRunnable("wg");

describe.skipIf(!canRun)("encrypted tunnels", { timeout: 90_000 }, () => {
  const beds: Bed[] = [];
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "oak-wg-"));
  });
  afterEach(async () => {
    for (const bed of beds.splice(0)) await bed.remove();
    await rm(folder, { recursive: true });
  });

  /** From now on others are told of its encrypted end only. */
  const seal = (worker: TestWorker): void => {
    const own = worker.plane.wireguard?.().own;
    if (own === undefined) throw new Error(worker.plane.wireguard?.().reason);
    worker.peer.wireguard = { publicKey: own.publicKey, port: own.port };
  };

  const twoSites = async (family: 4 | 6 = 4) => {
    const bed = makeBed(family);
    beds.push(bed);
    const cluster = createTestCluster();
    const [here, there] = [bed.machine({ keyFolder: folder }), bed.machine({ keyFolder: folder })];
    const one = await cluster.join(here);
    const other = await cluster.join(there);
    seal(one);
    seal(other);
    const client = await bed.workload("client");
    const far = await bed.workload("far");
    await far.listen(80);
    const clientAt = cluster.attach(one, "clients", client);
    cluster.attach(other, "far", far);
    // As an offer tells the hosting side.
    other.plane.setPeer(one.peer);
    return { bed, cluster, one, other, client, far, clientAt };
  };

  /** Counts on the wire of a machine what is plain and what is encrypted. */
  const watchWire = ({ run }: Machine) => {
    run("nft", "add table inet wire");
    const chain = "add chain inet wire";
    run("nft", `${chain} in { type filter hook prerouting priority -400; }`);
    run("nft", `${chain} out { type filter hook postrouting priority 400; }`);
    for (const [name, way] of [
      ["in", "iifname"],
      ["out", "oifname"],
    ]) {
      run(
        "nft",
        `add rule inet wire ${name} ${way} uplink udp dport 50103 counter comment "plain"`,
      );
      run(
        "nft",
        `add rule inet wire ${name} ${way} uplink udp dport 50105 counter comment "plain"`,
      );
      run(
        "nft",
        `add rule inet wire ${name} ${way} uplink udp dport 50104 counter comment "sealed"`,
      );
    }
    return () => {
      const counts = { plain: 0, sealed: 0 };
      const listing = run("nft", "list", "table", "inet", "wire");
      for (const [, packets, kind] of listing.matchAll(/packets (\d+) .* comment "(\w+)"/g)) {
        counts[kind as keyof typeof counts] += Number(packets);
      }
      return counts;
    };
  };

  test.each([4, 6] as const)(
    "services of another site answer over an IPv%i underlay, and all of it is encrypted",
    async (family) => {
      const { cluster, one, client, clientAt } = await twoSites(family);
      const wire = watchWire(one.machine);
      for (const version of ["v4", "v6"] as const) {
        const dialled = cluster.addresses("far")[version];
        const seen = { server: "far", client: clientAt.instance[version], dialled };
        expect(await client.ask(dialled, 80)).toMatchObject(seen);
        expect(await client.askUdp(dialled, 80)).toMatchObject(seen);
      }
      const { plain, sealed } = wire();
      expect(plain).toBe(0);
      expect(sealed).toBeGreaterThan(10);
      await eventually(() => {
        expect(one.plane.wireguard?.().peers.get("10.18.2.64")).toBe("up");
      });
    },
  );

  test("a worker behind NAT reaches another site, and is answered", async () => {
    const { bed, cluster, one, other, client } = await twoSites();
    const gateway = bed.machine();
    gateway.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv4.conf.all.send_redirects=0");
    gateway.run("nft", "add table ip nat");
    gateway.run("nft", "add chain ip nat post { type nat hook postrouting priority 100; }");
    gateway.run("nft", "add rule ip nat post masquerade");
    // Only by way of the gateway do they reach each other.
    const [inside, outside] = [one.machine.host, other.machine.host];
    one.machine.run("ip", "route", "add", `${outside}/32`, "via", gateway.host);
    other.machine.run("nft", "add table ip far");
    for (const [hook, field] of [
      ["prerouting", "saddr"],
      ["postrouting", "daddr"],
    ]) {
      other.machine.run("nft", `add chain ip far ${hook} { type filter hook ${hook} priority 0; }`);
      other.machine.run("nft", `add rule ip far ${hook} ip ${field} ${inside} drop`);
    }
    const { v4, v6 } = cluster.addresses("far");
    await vi.waitFor(async () => {
      expect(await client.ask(v4, 80, 2_000)).toMatchObject({ server: "far" });
    }, 45_000);
    expect(await client.ask(v6, 80)).toMatchObject({ server: "far" });
    const endpoints = other.machine.run("wg", "show", other.machine.wireguard, "endpoints");
    expect(endpoints).toContain(gateway.host);
  });

  test("megabytes pass whole", async () => {
    const { cluster, client } = await twoSites();
    const bytes = 8 * 2 ** 20;
    for (const address of Object.values(cluster.addresses("far"))) {
      expect(await client.pour(address, 80, bytes)).toMatchObject({ received: bytes });
    }
  });

  test("the first packet arrives", async () => {
    const { cluster, client } = await twoSites();
    const answer = await client.askUdp(cluster.addresses("far").v4, 80, 20_000);
    expect(answer).toMatchObject({ server: "far" });
  });

  test("connections go on while the agent is away and comes back", async () => {
    const { cluster, one, client } = await twoSites();
    const address = cluster.addresses("far").v4;
    expect(await client.stream(address, 80)).toEqual({});
    const look = () => one.machine.run("wg", "show", one.machine.wireguard, "latest-handshakes");
    const before = look();
    await one.plane.stop();
    const again = await cluster.join(one.machine);
    seal(again);
    expect(again.peer.wireguard).toEqual(one.peer.wireguard);
    again.locals.push(...one.locals);
    again.plane.connect(client.pid);
    cluster.tell(again);
    await again.plane.wireguard?.();
    const { longestMs, answers, error } = await client.endStream(address);
    expect({ error, isAlive: answers > 5 }).toEqual({ error: undefined, isAlive: true });
    expect(longestMs).toBeLessThan(1_000);
    expect(look()).toBe(before);
  });

  test("what comes to the inner tunnel in plain is dropped", async () => {
    const { bed, cluster, other, client } = await twoSites();
    expect(await client.ask(cluster.addresses("far").v4, 80)).toMatchObject({ server: "far" });
    const dropped = () => other.machine.run("nft", "list", "chain", "inet", "oak", "arrive");
    expect(dropped()).toContain(`iifname != "${other.machine.wireguard}" udp dport 50105`);
    // Whoever knows the addresses encapsulates by himself.
    const to = ["id", "1030", "dstport", "50105", "remote", other.machine.host, "dev", "uplink"];
    const stranger = bed.machine();
    stranger.run("ip", "link", "add", "forged", "type", "vxlan", ...to);
    stranger.run("ip", "link", "set", "forged", "address", "02:00:0a:12:01:40", "up");
    stranger.run("ip", "address", "add", "10.18.1.65/24", "dev", "forged");
    const before = received(other.machine);
    stranger.run("ip", "route", "add", "10.18.2.65/32", "dev", "forged");
    stranger.run("sh", "-c", "ping -c 1 -W 1 10.18.2.65 || true");
    expect(received(other.machine)).toBe(before);
  });

  test("a peer that never answers counts as unreachable after a while", async () => {
    const { one } = await twoSites();
    one.plane.setPeer(silentPeer);
    expect(one.plane.wireguard?.().peers.get(silentPeer.key)).toBe("connecting");
    await vi.waitFor(
      () => expect(one.plane.wireguard?.().peers.get(silentPeer.key)).toBe("unreachable"),
      { timeout: 20_000, interval: 200 },
    );
  });

  test("the device comes back when somebody takes it away, and uninstall leaves nothing", async () => {
    const { cluster, one, client } = await twoSites();
    const { v4 } = cluster.addresses("far");
    expect(await client.ask(v4, 80)).toMatchObject({ server: "far" });
    one.machine.run("ip", "link", "delete", one.machine.wireguard);
    await eventually(() => {
      expect(one.machine.run("ip", "-br", "link")).toContain(one.machine.wireguard);
    });
    await vi.waitFor(async () => {
      expect(await client.ask(v4, 80, 2_000)).toMatchObject({ server: "far" });
    }, 45_000);
    await one.plane.uninstall();
    const links = one.machine.run("ip", "-br", "link");
    expect(links).not.toContain(one.machine.wireguard);
    expect(links).not.toContain("goProxy");
  });

  test("a device that cannot be made has its reason told until it can", async () => {
    const bed = makeBed();
    beds.push(bed);
    const machine = bed.machine({ keyFolder: folder });
    const { plane } = await createTestCluster().join(machine);
    const reason = () => plane.wireguard?.().reason;
    // In the way of the socket that the program behind the device would open.
    const obstacle = `/var/run/wireguard/${machine.wireguard}.sock`;
    await mkdir(`${obstacle}/full`, { recursive: true });
    try {
      plane.setPeer(silentPeer);
      await eventually(() => expect(reason()).toMatch(/does not stand: wireguard-go failed: .+$/));
      expect(plane.wireguard?.().own).toBeDefined();
    } finally {
      await rm(obstacle, { recursive: true });
    }
    await eventually(() => expect(reason()).toBeUndefined());
    expect(machine.run("ip", "-br", "link")).toContain(machine.wireguard);
  });

  test("without the programs there is a reason", async () => {
    const bed = makeBed();
    beds.push(bed);
    const machine = bed.machine();
    const plane = machine.dataPlane();
    const underlay = { address: machine.host, port: 50_103 };
    await plane.start({ subnet: machine.subnet, underlay });
    expect(plane.wireguard?.()).toMatchObject({ reason: expect.stringContaining("WireGuard") });
  });
});

const silentPeer: Peer = {
  key: "10.18.9.0",
  subnet: { v4: "10.18.9.0", v6: "fc00::900" },
  host: "192.0.2.99",
  port: 50_103,
  wireguard: { publicKey: Buffer.alloc(32, 7).toString("base64"), port: 50_104 },
};

function received({ run }: Machine): string {
  const text = run("ip", "-s", "-o", "link", "show", "goProxyVxlanWg");
  return text.match(/RX:.*?\\\s+(\d+\s+\d+)/)?.[1] ?? text;
}
