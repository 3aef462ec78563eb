import { afterEach, beforeEach, expect, test } from "vitest";
import type { LocalInstance, Peer, Slot } from "../src/ports.ts";
import { type Placed, program, refusalOf, type Stage, web } from "./data-plane-stage.ts";
import { eventually } from "./harness.ts";

const nobody = "10.30.99.1";
const silenceMs = 300;

/** What every {@link DataPlane} does, as its port tells it. */
export function conformsToDataPlane(openStage: () => Promise<Stage>): void {
  let stage: Stage;
  let instances = 0;

  beforeEach(async () => {
    stage = await openStage();
    instances = 0;
    await start();
  });
  afterEach(() => stage.remove());

  const start = () => stage.plane.start({ subnet: stage.subnet, underlay: stage.underlay });
  const restart = async (meanwhile?: () => Promise<void>): Promise<void> => {
    await stage.plane.stop();
    await meanwhile?.();
    stage.plane = stage.nextPlane();
    await start();
  };
  const place = async (name: string, more: Partial<LocalInstance> = {}): Promise<Placed> => {
    const player = await stage.player(name);
    const slot = stage.plane.connect(player.pid);
    instances += 1;
    const instance = { v4: `10.30.2.${instances}`, v6: `fdff::${instances}` };
    const who = { service: name, number: 0, namespace: slot.namespace, instance };
    const local = { ...who, tenant: 1, ports: [], ...more };
    stage.plane.setLocal(local);
    return { player, slot, instance, local };
  };
  const aService = async () => {
    const [client, server] = [await place("client"), await place("server")];
    stage.plane.setService(program([server]));
    return { client, server };
  };

  test("nothing is connected before the start", async () => {
    await stage.plane.stop();
    const plane = stage.nextPlane();
    expect(plane.slots()).toEqual([]);
    expect(() => plane.connect(stage.pids(1)[0] ?? 0)).toThrow("was not started");
  });

  test("a namespace is connected once, however often it is asked for, and leaves once", () => {
    const { plane } = stage;
    const [pid = 0] = stage.pids(1);
    const slot = plane.connect(pid);
    expect(plane.connect(pid)).toEqual(slot);
    expect(plane.slots()).toEqual([slot]);
    expect(plane.state()).toMatchObject({ slots: 1, subnet: stage.subnet });
    plane.disconnect(slot.id);
    plane.disconnect(slot.id);
    expect(plane.slots()).toEqual([]);
    expect(plane.state().slots).toBe(0);
  });

  test("a process that is gone is no namespace", async () => {
    const player = await stage.player("gone");
    await player.end();
    const detail = `There is no process ${player.pid}`;
    expect(refusalOf(stage.plane, player.pid)).toMatchObject({
      code: "process_gone",
      status: 404,
      detail,
    });
    expect(stage.plane.slots()).toEqual([]);
  });

  test("addresses are given in turn, 61 at once, and again as the last of all", () => {
    const { plane } = stage;
    const pids = stage.pids(62);
    const slots = pids.slice(0, 61).map((pid) => plane.connect(pid));
    expect(new Set(slots.map(({ namespace }) => namespace.v4)).size).toBe(61);
    expect(refusalOf(stage.plane, pids[61] ?? 0)).toMatchObject({
      code: "subnet_full",
      status: 507,
    });
    for (const index of [20, 7]) plane.disconnect(slots[index]?.id ?? "");
    expect(plane.connect(pids[61] ?? 0).namespace).toEqual(slots[20]?.namespace);
    expect(plane.connect(pids[7] ?? 0).namespace).toEqual(slots[7]?.namespace);
  });

  test("a namespace that ends gives its slot back, and whoever listens is told", async () => {
    const heard: Slot[] = [];
    stage.plane.onVanished((slot) => void heard.push(slot));
    const player = await stage.player("short");
    const slot = stage.plane.connect(player.pid);
    await player.end();
    await eventually(() => expect(heard).toEqual([slot]));
    expect(stage.plane.slots()).toEqual([]);
  });

  test("a service is set, replaced as a whole, and removed", async () => {
    const { client, server } = await aService();
    const other = await place("other");
    for (const address of [web.v4, web.v6, server.instance.v4]) {
      expect(await client.player.dial(address)).toBe("server");
    }
    stage.plane.setService(program([other]));
    expect(await client.player.dial(web.v4)).toBe("other");
    stage.plane.setService(program([server, other]));
    const both = [await client.player.dial(web.v4), await client.player.dial(web.v4)];
    expect(both.toSorted()).toEqual(["other", "server"]);
    stage.plane.setService(program([]));
    expect(await client.player.dial(web.v4)).toBe("refused");
    expect(stage.plane.state().services).toBe(1);
    stage.plane.removeService("web");
    stage.plane.removeService("web");
    expect(stage.plane.state().services).toBe(0);
  });

  test("a packet for an unknown address is asked about once, and goes on when it is known", async () => {
    const { plane } = stage;
    const asked: string[] = [];
    plane.onUnknown(({ address }) => void asked.push(address));
    const [client, server] = [await place("client"), await place("server")];
    const answers = [client.player.dial(web.v4), server.player.dial(web.v4)];
    await eventually(() => expect(plane.state().firstPackets).toBeGreaterThanOrEqual(2));
    expect(asked).toEqual([web.v4]);
    plane.setService(program([server]));
    plane.answer(web.v4, "known");
    expect(await Promise.all(answers)).toEqual(["server", "server"]);
  });

  test("an address that nobody has is refused for a while, without being asked about", async () => {
    const { plane } = stage;
    const asked: string[] = [];
    let unknownForMs = 60_000;
    plane.onUnknown(({ address }) => {
      asked.push(address);
      plane.answer(address, { unknownForMs });
    });
    const { player } = await place("client");
    expect(await player.dial(nobody)).toBe("refused");
    expect(await player.dial(nobody)).toBe("refused");
    expect(asked).toEqual([nobody]);
    unknownForMs = 50;
    const other = "10.30.99.2";
    await eventually(async () => {
      expect(await player.dial(other)).toBe("refused");
      expect(asked.filter((address) => address === other).length).toBeGreaterThan(1);
    });
  });

  test("what a workload without an instance address sends waits until it has one", async () => {
    const { client, server } = await aService();
    const { instance, ...nameless } = server.local;
    stage.plane.setLocal(nameless);
    const answer = server.player.dial(web.v4);
    await eventually(() => expect(stage.plane.state().firstPackets).toBeGreaterThan(0));
    expect(await client.player.dial(web.v4)).toBe("server");
    stage.plane.setLocal(server.local);
    expect(await answer).toBe("server");
  });

  test("only admitted tenants connect, and whoever is refused leaves no connection", async () => {
    const server = await place("server");
    const stranger = await place("stranger", { tenant: 2 });
    stage.plane.setService(program([server]));
    expect(await stranger.player.dial(web.v4)).toBe("refused");
    expect(await stranger.player.dial(server.instance.v4)).toBe("refused");
    expect(await stage.plane.hasOpen(server.slot.namespace)).toBe(false);
    stage.plane.setService(program([server], { admits: [1, 2] }));
    expect(await stranger.player.dial(web.v4)).toBe("server");
    stage.plane.setLocal({ ...stranger.local, tenant: 3 });
    expect(await stranger.player.dial(web.v4)).toBe("refused");
  });

  test("connections are seen as they were dialled, until they end", async () => {
    const { client, server } = await aService();
    const { plane } = stage;
    const { namespace } = server.slot;
    expect(await plane.hasOpen(namespace)).toBe(false);
    expect(await plane.busy()).not.toContain(namespace.v4);
    expect(await client.player.dial(web.v4)).toBe("server");
    expect(await client.player.dial(web.v6)).toBe("server");
    const flows = (await plane.flows(10)).toSorted((one, other) =>
      one.dialled.localeCompare(other.dialled),
    );
    const common = { protocol: "tcp", state: "established", client: expect.any(String) };
    expect(flows).toEqual([
      { ...common, dialled: `[${web.v6}]:80`, server: `[${namespace.v6}]:80` },
      { ...common, dialled: `${web.v4}:80`, server: `${namespace.v4}:80` },
    ]);
    expect(await plane.flows(1)).toHaveLength(1);
    expect(await plane.flows(0)).toEqual([]);
    expect([...(await plane.busy())]).toEqual(expect.arrayContaining(Object.values(namespace)));
    expect(await plane.hasOpen(namespace)).toBe(true);
    expect(await plane.hasOpen(client.slot.namespace)).toBe(false);
    expect([...(await plane.takeUsed())].toSorted()).toEqual(Object.values(web));
    for (const address of Object.values(web)) client.player.hangUp(address);
    await eventually(async () => expect(await plane.hasOpen(namespace)).toBe(false));
  });

  test("a copy that takes no new connections keeps what is open, until it is cut", async () => {
    const { client, server } = await aService();
    const other = await place("other");
    const { plane } = stage;
    expect(await client.player.dial(web.v4)).toBe("server");
    // As a closest address that changes, or an instance that drains.
    plane.setService(program([server, other], { targets: [other] }));
    expect(await other.player.dial(web.v4)).toBe("other");
    expect(await plane.hasOpen(server.slot.namespace)).toBe(true);
    plane.removeLocal(server.slot.namespace);
    plane.disconnect(server.slot.id);
    plane.setService(program([other]));
    await plane.cut(server.slot.namespace);
    expect(await plane.hasOpen(server.slot.namespace)).toBe(false);
    expect(await plane.hasOpen(other.slot.namespace)).toBe(true);
  });

  test("an exclusive instance answers while it is leased, and then no more", async () => {
    const [client, server] = [await place("client"), await place("server")];
    const { plane } = stage;
    plane.setService(program([server], { isExclusive: true }));
    expect(await client.player.dial(web.v4, silenceMs)).toBe("silent");
    plane.renewLeases([server.slot.namespace], 60_000);
    expect(await client.player.dial(web.v4)).toBe("server");
    plane.renewLeases([server.slot.namespace], 50);
    await eventually(async () =>
      expect(await client.player.dial(web.v6, silenceMs)).toBe("silent"),
    );
  });

  test("a port that two have published leads to the later one, and back when that goes", async () => {
    const ports = [{ host: 8_080, container: 80, protocol: "tcp" as const }];
    expect(await stage.dialPort(8_080)).toBe("refused");
    const first = await place("first", { ports });
    const second = await place("second", { ports });
    expect(await stage.dialPort(8_080)).toBe("second");
    stage.plane.removeLocal(second.slot.namespace);
    stage.plane.removeLocal(second.slot.namespace);
    expect(await stage.dialPort(8_080)).toBe("first");
    stage.plane.setLocal({ ...first.local, ports: [] });
    expect(await stage.dialPort(8_080)).toBe("refused");
  });

  test("a worker is a peer once, wherever it moves, and nonsense is none", () => {
    const { plane } = stage;
    const subnet = { v4: "10.18.9.0", v6: "fc00::2400" };
    const peer: Peer = { key: subnet.v4, subnet, host: "192.0.2.99", port: 50_103 };
    plane.setPeer(peer);
    plane.setPeer({ ...peer, host: "192.0.2.98" });
    expect(plane.state().peers).toBe(1);
    expect(() => plane.setPeer({ ...peer, key: "other", host: "a name" })).toThrow(RangeError);
    expect(plane.state().peers).toBe(1);
    plane.removePeer(peer.key);
    plane.removePeer(peer.key);
    expect(plane.state().peers).toBe(0);
  });

  test("a process that takes over has the slots whose namespaces live, and connections go on", async () => {
    const { client, server } = await aService();
    const gone = await place("gone");
    expect(await client.player.dial(web.v4)).toBe("server");
    await restart(() => gone.player.end());
    const { plane } = stage;
    const byId = (one: Slot, other: Slot) => one.id.localeCompare(other.id);
    const kept = [client.slot, server.slot].toSorted(byId);
    expect(plane.slots().toSorted(byId)).toEqual(kept);
    expect(plane.connect(server.player.pid)).toEqual(server.slot);
    expect(await plane.hasOpen(server.slot.namespace)).toBe(true);
    // What stands is the predecessor's, and works.
    expect(plane.state()).toMatchObject({ services: 0, slots: 2 });
    expect(await client.player.dial(web.v6)).toBe("server");
    expect(await plane.takeUsed()).toContain(web.v6);
  });

  test("what nobody has told again goes when all is told, and not before", async () => {
    const { client, server } = await aService();
    const old = { v4: "10.30.1.9", v6: "fdff:2000::9" };
    stage.plane.setService({
      ...program([server], { name: "old" }),
      routes: [{ address: old.v4, targets: [server.slot.namespace.v4] }],
    });
    await restart();
    const { plane } = stage;
    plane.onUnknown(({ address }) => plane.answer(address, { unknownForMs: 60_000 }));
    plane.removeService("old");
    expect(await client.player.dial(old.v4)).toBe("server");
    for (const { local } of [client, server]) plane.setLocal(local);
    plane.setService(program([server]));
    plane.settled();
    // In the background, a few at a time.
    await eventually(async () => expect(await client.player.dial(old.v4)).toBe("refused"));
    expect(await client.player.dial(web.v4)).toBe("server");
    expect(plane.state()).toMatchObject({ services: 1, slots: 2 });
  });

  test("another underlay changes nothing else, and after an uninstall nothing is left", async () => {
    const { client } = await aService();
    await start();
    expect(await client.player.dial(web.v4)).toBe("server");
    await stage.plane.uninstall();
    expect(stage.plane.slots()).toEqual([]);
    expect(stage.plane.state().slots).toBe(0);
    stage.plane = stage.nextPlane();
    await start();
    expect(stage.plane.slots()).toEqual([]);
    expect(stage.plane.state()).toMatchObject({ services: 0, peers: 0, slots: 0, firstPackets: 0 });
    const { namespace } = stage.plane.connect(client.player.pid);
    expect(namespace).toEqual(client.slot.namespace);
  });
}
