import type { BenchContext } from "../bench.ts";
import { readProcessUsage } from "../footprint/process-usage.ts";
import { toCount, toFigure } from "../report/text-table.ts";
import { measurePaths } from "./measure-paths.ts";
import type { NetworkOptions } from "./options.ts";
import type { Path } from "./path.ts";
import type { PathSamples } from "./samples.ts";
import { Filled, WorkerState } from "./worker/messages.ts";
import type { OurPair } from "./worker/our-pair.ts";

/** How the worker of the client stands with so many services. */
export interface WorkerFigures {
  services: number;
  /** Of both workers at once, milliseconds. */
  filledMs: number;
  /** Longest that the main loop was held meanwhile, and later while nothing was asked of it, milliseconds. */
  fillHoldMs: number;
  restHoldMs: number;
  /** Bytes. */
  pss: number;
}

export interface Passes extends PathSamples {
  workers: readonly WorkerFigures[];
}

export interface PassOptions {
  plain: readonly Path[];
  ours: OurPair;
  options: NetworkOptions;
  context: BenchContext;
}

/** All paths again and again, with more and more services in the maps of both workers. */
export async function measurePasses({
  plain,
  ours,
  options,
  context,
}: PassOptions): Promise<Passes> {
  const samples: PathSamples[] = [];
  const workers: WorkerFigures[] = [];
  for (const [pass, services] of options.services.entries()) {
    context.signal.throwIfAborted();
    context.say(`\n== ${toCount(services)} services in the maps`);
    const filled = await fill(ours, services);
    // It has nothing to do with our maps, and is slow.
    const beside = plain.filter(({ name }) => pass === 0 || name !== "wireguard");
    const paths = [...beside, ...ours.paths];
    samples.push(await measurePaths({ paths, services, options, context }));
    const { longestHoldMs } = await ours.near.ask({ kind: "state" }, WorkerState);
    const { pss } = readProcessUsage(ours.near.pid);
    workers.push({ ...filled, restHoldMs: longestHoldMs, pss });
  }
  return {
    latency: samples.flatMap(({ latency }) => latency),
    throughput: samples.flatMap(({ throughput }) => throughput),
    workers,
  };
}

const fillTimeoutMs = 180_000;

async function fill(
  { near, far }: OurPair,
  services: number,
): Promise<Omit<WorkerFigures, "restHoldMs" | "pss">> {
  // The bench's own are there from the beginning.
  const question = { kind: "fill", services: services - 1 };
  const filled = await Promise.all(
    [near, far].map((worker) => worker.ask(question, Filled, fillTimeoutMs)),
  );
  const { longestHoldMs } = await near.ask({ kind: "state" }, WorkerState);
  return {
    services,
    filledMs: Math.max(...filled.map(({ ms }) => ms)),
    fillHoldMs: longestHoldMs,
  };
}

/** One line for each number of services. */
export function describeWorkers(workers: readonly WorkerFigures[]): string {
  return workers
    .map(({ services, filledMs, fillHoldMs, restHoldMs, pss }) =>
      [
        `${toCount(services)} services: told in ${toFigure(filledMs / 1000)} s`,
        `the worker's process takes ${toFigure(pss / 1e6)} MB (PSS)`,
        `its main loop was held for ${toFigure(fillHoldMs)} ms meanwhile and ${toFigure(restHoldMs)} ms at rest (longest)`,
      ].join(", "),
    )
    .join("\n");
}
