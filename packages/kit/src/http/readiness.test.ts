import { expect, test } from "vitest";
import { createFakeClock } from "../../test/fake-clock.ts";
import { checkReadiness } from "./readiness.ts";

test("all checks that pass make a service ready", async () => {
  const report = await checkReadiness({ a: async () => undefined, b: async () => "fine" });
  expect(report).toEqual({ isReady: true, checks: { a: { ok: true }, b: { ok: true } } });
});

test("each check that fails is listed with its reason", async () => {
  const report = await checkReadiness({
    database: async () => {
      throw new Error("no connection");
    },
    broker: async () => undefined,
  });
  expect(report.isReady).toBe(false);
  expect(report.checks).toEqual({
    database: { ok: false, reason: "no connection" },
    broker: { ok: true },
  });
});

test("a check that does not end counts as failed and is told to stop", async () => {
  const clock = createFakeClock();
  let isAborted = false;
  const hanging = (signal: AbortSignal): Promise<void> =>
    new Promise(() => {
      signal.addEventListener("abort", () => {
        isAborted = true;
      });
    });
  const checking = checkReadiness({ hanging }, { clock, timeoutMs: 1_000 });
  await clock.advance(1_000);
  const report = await checking;
  expect(report.checks["hanging"]).toEqual({ ok: false, reason: "no answer within 1000 ms" });
  expect(isAborted).toBe(true);
});
