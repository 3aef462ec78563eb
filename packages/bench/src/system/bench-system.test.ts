import { expect, test } from "vitest";
import { sumOfMetric, until } from "./bench-system.ts";

const text = `# HELP workers Known workers
# TYPE workers gauge
workers{service="m",liveness="alive"} 5
workers{service="m",liveness="lost"} 2
# TYPE workers_total counter
workers_total 100
# TYPE braked_total counter`;

test("a metric is the sum of its samples, of those with the labels", () => {
  expect(sumOfMetric(text, "workers")).toBe(7);
  expect(sumOfMetric(text, "workers", { liveness: "alive" })).toBe(5);
  expect(sumOfMetric(text, "workers_total")).toBe(100);
});

test("what was never counted is nothing, what does not exist is an error", () => {
  expect(sumOfMetric(text, "braked_total")).toBe(0);
  expect(() => sumOfMetric(text, "lost_total")).toThrow("no metric lost_total");
});

test("a question is asked until it is answered with yes; an error is a no", async () => {
  let asked = 0;
  const answer = (): boolean => {
    asked += 1;
    if (asked === 1) throw new Error("not yet");
    return asked === 3;
  };
  await until("it is so", { withinMs: 1_000, everyMs: 1 }, answer);
  expect(asked).toBe(3);
});

test("what does not become true says what it was about", async () => {
  await expect(until("pigs fly", { withinMs: 5, everyMs: 1 }, () => false)).rejects.toThrow(
    "pigs fly",
  );
});

test("an interrupt ends the asking", async () => {
  const patience = { withinMs: 60_000, everyMs: 10, signal: AbortSignal.abort() };
  await expect(until("it is so", patience, () => false)).rejects.toThrow("abort");
});
