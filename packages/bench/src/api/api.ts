import { parseArgs } from "node:util";
import { createTestBed } from "@oak/testkit";
import type { Bench, BenchContext, BenchOutcome } from "../bench.ts";
import { readFlags, wholeNumber } from "../options.ts";
import { describeLoad, waitForQuiet } from "../report/machine.ts";
import { toCount } from "../report/text-table.ts";
import { type Measured, measure } from "./measure.ts";
import { aimsOf, describeApi, rowsOf } from "./report.ts";
import { startScene } from "./scene.ts";
import { subjectsOf } from "./subjects.ts";

const usage = `npm run bench -- api [options]

What the public API of a root with many services answers a second, beside a bare Fastify route with the same body; how
long an accepted deployment takes, and how long the event loop of the root is held up meanwhile.

  --services N        of the root                          (10000)
  --rounds N          of both sides in turns, at least 2   (5)
  --seconds N         of one side in one round             (3)
  --only LIST         subjects: one,any,page,application,all,accept,flood
  --profile FOLDER    CPU profiles of the services

Examples:
  npm run bench -- api
  npm run bench -- api --services 1000 --rounds 2 --seconds 1 --only page,one`;

interface Options {
  services: number;
  rounds: number;
  seconds: number;
  only: readonly string[] | undefined;
  profileFolder: string | undefined;
}

export const apiBench: Bench = {
  name: "api",
  summary: "requests per second of the public API among 10,000 services, beside bare Fastify",
  usage,
  run: async (args, context) => run(readOptions(args), context),
};

function readOptions(args: readonly string[]): Options {
  const flags = readFlags(
    () =>
      parseArgs({
        args: [...args],
        options: {
          services: { type: "string", default: "10000" },
          rounds: { type: "string", default: "5" },
          seconds: { type: "string", default: "3" },
          only: { type: "string" },
          profile: { type: "string" },
        },
      }).values,
  );
  return {
    services: wholeNumber("services", flags.services, 1),
    rounds: wholeNumber("rounds", flags.rounds, 2),
    seconds: wholeNumber("seconds", flags.seconds, 1),
    only: flags.only?.split(","),
    profileFolder: flags.profile,
  };
}

async function run(options: Options, context: BenchContext): Promise<BenchOutcome> {
  const { services, rounds, seconds, only, profileFolder } = options;
  const { signal } = context;
  const bed = await createTestBed();
  const measured: Measured[] = [];
  try {
    context.say(`making ${toCount(services)} services`);
    const scene = await startScene(bed, { services, profileFolder, signal });
    const subjects = subjectsOf(scene).filter(({ key }) => only?.includes(key) ?? true);
    for (const subject of subjects) {
      const foreignLoad = await waitForQuiet(signal);
      context.say(`${subject.label} · ${describeLoad(foreignLoad)}`);
      const durationMs = seconds * 1000;
      measured.push(await measure(scene, subject, { rounds, durationMs, signal }));
    }
    // A process that is killed writes no profile.
    if (profileFolder !== undefined) await scene.manager.stop();
  } finally {
    await bed.close();
  }
  context.say(`\n${describeApi(measured)}`);
  context.say(`\nsamples: ${await context.results.save("api", rowsOf(measured))}`);
  return { aims: aimsOf(measured) };
}
