import { createTestBed, type TestBed } from "@oak/testkit";
import type { Aim, Bench, BenchContext, BenchOutcome } from "../bench.ts";
import { describeLoad, measureForeignLoad } from "../report/machine.ts";
import { measureBurst } from "./burst.ts";
import { measureChurn } from "./churn.ts";
import { readOptions, type ScaleOptions, usage } from "./options.ts";
import { measureStart } from "./start.ts";
import { measureWorkers } from "./workers-part.ts";

export const scaleBench: Bench = {
  name: "scale",
  summary: "thousands of workers, a broker that restarts, many instances at once",
  usage,
  run: async (args, context) => run(readOptions(args), context),
};

type Measure = (bed: TestBed, options: ScaleOptions, context: BenchContext) => Promise<Aim[]>;

async function run(options: ScaleOptions, context: BenchContext): Promise<BenchOutcome> {
  const has = (...parts: readonly ScaleOptions["parts"][number][]): boolean =>
    parts.some((part) => options.parts.includes(part));
  const steps: readonly (readonly [string, boolean, Measure])[] = [
    ["churn", has("churn"), measureChurn],
    ["workers", has("workers", "reconnect"), measureWorkers],
    ["burst", has("burst"), measureBurst],
    ["start", has("start"), measureStart],
  ];
  const aims: Aim[] = [];
  for (const [name, isWanted, measure] of steps) {
    if (!isWanted) continue;
    context.say(`== ${name} · ${describeLoad(await measureForeignLoad())}`);
    aims.push(...(await onBed(measure, options, context)));
    context.say("");
  }
  return { aims };
}

async function onBed(
  measure: Measure,
  options: ScaleOptions,
  context: BenchContext,
): Promise<Aim[]> {
  const bed = await createTestBed();
  try {
    const aims = await measure(bed, options, context);
    // A process that is killed writes no profile.
    if (options.profileFolder !== undefined) await stopAll(bed);
    return aims;
  } catch (error) {
    if (!context.signal.aborted) context.say(endsOf(bed));
    throw error;
  } finally {
    await bed.close();
  }
}

async function stopAll(bed: TestBed): Promise<void> {
  await Promise.all(bed.processes.map((service) => service.stop()));
}

/** Errors of a service are long lines with stacks: their beginnings say enough here. */
function endsOf(bed: TestBed): string {
  return bed
    .logs(5)
    .split("\n")
    .map((line) => line.slice(0, 300))
    .join("\n");
}
