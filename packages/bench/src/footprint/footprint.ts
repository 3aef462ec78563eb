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
import {
  measureStarts,
  processesOf,
  type StartFigure,
  startComposeStack,
} from "./compose-stack.ts";
import { LAYOUTS, type LayoutName, startLayout, TIERS } from "./layouts.ts";
import {
  type Footprint,
  footprintOf,
  sumOf,
  type UsageSample,
  type Watched,
  watchProcesses,
} from "./watch-processes.ts";

const usage = `npm run bench -- footprint [options]

Memory (PSS) and CPU of the system while it has nothing to do: a worker has joined, no service runs.

  --seconds N      how long each layout is watched                    (60)
  --settle N       seconds between ready and the first look           (15)
  --layouts LIST   separate: each service as a process;
                   all-in-one: one process; no-worker: one process
                   without the worker                                 (separate,all-in-one,no-worker)
  --compose        root and cluster in containers with embedded
                   databases, as scripts/start-full.sh starts them,
                   and how soon each container is ready; nothing else

Examples:
  npm run bench -- footprint
  npm run bench -- footprint --compose
  npm run bench -- footprint --layouts all-in-one --seconds 20`;

interface Options {
  seconds: number;
  settleSeconds: number;
  layouts: LayoutName[];
  isCompose: boolean;
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
          compose: { type: "boolean", default: false },
        },
      }).values,
  );
  return {
    seconds: wholeNumber("seconds", flags.seconds, 1),
    settleSeconds: wholeNumber("settle", flags.settle, 0),
    layouts: flags.layouts.split(",").map(toLayout),
    isCompose: flags.compose,
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
  if (options.isCompose) return runCompose(options, context);
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

async function runCompose(options: Options, context: BenchContext): Promise<BenchOutcome> {
  const { say, results } = context;
  const bed = await createTestBed();
  try {
    say("compose: starting");
    const stack = await startComposeStack(bed);
    const samples = await watchSettled("compose", await processesOf(stack), options, context);
    const names = [...new Set(samples.map(({ name }) => name))];
    const each = names.map((name) =>
      footprintOf(
        name,
        samples.filter((sample) => sample.name === name),
      ),
    );
    const together = sumOf("= root + cluster", each);
    say(`${describeFootprints([...each, together])}\n`);
    const starts = await measureStarts(stack);
    say(`${describeStarts(starts)}\n`);
    const rows = samples.map((sample) => ({ layout: "compose", ...sample }));
    say(`samples: ${await results.save("footprint-compose", rows)}\n`);
    return { aims: composeAims(together, starts) };
  } finally {
    await bed.close();
  }
}

function describeStarts(starts: readonly StartFigure[]): string {
  const rows = starts.map(({ name, seconds, worstSeconds }) => [
    name,
    toFigure(seconds * 1000),
    toFigure(worstSeconds * 1000),
  ]);
  return toTextTable(["ms from start to /readyz", "p50 of three", "max"], rows);
}

function composeAims(together: Footprint, starts: readonly StartFigure[]): Aim[] {
  const slowest = Math.max(...starts.map(({ seconds }) => seconds));
  return [
    {
      what: "compose: root + cluster",
      measured: together.pss / bytesPerMb,
      atMost: 450,
      unit: "MB PSS",
    },
    { what: "compose: slowest container until ready", measured: slowest, atMost: 2, unit: "s" },
  ];
}

async function watchSettled(
  layout: string,
  processes: readonly Watched[],
  { seconds, settleSeconds }: Options,
  { say, signal }: BenchContext,
): Promise<UsageSample[]> {
  await delay(settleSeconds * 1000, undefined, { signal });
  const load = describeLoad(await measureForeignLoad());
  say(`${layout}: watching for ${seconds} s · ${load} (with ours)\n`);
  return watchProcesses({ processes, seconds, signal });
}

async function measureLayout(
  layout: LayoutName,
  options: Options,
  context: BenchContext,
): Promise<UsageSample[]> {
  const { say, signal } = context;
  const bed = await createTestBed();
  try {
    say(`${layout}: starting`);
    const processes = await startLayout(layout, bed);
    return await watchSettled(layout, processes, options, context);
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
