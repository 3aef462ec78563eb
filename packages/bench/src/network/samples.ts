import type { Cell } from "../report/result-folder.ts";
import { quantilesOf } from "../stats/quantiles.ts";
import type { PathName } from "./path.ts";
import type { Way } from "./probe/messages.ts";

/** One run of `iperf3`. */
export interface ThroughputSample {
  /** In the maps of both workers meanwhile. */
  services: number;
  path: PathName;
  streams: number;
  gbitPerSecond: number;
  retransmits: number;
}

/** Round trips one after another, without a pause. */
export interface LatencyBlock {
  services: number;
  path: PathName;
  way: Way;
  /** Microseconds each. */
  trips: readonly number[];
}

/** All that is measured of the paths. */
export interface PathSamples {
  throughput: readonly ThroughputSample[];
  latency: readonly LatencyBlock[];
}

export const toThroughputRow = (sample: ThroughputSample): Record<string, Cell> => ({ ...sample });

/** A block in one line: its hundreds of trips would be no use in a file of that size. */
export function toLatencyRow({ trips, ...block }: LatencyBlock): Record<string, Cell> {
  const { count, min, p50, p95, p99, max } = quantilesOf(trips);
  return { ...block, count, min, p50, p95, p99, max };
}
