import { toCount, toFigure, toTextTable } from "../report/text-table.ts";
import { medianOf, quantilesOf } from "../stats/quantiles.ts";
import { type PathName, pathNames } from "./path.ts";
import type { Way } from "./probe/messages.ts";
import type { PathSamples } from "./samples.ts";

/** A table for each number of services. */
export function describePaths(samples: PathSamples): string {
  const numbers = new Set(samples.latency.map(({ services }) => services));
  return [...numbers].map((services) => describeOne(samples, services)).join("\n\n");
}

function describeOne(samples: PathSamples, services: number): string {
  const streams = [...new Set(samples.throughput.map((one) => one.streams))];
  const headings = streams.map((count) => `${count} stream${count === 1 ? "" : "s"}`);
  const rows = pathsOf(samples, services).map((path) => [
    pathNames[path],
    ...streams.map((count) => describeStreams(gbitOf(samples, { services, path, streams: count }))),
    ...(["steady", "connect"] as const).flatMap((way) => {
      const { p50, p99 } = quantilesOf(tripsOf(samples, { services, path, way }).flat());
      return [toFigure(p50), toFigure(p99)];
    }),
  ]);
  const title = services === 0 ? "without services" : `${toCount(services)} in the maps`;
  return toTextTable(
    [`${title}: Gbit/s, µs`, ...headings, "round trip p50", "p99", "new connection p50", "p99"],
    rows,
  );
}

function describeStreams(gbit: readonly number[]): string {
  if (gbit.length === 0) return "";
  const { min, p50, max } = quantilesOf(gbit);
  return `${toFigure(p50)} (${toFigure(min)}–${toFigure(max)})`;
}

/** What is told of one path. */
export interface Wanted {
  services: number;
  path: PathName;
}

function pathsOf({ latency }: PathSamples, services: number): PathName[] {
  const present = latency.filter((one) => one.services === services).map(({ path }) => path);
  return (Object.keys(pathNames) as PathName[]).filter((path) => present.includes(path));
}

/** Of one path, one for each run. */
export function gbitOf(
  { throughput }: PathSamples,
  wanted: Wanted & { streams: number },
): number[] {
  return throughput
    .filter(
      ({ services, path, streams }) =>
        services === wanted.services && path === wanted.path && streams === wanted.streams,
    )
    .map(({ gbitPerSecond }) => gbitPerSecond);
}

/** Of one path, a list for each block. */
export function tripsOf(
  { latency }: PathSamples,
  wanted: Wanted & { way: Way },
): (readonly number[])[] {
  return latency
    .filter(
      ({ services, path, way }) =>
        services === wanted.services && path === wanted.path && way === wanted.way,
    )
    .map(({ trips }) => trips);
}

/** One figure for each block: trips of one block are not independent of each other. */
export function blockMedians(blocks: readonly (readonly number[])[]): number[] {
  return blocks.map(medianOf);
}
