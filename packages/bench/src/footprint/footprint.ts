import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { createTestBed } from "@oak/testkit";
import {
  type Aim,
  type Bench,
  type BenchContext,
  type BenchOutcome,
  UsageError,
} from "../bench.ts";
import { readFlags, wholeNumber } from "../options.ts";
import { describeLoad, measureForeignLoad } from "../report/machine.ts";
import { toFigure, toTextTable } from "../report/text-table.ts";
import { LAYOUTS, type LayoutName, startLayout, TIERS } from "./layouts.ts";
import {
  type Footprint,
  footprintOf,
  sumOf,
  type UsageSample,
  watchProcesses,
} from "./watch-processes.ts";

const usage = `npm run bench -- footprint [options]

Memory (PSS) and CPU of the system while it has nothing to do: a worker has joined, no service runs.

  --seconds N      how long each layout is watched                    (60)
  --settle N       seconds between ready and the first look           (15)
  --layouts LIST   separate: each service as a process;
                   all-in-one: one process; no-worker: one process
                   without the worker                                 (separate,all-in-one,no-worker)

Examples:
  npm run bench -- footprint
  npm run bench -- footprint --layouts all-in-one --seconds 20`;

interface Options {
  seconds: number;
  settleSeconds: number;
  layouts: LayoutName[];
}

export const footprintBench: Bench = {
  name: "footprint",
  summary: "PSS and CPU of the idle system, in one process and service by service",
  usage,
  run: async (args, context) => run(readOptions(args), context),
};

function readOptions(args: readonly string[]): Options {
  const flags = readFlags(
    () =>
      parseArgs({
        args: [...args],
        options: {
          seconds: { type: "string", default: "60" },
          settle: { type: "string", default: "15" },
          layouts: { type: "string", default: LAYOUTS.join(",") },
        },
      }).values,
  );
  return {
    seconds: wholeNumber("seconds", flags.seconds, 1),
    settleSeconds: wholeNumber("settle", flags.settle, 0),
    layouts: flags.layouts.split(",").map(toLayout),
  };
}

function toLayout(text: string): LayoutName {
  const layout = LAYOUTS.find((name) => name === text);
  if (layout === undefined) {
    throw new UsageError(`There is no layout "${text}": use ${LAYOUTS.join(", ")}`);
  }
  return layout;
}

async function run(options: Options, context: BenchContext): Promise<BenchOutcome> {
  const aims: Aim[] = [];
  for (const layout of options.layouts) {
    const samples = await measureLayout(layout, options, context);
    const footprints = summarize(layout, samples);
    context.say(`${describeFootprints(footprints)}\n`);
    const rows = samples.map((sample) => ({ layout, ...sample }));
    context.say(`samples: ${await context.results.save(`footprint-${layout}`, rows)}\n`);
    aims.push(...aimsOf(layout, footprints));
  }
  return { aims };
}

async function measureLayout(
  layout: LayoutName,
  { seconds, settleSeconds }: Options,
  { say, signal }: BenchContext,
): Promise<UsageSample[]> {
  const bed = await createTestBed();
  try {
    say(`${layout}: starting`);
    const processes = await startLayout(layout, bed);
    await delay(settleSeconds * 1000, undefined, { signal });
    const load = describeLoad(await measureForeignLoad());
    say(`${layout}: watching for ${seconds} s · ${load} (with ours)\n`);
    return await watchProcesses({ processes, seconds, signal });
  } catch (error) {
    if (!signal.aborted) say(bed.logs(10));
    throw error;
  } finally {
    await bed.close();
  }
}

function summarize(layout: LayoutName, samples: readonly UsageSample[]): Footprint[] {
  const names = [...new Set(samples.map(({ name }) => name))];
  const each = names.map((name) =>
    footprintOf(
      name,
      samples.filter((sample) => sample.name === name),
    ),
  );
  if (layout !== "separate") return each;
  const tier = (name: keyof typeof TIERS): Footprint => {
    const members: readonly string[] = TIERS[name];
    return sumOf(
      `= ${name}`,
      each.filter((one) => members.includes(one.name)),
    );
  };
  const [root, cluster] = [tier("root"), tier("cluster")];
  return [...each, root, cluster, sumOf("= root + cluster", [root, cluster])];
}

const bytesPerMb = 1024 * 1024;

function describeFootprints(footprints: readonly Footprint[]): string {
  const rows = footprints.map((one) => [
    one.name,
    ...[one.pss, one.pssMax, one.uss, one.rss].map((bytes) => toFigure(bytes / bytesPerMb)),
    toFigure(one.cpuPercent),
    toFigure(one.wakeupsPerSecond),
  ]);
  const headings = ["MB", "PSS p50", "max", "USS", "RSS", "CPU % of a core", "wakeups/s"];
  return toTextTable(headings, rows);
}

/** The rows of a layout that something is wanted of. */
function aimsOf(layout: LayoutName, footprints: readonly Footprint[]): Aim[] {
  const named = (name: string): Footprint[] => footprints.filter((one) => one.name === name);
  const memory = (what: string, atMost: number) => (one: Footprint) => ({
    what: `${layout}: ${what}`,
    measured: one.pss / bytesPerMb,
    atMost,
    unit: "MB PSS",
  });
  const cpu = (what: string) => (one: Footprint) => ({
    what: `${layout}: ${what}`,
    measured: one.cpuPercent,
    atMost: 1,
    unit: "% of a core",
  });
  if (layout === "separate") {
    return [
      ...named("= root + cluster").map(memory("root + cluster", 150)),
      ...named("node-engine").map(memory("node-engine", 50)),
      ...named("= root + cluster").map(cpu("root + cluster, idle")),
      ...named("node-engine").map(cpu("node-engine, idle")),
    ];
  }
  return layout === "no-worker"
    ? [...footprints.map(memory("root + cluster", 150)), ...footprints.map(cpu("idle"))]
    : [
        // One process cannot be divided: what both tiers and the worker may use together.
        ...footprints.map(memory("root + cluster + worker", 200)),
        ...footprints.map(cpu("idle")),
      ];
}
