import { expect, onTestFinished, test, vi } from "vitest";
import { createHeartbeatWheel } from "./heartbeat-wheel.ts";

function aWheel(everyMs: number) {
  vi.useFakeTimers();
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const beats = new Map<string, number>();
  const wheel = createHeartbeatWheel<string>({
    everyMs,
    random: () => 0.5,
    beat: (member) => beats.set(member, (beats.get(member) ?? 0) + 1),
  });
  onTestFinished(wheel.stop);
  return { wheel, beats };
}

test("each member beats once in its interval", () => {
  const { wheel, beats } = aWheel(1_000);
  for (const member of ["a", "b", "c"]) wheel.add(member);
  wheel.start();
  vi.advanceTimersByTime(10_100);
  expect([...beats.values()]).toEqual([10, 10, 10]);
});

test("members that are added later join in, and a beat in time is hardly late", () => {
  const { wheel, beats } = aWheel(1_000);
  wheel.add("a");
  wheel.start();
  vi.advanceTimersByTime(5_000);
  wheel.add("b");
  vi.advanceTimersByTime(2_000);
  expect(beats.get("b")).toBe(2);
  expect(wheel.takeWorstLateMs()).toBeLessThan(10);
});

test("a wheel that was stopped beats no more", () => {
  const { wheel, beats } = aWheel(1_000);
  wheel.add("a");
  wheel.start();
  wheel.stop();
  vi.advanceTimersByTime(5_000);
  expect(beats.size).toBe(0);
});
