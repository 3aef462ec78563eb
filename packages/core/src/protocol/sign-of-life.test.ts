import fc from "fast-check";
import { expect, test } from "vitest";
import { isSignDue, SIGNS_ALONE_MS, signTimes, silentSinceMs } from "./sign-of-life.ts";

test("a sign counts like a word, and a word after it more than the sign", () => {
  expect(silentSinceMs({ heardAtMs: 1_000 })).toBe(1_000);
  expect(silentSinceMs({ heardAtMs: 1_000, signAtMs: 4_000 })).toBe(4_000);
  expect(silentSinceMs({ heardAtMs: 5_000, signAtMs: 4_000 })).toBe(5_000);
});

test("signs alone keep nobody for longer than a minute", () => {
  const heardAtMs = 1_000;
  const most = heardAtMs + SIGNS_ALONE_MS;
  expect(silentSinceMs({ heardAtMs, signAtMs: most })).toBe(most);
  expect(silentSinceMs({ heardAtMs, signAtMs: most + 1 })).toBe(most);
});

const patienceMs = 1_000;
const nowMs = 100_000;
/** After so long without an answer, the last sign having been heard so long ago. */
const due = (unansweredMs: number | undefined, signHeardMs?: number): boolean =>
  isSignDue({
    nowMs,
    unansweredSinceMs: unansweredMs === undefined ? undefined : nowMs - unansweredMs,
    signHeardAtMs: signHeardMs === undefined ? undefined : nowMs - signHeardMs,
    patienceMs,
  });

test("who is answered sends no signs", () => {
  expect(due(undefined)).toBe(false);
  expect(due(999)).toBe(false);
});

test("who is not answered for long enough sends signs", () => {
  expect(due(1_000)).toBe(true);
  expect(due(SIGNS_ALONE_MS)).toBe(true);
});

test("nobody sends signs that would not count any more", () => {
  expect(due(SIGNS_ALONE_MS + 1)).toBe(false);
});

test("a sign that was heard is enough for the same time", () => {
  expect(due(8_000, 999)).toBe(false);
  expect(due(8_000, 1_000)).toBe(true);
});

test("a stall that begins with a lost heartbeat leaves room for many signs before the worker is lost", () => {
  fc.assert(
    fc.property(fc.integer({ min: 2_000, max: 3_600_000 }), (timeoutMs) => {
      const { patience_ms, every_ms } = signTimes(timeoutMs);
      // The last word came just before the heartbeat that was lost, and signs take a while themselves.
      const beatMs = Math.min(1_000, timeoutMs / 2);
      const leftMs = timeoutMs - beatMs - patience_ms - 0.05 * timeoutMs;
      expect(leftMs / every_ms).toBeGreaterThan(4);
      expect(leftMs / every_ms).toBeLessThan(20);
    }),
  );
});
