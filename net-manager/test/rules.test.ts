import { afterAll, test as anyTest, beforeAll, expect, onTestFinished } from "vitest";
import type { Rules } from "../src/kernel/rules-port.ts";
import type { Addresses, FlowView, LocalInstance, ServiceProgram } from "../src/ports.ts";
import { type Agent, type Bed, makeBed } from "./rules-bed.ts";

/** Making namespaces is root's. */
const canMakeNamespaces = process.getuid?.() === 0;
const test = anyTest.runIf(canMakeNamespaces);

let bed: Bed;
let rules: Rules;
let client: Agent;
let servers: Agent[];
let stranger: Agent;
let remote: Agent;

const RR = { v4: "10.30.0.10", v6: "fdff:2000::10" };
const instanceOf = (number: number) => ({ v4: `10.30.1.${number}`, v6: `fdff::1:${number}` });

beforeAll(async () => {
  if (!canMakeNamespaces) return;
  bed = await makeBed();
  client = await bed.workload("client", 2);
  servers = [];
  for (const number of [3, 4, 5]) servers.push(await bed.workload(`s${number}`, number));
  stranger = await bed.workload("stranger", 6);
  rules = bed.rules();
  await rules.start(bed.options);
  for (const [index, agent] of [client, ...servers, stranger].entries()) {
    rules.setSlot({ link: `v${index + 2}`, namespace: agent });
    rules.setLocal(localOf(agent, index + 2));
  }
}, 60_000);

afterAll(() => bed?.remove());

function localOf(agent: Agent, number: number, ports: LocalInstance["ports"] = []): LocalInstance {
  return {
    service: number === 2 ? "client" : "server",
    number,
    namespace: { v4: agent.v4, v6: agent.v6 },
    instance: instanceOf(number),
    tenant: number === 6 ? 2 : 1,
    ports,
  };
}

/** Whether a flow is answered by these. */
const isTo =
  ({ v4, v6 }: Addresses) =>
  ({ server }: FlowView): boolean =>
    server.startsWith(`${v4}:`) || server.startsWith(`[${v6}]:`);

async function hasFlow(wanted: (flow: FlowView) => boolean): Promise<boolean> {
  return (await rules.flows(bed.options.subnet, 1_000)).some(wanted);
}

function program(agents: readonly Agent[], more: Partial<ServiceProgram> = {}): ServiceProgram {
  const namespaces = agents.map(({ v4, v6 }) => ({ v4, v6 }));
  return {
    name: "server",
    routes: [
      { address: RR.v4, targets: namespaces.map(({ v4 }) => v4) },
      { address: RR.v6, targets: namespaces.map(({ v6 }) => v6) },
    ],
    attached: namespaces.map((namespace) => ({
      instance: instanceOf(Number(namespace.v4.split(".")[3])),
      namespace,
    })),
    admits: [1],
    isExclusive: false,
    ...more,
  };
}

test.each([RR.v4, RR.v6])(
  "connections to %s are spread evenly over three instances",
  async (address) => {
    rules.setService(program(servers));
    const answers = [];
    for (let turn = 0; turn < 9; turn += 1) answers.push(await client.ask(address, 80));
    expect(answers.map(({ server }) => server).sort()).toEqual(
      ["s3", "s4", "s5"].flatMap((name) => [name, name, name]),
    );
    const own = instanceOf(2);
    expect(new Set(answers.map((answer) => answer.client))).toEqual(
      new Set([address === RR.v4 ? own.v4 : own.v6]),
    );
    expect(new Set(answers.map((answer) => answer.dialled))).toEqual(new Set([address]));
  },
);

test.each([RR.v4, RR.v6])(
  "UDP to %s is answered by the address that was dialled",
  async (address) => {
    rules.setService(program(servers));
    const answer = await client.askUdp(address, 80);
    expect(answer).toMatchObject({ dialled: address });
    expect(Object.values(instanceOf(2))).toContain(answer.client);
  },
);

test.each([RR.v4, RR.v6])(
  "an instance that reaches itself by %s sees its instance address",
  async (address) => {
    const [self] = servers as [Agent];
    rules.setService(program([self]));
    const answer = await self.ask(address, 80);
    expect(answer).toMatchObject({ server: "s3", dialled: address });
    expect(Object.values(instanceOf(3))).toContain(answer.client);
  },
);

test.each([RR.v4, RR.v6])("another application is refused at once at %s", async (address) => {
  rules.setService(program(servers));
  const answer = await stranger.ask(address, 80);
  expect(answer.error).toBe("ECONNREFUSED");
  expect(answer.ms).toBeLessThan(200);
});

test("another application that is admitted is let in", async () => {
  rules.setService(program(servers, { admits: [1, 2] }));
  expect((await stranger.ask(RR.v4, 80)).server).toMatch(/^s/);
});

test("namespace addresses are closed to other applications too", async () => {
  rules.setService(program(servers));
  expect((await stranger.ask("10.18.0.3", 80)).error).toMatch(/EHOSTUNREACH|EACCES/);
});

test.each([RR.v4, RR.v6])(
  "an address with nothing behind it resets at once: %s",
  async (address) => {
    rules.setService(program([]));
    const answer = await client.ask(address, 80);
    expect(answer.error).toBe("ECONNREFUSED");
    expect(answer.ms).toBeLessThan(200);
  },
);

test.each(["10.30.9.9", "fdff::9:9"])(
  "an unknown address is unreachable at once: %s",
  async (address) => {
    rules.refuse(address, 30_000);
    const answer = await client.ask(address, 80);
    expect(answer.error).toMatch(/EHOSTUNREACH|ECONNREFUSED/);
    expect(answer.ms).toBeLessThan(200);
  },
);

test("a connection stays with its instance while the service grows and shrinks", async () => {
  const [first] = servers as [Agent];
  rules.setService(program([first]));
  expect((await client.ask(RR.v4, 80, { hold: "long" })).server).toBe("s3");
  rules.setService(program(servers));
  expect((await client.again("long")).server).toBe("s3");
  rules.setService(program(servers.slice(1)));
  expect((await client.again("long")).server).toBe("s3");
  expect(await rules.busy()).toContain(first.v4);
});

test.each([RR.v4, RR.v6])(
  "a client of %s that nobody has answered finds another instance when its own is withdrawn",
  async (address) => {
    const [silent, second] = servers as [Agent, Agent];
    silent.run(
      "nft",
      "add table inet t; add chain inet t in { type filter hook input priority 0; policy drop; }",
    );
    onTestFinished(() => void silent.run("nft", "flush ruleset"));
    rules.setService(program([silent]));
    const isUnanswered = (flow: FlowView) => flow.state === "syn_sent" && isTo(silent)(flow);
    const asking = client.ask(address, 80);
    await expect.poll(() => hasFlow(isUnanswered), { timeout: 3_000 }).toBe(true);
    rules.setService(program([second]));
    await rules.idle();
    expect(await hasFlow(isUnanswered)).toBe(false);
    // What it sends again after a second arrives there; on a busy machine that may fall before the end of the flow, and is refused.
    const { server, error } = await asking;
    expect(error ?? server).toMatch(/^(s4|EHOSTUNREACH|EACCES)$/);
  },
);

test("datagrams stay with an instance that takes no more clients, until it is gone", async () => {
  const [first, second] = servers as [Agent, Agent];
  rules.setService(program([first]));
  expect((await client.askUdp(RR.v4, 80)).server).toBe("s3");
  const isDatagram = (flow: FlowView) => flow.protocol === "udp" && isTo(first)(flow);
  rules.setService({ ...program([first, second]), routes: program([second]).routes });
  await rules.idle();
  expect(await hasFlow(isDatagram)).toBe(true);
  rules.setService(program([second]));
  await rules.idle();
  expect(await hasFlow(isDatagram)).toBe(false);
});

test("cut ends a connection", async () => {
  const [first, second] = servers as [Agent, Agent];
  rules.setService(program([first]));
  await client.ask(RR.v4, 80, { hold: "cut" });
  rules.setService(program([second]));
  await rules.cut(first);
  expect((await client.again("cut")).error).toBe("ECONNRESET");
});

test("a workload without an instance address does not show its namespace address", async () => {
  rules.setService(program(servers));
  const { instance: _, ...nameless } = localOf(client, 2);
  rules.setLocal(nameless);
  expect((await client.ask(RR.v4, 80, { timeoutMs: 300 })).error).toBe("TIMEOUT");
  rules.setLocal(localOf(client, 2));
  expect((await client.ask(RR.v4, 80)).client).toBe(instanceOf(2).v4);
});

test("a workload that takes the address of another is not heard", async () => {
  rules.setService(program(servers));
  stranger.run("ip", "address", "add", `${client.v4}/32`, "dev", "eth0");
  const answer = await stranger.ask(RR.v4, 80, { source: client.v4, timeoutMs: 300 });
  stranger.run("ip", "address", "delete", `${client.v4}/32`, "dev", "eth0");
  expect(answer.error).toBe("TIMEOUT");
});

test("a published port answers on the worker's addresses, and to other workloads", async () => {
  const [first] = servers as [Agent];
  rules.setLocal(localOf(first, 3, [{ host: 8080, container: 80, protocol: "tcp" }]));
  expect(await bed.worker.ask("127.0.0.1", 8080)).toMatchObject({
    server: "s3",
    client: "10.18.0.1",
  });
  expect((await bed.worker.ask("10.18.0.1", 8080)).server).toBe("s3");
  expect((await bed.worker.ask("fc00::1", 8080)).server).toBe("s3");
  expect((await stranger.ask("10.18.0.1", 8080)).server).toBe("s3");
  rules.setLocal(localOf(first, 3));
  expect((await bed.worker.ask("127.0.0.1", 8080)).error).toBe("ECONNREFUSED");
});

test("the worker itself reaches services", async () => {
  rules.setService(program(servers));
  for (const address of [RR.v4, RR.v6]) {
    expect((await bed.worker.ask(address, 80)).server).toMatch(/^s/);
  }
});

test("an exclusive instance answers only while it is leased", async () => {
  const [first] = servers as [Agent];
  rules.setService(program([first], { isExclusive: true }));
  expect((await client.ask(RR.v4, 80, { timeoutMs: 200 })).error).toBe("TIMEOUT");
  rules.renewLeases([first], 700);
  rules.renewLeases([first], 700);
  expect((await client.ask(RR.v4, 80, { hold: "leased" })).server).toBe("s3");
  await expect
    .poll(async () => bed.nft("list", "set", "inet", "oak", "leased4"))
    .not.toContain(first.v4);
  rules.setService(program([first], { isExclusive: true }));
  expect((await client.ask(RR.v4, 80, { timeoutMs: 200 })).error).toBe("TIMEOUT");
  rules.renewLeases([first], 2000);
  expect((await client.again("leased")).server).toBe("s3");
});

test("addresses count as used after a connection", async () => {
  rules.setService(program(servers));
  await client.ask(RR.v6, 80);
  expect(await rules.takeUsed()).toContain(RR.v6);
});

test("a service with more targets than there are chains for is spread over all soon", async () => {
  const five = [...servers, client, stranger];
  rules.setService(program(five));
  await expect
    .poll(() => bed.nft("list", "map", "inet", "oak", "slots4"))
    .toContain(`${RR.v4} . 4`);
  const answers = [];
  for (let turn = 0; turn < 5; turn += 1) answers.push(await bed.worker.ask(RR.v4, 80));
  expect(new Set(answers.map(({ server }) => server)).size).toBe(5);
});

test.each([
  ["the ruleset is flushed", ["flush", "ruleset"]],
  ["the table is deleted", ["delete", "table", "inet", "oak"]],
  ["a chain is flushed", ["flush", "chain", "inet", "oak", "forward"]],
  ["the guard of the ports is deleted", ["delete", "table", "bridge", "oak"]],
  ["an element is removed", ["delete", "element", "inet", "oak", "known4", `{ ${RR.v4} }`]],
])("when %s, all comes back within a second or so", async (_, command) => {
  rules.setService(program(servers));
  await expect
    .poll(() => bed.nft("list", "set", "inet", "oak", "leased4"), { timeout: 4000 })
    .not.toContain("10.18.0.3");
  rules.renewLeases([client], 60_000);
  const before = state();
  bed.nft(...command);
  expect(state()).not.toBe(before);
  await expect.poll(state, { timeout: 10_000, interval: 250 }).toBe(before);
  expect((await client.ask(RR.v4, 80)).server).toMatch(/^s/);
});

test("a service that is told while the table is away is there afterwards", async () => {
  rules.removeService("server");
  bed.nft("delete", "table", "inet", "oak");
  rules.setService(program(servers));
  await expect
    .poll(async () => (await client.ask(RR.v4, 80, { timeoutMs: 200 })).server, { timeout: 3000 })
    .toMatch(/^s/);
});

test("a successor keeps what stands, and drops what nobody confirms", async () => {
  const [first] = servers as [Agent];
  rules.setService(program([first]));
  rules.setService(
    program([], { name: "gone", routes: [{ address: "10.30.0.77", targets: [first.v4] }] }),
  );
  await client.ask(RR.v4, 80, { hold: "across" });
  await rules.stop();
  rules = bed.rules();
  await rules.start(bed.options);
  expect((await client.ask(RR.v4, 80)).server).toBe("s3");
  expect((await client.again("across")).server).toBe("s3");
  for (const [index, agent] of [client, ...servers, stranger].entries()) {
    rules.setSlot({ link: `v${index + 2}`, namespace: agent });
    rules.setLocal(localOf(agent, index + 2));
  }
  rules.setService(program([first]));
  expect(bed.nft("list", "map", "inet", "oak", "single4")).toContain("10.30.0.77");
  rules.settled();
  await expect
    .poll(() => bed.nft("list", "map", "inet", "oak", "single4"))
    .not.toContain("10.30.0.77");
  expect((await client.again("across")).server).toBe("s3");
  expect((await client.ask(RR.v4, 80)).server).toBe("s3");
});

test("behind a tunnel the instance address is seen, admission holds, and who comes from there is let in", async () => {
  remote = await bed.remote("remote");
  rules.setService(
    program([], {
      name: "far",
      routes: [{ address: "10.30.0.50", targets: [remote.v4] }],
      attached: [{ instance: instanceOf(50), namespace: remote, peer: "10.18.0.64" }],
    }),
  );
  expect(await client.ask("10.30.0.50", 80)).toMatchObject({
    server: "remote",
    client: instanceOf(2).v4,
  });
  expect((await stranger.ask("10.30.0.50", 80)).error).toBe("ECONNREFUSED");
  expect((await remote.ask(client.v4, 80)).server).toBe("client");
});

test.each([
  [4, "10.18.0.60"],
  [6, "fc00::3c"],
])(
  "what comes through a tunnel for a namespace that nobody uses is refused at once (IPv%i)",
  async (family, gone) => {
    const [tunnel = ""] = bed.options.tunnels;
    const mac = bed.worker.run("cat", `/sys/class/net/${tunnel}/address`).trim();
    remote.run("ip", `-${family}`, "neighbour", "replace", gone, "lladdr", mac, "dev", "eth0");
    const { error, ms } = await remote.ask(gone, 80);
    expect(error).toBe("ECONNREFUSED");
    // Before the first segment is sent again.
    expect(ms).toBeLessThan(900);
  },
);

test("nothing is left after uninstall", async () => {
  await rules.uninstall();
  expect(bed.nft("list", "ruleset")).toBe("");
});

/** What was told of the tables, and leases: no counters, no times. */
function state(): string {
  const sets = [
    "leased4",
    "leased6",
    "known4",
    "single4",
    "slots6",
    "admitted4",
    "tenant6",
    "instance4",
  ];
  const told = [
    ...["inet", "bridge"].map((family) => ["-s", "-t", "list", "table", family, "oak"]),
    ...["set", "map"].flatMap((kind) =>
      sets.map((name) => ["-s", "list", kind, "inet", "oak", name]),
    ),
    ["-s", "list", "set", "bridge", "oak", "senders4"],
  ].map(listing);
  return told
    .map((text) =>
      text
        .replaceAll(/ timeout [0-9a-z]+/g, "")
        .match(/[^\s,{}]+/g)
        ?.sort()
        .join(" "),
    )
    .join("\n");
}

function listing(args: string[]): string {
  try {
    return bed.nft(...args);
  } catch {
    return "missing";
  }
}
