import { setTimeout as delay } from "node:timers/promises";
import { medianOf } from "../stats/quantiles.ts";
import { type ProcessUsage, readProcessUsage } from "./process-usage.ts";

/** Which processes belong together in one row. */
export interface Watched {
  name: string;
  pid: number;
}

/** One look at one process. */
export interface UsageSample extends ProcessUsage {
  name: string;
  atSeconds: number;
}

/** What a process did while it was watched. Memory in bytes. */
export interface Footprint {
  name: string;
  /** median of the looks */
  pss: number;
  uss: number;
  rss: number;
  /** most of the looks */
  pssMax: number;
  /** percent of one core */
  cpuPercent: number;
  wakeupsPerSecond: number;
}

export interface Watch {
  processes: readonly Watched[];
  seconds: number;
  signal: AbortSignal;
}

const secondsBetweenLooks = 2;

/** Looks at the processes again and again; the looks cost them nothing. */
export async function watchProcesses(watch: Watch): Promise<UsageSample[]> {
  const { processes, seconds, signal } = watch;
  const samples: UsageSample[] = [];
  const startedMs = performance.now();
  for (;;) {
    const atSeconds = (performance.now() - startedMs) / 1000;
    for (const { name, pid } of processes) {
      samples.push({ name, atSeconds, ...readProcessUsage(pid) });
    }
    if (atSeconds >= seconds) return samples;
    const restMs = (seconds - atSeconds) * 1000;
    await delay(Math.min(secondsBetweenLooks * 1000, restMs), undefined, { signal });
  }
}

/** @param samples of one process, in order */
export function footprintOf(name: string, samples: readonly UsageSample[]): Footprint {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined || last.atSeconds === first.atSeconds) {
    throw new RangeError(`${name} was not looked at often enough`);
  }
  const seconds = last.atSeconds - first.atSeconds;
  return {
    name,
    pss: medianOf(samples.map(({ pss }) => pss)),
    uss: medianOf(samples.map(({ uss }) => uss)),
    rss: medianOf(samples.map(({ rss }) => rss)),
    pssMax: Math.max(...samples.map(({ pss }) => pss)),
    cpuPercent: ((last.cpuNs - first.cpuNs) / 1e9 / seconds) * 100,
    wakeupsPerSecond: (last.wakeups - first.wakeups) / seconds,
  };
}

export function sumOf(name: string, footprints: readonly Footprint[]): Footprint {
  const sum = (key: Exclude<keyof Footprint, "name">): number =>
    footprints.reduce((total, footprint) => total + footprint[key], 0);
  return {
    name,
    pss: sum("pss"),
    uss: sum("uss"),
    rss: sum("rss"),
    pssMax: sum("pssMax"),
    cpuPercent: sum("cpuPercent"),
    wakeupsPerSecond: sum("wakeupsPerSecond"),
  };
}
