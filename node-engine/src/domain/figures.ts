import type { InformationReport, ResourcesReport } from "@oak/contracts";

/** What a heartbeat says of the machine. */
export type NodeFigures = Pick<
  InformationReport,
  | "ip"
  | "cpu_percent"
  | "memory_percent"
  | "memory"
  | "vcpus"
  | "vgpus"
  | "gpu_percent"
  | "gpu_temp"
  | "gpu_drivers"
  | "vram"
  | "vram_percent"
  | "virtualization"
  | "allocatable"
>;

/** One workload in `jobs/resources`. */
export type WorkloadFigures = ResourcesReport["services"][number];

/** Shares and temperatures are worth telling from one whole point on. */
const leastPoints = 1;
/** Amounts (memory, disk) are worth telling from this share of the last told value on. */
const leastShare = 0.01;
const pointKeys: ReadonlySet<string> = new Set([
  "cpu_percent",
  "memory_percent",
  "gpu_percent",
  "gpu_temp",
  "vram_percent",
]);
const amountKeys: ReadonlySet<string> = new Set(["memory", "storage"]);

/** Those of the figures that differ noticeably from what was told before; all of them the first time. */
export function changedFigures(told: NodeFigures | undefined, now: NodeFigures): NodeFigures {
  if (told === undefined) return now;
  const before = new Map<string, unknown>(Object.entries(told));
  const changed = Object.entries(now).filter(([key, value]) =>
    isNoticeable(key, before.get(key), value),
  );
  return Object.fromEntries(changed);
}

function isNoticeable(key: string, before: unknown, now: unknown): boolean {
  if (typeof before === "number" && typeof now === "number") {
    const difference = Math.abs(now - before);
    if (pointKeys.has(key)) return difference >= leastPoints;
    if (amountKeys.has(key)) return difference > Math.abs(before) * leastShare;
    return difference > 0;
  }
  if (!isRecord(before) || !isRecord(now)) return JSON.stringify(before) !== JSON.stringify(now);
  return Object.keys({ ...before, ...now }).some((inner) =>
    isNoticeable(inner, before[inner], now[inner]),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether the figures of a workload are worth sending again. */
export function isWorkloadNoticeable(
  told: WorkloadFigures | undefined,
  now: WorkloadFigures,
): boolean {
  if (told === undefined) return true;
  const moved = (key: "cpu_percent" | "memory_percent"): boolean =>
    Math.abs(Number(now[key] ?? 0) - Number(told[key] ?? 0)) >= leastPoints;
  const isSameCopy = told.epoch === now.epoch && told.placement === now.placement;
  return !isSameCopy || moved("cpu_percent") || moved("memory_percent") || told.logs !== now.logs;
}
