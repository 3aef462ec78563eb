import type { Clock } from "@oak/kit";
import { expect, test } from "vitest";
import type { ObservedWorkload } from "../domain/workload.ts";
import { untilListening } from "./until-listening.ts";

/** Time passes only while somebody waits. */
function scene({ listensAtMs = 0, endsAtMs = Number.POSITIVE_INFINITY, ports = "8080" }) {
  let nowMs = 0;
  let looks = 0;
  const clock: Clock = {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    setTimer: (ms, fire) => {
      queueMicrotask(() => {
        nowMs += ms;
        fire();
      });
      return () => undefined;
    },
  };
  const mapping = { host: 0, container: Number(ports), protocol: "tcp" } as const;
  const look = () =>
    ({
      state: nowMs >= endsAtMs ? "exited" : "running",
      room: { namespace: "n", ports: ports === "" ? [] : [mapping] },
    }) as unknown as ObservedWorkload;
  const namespaces = {
    isListening: async () => {
      looks += 1;
      return nowMs >= listensAtMs;
    },
  };
  const waited = untilListening({ namespaces, clock }, 1, look).then(() => nowMs);
  return { waited, looks: () => looks };
}

test("a program that listens soon is waited for", async () => {
  const { waited } = scene({ listensAtMs: 300 });
  expect(await waited).toBeGreaterThanOrEqual(300);
  expect(await waited).toBeLessThanOrEqual(350);
});

test("one that never listens is not waited for beyond two seconds", async () => {
  const { waited, looks } = scene({ listensAtMs: Number.POSITIVE_INFINITY });
  expect(await waited).toBeLessThan(2_100);
  expect(looks()).toBeLessThan(60);
});

test("one that has ended is not waited for", async () => {
  expect(await scene({ listensAtMs: 1_000, endsAtMs: 100 }).waited).toBeLessThan(200);
});

test("without ports nothing is waited for", async () => {
  const { waited, looks } = scene({ ports: "" });
  expect([await waited, looks()]).toEqual([0, 0]);
});
