import type { Liveness } from "@oak/contracts";
import { expect, test } from "vitest";
import type { Worker } from "../ports.ts";
import { watchWorkers } from "./watch-workers.ts";

const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const timeoutMs = 5_000;

/** Who is lost after this many milliseconds of silence, seen by a judge that listens for long. */
async function lostAfter(silentMs: number, ...livenesses: Liveness[]): Promise<string[]> {
  return (await watchAfter(silentMs, livenesses)).lost;
}

async function watchAfter(
  silentMs: number,
  livenesses: readonly Liveness[],
  signAgoMs: number | undefined = undefined,
) {
  const nowMs = 1_000_000;
  const workers = livenesses.map<Worker>((liveness) => ({
    id: liveness,
    session: 1,
    liveness,
    heardAtMs: nowMs - silentMs,
    ...(signAgoMs !== undefined && { sign: { seq: 1, atMs: nowMs - signAgoMs } }),
    hasReported: true,
    isLegacy: false,
  }));
  const lost: string[] = [];
  let probes = 0;
  const dueMs = await watchWorkers({
    roster: { all: () => workers.values(), setLiveness: async () => {} } as never,
    clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
    log,
    onLost: (id) => lost.push(id),
    timeoutMs,
    reconnectSpreadMs: 0,
    startedAtMs: 0,
    linkUpSinceMs: () => 0,
    probeLink: () => {
      probes += 1;
    },
    loopLateMs: () => 0,
  });
  return { lost, probes, dueMs };
}

test("a silent worker is lost, with its agent gone or not, and only once", async () => {
  expect(await lostAfter(timeoutMs, "alive")).toEqual(["alive"]);
  expect(await lostAfter(timeoutMs, "agent_lost", "lost")).toEqual(["agent_lost"]);
});

test("signs of life keep a silent worker, for a minute", async () => {
  expect((await watchAfter(timeoutMs, ["alive"], timeoutMs - 1)).lost).toEqual([]);
  expect((await watchAfter(timeoutMs, ["alive"], timeoutMs)).lost).toEqual(["alive"]);
  expect((await watchAfter(60_000 + timeoutMs, ["alive"], 0)).lost).toEqual(["alive"]);
});

test("one that said goodbye has a minute more to come back", async () => {
  expect(await lostAfter(60_000, "left")).toEqual([]);
  expect(await lostAfter(60_000 + timeoutMs, "left")).toEqual(["left"]);
});

test("before anybody is judged it is asked whether the link carries anything", async () => {
  expect((await watchAfter(timeoutMs / 2 - 1, ["alive"])).probes).toBe(0);
  expect((await watchAfter(timeoutMs / 2, ["alive"])).probes).toBe(1);
});

test("it is told when the next one may be due", async () => {
  expect((await watchAfter(timeoutMs - 30, ["alive", "agent_lost", "lost"])).dueMs).toBe(30);
  expect((await watchAfter(timeoutMs, ["alive", "lost"])).dueMs).toBeUndefined();
});
