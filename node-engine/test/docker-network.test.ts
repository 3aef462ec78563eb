import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, readlink, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";
import type { HeldCopy } from "@oak/contracts";
import { createSilentLogger, systemClock } from "@oak/kit";
import Docker from "dockerode";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { createTinyImage, type TinyImage } from "../../packages/testkit/src/tiny-image.ts";
import { createDockerRuntime } from "../src/adapters/docker/docker-runtime.ts";
import { LABELS, PAUSE_LABEL } from "../src/adapters/docker/labels.ts";
import { createNetwork } from "../src/create-network.ts";
import { createEngine, type Engine } from "../src/engine.ts";
import { createCgroupReader } from "../src/host/cgroup.ts";
import { createFileStore } from "../src/store/file-store.ts";
import { type AssignmentOverrides, anAssignment, noLeases } from "./builders.ts";
import { createStubNetManager, type StubNetManager } from "./stub-net-manager.ts";

const docker = new Docker();
const deadline = { timeout: 30_000, interval: 20 };
let image: TinyImage;
let folder: string;
let engineId: string;
let agent: Agent;
let netManager: StubNetManager;
let reports: HeldCopy[];

beforeAll(async () => {
  image = await createTinyImage({ docker });
});
afterAll(() => image.remove());

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "oak-network-"));
  engineId = randomBytes(12).toString("hex");
  reports = [];
  netManager = createStubNetManager(path.join(folder, "net.sock"));
  await netManager.listen();
  agent = await startAgent();
});
afterEach(async () => {
  await agent.stop();
  for (const { Id } of await containers()) await docker.getContainer(Id).remove({ force: true });
  await netManager.close();
  await rm(folder, { recursive: true });
});

interface Agent {
  engine: Engine;
  stop(): Promise<void>;
}

async function startAgent(mode: "manual" | "off" = "manual"): Promise<Agent> {
  const common = {
    clock: systemClock,
    random: Math.random,
    logger: createSilentLogger(),
  };
  const network = await createNetwork({
    ...common,
    choice: { mode, socketPath: path.join(folder, "net.sock"), poolSize: 1 },
    stateDir: folder,
    runtime: createDockerRuntime({
      ...{ ...common, engineId, cores: availableParallelism() },
      cgroups: createCgroupReader(),
    }),
  });
  const engine = createEngine({
    ...{ ...common, network, runtime: network.runtime, leases: noLeases() },
    store: createFileStore({ folder: path.join(folder, "instances"), logger: common.logger }),
    report: (copy) => reports.push(copy),
    timing: { stopGraceMs: 1_000, resyncMs: 1_000 },
    restarts: { baseMs: 50, maxMs: 200 },
  });
  network.registered({ client_id: "worker", cluster_address: "127.0.0.1" });
  await network.start();
  await engine.start();
  engine.allowStrayRemoval();
  return {
    engine,
    stop: async () => {
      await engine.stop();
      await network.stop();
    },
  };
}

const containers = () =>
  docker.listContainers({ all: true, filters: { label: [`${LABELS.engineId}=${engineId}`] } });
const isPause = ({ Labels }: Docker.ContainerInfo): boolean =>
  Labels[PAUSE_LABEL.key] === PAUSE_LABEL.value;
const pauses = async () => (await containers()).filter(isPause);
const workloads = async () => (await containers()).filter((one) => !isPause(one));
const deploy = (overrides: AssignmentOverrides = {}) =>
  agent.engine.upsert(anAssignment({ ...overrides, job: { image: image.name, ...overrides.job } }));
const instance = () => agent.engine.get(anAssignment().key);
const eventually = (check: () => unknown) => vi.waitFor(check, deadline);
const untilRunning = () => eventually(() => expect(instance()?.status).toBe("RUNNING"));
const inspectOne = async () => {
  const [container] = await workloads();
  if (container === undefined) throw new Error("there is no container");
  return docker.getContainer(container.Id).inspect();
};
const namespaceOf = async () => readlink(`/proc/${(await inspectOne()).State.Pid}/ns/net`);
const attachedPid = () => netManager.attached.get("app.ns.svc.ns/0")?.pid ?? 0;

test("a workload starts in a namespace that was connected before", async () => {
  await eventually(async () => expect(await pauses()).toHaveLength(1));
  await eventually(() => expect(netManager.slots.size).toBe(1));
  await deploy({
    job: { port: "8080:80;0:53/udp", cmd: ["sh", "-c", "cat /etc/resolv.conf; sleep 1000"] },
  });
  await untilRunning();

  expect(netManager.slots.has(await namespaceOf())).toBe(true);
  expect(netManager.calls.slice(0, 3)).toEqual([
    "/register",
    "/container/prepare",
    "/container/deploy app.ns.svc.ns/0",
  ]);
  expect(instance()?.published_ports).toBe("30000:53/udp;8080:80/tcp");
  const info = await inspectOne();
  expect(info.NetworkSettings.Ports).toEqual({});
  await eventually(async () => {
    const log = await docker.getContainer(info.Id).logs({ stdout: true, follow: false });
    expect(log.toString()).toContain("nameserver 10.18.0.1");
  });
  // Another one waits for the next workload.
  await eventually(async () => expect(await pauses()).toHaveLength(2));
  await eventually(() => expect(netManager.slots.size).toBe(2));
  expect(agent.engine.running()).toHaveLength(1);
});

test("a pause container may do nothing and takes next to nothing", async () => {
  // Connected, so it is there to stay.
  await eventually(() => expect(netManager.slots.size).toBe(1));
  const [pause] = await pauses();
  const info = await docker.getContainer(pause?.Id ?? "").inspect();
  expect(info.HostConfig).toMatchObject({
    ReadonlyRootfs: true,
    CapDrop: ["ALL"],
    RestartPolicy: { Name: "no" },
  });
  const status = await readFile(`/proc/${info.State.Pid}/status`, "utf8");
  expect(status).toMatch(/CapPrm:\t0+\nCapEff:\t0+\n/);
  expect(status).toMatch(/NoNewPrivs:\t1\n/);
});

test("a workload has no network and no names of the host", async () => {
  const cmd = ["sh", "-c", "cat /etc/hosts; hostname; sleep 1000"];
  await deploy({ job: { cmd } });
  await untilRunning();
  expect(await namespaceOf()).not.toBe(await readlink("/proc/self/ns/net"));
  const { Id } = await inspectOne();
  const read = async () => (await docker.getContainer(Id).logs({ stdout: true })).toString();
  await eventually(async () => expect(await read()).toMatch(/workload\n$/));
  const names = (await read()).matchAll(/^\W*[0-9a-f:.]+\s+(\S.*)$/gm);
  expect(new Set([...names].map(([, name]) => name))).toEqual(
    new Set([
      "localhost",
      "localhost ip6-localhost ip6-loopback",
      "ip6-localnet",
      "ip6-mcastprefix",
      "ip6-allnodes",
      "ip6-allrouters",
    ]),
  );
});

test("a workload that ends is started again in its namespace", async () => {
  await deploy({ job: { cmd: ["sleep", "1000"] } });
  await untilRunning();
  const before = await inspectOne();
  const namespace = await namespaceOf();
  process.kill(before.State.Pid, "SIGKILL");

  await eventually(async () => {
    const after = await inspectOne();
    expect(after.State.Running && after.State.Pid !== before.State.Pid).toBe(true);
  });
  expect((await inspectOne()).Id).toBe(before.Id);
  expect(await namespaceOf()).toBe(namespace);
});

test("a workload that is deleted leaves no namespace, and nobody gets its own", async () => {
  await deploy();
  await untilRunning();
  const { HostConfig } = await inspectOne();
  await deploy({ wanted: false });

  await eventually(() => expect(instance()?.status).toBe("UNDEPLOYED"));
  expect(netManager.attached.size).toBe(0);
  await eventually(async () => expect(await pauses()).toHaveLength(1));
  await eventually(() => expect(netManager.slots.size).toBe(1));
  const [waiting] = await pauses();
  expect(HostConfig.NetworkMode).not.toContain(waiting?.Id);
});

test("an agent that comes back finds its namespaces, and removes those of nobody", async () => {
  await deploy({ job: { port: "0:80" } });
  await untilRunning();
  const { State } = await inspectOne();
  const pid = attachedPid();
  await eventually(async () => expect(await pauses()).toHaveLength(2));
  await agent.stop();
  const before = await pauses();
  await netManager.restart();
  agent = await startAgent();

  await eventually(() => expect(attachedPid()).toBe(pid));
  await eventually(() => expect(instance()?.published_ports).toBe("30000:80/tcp"));
  await eventually(async () => {
    const now = await pauses();
    expect(now).toHaveLength(2);
    const kept = now.filter(({ Id }) => before.some((one) => one.Id === Id));
    expect(kept).toHaveLength(1);
  });
  expect((await inspectOne()).State.Pid).toBe(State.Pid);
});

test("whatever a net-manager has forgotten is told again", async () => {
  await deploy();
  await untilRunning();
  await eventually(() => expect(netManager.slots.size).toBe(2));
  const { State } = await inspectOne();
  await netManager.restart();

  await eventually(() => expect(netManager.attached.size).toBe(1));
  await eventually(() => expect(netManager.slots.size).toBe(2));
  expect((await inspectOne()).State.Pid).toBe(State.Pid);
});

test("when its pause container dies a workload goes on, and is made anew before its next start", async () => {
  await deploy({ job: { cmd: ["sleep", "1000"] } });
  await untilRunning();
  const before = await inspectOne();
  process.kill(attachedPid(), "SIGKILL");
  await eventually(async () =>
    expect((await pauses()).filter(({ State }) => State !== "running")).toHaveLength(1),
  );
  expect((await inspectOne()).State.Pid).toBe(before.State.Pid);

  process.kill(before.State.Pid, "SIGKILL");
  await eventually(async () => {
    const after = await inspectOne();
    expect(after.State.Running && after.Id !== before.Id).toBe(true);
  });
  await untilRunning();
  expect(instance()?.restarts).toBeUndefined();
  await eventually(async () => {
    expect((await pauses()).every(({ State }) => State === "running")).toBe(true);
  });
});

test("without a net-manager a workload waits, says why, and comes when it is back", async () => {
  await agent.stop();
  for (const { Id } of await containers()) await docker.getContainer(Id).remove({ force: true });
  await netManager.close();
  agent = await startAgent();
  await deploy();
  await eventually(() =>
    expect(instance()).toMatchObject({ status: "CREATING", reason: "network_unavailable" }),
  );
  expect(instance()?.status_detail).toContain("network of this machine is not ready");
  await netManager.listen();
  await untilRunning();
});

test("without an address left the workload fails here at once", async () => {
  await agent.stop();
  for (const { Id } of await containers()) await docker.getContainer(Id).remove({ force: true });
  netManager.refuse("subnet_full");
  agent = await startAgent();
  await deploy();
  await eventually(() => expect(instance()?.status).toBe("FAILED"));
  expect(instance()?.status_detail).toContain("no address left");
  await eventually(async () => expect(await containers()).toEqual([]));
});

test("an agent without network goes on with what was connected, and makes it anew when it ends", async () => {
  await deploy({ job: { cmd: ["sleep", "1000"] } });
  await untilRunning();
  const before = await inspectOne();
  await agent.stop();
  agent = await startAgent("off");
  expect(instance()?.status).toBe("RUNNING");
  process.kill(before.State.Pid, "SIGKILL");
  await eventually(async () => {
    const after = await inspectOne();
    expect(after.State.Running && after.Id !== before.Id).toBe(true);
    expect(after.HostConfig.NetworkMode).not.toContain("container:");
  });
  await eventually(async () => expect(await pauses()).toEqual([]));
});
