import { parseArgs } from "node:util";
import { createTestBed, type TestBed } from "@oak/testkit";
import Docker from "dockerode";
import type { Aim, Bench, BenchContext, BenchOutcome } from "../bench.ts";
import { readFlags, wholeNumber } from "../options.ts";
import { toFigure } from "../report/text-table.ts";
import { createDockerContender } from "./docker-contender.ts";
import { followContainerEvents } from "./docker-events.ts";
import { learnRecipe } from "./learn-recipe.ts";
import { measureNetworked, type NetworkedOptions } from "./networked/networked.ts";
import { aimsOf, describeHops, describeSamples } from "./report.ts";
import type { Contender } from "./sample.ts";
import { createSystemContender } from "./system-contender.ts";
import { startTestSystem, type TestSystem } from "./test-system.ts";
import { type TracedSample, traceDeployments } from "./trace.ts";
import { measureInTurns, toRow } from "./turns.ts";

const usage = `npm run bench -- deploy [options]

From one POST at the root to a running process, and the same container through Docker's API alone, in turns.
Starts a system of its own (root, cluster, worker) and takes it away again. Needs Docker and busybox-static.

  --samples N   of each side, an even number, at least 30; 0: no
                comparison with Docker alone, and no trace       (30)
  --trace N     further deployments that tell where the time
                goes; the watching costs some of it              (10)
  --network N   of each side, an even number, with and without
                service networking, and Docker with its bridge
                and without any network; 0: none of that, nor
                of what follows. Needs root and nftables         (30)
  --crowds N    of ten at once, of each of those sides           (3)
  --routes N    from RUNNING until clients on its own and on
                another worker have reached it through the
                service address, at most 90                      (10)

Examples:
  npm run bench -- deploy
  npm run bench -- deploy --samples 100 --trace 0
  npm run bench -- deploy --samples 0 --trace 0 --network 30`;

interface Options {
  samples: number;
  traced: number;
  network: NetworkedOptions;
}

export const deployBench: Bench = {
  name: "deploy",
  summary: "from POST to running, against the same container through Docker alone",
  usage,
  run: async (args, context) => run(readOptions(args), context),
};

function readOptions(args: readonly string[]): Options {
  const flags = readFlags(
    () =>
      parseArgs({
        args: [...args],
        options: {
          samples: { type: "string", default: "30" },
          trace: { type: "string", default: "10" },
          network: { type: "string", default: "30" },
          crowds: { type: "string", default: "3" },
          routes: { type: "string", default: "10" },
        },
      }).values,
  );
  return {
    samples: flags.samples === "0" ? 0 : wholeNumber("samples", flags.samples, 30),
    traced: wholeNumber("trace", flags.trace, 0),
    network: {
      samples: wholeNumber("network", flags.network, 0),
      crowds: wholeNumber("crowds", flags.crowds, 0),
      routes: wholeNumber("routes", flags.routes, 0),
    },
  };
}

async function run(options: Options, context: BenchContext): Promise<BenchOutcome> {
  const aims: Aim[] = [];
  if (options.samples > 0) {
    aims.push(...(await onBed(context, (bed) => measureAlone(bed, options, context))));
  }
  if (options.network.samples > 0) {
    aims.push(...(await onBed(context, (bed) => measureNetworked(bed, options.network, context))));
  }
  return { aims };
}

async function onBed(
  { signal, say }: BenchContext,
  measure: (bed: TestBed) => Promise<readonly Aim[]>,
): Promise<readonly Aim[]> {
  const bed = await createTestBed();
  try {
    return await measure(bed);
  } catch (error) {
    if (!signal.aborted) say(bed.logs());
    throw error;
  } finally {
    await bed.close();
  }
}

async function measureAlone(
  bed: TestBed,
  options: Options,
  context: BenchContext,
): Promise<readonly Aim[]> {
  const docker = new Docker();
  const events = await followContainerEvents(docker);
  bed.onClose(async () => events.close());
  context.say("starting root, cluster and worker");
  const system = await startTestSystem(bed, docker);
  context.say(`ready after ${toFigure(system.startMs)} ms`);
  const ours = createSystemContender({ ...system, events });
  const recipe = await learnRecipe(bed, { docker, events, ...system });
  const theirs = createDockerContender({ docker, events, recipe });
  const samples = await measureInTurns([ours, theirs], options, context);
  context.say(`\n${describeSamples(samples)}`);
  context.say(`\nsamples: ${await context.results.save("deploy", samples.map(toRow))}`);
  if (options.traced > 0) await trace(options.traced, { system, ours }, context);
  return aimsOf(samples);
}

async function trace(
  count: number,
  { system, ours }: { system: TestSystem; ours: Contender },
  { say, signal, results }: BenchContext,
): Promise<void> {
  const traced: TracedSample[] = await traceDeployments({ system, contender: ours, count, signal });
  say(`\n${describeHops(traced)}`);
  const rows = traced.flatMap(({ moments }, sample) =>
    Object.entries(moments).map(([moment, milliseconds]) => ({ sample, moment, milliseconds })),
  );
  say(`\nsamples: ${await results.save("deploy-trace", rows)}`);
}
