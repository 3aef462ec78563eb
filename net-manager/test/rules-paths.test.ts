import { expect } from "vitest";
import type { Agent } from "./rules-bed.ts";
import { instanceOf, localOf, program, RR, shareRulesScene, test } from "./rules-scene.ts";

const scene = shareRulesScene();
let remote: Agent;

test.each([RR.v4, RR.v6])(
  "connections to %s are spread evenly over three instances",
  async (address) => {
    scene.rules.setService(program(scene.servers));
    const answers = [];
    for (let turn = 0; turn < 9; turn += 1) answers.push(await scene.client.ask(address, 80));
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
    scene.rules.setService(program(scene.servers));
    const answer = await scene.client.askUdp(address, 80);
    expect(answer).toMatchObject({ dialled: address });
    expect(Object.values(instanceOf(2))).toContain(answer.client);
  },
);

test.each([RR.v4, RR.v6])(
  "an instance that reaches itself by %s sees its instance address",
  async (address) => {
    const [self] = scene.servers as [Agent];
    scene.rules.setService(program([self]));
    const answer = await self.ask(address, 80);
    expect(answer).toMatchObject({ server: "s3", dialled: address });
    expect(Object.values(instanceOf(3))).toContain(answer.client);
  },
);

test.each([RR.v4, RR.v6])("another application is refused at once at %s", async (address) => {
  scene.rules.setService(program(scene.servers));
  const answer = await scene.stranger.ask(address, 80);
  expect(answer.error).toBe("ECONNREFUSED");
  expect(answer.ms).toBeLessThan(200);
});

test("another application that is admitted is let in", async () => {
  scene.rules.setService(program(scene.servers, { admits: [1, 2] }));
  expect((await scene.stranger.ask(RR.v4, 80)).server).toMatch(/^s/);
});

test("namespace addresses are closed to other applications too", async () => {
  scene.rules.setService(program(scene.servers));
  expect((await scene.stranger.ask("10.18.0.3", 80)).error).toMatch(/EHOSTUNREACH|EACCES/);
});

test.each([RR.v4, RR.v6])(
  "an address with nothing behind it resets at once: %s",
  async (address) => {
    scene.rules.setService(program([]));
    const answer = await scene.client.ask(address, 80);
    expect(answer.error).toBe("ECONNREFUSED");
    expect(answer.ms).toBeLessThan(200);
  },
);

test.each(["10.30.9.9", "fdff::9:9"])(
  "an unknown address is unreachable at once: %s",
  async (address) => {
    scene.rules.refuse(address, 30_000);
    const answer = await scene.client.ask(address, 80);
    expect(answer.error).toMatch(/EHOSTUNREACH|ECONNREFUSED/);
    expect(answer.ms).toBeLessThan(200);
  },
);

test("a workload without an instance address does not show its namespace address", async () => {
  scene.rules.setService(program(scene.servers));
  const { instance: _, ...nameless } = localOf(scene.client, 2);
  scene.rules.setLocal(nameless);
  expect((await scene.client.ask(RR.v4, 80, { timeoutMs: 300 })).error).toBe("TIMEOUT");
  scene.rules.setLocal(localOf(scene.client, 2));
  expect((await scene.client.ask(RR.v4, 80)).client).toBe(instanceOf(2).v4);
});

test("a workload that takes the address of another is not heard", async () => {
  scene.rules.setService(program(scene.servers));
  scene.stranger.run("ip", "address", "add", `${scene.client.v4}/32`, "dev", "eth0");
  const answer = await scene.stranger.ask(RR.v4, 80, { source: scene.client.v4, timeoutMs: 300 });
  scene.stranger.run("ip", "address", "delete", `${scene.client.v4}/32`, "dev", "eth0");
  expect(answer.error).toBe("TIMEOUT");
});

test("a published port answers on the worker's addresses, and to other workloads", async () => {
  const [first] = scene.servers as [Agent];
  scene.rules.setLocal(localOf(first, 3, [{ host: 8080, container: 80, protocol: "tcp" }]));
  expect(await scene.bed.worker.ask("127.0.0.1", 8080)).toMatchObject({
    server: "s3",
    client: "10.18.0.1",
  });
  expect((await scene.bed.worker.ask("10.18.0.1", 8080)).server).toBe("s3");
  expect((await scene.bed.worker.ask("fc00::1", 8080)).server).toBe("s3");
  expect((await scene.stranger.ask("10.18.0.1", 8080)).server).toBe("s3");
  scene.rules.setLocal(localOf(first, 3));
  expect((await scene.bed.worker.ask("127.0.0.1", 8080)).error).toBe("ECONNREFUSED");
});

test("the worker itself reaches services", async () => {
  scene.rules.setService(program(scene.servers));
  for (const address of [RR.v4, RR.v6]) {
    expect((await scene.bed.worker.ask(address, 80)).server).toMatch(/^s/);
  }
});

test("behind a tunnel the instance address is seen, admission holds, and who comes from there is let in", async () => {
  remote = await scene.bed.remote("remote");
  scene.rules.setService(
    program([], {
      name: "far",
      routes: [{ address: "10.30.0.50", targets: [remote.v4] }],
      attached: [{ instance: instanceOf(50), namespace: remote, peer: "10.18.0.64" }],
    }),
  );
  expect(await scene.client.ask("10.30.0.50", 80)).toMatchObject({
    server: "remote",
    client: instanceOf(2).v4,
  });
  expect((await scene.stranger.ask("10.30.0.50", 80)).error).toBe("ECONNREFUSED");
  expect((await remote.ask(scene.client.v4, 80)).server).toBe("client");
});

test.each([
  [4, "10.18.0.60"],
  [6, "fc00::3c"],
])(
  "what comes through a tunnel for a namespace that nobody uses is refused at once (IPv%i)",
  async (family, gone) => {
    const [tunnel = ""] = scene.bed.options.tunnels;
    const mac = scene.bed.worker.run("cat", `/sys/class/net/${tunnel}/address`).trim();
    remote.run("ip", `-${family}`, "neighbour", "replace", gone, "lladdr", mac, "dev", "eth0");
    const { error, ms } = await remote.ask(gone, 80);
    expect(error).toBe("ECONNREFUSED");
    // Before the first segment is sent again.
    expect(ms).toBeLessThan(900);
  },
);
