import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { systemClock } from "@oak/kit";
import { expect, test } from "vitest";
import { waitAtMost } from "./wait-at-most.ts";

const untilAborted = (signal: AbortSignal): Promise<string> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve("aborted");
    signal.addEventListener("abort", () => resolve("aborted"));
  });
const limitsOf = (limitMs: number, signal: AbortSignal) => ({
  limitMs,
  signal,
  clock: systemClock,
});

test("a wait ends with its limit, also when garbage is collected meanwhile", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage: () => void = runInNewContext("gc");
  const waiting = waitAtMost(limitsOf(50, new AbortController().signal), untilAborted);
  collectGarbage();
  expect(await waiting).toBe("aborted");
});

test("a wait ends with the signal, before its limit", async () => {
  const gone = new AbortController();
  const waiting = waitAtMost(limitsOf(60_000, gone.signal), untilAborted);
  gone.abort();
  expect(await waiting).toBe("aborted");
  expect(await waitAtMost(limitsOf(60_000, gone.signal), untilAborted)).toBe("aborted");
});

test("what the wait answers or throws comes through", async () => {
  const limits = limitsOf(60_000, new AbortController().signal);
  expect(await waitAtMost(limits, async () => "news")).toBe("news");
  const failing = waitAtMost(limits, () => Promise.reject(new Error("broken")));
  await expect(failing).rejects.toThrow("broken");
});
