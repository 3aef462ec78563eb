import type { PortMapping } from "@oak/contracts";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { asStarted } from "../src/domain/as-started.ts";
import { createObservedWorkloads } from "../src/domain/observed-workloads.ts";
import type { ObservedWorkload } from "../src/domain/workload.ts";
import type { Runtime, RuntimeEvent } from "../src/ports.ts";
import { type AssignmentOverrides, aWorkloadSpec, type JobOverrides } from "./builders.ts";
import { describeLogs } from "./runtime-logs.ts";

/** What a kind of runtime brings to the suite. */
export interface ConformanceSubject {
  /** Runtimes of different engines share one machine. */
  createRuntime(engineId: string): Runtime;
  /** Overrides of a job that runs until it is stopped and ends soon after SIGTERM. */
  running: JobOverrides;
  /** Prints these lines when it begins, and goes on; each run prints them again. */
  printing: { job: JobOverrides; lines: readonly string[]; inOrder: readonly string[] };
  /** Ends by itself with 3. */
  exiting: JobOverrides;
  /** Has a command that cannot be executed. */
  unstartable: JobOverrides;
  /** Its image is in no registry. */
  missing: JobOverrides;
  /** Kills the process as `kill -9` would. */
  kill(handle: string): Promise<void>;
  /** A port of the host that nobody uses. */
  freePort(): Promise<number>;
  close(): Promise<void>;
}

const deadline = { timeout: 15_000, interval: 20 };

/** The contract of {@link Runtime}: the same tests for every kind. */
export function describeRuntime(name: string, open: () => Promise<ConformanceSubject>): void {
  describe(name, () => {
    let subject: ConformanceSubject;
    let runtime: Runtime;
    let events: RuntimeEvent[];
    let engineCount = 0;
    const engines: Runtime[] = [];

    const newEngine = (): Runtime => {
      engineCount += 1;
      const engine = subject.createRuntime(`e${engineCount}`.padEnd(12, String(Date.now())));
      engines.push(engine);
      return engine;
    };
    beforeAll(async () => {
      subject = await open();
    });
    beforeEach(async () => {
      runtime = newEngine();
      events = [];
      runtime.events((event) => events.push(event));
      await runtime.start();
      await vi.waitFor(() => expect(events).toContainEqual({ kind: "resync" }), deadline);
    });
    afterEach(async () => {
      for (const engine of engines.splice(0)) {
        for (const workload of await engine.list()) await engine.remove(workload.handle);
        await engine.stop();
      }
    });
    afterAll(() => subject.close());

    const create = (overrides: AssignmentOverrides) => runtime.create(aWorkloadSpec(overrides));
    const start = async (handle: string): Promise<ObservedWorkload> => {
      await runtime.startWorkload(handle);
      const workload = await runtime.look(handle);
      if (workload === undefined) throw new Error(`${handle} is gone`);
      return workload;
    };
    const startOne = async (overrides: AssignmentOverrides): Promise<ObservedWorkload> =>
      start((await create(overrides)).handle);
    const states = (handle: string) =>
      events.flatMap((event) =>
        event.kind === "changed" && event.workload.handle === handle ? [event.workload.state] : [],
      );
    const eventually = (check: () => unknown) => vi.waitFor(check, deadline);
    const listed = async (handle: string) =>
      (await runtime.list()).find((workload) => workload.handle === handle);

    test("a created workload is listed with its identity and does not run", async () => {
      const spec = aWorkloadSpec({ job: subject.running, epoch: 7, placement: 3 });

      const { handle } = await runtime.create(spec);

      expect(await listed(handle)).toMatchObject({
        identity: spec.identity,
        state: "created",
        startedAtMs: 0,
        finishedAtMs: 0,
        isOutOfMemory: false,
      });
    });

    test("creating the same copy twice gives the same workload", async () => {
      const first = await create({ job: subject.running });
      const second = await create({ job: subject.running });

      expect(second.handle).toBe(first.handle);
      expect(await runtime.list()).toHaveLength(1);
    });

    test("a higher pair and another service of the same name get workloads of their own", async () => {
      const first = await create({ job: subject.running });
      const epoch = await create({ job: subject.running, epoch: 2 });
      const placement = await create({ job: subject.running, placement: 2 });
      const service = await create({ job: subject.running, job_id: "ab".repeat(12) });

      const handles = [first, epoch, placement, service].map(({ handle }) => handle);
      expect(new Set(handles).size).toBe(4);
    });

    test("another engine on the same machine sees nothing of ours", async () => {
      const other = newEngine();
      const { handle } = await create({ job: subject.running });

      expect(await other.list()).toEqual([]);
      expect((await other.create(aWorkloadSpec({ job: subject.running }))).handle).not.toBe(handle);
    });

    test("what was started runs from then on, and an event tells it", async () => {
      const workload = await startOne({ job: subject.running });

      expect(workload.state).toBe("running");
      expect(workload.startedAtMs).toBeGreaterThan(0);
      await eventually(() => expect(states(workload.handle)).toContain("running"));
    });

    test("starting what runs leaves it as it is", async () => {
      const first = await startOne({ job: subject.running });
      const second = await start(first.handle);

      expect(second.startedAtMs).toBe(first.startedAtMs);
    });

    test("a run that ends by itself shows its exit code", async () => {
      const { handle } = await startOne({ job: subject.exiting });

      await eventually(() => expect(states(handle)).toContain("exited"));
      const seen = await listed(handle);
      expect(seen).toMatchObject({ state: "exited", exitCode: 3, isOutOfMemory: false });
      expect(seen?.finishedAtMs).toBeGreaterThanOrEqual(seen?.startedAtMs ?? Number.NaN);
    });

    test("a killed run shows 137 and can be started again", async () => {
      const first = await startOne({ job: subject.running });
      await subject.kill(first.handle);
      await eventually(() => expect(states(first.handle)).toContain("exited"));
      expect(await listed(first.handle)).toMatchObject({ state: "exited", exitCode: 137 });

      const second = await start(first.handle);

      expect(second.state).toBe("running");
      expect(second.startedAtMs).toBeGreaterThan(first.startedAtMs);
    });

    test("stopping ends the run, and stopping again or what is gone is success", async () => {
      const { handle } = await startOne({ job: subject.running });

      await runtime.stopWorkload(handle, { graceMs: 5_000 });

      expect(await listed(handle)).toMatchObject({ state: "exited" });
      await runtime.stopWorkload(handle, { graceMs: 5_000 });
      await runtime.remove(handle);
      await runtime.stopWorkload(handle, { graceMs: 5_000 });
    });

    test("killing ends the run at once, and killing again or what is gone is success", async () => {
      const { handle } = await startOne({ job: subject.running });

      await runtime.killWorkload(handle);

      expect(await runtime.look(handle)).toMatchObject({ state: "exited", exitCode: 137 });
      await runtime.killWorkload(handle);
      await runtime.remove(handle);
      await runtime.killWorkload(handle);
    });

    test("removing kills what runs, tells it, and removing again is success", async () => {
      const { handle } = await startOne({ job: subject.running });

      await runtime.remove(handle);

      expect(await listed(handle)).toBeUndefined();
      expect(await runtime.look(handle)).toBeUndefined();
      await eventually(() => expect(events).toContainEqual({ kind: "removed", handle }));
      await runtime.remove(handle);
    });

    test("starting what is gone is refused as gone", async () => {
      const { handle } = await create({ job: subject.running });
      await runtime.remove(handle);

      await expect(runtime.startWorkload(handle)).rejects.toMatchObject({
        fault: { reason: "workload_gone" },
      });
    });

    test("a command that is not in the image is named when starting, and counts as no run", async () => {
      const { handle } = await create({ job: subject.unstartable });

      await expect(runtime.startWorkload(handle)).rejects.toMatchObject({
        fault: { reason: "command_not_found" },
      });
      expect(await listed(handle)).toMatchObject({ state: "created", finishedAtMs: 0 });
    });

    test("an image that is not here is told from one that does not exist", async () => {
      const spec = aWorkloadSpec({ job: subject.missing });
      const { signal } = new AbortController();

      await expect(runtime.create(spec)).rejects.toMatchObject({
        fault: { reason: "image_missing" },
      });
      await expect(
        runtime.pull(spec.image, { signal, onProgress: () => undefined }),
      ).rejects.toMatchObject({ fault: { reason: expect.stringMatching(/^image_(not|pull)/) } });
    });

    test("a pull that is aborted rejects with the reason of the signal", async () => {
      const controller = new AbortController();
      const reason = new Error("deleted");
      const { image } = aWorkloadSpec({ job: subject.missing });
      controller.abort(reason);

      await expect(
        runtime.pull(image, { signal: controller.signal, onProgress: () => undefined }),
      ).rejects.toBe(reason);
    });

    test("a look after a start replaces what was made up of it", async () => {
      const host = await subject.freePort();
      const spec = aWorkloadSpec({ job: { ...subject.running, port: `${host}:80` } });
      const before = await runtime.create(spec);
      const observed = createObservedWorkloads();
      observed.put(before);

      const look = await start(before.handle);

      const madeUp = asStarted(before, spec);
      expect({ ...madeUp, createdAtMs: 0, startedAtMs: 0 }).toEqual({
        ...look,
        createdAtMs: 0,
        startedAtMs: 0,
      });
      if (madeUp !== undefined) observed.put(madeUp);
      observed.put(look);
      expect(observed.all()).toEqual([look]);
    });

    test("a fixed port is published, and refused to the next one that asks for it", async () => {
      const host = await subject.freePort();
      const port = `${host}:80/tcp`;
      const first = await startOne({ job: { ...subject.running, port } });
      expect(first.publishedPorts).toEqual([{ host, container: 80, protocol: "tcp" }]);
      const second = await create({ job: { ...subject.running, port }, instance_number: 1 });

      await expect(runtime.startWorkload(second.handle)).rejects.toMatchObject({
        fault: { reason: "port_taken" },
      });
    });

    test("host port 0 gives each workload a port of its own", async () => {
      const port = "0:80";
      const first = await startOne({ job: { ...subject.running, port } });
      const second = await startOne({ job: { ...subject.running, port }, instance_number: 1 });

      const ports = [first, second].map(({ publishedPorts }) => publishedPorts[0] as PortMapping);
      expect(ports).toEqual([
        { host: expect.any(Number), container: 80, protocol: "tcp" },
        { host: expect.any(Number), container: 80, protocol: "tcp" },
      ]);
      expect(ports[0]?.host).toBeGreaterThan(0);
      expect(ports[0]?.host).not.toBe(ports[1]?.host);
    });

    test("figures are given for what runs and left out for the rest", async () => {
      const running = await startOne({ job: subject.running });
      const stopped = await create({ job: subject.running, instance_number: 1 });

      const usage = await runtime.usage([running.handle, stopped.handle, "gone"]);

      expect([...usage.keys()]).toEqual([running.handle]);
      expect(usage.get(running.handle)?.memoryBytes).toBeGreaterThan(0);
      expect(usage.get(running.handle)?.cpuPercent).toBeGreaterThanOrEqual(0);
    });

    test("the end of what it printed can be read, cut to size", async () => {
      const { handle } = await startOne({ job: subject.running });

      await eventually(async () => expect(await runtime.logsTail(handle, 1_000)).toMatch(/^ready/));
      expect(await runtime.logsTail(handle, 3)).toHaveLength(3);
    });

    describeLogs({
      runtime: () => runtime,
      printing: () => subject.printing,
      startOne,
      kill: (handle) => subject.kill(handle),
      eventually,
    });

    test("workloads go on when the engine leaves, and the next one finds them", async () => {
      const { handle, startedAtMs } = await startOne({ job: subject.running });

      await runtime.stop();

      expect(await listed(handle)).toMatchObject({ state: "running", startedAtMs });
      await runtime.start();
    });
  });
}
