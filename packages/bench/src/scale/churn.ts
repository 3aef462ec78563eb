import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestBed, WorkerSite } from "@oak/testkit";
import { z } from "zod";
import type { Aim, BenchContext } from "../bench.ts";
import { toFigure, toTextTable } from "../report/text-table.ts";
import { quantilesOf } from "../stats/quantiles.ts";
import { createSeededRandom } from "../stats/seeded-random.ts";
import { type BenchSystem, startBenchSystem, until } from "../system/bench-system.ts";
import { inTurns } from "./burst.ts";
import type { ScaleOptions } from "./options.ts";
import { anSla } from "./sla.ts";

/** What happens, and the milliseconds until everything is again as it is wanted. */
interface ChurnSample {
  event: "deployed" | "died" | "returned" | "deleted";
  engines: number;
  ms: number;
}

const services = 4;
const requestsAtOnce = 16;
const patienceMs = 180_000;
/** More dead at once than this share, and the cluster rather doubts its own ears. */
const mostDeadShare = 0.3;
/** So many instances go and others come while engines die. */
const exchangedShare = 0.1;

interface Churn {
  system: BenchSystem;
  engines: readonly WorkerSite[];
  serviceIds: readonly string[];
  signal: AbortSignal;
}

/** Part (a): instances on real engines that pretend to run them, while engines and instances come and go. */
export async function measureChurn(
  bed: TestBed,
  options: ScaleOptions,
  context: BenchContext,
): Promise<Aim[]> {
  const { say, signal, results } = context;
  const system = await startBenchSystem(bed, options);
  const engines = await startEngines(system, options.engines);
  const { serviceIds } = await system.api.createApplication(anSla("churn", services));
  const churn: Churn = { system, engines, serviceIds, signal };
  const random = createSeededRandom(1);
  const samples: ChurnSample[] = [];
  const record = async (event: ChurnSample["event"], count: number, work: () => Promise<void>) => {
    const startedMs = performance.now();
    await work();
    const ms = performance.now() - startedMs;
    samples.push({ event, engines: count, ms });
    say(`${event} · ${count} engines: ${toFigure(ms)} ms`);
  };

  await record("deployed", engines.length, async () => {
    const wishes = Array.from({ length: options.instances }, (_, at) => serviceOf(churn, at));
    await inTurns(requestsAtOnce, wishes, system.api.addInstance);
    await converged(churn, engines, options.instances);
  });
  for (let round = 0; round < options.rounds; round += 1) {
    signal.throwIfAborted();
    const dead = chooseSome(engines, random);
    const living = engines.filter((engine) => !dead.includes(engine));
    await record("died", dead.length, async () => {
      await Promise.all(dead.map(({ process }) => process.kill()));
      await exchange(churn, Math.round(options.instances * exchangedShare));
      await converged(churn, living, options.instances);
    });
    await record("returned", dead.length, async () => {
      await Promise.all(dead.map(({ process }) => process.start()));
      await converged(churn, engines, options.instances);
    });
  }
  await record("deleted", engines.length, async () => {
    await inTurns(requestsAtOnce, serviceIds, (id) => system.api.removeInstance(id, -1));
    await converged(churn, engines, 0);
  });
  say(`\n${describe(samples)}`);
  const rows = samples.map((sample) => ({ instances: options.instances, ...sample }));
  say(`samples: ${await results.save("scale-churn", rows)}`);
  return [];
}

async function startEngines({ cluster }: BenchSystem, count: number): Promise<WorkerSite[]> {
  const names = Array.from({ length: count }, (_, number) => `engine${number}`);
  const engines: WorkerSite[] = [];
  for (const name of names) engines.push(await cluster.addWorker({ name, runtime: "fake" }));
  await inTurns(4, engines, ({ process }) => process.start());
  return engines;
}

function serviceOf({ serviceIds }: Churn, index: number): string {
  return serviceIds[index % serviceIds.length] ?? "";
}

function chooseSome(engines: readonly WorkerSite[], random: () => number): WorkerSite[] {
  const most = Math.max(1, Math.floor(engines.length * mostDeadShare));
  const count = 1 + Math.floor(random() * most);
  const order = engines.map((engine) => ({ engine, rank: random() }));
  return order
    .toSorted((one, other) => one.rank - other.rank)
    .slice(0, count)
    .map(({ engine }) => engine);
}

/** Removes some instances and wants as many new ones. */
async function exchange(churn: Churn, count: number): Promise<void> {
  const { api } = churn.system;
  await api.logIn();
  const instances = await Promise.all(
    churn.serviceIds.map(async (serviceId) =>
      (await api.instances(serviceId)).map(({ instance_number }) => ({
        serviceId,
        instance_number,
      })),
    ),
  );
  await inTurns(requestsAtOnce, instances.flat().slice(0, count), async (instance) => {
    await api.removeInstance(instance.serviceId, instance.instance_number);
    await api.addInstance(instance.serviceId);
  });
}

/** The root says RUNNING of every instance, and each runs once on these engines, and nothing else does. */
async function converged(
  { system, serviceIds, signal }: Churn,
  engines: readonly WorkerSite[],
  count: number,
): Promise<void> {
  const patience = { withinMs: patienceMs, everyMs: 100, signal };
  await until(`${count} instances run, each once`, patience, async () => {
    const running = (await Promise.all(engines.map(runningOn))).flat();
    if (running.length !== count || new Set(running).size !== count) return false;
    const lists = await Promise.all(serviceIds.map(system.api.instances));
    const told = lists.flat();
    return told.length === count && told.every(({ status }) => status === "RUNNING");
  });
}

const Machine = z.object({
  workloads: z.array(z.object({ state: z.string(), identity: z.object({ key: z.string() }) })),
});

/** What an engine's pretended machine runs: the truth, whatever anybody reports. */
async function runningOn({ stateDir }: WorkerSite): Promise<string[]> {
  const text = await readFile(join(stateDir, "fake-machine.json"), "utf8").catch(() => undefined);
  if (text === undefined) return [];
  const { workloads } = Machine.parse(JSON.parse(text));
  return workloads.filter(({ state }) => state === "running").map(({ identity }) => identity.key);
}

const meanings: Readonly<Record<ChurnSample["event"], string>> = {
  deployed: "all deployed",
  died: "engines killed, instances exchanged: all run on the others",
  returned: "engines back: what was replaced is gone",
  deleted: "all deleted",
};

function describe(samples: readonly ChurnSample[]): string {
  const rows = (Object.keys(meanings) as ChurnSample["event"][]).map((event) => {
    const of = samples.filter((sample) => sample.event === event).map(({ ms }) => ms);
    const { count, min, p50, max } = quantilesOf(of);
    return [meanings[event], ...[min, p50, max].map(toFigure), String(count)];
  });
  return toTextTable(["ms until it is so", "min", "p50", "max", "n"], rows);
}
