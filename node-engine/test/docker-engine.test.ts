import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";
import type { HeldCopy } from "@oak/contracts";
import { createSilentLogger, systemClock } from "@oak/kit";
import Docker from "dockerode";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { createTinyImage, type TinyImage } from "../../packages/testkit/src/tiny-image.ts";
import { startTinyRegistry } from "../../packages/testkit/src/tiny-registry.ts";
import { createDockerRuntime } from "../src/adapters/docker/docker-runtime.ts";
import { LABELS } from "../src/adapters/docker/labels.ts";
import { createEngine, type Engine } from "../src/engine.ts";
import { createCgroupReader } from "../src/host/cgroup.ts";
import { createFileStore } from "../src/store/file-store.ts";
import { type AssignmentOverrides, anAssignment, noLeases } from "./builders.ts";

const docker = new Docker();
const deadline = { timeout: 20_000, interval: 20 };
let image: TinyImage;
let folder: string;
let engineId: string;
let engine: Engine;
let reports: HeldCopy[];

beforeAll(async () => {
  image = await createTinyImage({ docker });
});
afterAll(() => image.remove());

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "oak-engine-"));
  engineId = randomBytes(12).toString("hex");
  reports = [];
  engine = await startEngine();
});
afterEach(async () => {
  await engine.stop();
  for (const { Id } of await containers()) await docker.getContainer(Id).remove({ force: true });
  await rm(folder, { recursive: true });
});

async function startEngine(): Promise<Engine> {
  const logger = createSilentLogger();
  const runtime = createDockerRuntime({
    engineId,
    clock: systemClock,
    random: Math.random,
    logger,
    cgroups: createCgroupReader(),
    cores: availableParallelism(),
  });
  const started = createEngine({
    store: createFileStore({ folder: path.join(folder, "instances"), logger }),
    runtime,
    clock: systemClock,
    random: Math.random,
    logger,
    report: (copy) => reports.push(copy),
    leases: noLeases(),
    timing: { stopGraceMs: 2_000 },
    restarts: { baseMs: 50, maxMs: 200 },
  });
  await started.start();
  return started;
}

const containers = () =>
  docker.listContainers({ all: true, filters: { label: [`${LABELS.engineId}=${engineId}`] } });
const deploy = (overrides: AssignmentOverrides = {}) =>
  engine.upsert(anAssignment({ ...overrides, job: { image: image.name, ...overrides.job } }));
const instance = (number = 0) => engine.get(anAssignment({ instance_number: number }).key);
const eventually = (check: () => unknown) => vi.waitFor(check, deadline);
const untilRunning = (number = 0) =>
  eventually(() => expect(instance(number)?.status).toBe("RUNNING"));
const inspectOne = async () => {
  const [container] = await containers();
  // Without an id Docker would be asked for something else, and its client follows where it is sent.
  if (container === undefined) throw new Error("there is no container");
  return docker.getContainer(container.Id).inspect();
};

test("limits, labels, environment and log rotation are really set", async () => {
  await deploy({
    instance_number: 3,
    epoch: 5,
    placement: 2,
    job: {
      ...{ vcpus: 1, memory: 64, environment: ["GREETING=hello"], port: "0:80" },
      cmd: ["sh", "-c", "echo $GREETING $HOSTNAME; sleep 1000"],
    },
  });
  await untilRunning(3);

  const info = await inspectOne();
  expect(info.Name).toBe(`/app.ns.svc.ns.instance.3.${engineId.slice(0, 6)}.2`);
  expect(info.Config.Hostname).toBe("instance-3");
  expect(info.Config.Labels).toMatchObject({
    [LABELS.engineId]: engineId,
    [LABELS.taskId]: "app.ns.svc.ns.instance.3",
    [LABELS.epoch]: "5",
    [LABELS.placement]: "2",
  });
  expect(info.HostConfig).toMatchObject({
    NanoCpus: 1e9,
    Memory: 64 * 1024 * 1024,
    MemorySwap: 64 * 1024 * 1024,
    PidsLimit: 4_096,
    SecurityOpt: ["no-new-privileges"],
    LogConfig: { Type: "json-file", Config: { "max-size": "10m", "max-file": "3" } },
    RestartPolicy: { Name: "no" },
    AutoRemove: false,
    Privileged: false,
  });
  expect(instance(3)?.published_ports).toMatch(/^\d+:80\/tcp$/);
  await eventually(async () => {
    const log = await docker.getContainer(info.Id).logs({ stdout: true, follow: false });
    expect(log.toString()).toContain("hello instance-3");
  });
});

test("the kernel enforces the memory limit, and the detail says so", async () => {
  await deploy({
    // At once: one that grows towards its limit has its own program thrown out of memory again and again.
    job: {
      memory: 16,
      cmd: ["busybox", "dd", "if=/dev/zero", "of=/dev/null", "bs=64M", "count=1"],
    },
  });

  await eventually(() =>
    expect(reports).toContainEqual(expect.objectContaining({ reason: "out_of_memory" })),
  );
});

test("a workload that was killed runs again", async () => {
  await deploy();
  await untilRunning();
  const { Id, State } = await inspectOne();

  process.kill(State.Pid, "SIGKILL");

  await eventually(() => expect(instance()).toMatchObject({ status: "RUNNING", restarts: 1 }));
  const after = await docker.getContainer(Id).inspect();
  expect(after.State.Running).toBe(true);
  expect(after.State.Pid).not.toBe(State.Pid);
});

test("a new engine takes over what runs, without restarting or reporting it", async () => {
  await deploy();
  await untilRunning();
  const before = await inspectOne();
  await engine.stop();
  reports = [];

  engine = await startEngine();

  expect(instance()?.status).toBe("RUNNING");
  expect((await inspectOne()).State.StartedAt).toBe(before.State.StartedAt);
  expect(reports).toEqual([]);
  process.kill(before.State.Pid, "SIGKILL");
  await eventually(() => expect(instance()).toMatchObject({ status: "RUNNING", restarts: 1 }));
});

test("a workload that died while no engine ran is started by the next one", async () => {
  await deploy();
  await untilRunning();
  await engine.stop();
  await docker.getContainer((await inspectOne()).Id).kill();

  engine = await startEngine();

  await untilRunning();
  expect((await inspectOne()).State.Running).toBe(true);
});

test("a container that another engine created stays untouched", async () => {
  const foreign = await docker.createContainer({
    Image: image.name,
    Labels: { [LABELS.engineId]: "another" },
  });
  engine.allowStrayRemoval();

  await deploy();
  await untilRunning();

  await expect(foreign.inspect()).resolves.toBeDefined();
  await foreign.remove({ force: true });
});

test("undeploying removes the container before it is said to be gone", async () => {
  await deploy();
  await untilRunning();

  await deploy({ wanted: false });

  await eventually(() => expect(instance()?.status).toBe("UNDEPLOYED"));
  expect(await containers()).toEqual([]);
});

test("an image that no registry has is named", async () => {
  const registry = await startTinyRegistry({});

  await deploy({ job: { image: registry.reference("oak/none:1") } });

  await eventually(() => expect(instance()).toMatchObject({ status: "FAILED" }));
  expect(instance()?.status_detail).toMatch(/^Gave up after 6 tries: The image does not exist/);
  expect(reports).toContainEqual(expect.objectContaining({ reason: "image_not_found" }));
  await registry.close();
});

test("a registry that cannot be reached is told from an image that does not exist", async () => {
  await deploy({ job: { image: "127.0.0.1:1/oak/none:1" } });

  await eventually(() =>
    expect(reports).toContainEqual(expect.objectContaining({ reason: "image_pull_failed" })),
  );
});

test("an image is pulled with progress, and then runs", async () => {
  const busybox = { path: "bin/sh", content: await readFile("/bin/busybox") };
  const registry = await startTinyRegistry({
    "oak/slow:1": {
      files: [{ path: "bin" }, busybox],
      cmd: ["/bin/sh", "-c", "sleep 1000"],
      tookMs: 1_000,
    },
  });
  const reference = registry.reference("oak/slow:1");

  await deploy({ job: { image: reference } });

  await untilRunning();
  const progress = reports.flatMap((report) => report.progress ?? []);
  expect(progress.some((percent) => percent > 0 && percent < 100)).toBe(true);
  await deploy({ job: { image: reference }, wanted: false });
  await eventually(() => expect(instance()?.status).toBe("UNDEPLOYED"));
  await docker.getImage(reference).remove();
  await registry.close();
});

test("deleting ends a pull that would take long", async () => {
  const filler = { path: "filler", content: randomBytes(1_000_000) };
  const registry = await startTinyRegistry({ "oak/huge:1": { files: [filler], tookMs: 600_000 } });
  await deploy({ job: { image: registry.reference("oak/huge:1") } });
  await eventually(() => expect(engine.health().isPulling).toBe(true));

  await deploy({ job: { image: registry.reference("oak/huge:1") }, wanted: false });

  await eventually(() => expect(instance()?.status).toBe("UNDEPLOYED"));
  await registry.close();
});

test("a port that is taken by another process is named, and taken once it is free", async () => {
  const { server, port } = await takePort();

  await deploy({ job: { port: `${port}:80` } });
  await eventually(() =>
    expect(reports).toContainEqual(expect.objectContaining({ reason: "port_taken" })),
  );
  await new Promise((resolve) => server.close(resolve));

  await eventually(() => {
    expect(instance()).toMatchObject({ status: "RUNNING", published_ports: `${port}:80/tcp` });
  });
});

test("a command that crashes at once is given up with its exit code", async () => {
  await deploy({ job: { cmd: ["sh", "-c", "exit 7"] } });

  await eventually(() => expect(instance()?.status).toBe("FAILED"));

  expect(instance()?.status_detail).toBe(
    "Gave up after 6 tries: The command ended with an error: exit code 7.",
  );
});

test("a command that is not in the image is named", async () => {
  await deploy({ job: { cmd: ["/no/such/command"] } });

  await eventually(() => expect(instance()?.status).toBe("FAILED"));

  expect(instance()?.status_detail).toContain("/no/such/command");
});

test("a one-shot that ends well is completed", async () => {
  await deploy({ job: { cmd: ["true"], one_shot: true } });

  await eventually(() => expect(instance()?.status).toBe("COMPLETED"));
});

test("draining leaves no container", async () => {
  await deploy();
  await deploy({ instance_number: 1 });
  await untilRunning(0);
  await untilRunning(1);

  expect(await engine.drain({ timeoutMs: 15_000 })).toBe(true);

  await eventually(async () => expect(await containers()).toEqual([]));
  expect(engine.status().map(({ reason }) => reason)).toEqual(["drained", "drained"]);
});

function takePort(): Promise<{ server: Server; port: number }> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "0.0.0.0", () => {
      const address = server.address();
      resolve({ server, port: typeof address === "object" ? (address?.port ?? 0) : 0 });
    });
  });
}
