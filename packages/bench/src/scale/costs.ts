import { readProcessUsage } from "../footprint/process-usage.ts";
import { toFigure, toTextTable } from "../report/text-table.ts";
import { countedBetween, type RequestCounts, readRequestCounts } from "../system/request-counts.ts";
import type { CrowdedSystem } from "./crowded-system.ts";

/** What all services had done up to a moment. */
export interface CostLook {
  cpuNs: ReadonlyMap<string, number>;
  requests: ReadonlyMap<string, RequestCounts>;
}

export async function lookAtCosts({ system, processes }: CrowdedSystem): Promise<CostLook> {
  const { root, cluster } = system;
  const asked = {
    "system-manager": root.url,
    "root abstractor": root.access.abstractorUrl,
    "root scheduler": root.access.schedulerUrl,
    "cluster-manager": cluster.managerUrl,
    "cluster abstractor": cluster.access.abstractorUrl,
    "cluster scheduler": cluster.access.schedulerUrl,
  };
  const requests = await Promise.all(
    Object.entries(asked).map(async ([name, url]) => [name, await readRequestCounts(url)] as const),
  );
  return {
    cpuNs: new Map(processes().map(({ name, pid }) => [name, readProcessUsage(pid).cpuNs])),
    requests: new Map(requests),
  };
}

/** For one of whatever was counted; of an instance, no neighbour on the machine can change these much. */
export interface Costs {
  cpuMs: readonly { process: string; ms: number }[];
  requests: readonly { service: string; route: string; count: number; meanMs: number }[];
}

/** Rarer requests than one for ten are not told. */
const leastCount = 0.1;

/** @param by how many instances it was, or how many seconds */
export function costsBetween(before: CostLook, after: CostLook, by: number): Costs {
  return {
    cpuMs: [...after.cpuNs].map(([process, cpuNs]) => ({
      process,
      ms: (cpuNs - (before.cpuNs.get(process) ?? 0)) / 1e6 / by,
    })),
    requests: [...after.requests].flatMap(([service, counts]) =>
      countedBetween(before.requests.get(service) ?? new Map(), counts)
        .map(({ route, count, seconds }) => ({
          service,
          route,
          count: count / by,
          meanMs: (1000 * seconds) / count,
        }))
        .filter(({ count }) => count >= leastCount),
    ),
  };
}

/** @param unit `an instance`, `a second` */
export function describeCosts({ cpuMs, requests }: Costs, unit: string): string {
  const cpu = cpuMs.map(({ process, ms }) => [process, toFigure(ms)]);
  const asked = requests.map(({ service, route, count, meanMs }) => [
    `${service}: ${route}`,
    toFigure(count),
    toFigure(meanMs),
  ]);
  return [
    ...(cpu.length > 0 ? [toTextTable(["process", `CPU ms ${unit}`], cpu)] : []),
    toTextTable(["request", unit, "mean ms"], asked),
  ].join("\n\n");
}
