import { afterEach, describe, expect, test, vi } from "vitest";
import { type Bed, makeBed } from "./data-plane-bed.ts";
import { createTestCluster } from "./data-plane-cluster.ts";

const eventually = (check: () => void): Promise<void> =>
  vi.waitFor(check, { timeout: 5_000, interval: 20 });

const canMakeNamespaces = process.getuid?.() === 0;

describe.skipIf(!canMakeNamespaces)("data plane", () => {
  const beds: Bed[] = [];
  const aBed = (family?: 4 | 6): Bed => {
    const bed = makeBed(family);
    beds.push(bed);
    return bed;
  };
  afterEach(async () => {
    for (const bed of beds.splice(0)) await bed.remove();
  });

  /** A client on one worker, and servers on another one and beside it. */
  const aSite = async (family?: 4 | 6) => {
    const bed = aBed(family);
    const cluster = createTestCluster();
    const one = await cluster.join(bed.machine());
    const other = await cluster.join(bed.machine());
    const client = await bed.workload("client");
    const far = await bed.workload("far");
    await far.listen(80);
    const clientAt = cluster.attach(one, "clients", client);
    const farAt = cluster.attach(other, "far", far);
    return { bed, cluster, one, other, client, far, clientAt, farAt };
  };

  test.each([4, 6] as const)(
    "services of another worker answer over an IPv%i underlay",
    async (family) => {
      const { cluster, client, clientAt, farAt, one, other } = await aSite(family);
      for (const version of ["v4", "v6"] as const) {
        for (const dialled of [cluster.addresses("far")[version], farAt.instance[version]]) {
          const seen = { server: "far", client: clientAt.instance[version], dialled };
          expect(await client.ask(dialled, 80)).toMatchObject(seen);
          expect(await client.askUdp(dialled, 80)).toMatchObject(seen);
        }
      }
      // One packet each had to be looked at: the client's first, and the server's first reply.
      expect([one.asked, other.asked]).toEqual([["10.30.1.1"], ["10.30.2.1"]]);
      expect(one.plane.state()).toMatchObject({ mtu: family === 4 ? 1450 : 1430, firstPackets: 1 });
    },
  );

  test("the first packet to an unknown address arrives without being sent again", async () => {
    const { cluster, client, farAt, one } = await aSite();
    const first = await client.askUdp(cluster.addresses("far").v4, 80, 15_000);
    expect(first.server).toBe("far");
    const second = await client.ask(farAt.instance.v4, 80);
    expect(second.server).toBe("far");
    expect(one.plane.state().firstPackets).toBe(1);
  });

  test("workloads of one worker reach each other by their services, and not past the rules", async () => {
    const { bed, cluster, one, client, clientAt } = await aSite();
    const near = await bed.workload("near");
    await near.listen(80);
    const nearAt = cluster.attach(one, "near", near);
    for (const version of ["v4", "v6"] as const) {
      const dialled = cluster.addresses("near")[version];
      const seen = { server: "near", client: clientAt.instance[version], dialled };
      expect(await client.ask(dialled, 80)).toMatchObject(seen);
      expect(await client.askUdp(dialled, 80)).toMatchObject(seen);
      expect((await client.ask(nearAt.namespace[version], 80, 300)).error).toBeDefined();
    }
    expect(await near.ask(cluster.addresses("near").v4, 80)).toMatchObject({
      server: "near",
      client: nearAt.instance.v4,
    });
  });

  test("an unknown address is refused at once, and later by the kernel alone", async () => {
    const { client, one } = await aSite();
    for (const address of ["10.30.99.1", "fdff:2000::99"]) {
      const first = await client.ask(address, 80);
      expect(first).toMatchObject({ error: "EHOSTUNREACH" });
      expect(first.ms).toBeLessThan(500);
      const { firstPackets } = one.plane.state();
      const second = await client.ask(address, 80);
      expect(second.error).toMatch(/EHOSTUNREACH|ECONNREFUSED/);
      expect(second.ms).toBeLessThan(500);
      expect(one.plane.state().firstPackets).toBe(firstPackets);
    }
  });

  test.each([4, 6] as const)("megabytes pass whole over an IPv%i underlay", async (family) => {
    const { cluster, client } = await aSite(family);
    const bytes = 8 * 2 ** 20;
    for (const address of Object.values(cluster.addresses("far"))) {
      expect(await client.pour(address, 80, bytes)).toMatchObject({ received: bytes });
    }
  });

  test("connections go on without a pause while the agent is away and comes back", async () => {
    const { cluster, one, client } = await aSite();
    const address = cluster.addresses("far").v4;
    expect(await client.stream(address, 80)).toEqual({});
    const devices = () => one.machine.run("ip", "-o", "address", "show", "scope", "global");
    const [slots, before] = [one.plane.slots(), devices()];
    await one.plane.stop();
    const plane = one.machine.dataPlane();
    const again = await cluster.join(one.machine, plane);
    again.locals.push(...one.locals);
    expect(plane.connect(client.pid)).toEqual(slots[0]);
    cluster.tell(again);
    const { longestMs, answers, error } = await client.endStream(address);
    expect({ error, isAlive: answers > 5 }).toEqual({ error: undefined, isAlive: true });
    expect(longestMs).toBeLessThan(1_000);
    expect(devices()).toBe(before);
    expect(plane.state().repairs).toBe(0);
    expect(await client.ask(cluster.addresses("far").v6, 80)).toMatchObject({ server: "far" });
  });

  test.each([
    ["the bridge", ["link", "delete", "goProxyBridge"]],
    ["the TUN device", ["link", "delete", "goProxyTun"]],
    ["the tunnel", ["link", "delete", "goProxyVxlan"]],
    ["the workload's pair", ["link", "delete", "PORT"]],
    ["the port's place in the bridge", ["link", "set", "PORT", "nomaster"]],
    ["the bridge's addresses", ["address", "flush", "dev", "goProxyBridge"]],
    ["the routes of the tunnel", ["route", "flush", "dev", "goProxyVxlan"]],
    ["the peers of the tunnel", ["neighbour", "flush", "nud", "permanent", "dev", "goProxyVxlan"]],
    ["the tunnel, by taking it down", ["link", "set", "goProxyVxlan", "down"]],
  ])("%s comes back when somebody takes it away", async (_, command) => {
    const { cluster, one, client } = await aSite();
    const { v4, v6 } = cluster.addresses("far");
    expect(await client.ask(v4, 80)).toMatchObject({ server: "far" });
    const port = one.plane.slots()[0]?.link ?? "";
    one.machine.run("ip", ...command.map((word) => (word === "PORT" ? port : word)));
    await eventually(() => expect(one.plane.state().repairs).toBeGreaterThan(0));
    expect(await client.ask(v4, 80)).toMatchObject({ server: "far" });
    expect(await client.ask(v6, 80)).toMatchObject({ server: "far" });
    expect(await client.ask("10.30.99.1", 80)).toMatchObject({ error: "EHOSTUNREACH" });
    // And once it is right, it is left alone.
    const { repairs } = one.plane.state();
    await one.plane.untilLookedAt();
    expect(one.plane.state().repairs).toBe(repairs);
  });

  test("a peer that moves to another host is followed", async () => {
    const { cluster, one, other, client } = await aSite();
    const { v4 } = cluster.addresses("far");
    expect(await client.ask(v4, 80)).toMatchObject({ server: "far" });
    other.machine.run("ip", "address", "add", "192.0.2.77/24", "dev", "uplink");
    one.plane.setPeer({ ...other.peer, host: "192.0.2.77" });
    const forwarding = one.machine.run("bridge", "fdb", "show", "dev", "goProxyVxlan");
    expect(forwarding.trim().split("\n")).toEqual([expect.stringContaining("dst 192.0.2.77 ")]);
    expect(await client.ask(v4, 80)).toMatchObject({ server: "far" });
  });

  test("connections are shown with what was dialled and what answers", async () => {
    const { cluster, one, client } = await aSite();
    const { v4, v6 } = cluster.addresses("far");
    await client.stream(v4, 80);
    const views = await one.plane.flows(10);
    expect(views).toContainEqual({
      protocol: "tcp",
      client: expect.stringMatching(/^10\.18\.1\.66:\d+$/),
      dialled: `${v4}:80`,
      server: "10.18.2.66:80",
      state: "established",
    });
    expect(await one.plane.busy()).toContain("10.18.2.66");
    expect(await one.plane.flows(0)).toEqual([]);
    await client.stream(v6, 80);
    const dialled = (await one.plane.flows(10)).map((view) => view.dialled);
    expect(dialled).toContain(`[${v6}]:80`);
  });

  test("workers may listen on different ports", async () => {
    const bed = aBed();
    const cluster = createTestCluster();
    const one = await cluster.join(bed.machine(), undefined, 50_104);
    const other = await cluster.join(bed.machine());
    const [client, far] = [await bed.workload("client"), await bed.workload("far")];
    await far.listen(80);
    cluster.attach(one, "clients", client);
    cluster.attach(other, "far", far);
    expect(await client.ask(cluster.addresses("far").v4, 80)).toMatchObject({ server: "far" });
  });

  test("a namespace is connected once, and what cannot be connected is named", async () => {
    const bed = aBed();
    const machine = bed.machine();
    const { plane } = await createTestCluster().join(machine);
    const client = await bed.workload("client");
    const slot = plane.connect(client.pid);
    expect(plane.connect(client.pid)).toEqual(slot);
    expect(slot.namespace).toEqual({ v4: "10.18.1.66", v6: "fc00::102" });
    expect(plane.slots()).toEqual([slot]);

    const gone = await bed.workload("gone");
    await gone.end();
    expect(() => plane.connect(gone.pid)).toThrow(
      expect.objectContaining({ code: "process_gone" }),
    );
    const taken = await bed.workload("taken");
    taken.run("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "v0");
    expect(() => plane.connect(taken.pid)).toThrow(
      expect.objectContaining({ code: "interface_taken" }),
    );
    const host = await bed.workload("host", machine.path);
    expect(() => plane.connect(host.pid)).toThrow(
      expect.objectContaining({ code: "own_namespace" }),
    );
    expect(plane.slots()).toEqual([slot]);
    expect(machine.run("ip", "-o", "link").match(/oakp/g)?.length).toBe(1);
  });

  test("programs of any user may take low ports and ping, unless somebody wished otherwise", async () => {
    const bed = aBed();
    const cluster = createTestCluster();
    const worker = await cluster.join(bed.machine());
    const [usual, strict] = [await bed.workload("usual"), await bed.workload("strict")];
    const [ports, groups] = ["ip_unprivileged_port_start", "ping_group_range"].map(
      (name) => `/proc/sys/net/ipv4/${name}`,
    );
    strict.run("sh", "-c", `echo 600 >${ports}`);
    const read = ({ run }: typeof usual): string => run("sh", "-c", `cat ${ports} ${groups}`);
    for (const workload of [usual, strict]) worker.plane.connect(workload.pid);
    expect(read(usual)).toBe("0\n0\t2147483647\n");
    expect(read(strict)).toBe("600\n0\t2147483647\n");
  });

  test("a slot ends with its namespace, and its addresses are the last to be given again", async () => {
    const bed = aBed();
    const { plane } = await createTestCluster().join(bed.machine());
    const client = await bed.workload("client");
    plane.connect(client.pid);
    await client.end();
    await eventually(() => expect(plane.slots()).toEqual([]));
    const next = await bed.workload("next");
    expect(plane.connect(next.pid).namespace.v4).toBe("10.18.1.67");
    plane.disconnect(plane.slots()[0]?.id ?? "");
    expect(plane.slots()).toEqual([]);
    expect(plane.connect(next.pid).namespace.v4).toBe("10.18.1.68");
  });

  test("the 62nd namespace of a worker is refused, and one that leaves makes room", async () => {
    const bed = aBed();
    const { plane } = await createTestCluster().join(bed.machine());
    const pids = bed.emptyNamespaces(62);
    for (const pid of pids.slice(0, 61)) plane.connect(pid);
    const last = pids[61] ?? 0;
    expect(() => plane.connect(last)).toThrow(expect.objectContaining({ code: "subnet_full" }));
    plane.disconnect(plane.slots()[7]?.id ?? "");
    expect(plane.connect(last).namespace).toEqual({ v4: "10.18.1.73", v6: "fc00::109" });
    // Everything is right, so a look at it changes nothing.
    await plane.untilLookedAt();
    expect(plane.state()).toMatchObject({ slots: 61, repairs: 0 });
  });

  test("what a predecessor connected is taken up while a process is in it, and goes otherwise", async () => {
    const bed = aBed();
    const machine = bed.machine();
    const cluster = createTestCluster();
    const { plane } = await cluster.join(machine);
    const [kept, left] = [await bed.workload("kept"), await bed.workload("left")];
    const held = await bed.workload("held", bed.machine().path);
    const slot = plane.connect(kept.pid);
    plane.connect(left.pid);
    plane.connect(held.pid);
    await plane.stop();
    await left.end();
    await held.end();
    const { plane: next } = await cluster.join(machine, machine.dataPlane());
    expect(next.slots()).toEqual([slot]);
    expect(next.connect(kept.pid)).toEqual(slot);
    const ports = () => machine.run("ip", "-o", "link").match(/oakp\S+/g);
    await eventually(() => expect(ports()).toHaveLength(2));
    next.settled();
    expect(ports()).toHaveLength(1);
    expect(next.slots()).toEqual([slot]);
    // The addresses that came back are given again.
    const pids = bed.emptyNamespaces(60);
    for (const pid of pids) next.connect(pid);
    expect(next.state().slots).toBe(61);
  });

  test("a look for another address of the host leaves the slots as they are", async () => {
    const bed = aBed();
    const machine = bed.machine();
    const { plane } = await createTestCluster().join(machine);
    const client = await bed.workload("client");
    const slot = plane.connect(client.pid);
    await plane.start({
      subnet: machine.subnet,
      underlay: { address: machine.host, port: 50_103 },
    });
    plane.disconnect(slot.id);
    expect(machine.run("ip", "-o", "link")).not.toContain("oakp");
  });

  test("uninstall leaves nothing", async () => {
    const bed = aBed();
    const machine = bed.machine();
    const look = () => [
      machine.run("ip", "-br", "link"),
      machine.run("ip", "route"),
      machine.run("ip", "-6", "route"),
      machine.run("ip", "rule"),
      machine.run("nft", "list", "ruleset"),
      machine.run("sysctl", "-a", "-r", "^net.ipv4.ip_forward$|^net.ipv[46].conf"),
    ];
    const before = look();
    const cluster = createTestCluster();
    const worker = await cluster.join(machine);
    const client = await bed.workload("client");
    cluster.attach(worker, "clients", client);
    await worker.plane.uninstall();
    expect(look()).toEqual(before);
  });
});
