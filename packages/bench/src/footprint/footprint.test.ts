import { expect, test } from "vitest";
import { readProcessUsage } from "./process-usage.ts";
import { footprintOf, sumOf, type UsageSample, watchProcesses } from "./watch-processes.ts";

function aSample(changes: Partial<UsageSample>): UsageSample {
  return { name: "a", atSeconds: 0, pss: 100, uss: 50, rss: 200, cpuNs: 0, wakeups: 0, ...changes };
}

test("a process's own figures can be read, and grow with its work", () => {
  const before = readProcessUsage(process.pid);
  const endMs = performance.now() + 30;
  while (performance.now() < endMs);
  const after = readProcessUsage(process.pid);
  expect(after.cpuNs - before.cpuNs).toBeGreaterThan(1e6);
  expect(after.rss).toBeGreaterThanOrEqual(after.pss);
  expect(after.pss).toBeGreaterThanOrEqual(after.uss);
  expect(after.uss).toBeGreaterThan(1024 * 1024);
});

test("CPU and wakeups are told per second, memory as the median", () => {
  const samples = [
    aSample({}),
    aSample({ atSeconds: 5, pss: 300 }),
    aSample({ atSeconds: 10, pss: 200, cpuNs: 1e8, wakeups: 40 }),
  ];
  expect(footprintOf("a", samples)).toMatchObject({
    pss: 200,
    pssMax: 300,
    cpuPercent: 1,
    wakeupsPerSecond: 4,
  });
});

test("tiers are sums of their services", () => {
  const one = footprintOf("a", [aSample({}), aSample({ atSeconds: 1, cpuNs: 1e7 })]);
  expect(sumOf("tier", [one, one])).toMatchObject({ name: "tier", pss: 200, cpuPercent: 2 });
});

test("watching takes looks from the first to the last moment", async () => {
  const { signal } = new AbortController();
  const processes = [{ name: "self", pid: process.pid }];
  const samples = await watchProcesses({ processes, seconds: 0.05, signal });
  expect(samples.length).toBeGreaterThanOrEqual(2);
  expect(samples.at(-1)?.atSeconds).toBeGreaterThanOrEqual(0.05);
});

test("watching a process that has ended fails", async () => {
  const { signal } = new AbortController();
  const processes = [{ name: "gone", pid: 2 ** 30 }];
  await expect(watchProcesses({ processes, seconds: 1, signal })).rejects.toThrow("ENOENT");
});
