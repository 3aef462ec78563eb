import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { promisify } from "node:util";
import {
  inNamespace,
  type Nftables,
  openNamespace,
  openNftables,
  openRtnetlink,
  type Rtnetlink,
} from "@oak/netlink";
import { type Relay, startRelay } from "../processes/relay.ts";
import { type Exposure, expose } from "./expose.ts";
import { type Loss, lossRuleset } from "./losses.ts";
import { createPlace, type Place } from "./place.ts";
import { startWorkload, type Workload } from "./workload.ts";

/** A machine of the fabric: a network namespace with one link to the switch. */
export interface FabricHost extends Place {
  readonly name: string;
  /** As `ip netns` knows it. */
  readonly namespace: string;
  /** `192.0.2.1` and up, in the order of the hosts; /24. */
  readonly v4: string;
  /** `2001:db8::1` and up; /64. */
  readonly v6: string;
  /** Name of its link. */
  readonly link: string;
}

/**
 * Machines on one switch, each a network namespace: for tests that need hosts with addresses of their own, fixed ports, and links
 * that fail. Needs root. With vitest:
 *
 *     const fabric = await createFabric({ hosts: ["root", "w1", "w2"] });
 *     onTestFinished(() => fabric.remove());
 *     await fabric.host("w1").run(["ping", "-c", "1", fabric.host("w2").v4]);
 */
export interface Fabric {
  readonly hosts: readonly FabricHost[];
  /** @throws when there is none of that name */
  host(name: string): FabricHost;
  /**
   * From now on `share` (0 to 1) of what goes to and from the host, or only between the two hosts, is lost on the switch; the
   * hosts see their links up.
   */
  lose(share: number, host: string, peer?: string): Promise<void>;
  /** As {@link lose} with all of it: nothing passes, and nobody is told. */
  cut(host: string, peer?: string): Promise<void>;
  heal(host: string, peer?: string): Promise<void>;
  /** A port of the runner's loopback behind which a server of the host answers; of its loopback unless `address` says otherwise. */
  expose(host: string, port: number, address?: string): Promise<number>;
  /** A server of the runner's loopback is reached at this host, on the same port of all its addresses. */
  offer(host: string, port: number): Promise<Relay>;
  /** A stand-in for a container, which ends with the fabric. */
  startWorkload(): Promise<Workload>;
  /** Kills everything that runs in it and takes it away. Twice is no error. */
  remove(): Promise<void>;
}

export interface FabricOptions {
  /** Their names: at most 254 of them. */
  hosts: readonly string[];
  /** Of the links between them; 1500 unless said otherwise. */
  mtu?: number;
}

const run = promisify(execFile);
const hostLink = "eth0";
const loopback = 1;

/** Making namespaces is root's; tests that need them skip themselves elsewhere. */
export const canMakeFabric = (): boolean => process.getuid?.() === 0;

export const createFabric = async ({
  hosts: names,
  mtu = 1500,
}: FabricOptions): Promise<Fabric> => {
  const id = `oakt-${randomBytes(4).toString("hex")}`;
  const namespaces = [`${id}-switch`, ...names.map((name) => `${id}-${name}`)];
  const closers: (() => Promise<void> | void)[] = [];
  const losses = new Map<string, Loss>();
  let removing: Promise<void> | undefined;

  const remove = async (): Promise<void> => {
    for (const close of closers.toReversed()) await close();
    for (const namespace of namespaces) await removeNamespace(namespace);
  };

  const build = async (): Promise<{ hosts: FabricHost[]; rules: Nftables }> => {
    for (const namespace of namespaces) await run("ip", ["netns", "add", namespace]);
    const [switchNamespace = ""] = namespaces;
    const rules = inNamespace(pathOf(switchNamespace), () =>
      openNftables({ table: "fabric", family: "bridge" }),
    );
    closers.push(() => rules.close());
    const hosts = names.map((name, index) => hostOf(name, `${id}-${name}`, index));
    connect(pathOf(switchNamespace), hosts, mtu);
    for (const host of hosts) closers.push(() => host.killAll());
    return { hosts, rules };
  };

  const built = await build().catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  const { hosts, rules } = built;

  const host = (name: string): FabricHost => {
    const found = hosts.find((one) => one.name === name);
    if (!found) throw new Error(`no host ${name} in the fabric`);
    return found;
  };
  const portOf = (name: string): string => portName(hosts.indexOf(host(name)));

  const lose = async (share: number, name: string, peer?: string): Promise<void> => {
    const ends = { port: portOf(name), ...(peer !== undefined && { peer: portOf(peer) }) };
    const key = [name, peer ?? ""].toSorted().join(" ");
    if (share > 0) losses.set(key, { ...ends, share });
    else losses.delete(key);
    await rules.load(lossRuleset([...losses.values()]));
  };

  const exposeOnce = async (
    place: FabricHost,
    port: number,
    address?: string,
  ): Promise<Exposure> => {
    const target = { port, ...(address !== undefined && { host: address }) };
    const exposure = await expose(place, target);
    closers.push(() => exposure.close());
    return exposure;
  };

  return {
    hosts,
    host,
    lose,
    cut: (name, peer) => lose(1, name, peer),
    heal: (name, peer) => lose(0, name, peer),
    expose: async (name, port, address) => (await exposeOnce(host(name), port, address)).port,
    offer: async (name, port) => {
      const relay = await startRelay(port, { place: host(name), port });
      closers.push(() => relay.close());
      return relay;
    },
    startWorkload: async () => {
      const workload = await startWorkload();
      closers.push(() => workload.stop());
      return workload;
    },
    remove: () => {
      removing ??= remove();
      return removing;
    },
  };
};

const pathOf = (namespace: string): string => `/run/netns/${namespace}`;

const portName = (index: number): string => `port${index}`;

const hostOf = (name: string, namespace: string, index: number): FabricHost => ({
  ...createPlace(pathOf(namespace)),
  name,
  namespace,
  v4: `192.0.2.${index + 1}`,
  v6: `2001:db8::${(index + 1).toString(16)}`,
  link: hostLink,
});

const withRtnetlink = (path: string, use: (rtnetlink: Rtnetlink) => void): void => {
  const rtnetlink = inNamespace(path, openRtnetlink);
  try {
    use(rtnetlink);
  } finally {
    rtnetlink.close();
  }
};

/** The switch has a namespace of its own, where no rules of the machine meet its frames. */
const connect = (switchPath: string, hosts: readonly FabricHost[], mtu: number): void => {
  withRtnetlink(switchPath, (rtnetlink) => {
    const bridge = rtnetlink.addBridge("switch", { mtu });
    rtnetlink.setLink(bridge.index, { isUp: true });
    hosts.forEach((host, index) => {
      const namespace = openNamespace(host.path);
      try {
        const peer = { name: hostLink, namespace: namespace.fd };
        const port = rtnetlink.addVeth(portName(index), { mtu, peer });
        rtnetlink.setLink(port.index, { master: bridge.index, isUp: true });
      } finally {
        namespace.close();
      }
      configure(host);
    });
  });
};

const configure = (host: FabricHost): void => {
  withRtnetlink(host.path, (rtnetlink) => {
    rtnetlink.setLink(loopback, { isUp: true });
    const link = rtnetlink.link(hostLink);
    if (!link) throw new Error(`no ${hostLink} in ${host.namespace}`);
    rtnetlink.setLink(link.index, { isUp: true });
    rtnetlink.addAddress(link.index, `${host.v4}/24`);
    rtnetlink.addAddress(link.index, `${host.v6}/64`);
  });
};

/** With what runs in it: children of what was spawned may have outlived that. A namespace that is not there is fine. */
const removeNamespace = async (namespace: string): Promise<void> => {
  const { stdout } = await run("ip", ["netns", "pids", namespace]).catch(() => ({ stdout: "" }));
  for (const pid of stdout.split("\n").filter((line) => line !== "")) killIfAlive(Number(pid));
  await run("ip", ["netns", "delete", namespace]).catch((error: unknown) => {
    if (!String(error).includes("No such file")) throw error;
  });
};

const killIfAlive = (pid: number): void => {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself meanwhile.
  }
};
