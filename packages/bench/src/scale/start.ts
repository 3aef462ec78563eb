import type { TestBed } from "@oak/testkit";
import type { Aim, BenchContext } from "../bench.ts";
import { toCount, toFigure, toTextTable } from "../report/text-table.ts";
import { quantilesOf } from "../stats/quantiles.ts";
import { until } from "../system/bench-system.ts";
import { inTurns } from "./burst.ts";
import { type CrowdedSystem, growCrowd, startCrowdedSystem } from "./crowded-system.ts";
import type { ScaleOptions } from "./options.ts";
import { anSla } from "./sla.ts";

interface StartSample {
  tier: "root" | "cluster";
  /** from the start of its processes until all of them are ready */
  ready: number;
  /** until a new instance runs */
  useful: number;
}

const workers = 100;
const servicesAnApplication = 100;
const requestsAtOnce = 32;
const patienceMs = 180_000;

/** Part (e): a tier that knows many services is killed and starts again. */
export async function measureStart(
  bed: TestBed,
  options: ScaleOptions,
  context: BenchContext,
): Promise<Aim[]> {
  const crowded = await startCrowdedSystem(bed, options);
  await growCrowd(crowded, workers, context);
  const serviceIds = await fill(crowded, options.services, context.signal);
  context.say(`${toCount(serviceIds.length)} services with one instance each run`);
  const samples: StartSample[] = [];
  for (let count = 0; count < options.starts; count += 1) {
    for (const tier of ["root", "cluster"] as const) {
      context.signal.throwIfAborted();
      samples.push(await startAgain(crowded, tier, serviceIds[count] ?? "", context.signal));
    }
  }
  const { running } = await crowded.crowd.look();
  const evicted = await crowded.system.clusterMetric("oak_cluster_evictions_total");
  context.say(`\n${describe(samples)}\n\nrunning ${toCount(running)}, lost by mistake ${evicted}`);
  const rows = samples.map((sample) => ({ services: options.services, ...sample }));
  context.say(`samples: ${await context.results.save("scale-start", rows)}`);
  return (["root", "cluster"] as const).map((tier) => ({
    what: `${tier} with ${toCount(options.services)} services: ready, p50`,
    measured: quantilesOf(of(samples, tier, "ready")).p50,
    atMost: 1_500,
    unit: "ms",
  }));
}

async function fill(
  { system, crowd }: CrowdedSystem,
  count: number,
  signal: AbortSignal,
): Promise<string[]> {
  const serviceIds: string[] = [];
  while (serviceIds.length < count) {
    const wanted = Math.min(servicesAnApplication, count - serviceIds.length);
    const sla = anSla(`app${serviceIds.length}`, wanted);
    serviceIds.push(...(await system.api.createApplication(sla)).serviceIds);
  }
  await inTurns(requestsAtOnce, serviceIds, system.api.addInstance);
  await until("all services run", { withinMs: patienceMs, everyMs: 100, signal }, async () => {
    return (await crowd.look()).running >= count;
  });
  return serviceIds;
}

async function startAgain(
  { system, crowd }: CrowdedSystem,
  tier: StartSample["tier"],
  serviceId: string,
  signal: AbortSignal,
): Promise<StartSample> {
  const site = system[tier];
  const before = await crowd.look();
  await Promise.all(Object.values(site.services).map((service) => service.kill()));
  const startedMs = performance.now();
  await site.start();
  const ready = performance.now() - startedMs;
  await system.api.logIn();
  await system.api.addInstance(serviceId);
  await until("an instance more runs", { withinMs: patienceMs, signal }, async () => {
    const { running, online, workers: all } = await crowd.look();
    return running === before.running + 1 && online === all;
  });
  return { tier, ready, useful: performance.now() - startedMs };
}

function of(
  samples: readonly StartSample[],
  tier: StartSample["tier"],
  what: "ready" | "useful",
): number[] {
  return samples.filter((sample) => sample.tier === tier).map((sample) => sample[what]);
}

function describe(samples: readonly StartSample[]): string {
  const rows = (["root", "cluster"] as const).flatMap((tier) =>
    (["ready", "useful"] as const).map((what) => {
      const { min, p50, max } = quantilesOf(of(samples, tier, what));
      const meaning = what === "ready" ? "all its processes ready" : "a new instance runs";
      return [`${tier}: ${meaning}`, ...[min, p50, max].map(toFigure)];
    }),
  );
  return toTextTable(["ms since its start", "min", "p50", "max"], rows);
}
