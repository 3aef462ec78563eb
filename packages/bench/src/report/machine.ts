import { readFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";
import { setTimeout as delay } from "node:timers/promises";

/** What a figure has to be read with. */
export function describeMachine(): string {
  const cores = cpus();
  const memoryGb = (totalmem() / 1024 ** 3).toFixed(0);
  return [
    `${cores.length} × ${cores[0]?.model.trim() ?? "CPU"}, ${memoryGb} GB`,
    `Linux ${release()}`,
    `Node ${process.version}`,
    new Date().toISOString(),
  ].join(" · ");
}

/** Load average of the last minute. */
export function loadAverage(): number {
  return loadavg()[0] ?? 0;
}

/** What other programs use while this one rests: cores that are busy, 0 to the number of cores. */
export async function measureForeignLoad(durationMs = 250): Promise<number> {
  const before = busyTicks();
  const startedMs = performance.now();
  await delay(durationMs);
  const seconds = (performance.now() - startedMs) / 1000;
  return (busyTicks() - before) / ticksPerSecond / seconds;
}

/** More than this and a figure tells more of the neighbours than of the bench. */
const mostForeignLoad = 0.5;

/**
 * Waits for a quiet moment, at most `patienceMs`.
 * @returns the load that was there at the end
 */
export async function waitForQuiet(signal: AbortSignal, patienceMs = 10_000): Promise<number> {
  const deadlineMs = performance.now() + patienceMs;
  for (;;) {
    const load = await measureForeignLoad();
    signal.throwIfAborted();
    if (load <= mostForeignLoad || performance.now() > deadlineMs) return load;
  }
}

export function isNoisy(foreignLoad: number): boolean {
  return foreignLoad > mostForeignLoad;
}

/** USER_HZ, 100 on every Linux that Node runs on. */
export const ticksPerSecond = 100;

function busyTicks(): number {
  const line = readFileSync("/proc/stat", "utf8").split("\n")[0] ?? "";
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = line
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return user + nice + system + irq + softirq;
}

/** One clause for the line that announces a block of samples. */
export function describeLoad(foreignLoad: number): string {
  const note = isNoisy(foreignLoad) ? " (NOISY: read the ratios only)" : "";
  return `load average ${loadAverage().toFixed(2)}, others use ${foreignLoad.toFixed(2)} cores${note}`;
}
