import type { TestBed } from "@oak/testkit";
import type { Aim, BenchContext } from "../bench.ts";
import { type Footprint, footprintOf, watchProcesses } from "../footprint/watch-processes.ts";
import { toCount, toFigure, toTextTable } from "../report/text-table.ts";
import { quantilesOf } from "../stats/quantiles.ts";
import { costsBetween, describeCosts, lookAtCosts } from "./costs.ts";
import { type CrowdedSystem, growCrowd, startCrowdedSystem } from "./crowded-system.ts";
import { type DeploymentSample, sampleDeployments } from "./deployments.ts";
import type { ScaleOptions } from "./options.ts";
import { measureReconnect } from "./reconnect.ts";
import { anSla } from "./sla.ts";

/** Parts (b) and (c): heartbeats of ever more workers, and the broker killed under all of them. */
export async function measureWorkers(
  bed: TestBed,
  options: ScaleOptions,
  context: BenchContext,
): Promise<Aim[]> {
  const crowded = await startCrowdedSystem(bed, options);
  const { serviceId } = await crowded.system.api.createApplication(anSla("scale", 1));
  const aims: Aim[] = [];
  for (const count of options.workers) {
    context.signal.throwIfAborted();
    context.say(`\n${toCount(count)} workers: joining`);
    await growCrowd(crowded, count, context);
    if (options.parts.includes("workers")) {
      aims.push(...(await measureLoad({ ...crowded, serviceId }, count, options, context)));
    }
    if (options.parts.includes("reconnect")) {
      aims.push(...(await measureReconnect(crowded, count, context)));
    }
  }
  return aims;
}

async function measureLoad(
  crowded: CrowdedSystem & { serviceId: string },
  count: number,
  options: ScaleOptions,
  context: BenchContext,
): Promise<Aim[]> {
  const { system, crowd, serviceId } = crowded;
  const { say, signal, results } = context;
  const evictedBefore = await system.clusterMetric("oak_cluster_evictions_total");
  await crowd.look();
  const before = await lookAtCosts(crowded);
  const startedMs = performance.now();
  const [usage, samples] = await Promise.all([
    watchProcesses({ processes: crowded.processes(), seconds: options.seconds, signal }),
    sampleDeployments({
      api: system.api,
      crowd,
      serviceId,
      cluster: system.cluster.access,
      count: options.samples,
      everyMs: (options.seconds * 1000) / options.samples,
      signal,
    }),
  ]);
  const seconds = (performance.now() - startedMs) / 1000;
  const costs = costsBetween(before, await lookAtCosts(crowded), seconds);
  const evicted = (await system.clusterMetric("oak_cluster_evictions_total")) - evictedBefore;
  const { online, lateMs } = await crowd.look();
  const names = [...new Set(usage.map(({ name }) => name))];
  const footprints = names.map((name) =>
    footprintOf(
      name,
      usage.filter((look) => look.name === name),
    ),
  );
  say(`\n${describeUsage(footprints)}\n\n${describeDeployments(samples)}`);
  say(`\n${describeCosts({ ...costs, cpuMs: [] }, "a second")}`);
  say(
    `\nonline ${toCount(online)}, lost by mistake ${evicted}, heartbeats late by ${toFigure(lateMs)} ms at most where they are made`,
  );
  const rows = samples.map((sample) => ({ workers: count, ...sample }));
  say(`samples: ${await results.save(`scale-workers-${count}`, rows)}`);
  await results.save(
    `scale-usage-${count}`,
    footprints.map((one) => ({ workers: count, ...one })),
  );
  return aimsOf(count, samples, evicted);
}

const bytesPerMb = 1024 * 1024;

function describeUsage(footprints: readonly Footprint[]): string {
  const rows = footprints.map(({ name, cpuPercent, pss, pssMax }) => [
    name,
    toFigure(cpuPercent),
    toFigure(pss / bytesPerMb),
    toFigure(pssMax / bytesPerMb),
  ]);
  return toTextTable(["process", "CPU % of a core", "PSS MB", "max"], rows);
}

const moments = ["decision", "answered", "commanded", "acknowledged"] as const;
const meanings: Record<(typeof moments)[number], string> = {
  decision: "cluster's scheduler alone",
  answered: "POST answered by the root",
  commanded: "command at its worker",
  acknowledged: "worker's RUNNING at the broker",
};

export function describeDeployments(samples: readonly DeploymentSample[]): string {
  const rows = moments.map((moment) => {
    const { min, p50, p95, p99, max } = quantilesOf(samples.map((sample) => sample[moment]));
    return [meanings[moment], ...[min, p50, p95, p99, max].map(toFigure)];
  });
  return toTextTable(["ms", "min", "p50", "p95", "p99", "max"], rows);
}

function aimsOf(count: number, samples: readonly DeploymentSample[], evicted: number): Aim[] {
  const p99 = (moment: (typeof moments)[number]): number =>
    quantilesOf(samples.map((sample) => sample[moment])).p99;
  const what = `${toCount(count)} workers`;
  return [
    { what: `${what}: decision, p99`, measured: p99("decision"), atMost: 50, unit: "ms" },
    {
      what: `${what}: POST to the command at the worker, p99`,
      measured: p99("commanded"),
      atMost: 50,
      unit: "ms",
    },
    { what: `${what}: lost by mistake`, measured: evicted, atMost: 0, unit: "workers" },
  ];
}
