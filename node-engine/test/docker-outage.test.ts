import { randomBytes } from "node:crypto";
import type { HeldCopy } from "@oak/contracts";
import { createSilentLogger, systemClock } from "@oak/kit";
import Docker from "dockerode";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { createTinyImage, type TinyImage } from "../../packages/testkit/src/tiny-image.ts";
import { createDockerRuntime } from "../src/adapters/docker/docker-runtime.ts";
import { createEngine, type Engine } from "../src/engine.ts";
import { createCgroupReader } from "../src/host/cgroup.ts";
import type { Runtime, RuntimeEvent } from "../src/ports.ts";
import { createMemoryStore } from "../src/store/memory-store.ts";
import { anAssignment, aWorkloadSpec, noLeases } from "./builders.ts";
import { type DockerProxy, startDockerProxy } from "./docker-proxy.ts";

const docker = new Docker();
const deadline = { timeout: 15_000, interval: 20 };
const eventually = (check: () => unknown) => vi.waitFor(check, deadline);
let image: TinyImage;
let proxy: DockerProxy;
let runtime: Runtime;
let events: RuntimeEvent[];

beforeAll(async () => {
  image = await createTinyImage({ docker });
});
afterAll(() => image.remove());

beforeEach(async () => {
  proxy = await startDockerProxy();
  events = [];
  runtime = createDockerRuntime({
    engineId: randomBytes(12).toString("hex"),
    socketPath: proxy.socketPath,
    clock: systemClock,
    random: () => 0,
    logger: createSilentLogger(),
    cgroups: createCgroupReader(),
    cores: 2,
    callTimeoutMs: 500,
  });
  runtime.events((event) => events.push(event));
});
afterEach(async () => {
  for (const { handle } of await runtime.list()) await runtime.remove(handle);
  await runtime.stop();
  await proxy.close();
});

const resyncs = () => events.filter(({ kind }) => kind === "resync").length;
const unavailable = { fault: { reason: "runtime_unavailable" } };

test("a Docker that hangs is reported as unavailable within the time limit", async () => {
  proxy.hang(true);
  const startedMs = performance.now();

  await expect(runtime.list()).rejects.toMatchObject(unavailable);
  await expect(runtime.create(aWorkloadSpec())).rejects.toMatchObject(unavailable);

  expect(performance.now() - startedMs).toBeLessThan(5_000);
  proxy.hang(false);
  await eventually(() => runtime.list());
});

test("a Docker that is not there is unavailable, and asks for a list when it comes", async () => {
  await proxy.takeDown();
  await runtime.start();
  await expect(runtime.list()).rejects.toMatchObject(unavailable);

  await proxy.bringUp();

  await eventually(() => expect(resyncs()).toBe(1));
});

test("events go on after a broken connection, with one request for a list", async () => {
  await runtime.start();
  await eventually(() => expect(resyncs()).toBe(1));
  const { handle } = await runtime.create(aWorkloadSpec({ job: { image: image.name } }));
  await proxy.takeDown();
  await proxy.bringUp();
  await eventually(() => expect(resyncs()).toBe(2));

  await runtime.startWorkload(handle);

  await eventually(() =>
    expect(events).toContainEqual({
      kind: "changed",
      workload: expect.objectContaining({ handle, state: "running" }),
    }),
  );
});

test("what happens while the connection is away is told after it", async () => {
  await runtime.start();
  const { handle } = await runtime.create(aWorkloadSpec({ job: { image: image.name } }));
  await runtime.startWorkload(handle);
  await eventually(() => expect(events.some(({ kind }) => kind === "changed")).toBe(true));
  await proxy.takeDown();
  await docker.getContainer(handle).kill();

  await proxy.bringUp();

  await eventually(() =>
    expect(events).toContainEqual({
      kind: "changed",
      workload: expect.objectContaining({ handle, state: "exited", exitCode: 137 }),
    }),
  );
});

test("an outage of Docker stops nothing, and its end brings what was wanted meanwhile", async () => {
  const reports: HeldCopy[] = [];
  const engine: Engine = createEngine({
    store: createMemoryStore(new Map()),
    runtime,
    clock: systemClock,
    random: () => 0,
    logger: createSilentLogger(),
    report: (copy) => reports.push(copy),
    leases: noLeases(),
    timing: { resyncMs: 200 },
  });
  await engine.start();
  const [first, second] = [0, 1].map((instance_number) =>
    anAssignment({ instance_number, job: { image: image.name } }),
  );
  await engine.upsert(first!);
  await eventually(() => expect(engine.get(first!.key)?.status).toBe("RUNNING"));

  proxy.hang(true);
  await engine.upsert(second!);
  await eventually(() => expect(engine.health().isRuntimeAvailable).toBe(false));
  await eventually(() => expect(engine.get(second!.key)?.reason).toBe("runtime_unavailable"));
  expect(engine.get(first!.key)?.status).toBe("RUNNING");
  proxy.hang(false);

  await eventually(() => expect(engine.get(second!.key)?.status).toBe("RUNNING"));
  expect(reports.filter(({ instance_number }) => instance_number === 0).at(-1)?.status).toBe(
    "RUNNING",
  );
  await engine.stop();
});
