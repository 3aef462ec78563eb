import type { NamedCopy } from "@oak/contracts";
import { createMetrics, createSilentLogger } from "@oak/kit";
import { expect, test } from "vitest";
import type { NodeFigures } from "../src/domain/figures.ts";
import type { RunningCopy } from "../src/engine.ts";
import { createHeartbeat } from "../src/loops/heartbeat.ts";
import { createWorkloadFiguresLoop } from "../src/loops/workload-figures.ts";
import { createLogTails } from "../src/use-cases/log-tails.ts";
import { createVirtualClock } from "./virtual-clock.ts";

function setUp() {
  const clock = createVirtualClock();
  const sent: { topic: string; message: unknown }[] = [];
  const asked = { count: 0 };
  const connection = {
    send: (topic: string, message: object) => void sent.push({ topic, message }),
    ask: () => {
      asked.count += 1;
    },
  };
  const common = {
    clock,
    random: () => 0.5,
    logger: createSilentLogger(),
    metrics: createMetrics({ service: "test" }),
    idle: (): NamedCopy[] => [],
  };
  return { clock, sent, asked, connection, common };
}

const numbers = { session: 1, seq: 1, want_rev: 1, digest: "0".repeat(16) };

test("heartbeats go out before the first figures are known, and every other one asks for an answer", async () => {
  const { clock, sent, asked, connection, common } = setUp();
  const loop = createHeartbeat(
    { ...common, follower: { heartbeat: () => numbers }, figures: () => undefined },
    connection,
    1_000,
  );

  await loop.start();
  await clock.advance(2_500);
  await loop.stop();

  expect(sent.map(({ message }) => message)).toEqual([numbers, numbers, numbers]);
  expect(asked.count).toBe(2);
});

test("figures are told once, and again after fifteen seconds", async () => {
  const { clock, sent, connection, common } = setUp();
  const figures: NodeFigures = { cpu_percent: 10, vcpus: 4 };
  const loop = createHeartbeat(
    { ...common, follower: { heartbeat: () => numbers }, figures: () => figures },
    connection,
    1_000,
  );

  await loop.start();
  await clock.advance(20_500);
  await loop.stop();

  const told = sent.flatMap(({ message }, second) =>
    "vcpus" in (message as object) ? [second] : [],
  );
  expect(sent).toHaveLength(21);
  expect(told).toEqual([0, 15]);
});

const copy = (handle: string, cpuPercent: number) => ({
  handle,
  cpuPercent,
  running: {
    key: `${"a".repeat(24)}/0`,
    handle,
    copy: {
      job_id: "a".repeat(24),
      instance_number: 0,
      job_name: handle,
      epoch: 1,
      placement: 1,
      incarnation: "incarnation-1",
      spec_rev: 1,
      want_rev: 1,
      wanted: true,
      status: "RUNNING",
      status_detail: "",
    },
  } satisfies RunningCopy,
});

test("of many workloads only those that changed are told", async () => {
  const { clock, sent, connection, common } = setUp();
  const workloads = [copy("idle", 1), copy("busy", 1)];
  const loop = createWorkloadFiguresLoop(
    {
      ...common,
      engine: { running: () => workloads.map(({ running }) => running) },
      runtime: {
        name: "docker",
        usage: async () =>
          new Map(
            workloads.map(({ handle, cpuPercent }) => [
              handle,
              { cpuPercent, memoryBytes: 1_048_576 },
            ]),
          ),
      },
      tails: { read: async () => new Map() },
      memoryTotalMb: () => 100,
      follower: { numbers: () => ({ session: 1, seq: 1 }) },
    },
    connection,
  );
  await loop.start();
  await clock.advance(3_500);
  workloads[1] = copy("busy", 80);
  await clock.advance(1_000);
  await loop.stop();

  const names = sent.map(({ message }) =>
    (message as { services: { job_name: string }[] }).services.map(({ job_name }) => job_name),
  );
  expect(names).toEqual([["idle", "busy"], ["busy"]]);
  expect(sent[1]?.message).toMatchObject({
    services: [{ cpu_percent: "80.000", memory_percent: "1.000" }],
  });
});

function aLoggingRuntime() {
  const logs = new Map<string, string>();
  const reads: string[] = [];
  let canTell = true;
  return {
    logs,
    reads,
    hideMarks: () => {
      canTell = false;
    },
    runtime: {
      capabilities: { ports: true, gpus: true, logs: true, usage: true },
      logMarks: async () => (canTell ? new Map(logs) : new Map<string, string>()),
      logsTail: async (handle: string) => {
        reads.push(handle);
        const text = logs.get(handle);
        if (text === undefined) throw new Error("gone");
        return text;
      },
    },
  };
}

test("a log is read again when it has grown, and no more often than every five seconds", async () => {
  const { clock } = setUp();
  const { logs, reads, runtime } = aLoggingRuntime();
  const tails = createLogTails({ runtime, clock });
  logs.set("one", "first\n");
  await tails.read(["one"]);
  await clock.advance(60_000);
  await tails.read(["one"]);
  expect(reads).toHaveLength(1);

  logs.set("one", "first\nsecond\n");
  expect((await tails.read(["one"])).get("one")).toBe("first\nsecond\n");
  logs.set("one", "first\nsecond\nthird\n");
  expect((await tails.read(["one"])).get("one")).toBe("first\nsecond\n");
  await clock.advance(5_000);
  expect((await tails.read(["one"])).get("one")).toBe("first\nsecond\nthird\n");
});

test("where growth cannot be seen, logs are read every fifteen seconds", async () => {
  const { clock } = setUp();
  const { logs, reads, runtime, hideMarks } = aLoggingRuntime();
  hideMarks();
  logs.set("one", "first\n");
  const tails = createLogTails({ runtime, clock });

  for (let second = 0; second < 31; second += 1) {
    await tails.read(["one"]);
    await clock.advance(1_000);
  }

  expect(reads).toHaveLength(3);
});

test("a log that cannot be read keeps its last end", async () => {
  const { clock } = setUp();
  const { logs, runtime } = aLoggingRuntime();
  const tails = createLogTails({ runtime, clock });
  logs.set("one", "first\n");
  await tails.read(["one"]);
  logs.delete("one");
  await clock.advance(60_000);

  expect((await tails.read(["one"])).get("one")).toBe("first\n");
});

test("many logs are read a few at a time", async () => {
  const { clock } = setUp();
  const { logs, reads, runtime } = aLoggingRuntime();
  const handles = Array.from({ length: 20 }, (_, index) => `h${index}`);
  for (const handle of handles) logs.set(handle, handle);
  const tails = createLogTails({ runtime, clock, mostAtOnce: 8 });

  await tails.read(handles);
  expect(reads).toHaveLength(8);
  await tails.read(handles);
  await tails.read(handles);
  expect(new Set(reads)).toEqual(new Set(handles));
});

test("copies that are idle are named in each heartbeat until they are so no more", async () => {
  const { clock, sent, connection, common } = setUp();
  const copy = { job_id: "f".repeat(24), instance_number: 0, epoch: 1, placement: 2 };
  const copies = [copy];
  const loop = createHeartbeat(
    {
      ...common,
      ...{ follower: { heartbeat: () => numbers }, figures: () => undefined },
      idle: () => copies,
    },
    connection,
    1_000,
  );

  await loop.start();
  await clock.advance(1_500);
  copies.pop();
  await clock.advance(1_000);
  await loop.stop();

  const told = { ...numbers, idle: [copy] };
  expect(sent.map(({ message }) => message)).toEqual([told, told, numbers]);
});
