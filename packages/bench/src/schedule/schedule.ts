import { parseArgs } from "node:util";
import { createTestBed } from "@oak/testkit";
import type { Bench, BenchContext, BenchOutcome } from "../bench.ts";
import { readFlags, wholeNumber, wholeNumbers } from "../options.ts";
import { describeLoad, waitForQuiet } from "../report/machine.ts";
import { toCount, toFigure, toTextTable } from "../report/text-table.ts";
import { quantilesOf } from "../stats/quantiles.ts";
import { ratioOfMedians } from "../stats/ratio-of-medians.ts";
import { createSeededRandom } from "../stats/seeded-random.ts";
import { makeWorkers } from "./candidates.ts";
import { CONTENDERS, type DecisionSample, measureDecisions } from "./decisions.ts";
import { measureService, QUESTIONS, type ServiceSample } from "./service-decisions.ts";

const usage = `npm run bench -- schedule [options]

How long one decision takes, in the memory of one process and through the scheduler service.

  --candidates LIST   how many there are to choose from   (45,500,5000,50000)
  --samples N         of each, at least 30                (60)
  --no-service        leave the service out
  --seed N            of the candidates                   (1)

Examples:
  npm run bench -- schedule
  npm run bench -- schedule --candidates 45,500 --no-service`;

interface Options {
  candidates: number[];
  samples: number;
  withService: boolean;
  seed: number;
}

export const scheduleBench: Bench = {
  name: "schedule",
  summary: "ns per candidate of a decision, and a whole decision through the service",
  usage,
  run: async (args, context) => run(readOptions(args), context),
};

function readOptions(args: readonly string[]): Options {
  const flags = readFlags(
    () =>
      parseArgs({
        args: [...args],
        options: {
          candidates: { type: "string", default: "45,500,5000,50000" },
          samples: { type: "string", default: "60" },
          "no-service": { type: "boolean", default: false },
          seed: { type: "string", default: "1" },
        },
      }).values,
  );
  return {
    candidates: wholeNumbers("candidates", flags.candidates, 1),
    samples: wholeNumber("samples", flags.samples, 30),
    withService: !flags["no-service"],
    seed: wholeNumber("seed", flags.seed, 0),
  };
}

async function run(options: Options, context: BenchContext): Promise<BenchOutcome> {
  const { candidates, samples, seed } = options;
  const decisions: DecisionSample[] = [];
  for (const count of candidates) {
    const foreignLoad = await waitForQuiet(context.signal);
    context.say(`deciding among ${toCount(count)} in memory · ${describeLoad(foreignLoad)}`);
    const random = createSeededRandom(seed);
    decisions.push(...measureDecisions({ candidates: count, samples, random }));
  }
  context.say(`\n${describeDecisions(decisions, candidates)}`);
  context.say(
    `\nsamples: ${await context.results.save("schedule-memory", decisions.map(toRow))}\n`,
  );
  if (options.withService) await runService(options, context);
  return { aims: [] };
}

async function runService(options: Options, context: BenchContext): Promise<void> {
  const { samples, seed, candidates } = options;
  const bed = await createTestBed();
  const results: ServiceSample[] = [];
  try {
    for (const count of candidates) {
      const foreignLoad = await waitForQuiet(context.signal);
      context.say(`asking the service about ${toCount(count)} · ${describeLoad(foreignLoad)}`);
      const workers = makeWorkers(count, createSeededRandom(seed));
      const { signal } = context;
      results.push(...(await measureService({ bed, candidates: workers, samples, signal })));
    }
  } finally {
    await bed.close();
  }
  context.say(`\n${describeService(results, candidates)}`);
  context.say(`\nsamples: ${await context.results.save("schedule-service", results.map(toRow))}`);
}

const toRow = <T extends object>(sample: T) => ({ ...sample }) as Record<string, string | number>;

function describeDecisions(samples: readonly DecisionSample[], counts: readonly number[]): string {
  const random = createSeededRandom(0);
  const rows = counts.flatMap((count) => {
    const of = (contender: string): number[] =>
      samples
        .filter((sample) => sample.candidates === count && sample.contender === contender)
        .map((sample) => sample.nsPerCandidate);
    return CONTENDERS.map((contender) => {
      const { min, p50, p95, p99 } = quantilesOf(of(contender));
      const ratio = ratioOfMedians(of("filter and sort"), of(contender), random);
      const figures = [min, p50, p95, p99, (p50 * count) / 1000].map(toFigure);
      const faster = `${toFigure(ratio.value)} (${toFigure(ratio.low)}–${toFigure(ratio.high)})`;
      return [`${toCount(count)} ${contender}`, ...figures, faster];
    });
  });
  const headings = ["candidates", "ns each: min", "p50", "p95", "p99", "decision µs", "× faster"];
  return toTextTable(headings, rows);
}

function describeService(samples: readonly ServiceSample[], counts: readonly number[]): string {
  const labels = { floor: "GET /livez", one: "1 decision", hundred: "100 decisions" };
  const rows = counts.flatMap((count) =>
    QUESTIONS.map((question) => {
      const own = samples.filter((one) => one.candidates === count && one.question === question);
      const { min, p50, p95, p99 } = quantilesOf(own.map((one) => one.milliseconds));
      return [`${toCount(count)} ${labels[question]}`, ...[min, p50, p95, p99].map(toFigure)];
    }),
  );
  return toTextTable(["candidates, over HTTP", "ms: min", "p50", "p95", "p99"], rows);
}
