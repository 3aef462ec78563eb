import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { inNamespace, openConntrack, openNftables } from "@oak/netlink";
import { createRules } from "../src/kernel/rules.ts";
import type { Rules, RulesOptions } from "../src/kernel/rules-port.ts";

/** What a client saw, or what became of it. */
export interface Answer {
  server?: string;
  client?: string;
  dialled?: string;
  error?: string;
  ms: number;
}

/** A process in a namespace of its own. */
export interface Agent {
  /** Name of its namespace. */
  name: string;
  v4: string;
  v6: string;
  listen(port: number): Promise<void>;
  listenUdp(port: number): Promise<void>;
  ask(
    host: string,
    port: number,
    options?: { hold?: string; source?: string; timeoutMs?: number },
  ): Promise<Answer>;
  askUdp(host: string, port: number): Promise<Answer>;
  again(hold: string): Promise<Answer>;
  run(program: string, ...args: string[]): string;
}

/** A worker in a namespace, with its bridge, a device in place of the TUN and one in place of a tunnel. */
export interface Bed {
  worker: Agent;
  options: RulesOptions;
  /** Opens rules over the worker's tables, as a process that has just started would. */
  rules(): Rules;
  /** A workload on the bridge, with the addresses of that number, served on TCP and UDP port 80. */
  workload(name: string, number: number): Promise<Agent>;
  /** A namespace with that address behind the tunnel, served likewise. */
  remote(name: string): Promise<Agent>;
  nft(...args: string[]): string;
  /** What the background complained of. */
  errors: readonly unknown[];
  remove(): Promise<void>;
}

const BRIDGE = "oak0";
const TUNNEL = "oak-vx";

export const options: RulesOptions = {
  subnet: { v4: "10.18.0.0", v6: "fc00::" },
  bridge: BRIDGE,
  tun: "oak-tun",
  tunnels: [TUNNEL],
  serviceRanges: { v4: ["10.30.0.0/16"], v6: ["fdff::/16"] },
};

export async function makeBed(): Promise<Bed> {
  const prefix = `oakt-${randomBytes(3).toString("hex")}`;
  const namespaces: string[] = [];
  const agents: ChildProcess[] = [];
  const opened: { close(): void }[] = [];
  const running: Rules[] = [];
  const errors: unknown[] = [];

  const ip = (...args: string[]): void =>
    void execFileSync("ip", args, { stdio: ["ignore", "ignore", "inherit"] });
  const make = async (name: string, v4: string, v6: string): Promise<Agent> => {
    const namespace = `${prefix}-${name}`;
    ip("netns", "add", namespace);
    namespaces.push(namespace);
    ip("-n", namespace, "link", "set", "lo", "up");
    const child = startAgent(namespace, name);
    agents.push(child);
    return createAgent(child, { namespace, v4, v6 });
  };
  const sysctl = (agent: Agent, ...settings: string[]): void =>
    void agent.run("sysctl", "-qw", ...settings);

  const worker = await make("w", "10.18.0.1", "fc00::1");
  sysctl(
    worker,
    "net.ipv4.ip_forward=1",
    "net.ipv6.conf.all.forwarding=1",
    "net.ipv6.conf.default.accept_dad=0",
    "net.ipv4.conf.all.rp_filter=0",
    "net.ipv4.conf.default.rp_filter=0",
    "net.ipv4.conf.all.send_redirects=0",
  );
  worker.run("ip", "link", "add", BRIDGE, "type", "bridge");
  // Nobody reads from it: whatever goes there is lost.
  worker.run("ip", "tuntap", "add", options.tun, "mode", "tun");
  sysctl(worker, `net.ipv4.conf.${BRIDGE}.route_localnet=1`);
  for (const link of [BRIDGE, options.tun]) worker.run("ip", "link", "set", link, "up");
  worker.run("ip", "address", "add", "10.18.0.1/26", "dev", BRIDGE);
  worker.run("ip", "address", "add", "fc00::1/120", "dev", BRIDGE, "nodad");
  for (const range of ["10.30.0.0/16", "fdff::/16"]) {
    worker.run("ip", "route", "add", range, "dev", options.tun);
  }

  const connect = (agent: Agent, link: string, addresses: string[], gateways: string[]): void => {
    sysctl(agent, "net.ipv6.conf.default.accept_dad=0");
    worker.run(
      "ip",
      "link",
      "add",
      link,
      "type",
      "veth",
      "peer",
      "name",
      "eth0",
      "netns",
      agent.name,
    );
    for (const address of addresses)
      agent.run(
        "ip",
        "address",
        "add",
        address,
        "dev",
        "eth0",
        ...(address.includes(":") ? ["nodad"] : []),
      );
    agent.run("ip", "link", "set", "eth0", "up");
    worker.run("ip", "link", "set", link, "up");
    for (const gateway of gateways) {
      agent.run("ip", "route", "add", gateway, "dev", "eth0");
      agent.run("ip", "route", "add", "default", "via", gateway);
    }
  };
  const serve = async (agent: Agent): Promise<Agent> => {
    await agent.listen(80);
    await agent.listenUdp(80);
    return agent;
  };

  return {
    worker,
    options,
    rules() {
      const [table, guard, conntrack] = inNamespace(
        `/run/netns/${worker.name}`,
        () =>
          [
            openNftables({ table: "oak", watchIntervalMs: 200 }),
            openNftables({ table: "oak", family: "bridge" }),
            openConntrack(),
          ] as const,
      );
      opened.push(table, guard, conntrack);
      const rules = createRules({
        name: "oak",
        table,
        guard,
        conntrack,
        list: async () => worker.run("nft", "-s", "-t", "list", "ruleset"),
        docker: { add: async () => {}, remove: async () => {} },
        now: () => performance.now(),
        onError: (error) => errors.push(error),
      });
      running.push(rules);
      return rules;
    },
    async workload(name, number) {
      const agent = await make(name, `10.18.0.${number}`, `fc00::${number.toString(16)}`);
      const link = `v${number}`;
      connect(agent, link, [`${agent.v4}/32`, `${agent.v6}/128`], [worker.v4, worker.v6]);
      worker.run("ip", "link", "set", link, "master", BRIDGE);
      worker.run("bridge", "link", "set", "dev", link, "isolated", "on");
      sysctl(worker, `net.ipv4.conf.${link}.route_localnet=1`);
      for (const address of [agent.v4, agent.v6])
        worker.run("ip", "route", "add", address, "dev", link);
      const mac = agent.run("cat", "/sys/class/net/eth0/address").trim();
      for (const address of [agent.v4, agent.v6])
        worker.run("ip", "neighbour", "add", address, "lladdr", mac, "dev", link);
      return serve(agent);
    },
    async remote(name) {
      const agent = await make(name, "10.18.0.66", "fc00::142");
      connect(agent, TUNNEL, [`${agent.v4}/32`, `${agent.v6}/128`], []);
      worker.run("ip", "route", "add", "10.18.0.64/26", "dev", TUNNEL);
      worker.run("ip", "route", "add", "fc00::100/120", "dev", TUNNEL);
      for (const to of ["10.18.0.0/26", "10.30.0.0/16", "fc00::/120", "fdff::/16"])
        agent.run("ip", "route", "add", to, "dev", "eth0");
      sysctl(worker, `net.ipv4.conf.${TUNNEL}.proxy_arp=1`, `net.ipv6.conf.${TUNNEL}.proxy_ndp=1`);
      worker.run("ip", "address", "add", "10.18.0.1/32", "dev", TUNNEL);
      return serve(agent);
    },
    nft: (...args) => worker.run("nft", ...args),
    errors,
    async remove() {
      for (const rules of running) await rules.stop();
      for (const one of opened) one.close();
      for (const agent of agents) agent.disconnect();
      for (const namespace of namespaces) ip("netns", "delete", namespace);
    },
  };
}

function startAgent(namespace: string, name: string): ChildProcess {
  const script = fileURLToPath(new URL("rules-agent.mjs", import.meta.url));
  return spawn("ip", ["netns", "exec", namespace, process.execPath, script, name], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
}

async function createAgent(
  child: ChildProcess,
  { namespace, v4, v6 }: { namespace: string; v4: string; v6: string },
): Promise<Agent> {
  const waiting = new Map<number, (message: { result: unknown; failure?: string }) => void>();
  let last = 0;
  child.on("message", (message: { id: number; result: unknown }) =>
    waiting.get(message.id)?.(message),
  );
  await new Promise<unknown>((ready) => waiting.set(0, ready));
  const order = <T>(name: string, orderOptions: object): Promise<T> =>
    new Promise((resolve, reject) => {
      last += 1;
      const id = last;
      waiting.set(id, ({ result, failure }) => {
        waiting.delete(id);
        if (failure === undefined) resolve(result as T);
        else reject(new Error(failure));
      });
      child.send({ id, order: name, options: orderOptions });
    });
  return {
    name: namespace,
    v4,
    v6,
    listen: (port) => order("listen", { port }),
    async listenUdp(port) {
      for (const family of [4, 6]) await order("listenUdp", { port, family });
    },
    ask: (host, port, more = {}) => order("ask", { host, port, ...more }),
    askUdp: (host, port) => order("askUdp", { host, port }),
    again: (hold) => order("again", { hold }),
    run: (program, ...args) =>
      execFileSync("ip", ["netns", "exec", namespace, program, ...args], {
        encoding: "utf8",
        stdio: "pipe",
      }),
  };
}
