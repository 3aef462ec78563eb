import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { createTestBed, removeContainersOf, type TestBed } from "@oak/testkit";
import Docker from "dockerode";
import type { Bench, BenchContext, BenchOutcome } from "../bench.ts";
import { readFlags, wholeNumber } from "../options.ts";
import { describeLoad, waitForQuiet } from "../report/machine.ts";
import { toFigure } from "../report/text-table.ts";
import { createDockerContender, recipeOf } from "./docker-contender.ts";
import { type ContainerEvents, followContainerEvents } from "./docker-events.ts";
import { aimsOf, describeHops, describeSamples } from "./report.ts";
import type { Contender, DeploySample } from "./sample.ts";
import { createSystemContender } from "./system-contender.ts";
import { startTestSystem, type TestSystem } from "./test-system.ts";
import { type TracedSample, traceDeployments } from "./trace.ts";

const usage = `npm run bench -- deploy [options]

From one POST at the root to a running process, and the same container through Docker's API alone, in turns.
Starts a system of its own (root, cluster, worker) and takes it away again. Needs Docker and busybox-static.

  --samples N   of each side, at least 30, an even number        (30)
  --trace N     further deployments that tell where the time
                goes; the watching costs some of it              (10)

Examples:
  npm run bench -- deploy
  npm run bench -- deploy --samples 100 --trace 0`;

interface Options {
  samples: number;
  traced: number;
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
        },
      }).values,
  );
  return {
    samples: wholeNumber("samples", flags.samples, 30),
    traced: wholeNumber("trace", flags.trace, 0),
  };
}

async function run(options: Options, context: BenchContext): Promise<BenchOutcome> {
  const bed = await createTestBed();
  try {
    return await runOn(bed, options, context);
  } catch (error) {
    if (!context.signal.aborted) context.say(bed.logs());
    throw error;
  } finally {
    await bed.close();
  }
}

async function runOn(bed: TestBed, options: Options, context: BenchContext): Promise<BenchOutcome> {
  const docker = new Docker();
  const events = await followContainerEvents(docker);
  bed.onClose(async () => events.close());
  context.say("starting root, cluster and worker");
  const system = await startTestSystem(bed, docker);
  context.say(`ready after ${toFigure(system.startMs)} ms`);
  const ours = createSystemContender({ ...system, events });
  const theirs = await prepareDocker(bed, { docker, events, system });
  const samples = await measureInTurns([ours, theirs], options.samples, context);
  context.say(`\n${describeSamples(samples)}`);
  context.say(`\nsamples: ${await context.results.save("deploy", samples.map(toRow))}`);
  if (options.traced > 0) await trace(options.traced, { system, ours }, context);
  return { aims: aimsOf(samples) };
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

/** Deploys once to see what the system makes of the service, and learns to make the same. */
async function prepareDocker(
  bed: TestBed,
  { docker, events, system }: { docker: Docker; events: ContainerEvents; system: TestSystem },
): Promise<Contender> {
  const { api, serviceId } = system;
  const engineId = `bench${process.pid}`.padEnd(24, "0");
  bed.onClose(() => removeContainersOf(engineId, docker));
  const isOurs = (event: { labels: Readonly<Record<string, string>> }): boolean =>
    event.labels["oak.job-id"] === serviceId;
  const started = events.next("start", isOurs);
  await api.addInstance(serviceId);
  const { id } = await started;
  const recipe = await recipeOf(docker.getContainer(id), engineId);
  const gone = events.next("destroy", isOurs);
  const [instance] = await api.instances(serviceId);
  await api.removeInstance(serviceId, instance?.instance_number ?? 0);
  await gone;
  return createDockerContender({ docker, events, recipe });
}

const warmUps = 3;
/** Docker finishes some work after it said that a container is gone. */
const restMs = 150;

/** A, B, B, A …: whatever slows the machine for a while hits both. */
async function measureInTurns(
  [ours, theirs]: readonly [Contender, Contender],
  samples: number,
  { signal, say }: BenchContext,
): Promise<DeploySample[]> {
  const results: DeploySample[] = [];
  const measure = async (contender: Contender): Promise<DeploySample> => {
    signal.throwIfAborted();
    const sample = await contender.measure();
    await delay(restMs, undefined, { signal });
    return sample;
  };
  for (let count = 0; count < warmUps; count += 1) {
    for (const contender of [ours, theirs]) await measure(contender);
  }
  for (let round = 0; round < samples / 2; round += 1) {
    const foreignLoad = await waitForQuiet(signal);
    for (const contender of [ours, theirs, theirs, ours]) results.push(await measure(contender));
    if (round % 5 === 0) say(`${results.length} of ${2 * samples} · ${describeLoad(foreignLoad)}`);
  }
  return results;
}

const toRow = (sample: DeploySample): Record<string, string | number> => ({ ...sample });
