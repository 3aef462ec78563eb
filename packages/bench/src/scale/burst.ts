import type { TestBed } from "@oak/testkit";
import type { Aim, BenchContext } from "../bench.ts";
import { toCount, toFigure, toTextTable } from "../report/text-table.ts";
import { medianOf } from "../stats/quantiles.ts";
import { until } from "../system/bench-system.ts";
import { costsBetween, describeCosts, lookAtCosts } from "./costs.ts";
import type { CrowdProcess } from "./crowd/crowd-process.ts";
import { machineMs } from "./crowd/messages.ts";
import { type CrowdedSystem, growCrowd, startCrowdedSystem } from "./crowded-system.ts";
import type { ScaleOptions } from "./options.ts";
import { anSla } from "./sla.ts";

/** One burst, milliseconds since the first POST left until the last instance had come so far. */
interface BurstSample {
  /** the root has answered */
  answered: number;
  /** the command is at its worker */
  commanded: number;
  /** the broker has the worker's word that it runs */
  acknowledged: number;
  /** the root says RUNNING */
  running: number;
  /** from the wish to delete the application until no worker runs anything */
  gone: number;
}

const rounds = 3;
const services = 10;
/** As many as a client with many connections has under way. */
const requestsAtOnce = 64;
const patienceMs = 180_000;

/** Part (d): many instances at once, over ten services. */
export async function measureBurst(
  bed: TestBed,
  options: ScaleOptions,
  context: BenchContext,
): Promise<Aim[]> {
  const crowded = await startCrowdedSystem(bed, options);
  await growCrowd(crowded, options.burstWorkers, context);
  const samples: BurstSample[] = [];
  const before = await lookAtCosts(crowded);
  for (let round = 0; round < rounds; round += 1) {
    context.signal.throwIfAborted();
    samples.push(await burst(crowded, options.burst, context.signal));
    context.say(
      `${toCount(options.burst)} instances: ${toFigure(samples.at(-1)?.running ?? 0)} ms`,
    );
  }
  const costs = costsBetween(before, await lookAtCosts(crowded), rounds * options.burst);
  context.say(`\n${describe(samples, options.burst)}`);
  context.say(`\nplaced, acknowledged and deleted:\n\n${describeCosts(costs, "an instance")}\n`);
  const rows = samples.map((sample) => ({ instances: options.burst, ...sample }));
  context.say(`samples: ${await context.results.save("scale-burst", rows)}`);
  return [
    {
      what: `${toCount(options.burst)} instances at once: placed and acknowledged`,
      measured: medianOf(samples.map(({ running }) => running)),
      // At least 1,000 a second.
      atMost: options.burst,
      unit: "ms",
    },
  ];
}

async function burst(
  { system, crowd }: CrowdedSystem,
  count: number,
  signal: AbortSignal,
): Promise<BurstSample> {
  const { api } = system;
  await api.logIn();
  const { id, serviceIds } = await api.createApplication(
    anSla(`burst${Math.round(machineMs())}`, services),
  );
  const wishes = Array.from({ length: count }, (_, index) => serviceIds[index % services] ?? "");
  const heard = countHeard(crowd);
  const startedMs = machineMs();
  await inTurns(requestsAtOnce, wishes, api.addInstance);
  const answered = machineMs() - startedMs;
  const patience = { withinMs: patienceMs, signal };
  await until(
    "every instance runs",
    { ...patience, everyMs: 5 },
    () => heard.running.size >= count,
  );
  await until("the root says RUNNING of every instance", patience, async () => {
    const lists = await Promise.all(serviceIds.map(api.instances));
    return lists.flat().filter(({ status }) => status === "RUNNING").length >= count;
  });
  const running = machineMs() - startedMs;
  heard.end();
  const deletedMs = machineMs();
  await api.deleteApplication(id);
  await until("nothing runs", patience, async () => (await crowd.look()).running === 0);
  return {
    answered,
    commanded: latest(heard.commanded) - startedMs,
    acknowledged: latest(heard.running) - startedMs,
    running,
    gone: machineMs() - deletedMs,
  };
}

/** When each instance was first commanded, and first said to run. */
function countHeard(crowd: CrowdProcess) {
  const commanded = new Map<string, number>();
  const running = new Map<string, number>();
  const first = (map: Map<string, number>, key: string, atMs: number): void => {
    if (!map.has(key)) map.set(key, atMs);
  };
  const end = crowd.listen((event) => {
    if (event.kind === "deploy") first(commanded, event.key, event.atMs);
    if (event.kind === "acknowledged" && event.status === "RUNNING") {
      first(running, event.key, event.atMs);
    }
  });
  return { commanded, running, end };
}

function latest(moments: ReadonlyMap<string, number>): number {
  return [...moments.values()].reduce((last, atMs) => Math.max(last, atMs), 0);
}

/** Works through all items, at most `atOnce` at a time. */
export async function inTurns<T>(
  atOnce: number,
  items: readonly T[],
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const left = items.values();
  const one = async (): Promise<void> => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, one));
}

const meanings: Readonly<Record<keyof BurstSample, string>> = {
  answered: "every POST answered",
  commanded: "every command at its worker",
  acknowledged: "every worker's RUNNING at the broker",
  running: "the root says RUNNING of every one",
  gone: "deleted: nothing runs",
};

function describe(samples: readonly BurstSample[], count: number): string {
  const rows = (Object.keys(meanings) as (keyof BurstSample)[]).map((moment) => {
    const milliseconds = samples.map((sample) => sample[moment]);
    const rate = (1000 * count) / medianOf(milliseconds);
    return [meanings[moment], ...milliseconds.map(toFigure), toFigure(rate)];
  });
  const headings = samples.map((_, round) => `${round + 1}`);
  return toTextTable(["ms until the last one", ...headings, "a second"], rows);
}
