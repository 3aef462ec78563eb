import type { Clock } from "@oak/kit";
import type { CgroupFigures, CgroupLocation, CgroupReader } from "../../host/cgroup.ts";
import type { WorkloadUsage } from "../../ports.ts";

export interface UsageMeterOptions {
  cgroups: CgroupReader;
  clock: Clock;
  /** Cores of the machine. */
  cores: number;
  /** Process id of a container as last seen, for groups in unusual places. */
  pidOf: (id: string) => number | undefined;
}

/** Works out shares of CPU time from one look to the next. */
export interface UsageMeter {
  /** Figures of those containers that run. Those not asked for are forgotten. Never rejects. */
  measure(ids: readonly string[]): Promise<Map<string, WorkloadUsage>>;
}

interface Meter {
  location: CgroupLocation;
  figures: CgroupFigures;
  atMs: number;
}

export function createUsageMeter({ cgroups, clock, cores, pidOf }: UsageMeterOptions): UsageMeter {
  let meters = new Map<string, Meter>();

  const look = async (id: string): Promise<Meter | undefined> => {
    const pid = pidOf(id);
    const location =
      meters.get(id)?.location ?? (await cgroups.locate({ id, ...(pid !== undefined && { pid }) }));
    const figures = location && (await cgroups.read(location));
    return figures && { location, figures, atMs: clock.monotonicMs() };
  };

  const measure = async (ids: readonly string[]): Promise<Map<string, WorkloadUsage>> => {
    const next = new Map<string, Meter>();
    const usage = new Map<string, WorkloadUsage>();
    await Promise.all(
      ids.map(async (id) => {
        const meter = await look(id);
        if (meter === undefined) return;
        next.set(id, meter);
        usage.set(id, toUsage(meter, meters.get(id), cores));
      }),
    );
    meters = next;
    return usage;
  };

  return { measure };
}

function toUsage(now: Meter, before: Meter | undefined, cores: number): WorkloadUsage {
  const elapsedNs = before === undefined ? 0 : (now.atMs - before.atMs) * 1e6;
  // Counters begin anew when a container is started again.
  const usedNs = Math.max(0, now.figures.cpuNs - (before?.figures.cpuNs ?? 0));
  const cpuPercent = elapsedNs > 0 ? (100 * usedNs) / elapsedNs / cores : 0;
  return { cpuPercent: Math.min(100, cpuPercent), memoryBytes: now.figures.memoryBytes };
}
