/** From `/proc/meminfo`, in MB (2^20 bytes) as everywhere in the SLA. */
export interface MemoryReading {
  totalMb: number;
  /** What a new process could get without swapping. */
  availableMb: number;
}

export function parseMeminfo(text: string): MemoryReading {
  const kb = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)?.[1] ?? 0);
  return { totalMb: kb("MemTotal") / 1_024, availableMb: kb("MemAvailable") / 1_024 };
}

/** CPU time of all cores since boot, from the first line of `/proc/stat`; the unit cancels out. */
export interface CpuReading {
  total: number;
  idle: number;
}

export function parseCpuTimes(text: string): CpuReading {
  const [, times = ""] = /^cpu\s+(.*)$/m.exec(text) ?? [];
  // user nice system idle iowait irq softirq steal; guest times are part of user already.
  const values = times.split(/\s+/).slice(0, 8).map(Number);
  return {
    total: values.reduce((sum, value) => sum + value, 0),
    idle: (values[3] ?? 0) + (values[4] ?? 0),
  };
}

/** Share of all cores in use between two readings, 0 to 100. */
export function cpuPercentBetween(before: CpuReading, now: CpuReading): number {
  const total = now.total - before.total;
  if (total <= 0) return 0;
  const idle = Math.max(0, now.idle - before.idle);
  return Math.max(0, Math.min(100, (100 * (total - idle)) / total));
}
