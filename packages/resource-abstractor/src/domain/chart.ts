import type { Chart } from "@oak/contracts";
import type { z } from "zod";

/** One bar of a chart. */
export type ChartPoint = z.infer<typeof Chart>[number];

/** Points to append, by chart. */
export interface ChartPoints {
  cpu_history?: ChartPoint;
  memory_history?: ChartPoint;
}

/** Points of the figures that are there; what a report leaves out adds no bar. */
export function chartPoints(
  figures: {
    cpu_percent?: number | string | undefined;
    memory_percent?: number | string | undefined;
  },
  atMs: number,
): ChartPoints {
  const timestamp = new Date(atMs).toISOString();
  const { cpu_percent: cpu, memory_percent: memory } = figures;
  return {
    ...(cpu === undefined ? {} : { cpu_history: { value: String(cpu), timestamp } }),
    ...(memory === undefined ? {} : { memory_history: { value: String(memory), timestamp } }),
  };
}
