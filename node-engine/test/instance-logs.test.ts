import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { instanceKey } from "@oak/contracts";
import { createSilentLogger, systemClock } from "@oak/kit";
import { expect, onTestFinished, test, vi } from "vitest";
import { createFakeMachine } from "../src/adapters/fake/fake-machine.ts";
import { createFakeRuntime } from "../src/adapters/fake/fake-runtime.ts";
import type { LogEntry } from "../src/domain/log-entries.ts";
import { createObservedWorkloads } from "../src/domain/observed-workloads.ts";
import { createLogArchive } from "../src/store/log-archive.ts";
import { createInstanceLogs } from "../src/use-cases/instance-logs.ts";
import { createKeepLogs } from "../src/use-cases/keep-logs.ts";
import { aWorkloadSpec } from "./builders.ts";

const clock = systemClock;
const line = "ready: fake/ok\n";

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "oak-logs-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return path.join(folder, "logs");
}

/** An instance on the scripted machine, and its logs. */
async function setUp() {
  const folder = await aFolder();
  const machine = createFakeMachine({ clock });
  const runtime = createFakeRuntime({ machine, clock, engineId: "engine" });
  const observed = createObservedWorkloads();
  runtime.events((event) => {
    if (event.kind === "changed") observed.put(event.workload);
    else if (event.kind === "removed") observed.drop(event.handle);
  });
  await runtime.start();
  const archive = createLogArchive({ folder, logger: createSilentLogger() });
  const spec = aWorkloadSpec({ job: { image: "fake/ok" } });
  const { key, jobId, instanceNumber } = spec.identity;
  let isAwaited = true;
  const logs = createInstanceLogs({
    runtime,
    engine: { workloadsOf: observed.of, isAwaited: () => isAwaited },
    archive,
    clock,
  });
  const gone = new AbortController();
  onTestFinished(async () => {
    gone.abort();
    machine.close();
    await runtime.stop();
  });
  const open = (wish: object = {}) =>
    logs.open(
      { job_id: jobId, instance_number: instanceNumber, follow: false, timestamps: false, ...wish },
      gone.signal,
    );
  return {
    key,
    folder,
    machine,
    runtime,
    archive,
    keep: createKeepLogs({ runtime, archive, clock }),
    create: (placement = 1) =>
      runtime.create(aWorkloadSpec({ job: { image: "fake/ok" }, placement })),
    open,
    read: async (wish: object = {}): Promise<string> => {
      let text = "";
      for await (const piece of await open(wish)) text += piece;
      return text;
    },
    /** Reads on and on. */
    follow: (wish: object = {}) => {
      const seen = { text: "", isOver: false };
      void (async () => {
        for await (const piece of await open({ follow: true, ...wish })) seen.text += piece;
        seen.isOver = true;
      })();
      return seen;
    },
    unwant: () => {
      isAwaited = false;
    },
    gone,
  };
}

const eventually = (check: () => unknown) => vi.waitFor(check, { timeout: 10_000, interval: 20 });

test("what is followed goes on over restarts and over a workload that takes its place", async () => {
  const { runtime, machine, create, follow, unwant, keep } = await setUp();
  const first = await create();
  await runtime.startWorkload(first.handle);
  const seen = follow();
  await eventually(() => expect(seen.text).toBe(line));

  machine.kill(first.handle);
  await runtime.startWorkload(first.handle);
  await eventually(() => expect(seen.text).toBe(line.repeat(2)));

  const second = await create(2);
  await keep(first);
  await runtime.remove(first.handle);
  await runtime.startWorkload(second.handle);
  await eventually(() => expect(seen.text).toBe(line.repeat(3)));

  unwant();
  await runtime.remove(second.handle);
  await eventually(() => expect(seen.isOver).toBe(true));
});

test("what is followed before it runs is told from its first line", async () => {
  const { runtime, create, follow } = await setUp();
  const seen = follow();
  const { handle } = await create();
  await runtime.startWorkload(handle);
  await eventually(() => expect(seen.text).toBe(line));
});

test.each([
  ["none of the lines that are there", { tail: 0 }],
  ["nothing older than a moment", { since_ms: Date.now() + 3_600_000 }],
])("who follows and wants %s does not get what was printed before", async (_wish, wish) => {
  const { runtime, machine, create, follow, unwant } = await setUp();
  const { handle } = await create();
  await runtime.startWorkload(handle);
  const seen = follow(wish);
  const whole = follow();
  machine.kill(handle);
  await eventually(() => expect(whole.text).toBe(line));
  await runtime.startWorkload(handle);
  await eventually(() => expect(whole.text).toBe(line.repeat(2)));
  unwant();
  machine.kill(handle);
  await eventually(() => expect([seen.isOver, whole.isOver]).toEqual([true, true]));
  expect(seen.text).toBe("tail" in wish ? line : "");
});

test("the last words of a workload that is gone are told first, and once", async () => {
  const { runtime, machine, create, keep, read } = await setUp();
  const first = await create();
  await runtime.startWorkload(first.handle);
  machine.kill(first.handle);
  await keep(first);
  await runtime.remove(first.handle);
  expect(await read()).toBe(line);

  const second = await create(2);
  await runtime.startWorkload(second.handle);
  expect(await read()).toBe(line.repeat(2));
  expect(await read({ tail: 1 })).toBe(line);
  expect(await read({ tail: 0 })).toBe("");
  expect(await read({ since_ms: Date.now() + 60_000 })).toBe("");
  expect(await read({ timestamps: true })).toMatch(/^\d{4}-\S+Z ready.*\n\d{4}-\S+Z ready.*\n$/);
});

test("of what never was here nothing can be told", async () => {
  const { open } = await setUp();
  const other = open({ instance_number: 7, job_id: "f".repeat(24) });
  await (await other).return(undefined);
  const { open: openOther, unwant } = await setUp();
  unwant();
  await expect(openOther()).rejects.toMatchObject({ status: 404 });
});

test("followers that are given up are forgotten by the machine", async () => {
  const { runtime, create, follow, gone } = await setUp();
  const { handle } = await create();
  await runtime.startWorkload(handle);
  const all = Array.from({ length: 10 }, () => follow());
  await eventually(() => expect(all.every(({ text }) => text === line)).toBe(true));
  gone.abort();
  await eventually(() => expect(all.every(({ isOver }) => isOver)).toBe(true));
});

const entry = (number: number, bytes = Buffer.from(`line ${number}\n`)): LogEntry => ({
  at: `2026-01-01T00:00:00.${String(number).padStart(9, "0")}Z`,
  bytes,
});

test("of each instance so much is kept, and of so many", async () => {
  const folder = await aFolder();
  const archive = createLogArchive({
    folder,
    mostBytes: 20,
    mostFiles: 2,
    logger: createSilentLogger(),
  });
  const keyOf = (number: number) => instanceKey("a".repeat(24), number);
  await archive.keep(keyOf(1), [entry(1), entry(2), entry(3), entry(4)]);
  expect((await archive.read(keyOf(1))).map(({ at }) => at)).toEqual([entry(3).at, entry(4).at]);
  await archive.keep(keyOf(1), [entry(5, Buffer.from([0xff, 0x00]))]);
  expect((await archive.read(keyOf(1))).at(-1)?.bytes).toEqual(Buffer.from([0xff, 0x00]));

  await archive.keep(keyOf(2), [entry(1)]);
  await archive.keep(keyOf(3), [entry(1)]);
  expect(await readdir(folder)).toHaveLength(2);
  expect(await archive.read(keyOf(9))).toEqual([]);
});
