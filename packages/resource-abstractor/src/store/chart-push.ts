import type { ChartPoint, ChartPoints } from "../domain/chart.ts";
import { chartLength } from "./collections.ts";

interface BoundedPush {
  $each: ChartPoint[];
  $slice: number;
}

/** The `$push` that appends points to charts and keeps their latest bars; empty without points. */
export function chartPush(points: ChartPoints): {
  $push?: { cpu_history?: BoundedPush; memory_history?: BoundedPush };
} {
  const { cpu_history: cpu, memory_history: memory } = points;
  if (cpu === undefined && memory === undefined) return {};
  return {
    $push: {
      ...(cpu === undefined ? {} : { cpu_history: bounded(cpu) }),
      ...(memory === undefined ? {} : { memory_history: bounded(memory) }),
    },
  };
}

function bounded(point: ChartPoint): BoundedPush {
  return { $each: [point], $slice: -chartLength };
}
